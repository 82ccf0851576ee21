import type { WorkstreamId } from "../../core/model/ids.ts";
import { planAdd } from "../../core/plan/add.ts";
import type { AddRequest } from "../service.ts";
import { openProject, removeReplaced } from "./go.ts";
import { gatherInput } from "./planning.ts";
import { toPriority } from "./priority.ts";
import type { ServiceParts } from "./service.ts";

/**
 * Registers one spec of the base commit, whatever its status says, or one task from a text (OD-7). It joins the run that
 * is there; otherwise it waits for the next `go`.
 *
 * @throws OsqrError `unknown-name`, `cannot-add`, `already-started`, `nothing-to-run`, `unknown-priority`
 */
export async function addWork(parts: ServiceParts, root: string, request: AddRequest): Promise<WorkstreamId> {
  const { engine, projects, tools } = parts;
  const { state } = engine;
  const project = await projects.load(root);
  const selection = { only: null, skip: [] };
  const approval = { all: false, hashes: [] };
  const input = await gatherInput(tools, project, { state, selection, approval });
  const { what, run, by } = request;
  const priority = request.priority === null ? null : toPriority(request.priority);
  const addition = planAdd(input, { what, run, priority, by });
  await openProject(
    parts,
    project,
    state.projects.get(project.id)?.maxParallel ?? project.config.maxParallel,
  );
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
  const { registrations, ranks } = addition;
  if (registrations.length > 0)
    await engine.submit({ kind: "register", project: project.id, registrations, ranks });
  await joinActiveRun(parts, addition.workstream, by);
  return addition.workstream;
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
