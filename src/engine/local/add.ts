import { decide } from "../../core/decide/decide.ts";
import { OsqrError } from "../../core/errors.ts";
import type { Decision } from "../../core/model/decision.ts";
import type { ProjectId, WorkstreamId } from "../../core/model/ids.ts";
import type { State } from "../../core/model/state.ts";
import { type Addition, planAdd } from "../../core/plan/add.ts";
import type { AddRequest } from "../service.ts";
import { type ActorOf, NOBODY } from "./flow/signer.ts";
import { noticeSpecChanges } from "./flow/spec-changes.ts";
import { openProject, recordWorkflows, removeReplaced } from "./go.ts";
import { gatherInput } from "./planning.ts";
import { toPriority } from "./priority.ts";
import type { LoadedProject } from "./projects.ts";
import type { ServiceParts } from "./service.ts";

/**
 * Registers one spec of the base commit, whatever its status says, or one task from a text (OD-7). It joins the run that
 * is there; otherwise it waits for the next `go`.
 *
 * @throws OsqrError `unknown-name`, `cannot-add`, `already-started`, `nothing-to-run`, `unknown-priority`
 */
export async function addWork(
  parts: ServiceParts,
  root: string,
  request: ActorOf<AddRequest>,
): Promise<WorkstreamId> {
  const { engine, projects } = parts;
  const { state } = engine;
  const project = await projects.load(root);
  await noticeSpecChanges(parts, project);
  const { what, by } = request;
  const addition = await planAddition(parts, project, state, request);
  await open(parts, project);
  const why =
    addition.displaced === null ? "its spec has changed before it began" : `displaced by osqr add ${what}`;
  await removeReplaced(parts, addition.replace, why);
  if (addition.approve.length > 0) {
    const reason = "typed by the operator: osqr add --run";
    await engine.submit({
      kind: "approve_content",
      project: project.id,
      hashes: addition.approve,
      by,
      reason,
    });
  }
  await approveForRun(parts, addition, by);
  await recordWorkflows(parts, project, addition.workflows);
  const { registrations, ranks } = addition;
  if (registrations.length > 0)
    await engine.submit({ kind: "register", project: project.id, registrations, ranks });
  await joinActiveRun(parts, addition.workstream, by);
  return addition.workstream;
}

/**
 * Answers a decision with `anew`: cancels what it stops and registers its spec as it is committed now, in one step, so
 * that who waits for the old one waits for the new one, which goes on in the same run. Nothing has changed where it throws.
 *
 * @throws OsqrError `unknown-option`, `decision-closed`, `unknown-name`, `cannot-add`
 */
export async function startAnew(
  parts: ServiceParts,
  root: string,
  answer: {
    readonly decision: Decision;
    readonly signer: string | null;
    readonly reasoning: string;
  },
): Promise<WorkstreamId> {
  const { engine, projects } = parts;
  const { decision, signer, reasoning } = answer;
  const by = signer ?? NOBODY;
  const project = await projects.load(root);
  const { state } = engine;
  const path = state.workstreams.get(decision.workstream)?.spec.path;
  const given = decide(
    state,
    { kind: "resolve", decision: decision.id, option: "anew", by: "user", reasoning },
    engine.ports.clock.now(),
  );
  if (!given.ok) {
    const { code, message, hints } = given.refusal;
    throw new OsqrError(code, message, { hints });
  }
  const request = { what: path ?? decision.workstream, run: null, priority: null, workflow: null, by };
  const addition = await planAddition(parts, project, given.state, request);
  await open(parts, project);
  await approveForRun(parts, addition, by);
  await recordWorkflows(parts, project, addition.workflows);
  const { registrations, ranks, workstream: successor } = addition;
  const who = { by: "user", ...(signer === null ? {} : { signer }) } as const;
  const anew = { decision: decision.id, successor, ...who, reasoning };
  await engine.submit({ kind: "register", project: project.id, registrations, ranks, anew });
  return successor;
}

async function planAddition(
  { engine, tools }: ServiceParts,
  project: LoadedProject,
  state: State,
  { what, run, by, priority, workflow }: ActorOf<AddRequest>,
): Promise<Addition> {
  const selection = { only: null, skip: [] };
  const all = isEverythingApproved(engine.state, project.id);
  const now = engine.ports.clock.now();
  const input = await gatherInput(tools, project, { state, selection, approval: { all, hashes: [] }, now });
  const level = priority === null ? null : toPriority(priority);
  return planAdd(input, { what, run, priority: level, workflow: workflow ?? null, by });
}

/** "Everything is approved" was said of the run, also of what comes later in it. */
export function isEverythingApproved(state: State, project: ProjectId): boolean {
  const run = state.projects.get(project)?.run ?? null;
  return run !== null && state.runs.get(run)?.approveAll === true;
}

async function approveForRun(
  { engine }: ServiceParts,
  { registrations, commands }: Addition,
  by: string,
): Promise<void> {
  const project = registrations[0]?.workstream.project;
  if (project === undefined || !isEverythingApproved(engine.state, project)) return;
  const hashes = commands.map(({ hash }) => hash);
  if (hashes.length === 0) return;
  const reason = "the run was started with everything approved (--yes)";
  await engine.submit({ kind: "approve_content", project, hashes, by, reason });
}

function open(parts: ServiceParts, project: LoadedProject): Promise<void> {
  const known = parts.engine.state.projects.get(project.id)?.maxParallel;
  return openProject(parts, project, known ?? project.config.maxParallel);
}

async function joinActiveRun({ engine }: ServiceParts, id: WorkstreamId, by: string): Promise<void> {
  const project = engine.state.workstreams.get(id)?.project;
  const run = project === undefined ? null : engine.state.projects.get(project)?.run;
  if (project === undefined || run == null) return;
  const maxParallel = engine.state.runs.get(run)?.maxParallel ?? 1;
  await engine.submit({
    kind: "go",
    project,
    include: [id],
    approve: [],
    approveAll: false,
    planningMs: 0,
    maxParallel,
    by,
  });
}
