import { PERSON } from "../../core/evolve/reviews.ts";
import type { AttemptId, EpochMs, TaskId, WorkstreamId } from "../../core/model/ids.ts";
import type { State } from "../../core/model/state.ts";
import type { Attempt, Workstream } from "../../core/model/work.ts";
import { findUser, listUsers, mayBeReused } from "../../core/sessions/choose.ts";
import type { ProjectPorts } from "../ports.ts";
import { type EffectContext, toReason } from "./context.ts";
import { checkpointRef, handRef, keepCommit, toRefPart, workRef } from "./refs.ts";
import { salvageWorkspace } from "./salvage.ts";

/**
 * Removes what an attempt that ended leaves on disk. A paused one keeps its workspace until its workstream ends; one whose
 * conversation another attempt goes on with keeps it for that.
 */
export async function cleanAttempt(context: EffectContext, id: AttemptId): Promise<void> {
  const attempt = context.state.attempts.get(id);
  const workstream = attempt === undefined ? undefined : context.state.workstreams.get(attempt.workstream);
  // A person has no workspace.
  if (attempt === undefined || workstream === undefined || attempt.executor === PERSON) return;
  if (attempt.state.kind === "cancelled" && workstream.intent === "paused") return;
  const { home } = attempt;
  const project = await context.project(workstream);
  await context.mutex.run(homeKey(home), async () => {
    const isKept =
      isTaken(context, home) || isGoneOnIn(context.state, home, context.engine.ports.clock.now());
    if (home !== id || isKept) await project.removeAttemptFolder(id, isKept && home === id ? "log" : "all");
    if (!isKept) await removeWorkspace(context, project, home);
  });
}

/** An attempt of another task has it, or is about to. */
const isTaken = ({ live }: EffectContext, home: AttemptId): boolean =>
  [...live.values()].some((each) => each.home === home);

/** Key for all that gives a workspace to another task or takes it away. */
export const homeKey = (home: AttemptId): string => `home ${home}`;

/** The next attempt of its task, or of another one that takes it over, goes on in this workspace, or works in it now. */
export function isGoneOnIn(state: State, home: AttemptId, now: EpochMs): boolean {
  return isGoneOnByOwn(state, home) || isTakenOver(state, home) || mayBeReused(state, home, now);
}

function isTakenOver(state: State, home: AttemptId): boolean {
  const first = state.attempts.get(home);
  const workstream = first === undefined ? undefined : state.workstreams.get(first.workstream);
  if (first === undefined || workstream?.reusesSessions !== true) return false;
  return findUser(state, workstream, home, first.task) !== null;
}

function isGoneOnByOwn(state: State, home: AttemptId): boolean {
  const task = state.tasks.get(state.attempts.get(home)?.task ?? ("" as TaskId));
  if (task === undefined) return false;
  if (task.resumes === home) return task.state.kind !== "completed" && task.state.kind !== "cancelled";
  const last = state.attempts.get(task.attempts.at(-1) ?? home);
  return last !== undefined && last.home === home && isOpenState(last.state);
}

const isOpenState = ({ kind }: Attempt["state"]): boolean =>
  kind === "claimed" || kind === "running" || kind === "waiting";

/** Where its work cannot be kept, the workspace stays for the next process to try. */
export async function removeWorkspace(
  context: EffectContext,
  project: ProjectPorts,
  attempt: AttemptId,
): Promise<void> {
  try {
    await keepWork(context, project, attempt);
    // The workspace last: what a crash leaves in between is found by it.
    await project.removeAttemptFolder(attempt, "all");
    const isAgents = (context.state.attempts.get(attempt)?.session ?? null) !== null;
    if (isAgents) await project.git.deleteRef(checkpointRef(attempt));
    await project.git.removeWorkspace(attempt);
  } catch (error) {
    context.engine.ports.report(`${attempt}: its workspace could not be removed: ${toReason(error)}`);
  }
}

/** Whoever worked in the workspace last has its work: as a result, or salvaged. */
function hasKept(state: State, home: AttemptId): boolean {
  const last = listUsers(state, home).at(-1) ?? state.attempts.get(home);
  return last !== undefined && (last.salvage !== null || last.state.kind === "completed");
}

/** An attempt that ended without a result may have left work that nobody has kept: a disk was full, or it was to be redone. */
export async function keepWork(context: EffectContext, project: ProjectPorts, id: AttemptId): Promise<void> {
  if (!context.state.attempts.has(id) || hasKept(context.state, id)) return;
  const workspace = await project.git.findWorkspace(id);
  if (workspace !== null) await salvageWorkspace(context, project, workspace, id);
}

/** The workspaces that a workstream still has: those kept by a pause. */
export async function cleanWorkspaces(context: EffectContext, workstream: Workstream): Promise<void> {
  const project = await context.project(workstream);
  const present = new Set(await project.git.listWorkspaces());
  for (const task of [...workstream.tasks, ...workstream.dropped]) {
    for (const attempt of context.state.tasks.get(task)?.attempts ?? []) {
      if (present.has(attempt) && !isWorkedIn(context, attempt))
        await removeWorkspace(context, project, attempt);
    }
  }
}

/** An attempt of this process is in it, or has not cleared it up yet. */
const isWorkedIn = (context: EffectContext, home: AttemptId): boolean =>
  [...context.live].some(
    ([id, live]) => live.home === home || (context.state.attempts.get(id)?.home ?? id) === home,
  );

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
