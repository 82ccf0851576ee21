import { hasStopped, needTask, needWorkstream, SLOTS } from "./evolve/draft.ts";
import type { ProjectId, TaskId, WorkstreamId } from "./model/ids.ts";
import type { Run } from "./model/run.ts";
import type { State } from "./model/state.ts";
import type { Task, Workstream } from "./model/work.ts";

/** States of a workstream (design §1); derived, never stored. */
export type WorkstreamStatus =
  | "queued"
  | "blocked"
  | "active"
  | "integrating"
  | "paused"
  | "completed"
  | "failed"
  | "cancelled";

/** Its work is in the base, or there was nothing to bring. Steps after the merge may still be to come. */
export function isLanded(workstream: Workstream): boolean {
  const { kind } = workstream.integration;
  return kind === "landed" || kind === "nothing";
}

/** Nothing is left to do: it has landed, and all that comes after that is done. */
export function isEnded(workstream: Workstream): boolean {
  const { completed, total } = workstream.counts;
  return isLanded(workstream) && completed === total;
}

/** Counted as done without its work. */
export const isSkipped = ({ state }: Pick<Task, "state">): boolean =>
  state.kind === "completed" && state.how === "skipped";

function hasActiveTask(workstream: Workstream): boolean {
  return workstream.counts.running > 0;
}

/** The state of a workstream, from its tasks, the operator's intent and its integration. */
export function statusOf(state: State, workstream: Workstream): WorkstreamStatus {
  if (isEnded(workstream)) return "completed";
  if (workstream.intent === "cancelled") return "cancelled";
  if (workstream.intent === "paused") return "paused";
  const { kind } = workstream.integration;
  if (kind === "queued" || kind === "running" || kind === "intended") return "integrating";
  if (kind === "waiting") return "blocked";
  if (hasActiveTask(workstream)) return "active";
  if (hasStopped(workstream)) return "failed";
  return statusOfIdle(state, workstream);
}

/** A declared blocker keeps the whole of it, or a task that lacks nothing else, from starting. */
export function isHeldByBlocker(state: State, workstream: Workstream): boolean {
  if (workstream.intent === "cancelled" || isEnded(workstream)) return false;
  if (workstream.blockers > 0) return true;
  return workstream.tasks.some((id) => {
    const { state: now, unmet, blockers } = needTask(state, id);
    return now.kind === "pending" && unmet === 0 && blockers > 0;
  });
}

/** Nothing runs: it is queued while something may start or is only pending, blocked when all that is left waits for a person. */
function statusOfIdle(state: State, workstream: Workstream): WorkstreamStatus {
  const { counts } = workstream;
  if (counts.waiting + counts.blocked === 0 && !isHeldByBlocker(state, workstream)) return "queued";
  for (const id of workstream.tasks) {
    if (needTask(state, id).state.kind === "ready") return "queued";
  }
  return "blocked";
}

/** Percent of tasks done, 0 to 100, rounded down. */
export function progressOf(workstream: Workstream): number {
  const { completed, total } = workstream.counts;
  return total === 0 ? 100 : Math.floor((100 * completed) / total);
}

/** True where nothing of the project is running, joining, integrating: only a person or a timer can move it. */
export function isAtRest(state: State, project: ProjectId): boolean {
  if ((state.inUse.get(`${project}/${SLOTS}`) ?? 0) > 0) return false;
  for (const [id, task] of state.parked) {
    const now = state.attempts.get(id)?.state;
    const isAnswerOnItsWay = now?.kind === "waiting" && !state.open.has(now.decision);
    if (!isAnswerOnItsWay) continue;
    if (needWorkstream(state, needTask(state, task).workstream).project === project) return false;
  }
  for (const task of state.joining.values()) {
    if (needWorkstream(state, needTask(state, task).workstream).project === project) return false;
  }
  const prefix = `${project}\n`;
  for (const [key, id] of state.mergeQueue.entriesFrom(prefix)) {
    if (!key.startsWith(prefix)) return true;
    // What the operator paused stays in the queue and waits.
    if (needWorkstream(state, id).intent === "run") return false;
  }
  return true;
}

/** Tasks whose handoff has to be made again before others can start from it, in the order of their ids. */
export function listMissingHandoffs(state: State, workstream: Workstream): readonly TaskId[] {
  if (workstream.counts.blocked === 0) return [];
  const sources = new Set<TaskId>();
  for (const id of workstream.tasks) {
    const { state: now } = needTask(state, id);
    const reasons = now.kind === "blocked" ? now.by : [];
    for (const reason of reasons) if (reason.kind === "handoff") sources.add(reason.source);
  }
  return [...sources].sort();
}

const hasMissingHandoff = (state: State, { workstreams }: Run): boolean =>
  workstreams.some((id) => listMissingHandoffs(state, needWorkstream(state, id)).length > 0);

/** What a run has come to, when it is at rest. */
export function verdictOf(state: State, run: Run): Exclude<Run["status"], "active"> {
  // What was closed as a duplicate is nothing that is missing.
  const workstreams = run.workstreams.map((id: WorkstreamId) => needWorkstream(state, id));
  const counted = workstreams.filter(({ closed }) => closed === null);
  const statuses = counted.map((each) => statusOf(state, each));
  if (statuses.every((status) => status === "completed")) return "completed";
  if (statuses.every((status) => status === "completed" || status === "cancelled")) return "cancelled";
  for (const id of state.open.keys()) {
    const decision = state.decisions.get(id);
    const concerned = [
      decision?.workstream,
      ...(decision?.askers ?? []).map((task) => state.tasks.get(task)?.workstream),
    ];
    if (concerned.some((each) => each !== undefined && run.workstreams.includes(each))) return "needs_you";
  }
  const isPersonsTurn =
    statuses.some((status) => status === "paused") ||
    hasMissingHandoff(state, run) ||
    run.workstreams.some((id) => isHeldByBlocker(state, needWorkstream(state, id)));
  return isPersonsTurn ? "needs_you" : "failed";
}
