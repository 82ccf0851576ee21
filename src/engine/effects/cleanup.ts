import { PERSON } from "../../core/evolve/reviews.ts";
import type { AttemptId, WorkstreamId } from "../../core/model/ids.ts";
import type { Workstream } from "../../core/model/work.ts";
import type { ProjectPorts } from "../ports.ts";
import { type EffectContext, toReason } from "./context.ts";
import { handRef, keepCommit, toRefPart, workRef } from "./refs.ts";
import { salvageWorkspace } from "./salvage.ts";

/** Removes what an attempt that ended leaves on disk. A paused one keeps its workspace until its workstream ends. */
export async function cleanAttempt(context: EffectContext, id: AttemptId): Promise<void> {
  const attempt = context.state.attempts.get(id);
  const workstream = attempt === undefined ? undefined : context.state.workstreams.get(attempt.workstream);
  // A person has no workspace.
  if (attempt === undefined || workstream === undefined || attempt.executor === PERSON) return;
  if (attempt.state.kind === "cancelled" && workstream.intent === "paused") return;
  await removeWorkspace(context, await context.project(workstream), id);
}

/** Where its work cannot be kept, the workspace stays for the next process to try. */
export async function removeWorkspace(
  context: EffectContext,
  project: ProjectPorts,
  attempt: AttemptId,
): Promise<void> {
  try {
    await keepWork(context, project, attempt);
    // The workspace last: what a crash leaves in between is found by it.
    await project.removeAttemptFolder(attempt);
    await project.git.removeWorkspace(attempt);
  } catch (error) {
    context.engine.ports.report(`${attempt}: its workspace could not be removed: ${toReason(error)}`);
  }
}

/** An attempt that ended without a result may have left work that nobody has kept: a disk was full, or it was to be redone. */
async function keepWork(context: EffectContext, project: ProjectPorts, id: AttemptId): Promise<void> {
  const attempt = context.state.attempts.get(id);
  if (attempt === undefined || attempt.salvage !== null || attempt.state.kind === "completed") return;
  const workspace = await project.git.findWorkspace(id);
  if (workspace !== null) await salvageWorkspace(context, project, workspace, id);
}

/** The workspaces that a workstream still has: those kept by a pause. */
export async function cleanWorkspaces(context: EffectContext, workstream: Workstream): Promise<void> {
  const project = await context.project(workstream);
  const present = new Set(await project.git.listWorkspaces());
  for (const task of [...workstream.tasks, ...workstream.dropped]) {
    for (const attempt of context.state.tasks.get(task)?.attempts ?? []) {
      if (present.has(attempt) && !context.live.has(attempt))
        await removeWorkspace(context, project, attempt);
    }
  }
}

/** Gives up a workstream's refs; what they held and nothing else holds goes to `refs/osqr/salvage`. */
export async function retireRefs(
  context: EffectContext,
  { git }: ProjectPorts,
  workstream: Workstream,
  name: string,
): Promise<void> {
  const base = await git.effectiveBase(context.projectState(workstream.project).base);
  for (const ref of [workRef(workstream), handRef(workstream)]) {
    const tip = await git.readRef(ref);
    if (tip === null) continue;
    if (!(await git.isAncestor(tip, base))) {
      await keepCommit(git, name, tip);
    }
    await git.deleteRef(ref);
  }
}

/**
 * Brings the ref of a workstream back to where its work stands after a part of it was given up; that goes to
 * `refs/osqr/salvage`. A result that is joining does it by itself.
 */
export async function resetRef(
  context: EffectContext,
  { git }: ProjectPorts,
  id: WorkstreamId,
): Promise<void> {
  const workstream = context.state.workstreams.get(id);
  if (workstream === undefined || isJoining(context, workstream)) return;
  const { tip, name, returns } = workstream;
  const ref = workRef(workstream);
  const at = await git.readRef(ref);
  if (at === null || at === tip) return;
  const base = await git.effectiveBase(context.projectState(workstream.project).base);
  const isKept = (await git.isAncestor(at, base)) || (tip !== null && (await git.isAncestor(at, tip)));
  if (!isKept) await keepCommit(git, `${toRefPart(name)}-returned-${returns.length}`, at);
  if (tip === null) await git.deleteRef(ref);
  else await git.updateRef(ref, tip, at);
}

const isJoining = ({ state }: EffectContext, { tasks }: Workstream): boolean => {
  const joining = new Set(state.joining.values());
  return tasks.some((task) => joining.has(task));
};
