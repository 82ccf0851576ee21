import { isSameBudget } from "../../core/budget/limits.ts";
import { OsqrError } from "../../core/errors.ts";
import type { Budget } from "../../core/model/budget.ts";
import type { WorkstreamId } from "../../core/model/ids.ts";
import type { Plan } from "../../core/plan/types.ts";
import { isSamePolicy } from "../../core/policy.ts";
import { checkBefore, programOf } from "../../gates/before.ts";
import { findProgram } from "../../sandbox/find-program.ts";
import type { GoOptions, GoResult } from "../service.ts";
import { type ActorOf, nameActor } from "./flow/signer.ts";
import { noticeSpecChanges } from "./flow/spec-changes.ts";
import { readFreeBytes } from "./machine.ts";
import { makePlan } from "./planning.ts";
import { type LoadedProject, PROJECT_CONFIG } from "./projects.ts";
import type { ServiceParts } from "./service.ts";
import { awaitSignatures } from "./settle.ts";

/** Plans, checks what must be there before, registers what is new, and starts or joins the project's run. */
export async function goProject(
  parts: ServiceParts,
  root: string,
  options: ActorOf<GoOptions>,
): Promise<GoResult> {
  const { engine, projects, tools } = parts;
  const started = performance.now();
  const after = engine.state.seq;
  let project = await projects.load(root);
  await awaitSignatures(engine, project.id);
  let { state } = engine;
  if (await noticeSpecChanges(parts, project)) {
    ({ state } = engine);
    project = await projects.load(root);
  }
  await engine.follow(project.id).catch(() => undefined);
  const { only, skip, approve, approveAll, by, executor = null } = options;
  const approval = { all: approveAll, hashes: approve };
  const selection = { only, skip };
  const plan = await checkGatesBefore(
    parts,
    project,
    await makePlan(tools, project, { state, selection, approval, now: engine.ports.clock.now(), executor }),
  );
  const maxParallel = Math.max(1, options.maxParallel ?? project.config.maxParallel);
  await openProject(parts, project, maxParallel);
  const hashes = approveAll ? plan.commands.map(({ hash }) => hash) : approve;
  if (hashes.length > 0) {
    const reason = approveAll ? "approved all at once (--yes)" : "approved at the start";
    await engine.submit({ kind: "approve_content", project: project.id, hashes, by, reason });
  }
  await register(parts, project, plan);
  const include = plan.workstreams.map(({ id }) => id).filter((id) => engine.state.workstreams.has(id));
  const attached = engine.state.projects.get(project.id)?.run != null;
  const planningMs = Math.round(performance.now() - started);
  await engine.submit({
    kind: "go",
    project: project.id,
    include: include.filter((id) => isOpen(parts, id)),
    approve: hashes,
    approveAll,
    planningMs,
    maxParallel,
    ...sayBudget(project.config.budget),
    by,
  });
  return { run: engine.state.projects.get(project.id)?.run ?? null, attached, plan, after };
}

/** Where nothing is limited the history has nothing to say about it. */
const sayBudget = (budget: Budget): { readonly budget?: Budget } => (isSameBudget(budget) ? {} : { budget });

function isOpen({ engine }: ServiceParts, id: WorkstreamId): boolean {
  const workstream = engine.state.workstreams.get(id);
  if (workstream === undefined || workstream.intent === "cancelled") return false;
  return workstream.integration.kind !== "landed" && workstream.integration.kind !== "nothing";
}

/** Opens a project, or says what has changed in its rules since, with who changed it and why. */
export async function openProject(
  { engine }: ServiceParts,
  project: LoadedProject,
  maxParallel: number,
): Promise<void> {
  const { id, root, base, config, ports, files } = project;
  const { policy, resources, roles } = config;
  engine.adoptProject(ports);
  const own = files.entries.get(PROJECT_CONFIG)?.oid ?? null;
  const draft = { id, root, base: base.name, policy, maxParallel, resources, roles, config: own };
  const known = engine.state.projects.get(id);
  const isSame = known === undefined || isSamePolicy(known, draft);
  const why = isSame ? {} : { change: await findChange(project, known.config !== own) };
  await engine.submit({ kind: "open_project", project: draft, ...why });
}

/** Where the config in the base is another one, its last commit says who and why; all else is the operator's. */
async function findChange(project: LoadedProject, isOwn: boolean) {
  const { ports, commit } = project;
  const touch = isOwn ? await ports.git.lastTouch(commit, PROJECT_CONFIG) : null;
  if (touch !== null) return { author: touch.author, reason: touch.subject, commit: touch.commit };
  const reason = "the operator's own config, or an option";
  return { author: await nameActor(project, null), reason, commit: null };
}

async function register(parts: ServiceParts, project: LoadedProject, plan: Plan): Promise<void> {
  await removeReplaced(parts, plan.replace, "its spec has changed before it began");
  await recordWorkflows(parts, project, plan.workflows);
  const { registrations, ranks } = plan;
  await parts.engine.submit({ kind: "register", project: project.id, registrations, ranks });
  await reroute(parts, plan.reroutes);
}

/** A task that began since the plan was made goes on as it is. */
async function reroute({ engine }: ServiceParts, reroutes: Plan["reroutes"]): Promise<void> {
  for (const { task, executor, model, route, reason } of reroutes) {
    try {
      await engine.submit({ kind: "reroute_task", task, to: { executor, model }, route, reason });
    } catch (error) {
      if (!(error instanceof OsqrError) || !PASSED.has(error.code)) throw error;
    }
  }
}

/** What may have become of a task in the meantime. */
const PASSED: ReadonlySet<string> = new Set(["task-busy", "task-ended", "unknown-task"]);

/** The history keeps each version of a workflow that it sees, with who changed it and why. */
export async function recordWorkflows(
  { engine }: ServiceParts,
  { id: project, commit, ports }: LoadedProject,
  workflows: Plan["workflows"],
): Promise<void> {
  for (const workflow of workflows) {
    const touch = workflow.change === null ? await ports.git.lastTouch(commit, workflow.source) : null;
    const by = touch === null ? {} : { brought: { author: touch.author, subject: touch.subject } };
    await engine.submit({ kind: "record_workflow", project, workflow, commit, ...by });
  }
}

/** Takes workstreams that nothing was done for out of the registry: another registration stands for them. */
export async function removeReplaced(
  { engine }: ServiceParts,
  ids: readonly WorkstreamId[],
  reason: string,
): Promise<void> {
  for (const workstream of ids) {
    if (engine.state.workstreams.has(workstream))
      await engine.submit({ kind: "remove", workstream, by: "osqr", reason });
  }
}

/** An estimate of what the trees of the attempts at once take; a tree shares its objects with the project. */
const TREE_BYTES = 64 * 1024 ** 2;

/** What must hold before anything starts (WO-6). Warnings become notes of the plan. @throws `before-<check>` */
async function checkGatesBefore({ tools }: ServiceParts, project: LoadedProject, plan: Plan): Promise<Plan> {
  const { path, programs: inImage } = tools.toolchains;
  const toNeed = (command: string, neededBy: string, required: boolean) => ({
    command,
    neededBy,
    required,
    path: inImage === undefined ? findProgram(command, path) : (inImage.get(command)?.[0] ?? null),
  });
  const programs = plan.gates.flatMap((gate) => {
    const program = programOf(gate);
    return program === null ? [] : [toNeed(program, `gate ${gate.name}`, false)];
  });
  const { minFreeBytes } = project.config.disk;
  const checks = checkBefore({
    base: { name: project.base.name, commit: project.base.commit },
    commands: [toNeed("bash", "run blocks", true), ...programs],
    disk: {
      freeBytes: await readFreeBytes(tools.home.root),
      neededBytes: minFreeBytes + plan.maxParallel * TREE_BYTES,
    },
    approvals: plan.commands.map(({ source, approved }) => ({ subject: source, approved })),
  });
  // What is not approved yet becomes a decision: it stops only what it touches.
  const relevant = checks.filter(({ name }) => name !== "approvals");
  const failed = relevant.filter(({ status }) => status === "failed");
  const first = failed[0];
  if (first !== undefined && plan.workstreams.length > 0) {
    throw new OsqrError(`before-${first.name}`, failed.map(({ message }) => message).join("; "), {
      hints: failed.map(({ recommendation }) => recommendation).filter((text) => text !== null),
    });
  }
  const warnings = relevant.filter(({ status }) => status === "warning").map(({ message }) => message);
  return { ...plan, notes: [...plan.notes, ...warnings] };
}
