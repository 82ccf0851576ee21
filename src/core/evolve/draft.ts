import { assert } from "../errors.ts";
import type { CriterionState } from "../model/flow.ts";
import type { ProjectId, RunId, TaskId, WorkstreamId } from "../model/ids.ts";
import type { Priority } from "../model/spec.ts";
import type { State } from "../model/state.ts";
import type { Rank, Requirement, Task, TaskCounts, TaskState, Workstream } from "../model/work.ts";
import { checkTaskTransition } from "../transitions.ts";

/** True where all work before the integration is done. */
export function isWorkDone({
  counts,
  after,
}: {
  readonly counts: TaskCounts;
  readonly after: number;
}): boolean {
  return counts.completed >= counts.total - after;
}

/** True for what only a person can say. */
export const hasOpenTicks = (criteria: readonly CriterionState[]): boolean =>
  criteria.some(({ check, met }) => check.kind === "tick" && !met);

/** True for a task that starts with a person's word. */
const needsPerson = ({ kind, entry }: Pick<Task, "kind" | "entry">): boolean =>
  kind !== "work" || hasOpenTicks(entry);

/** Blocked by what was declared on the task or on the whole. */
const isHeldUp = (workstream: Workstream, task: Task): boolean =>
  workstream.blockers > 0 || task.blockers > 0;

/** A shallow copy of a state whose fields may be assigned while one event is applied. */
export type Draft = { -readonly [Field in keyof State]: State[Field] };

export const PRIORITY_RANK: Readonly<Record<Priority, number>> = { critical: 0, high: 1, medium: 2, low: 3 };

/** The resource that stands for a project's share of slots. */
export const SLOTS = "#slots";

export function needTask(state: Pick<State, "tasks">, id: TaskId): Task {
  const task = state.tasks.get(id);
  assert(task !== undefined, `no task ${id}`);
  return task;
}

export function needWorkstream(state: Pick<State, "workstreams">, id: WorkstreamId): Workstream {
  const workstream = state.workstreams.get(id);
  assert(workstream !== undefined, `no workstream ${id}`);
  return workstream;
}

const COUNTED: Readonly<Record<TaskState["kind"], Exclude<keyof TaskCounts, "total"> | null>> = {
  pending: null,
  ready: null,
  running: "running",
  waiting: "waiting",
  blocked: "blocked",
  completed: "completed",
  failed: "failed",
  cancelled: "cancelled",
};

function countState(counts: TaskCounts, from: TaskState["kind"], to: TaskState["kind"]): TaskCounts {
  const minus = COUNTED[from];
  const plus = COUNTED[to];
  if (minus === plus) return counts;
  const next = { ...counts };
  if (minus !== null) next[minus] -= 1;
  if (plus !== null) next[plus] += 1;
  return next;
}

/** Puts a task into a state, with all that is counted or indexed by it. */
export function putTask(draft: Draft, task: Task, state: TaskState, event: string): void {
  const from = task.state;
  checkTaskTransition(task.id, from.kind, state.kind, event);
  if (from.kind === "ready") leaveReady(draft, task.id, from.rank);
  if (state.kind === "ready") {
    if (needsPerson(task)) draft.toAsk = draft.toAsk.set(task.id, true);
    else draft.ready = draft.ready.set(state.rank, task.id);
  }
  draft.tasks = draft.tasks.set(task.id, { ...task, state });
  if (from.kind === state.kind) return;
  const workstream = needWorkstream(draft, task.workstream);
  const counts = countState(workstream.counts, from.kind, state.kind);
  if (counts === workstream.counts) return;
  const stops = workstream.stops + (task.critical ? counts.failed - workstream.counts.failed : 0);
  draft.workstreams = draft.workstreams.set(workstream.id, { ...workstream, counts, stops });
}

/** Takes a task out of the queues of what may start. */
export function leaveReady(draft: Draft, id: TaskId, rank: Rank): void {
  draft.ready = draft.ready.delete(rank);
  draft.toAsk = draft.toAsk.delete(id);
}

export function putWorkstream(draft: Draft, id: WorkstreamId, changes: Partial<Workstream>): Workstream {
  const next = { ...needWorkstream(draft, id), ...changes };
  draft.workstreams = draft.workstreams.set(id, next);
  if (next.budget !== undefined && next.run !== null) limitRun(draft, next.run);
  return next;
}

/** Remembered with the run, so that nobody has to look through its workstreams. */
function limitRun(draft: Draft, id: RunId): void {
  const run = draft.runs.get(id);
  if (run !== undefined && run.isLimited !== true)
    draft.runs = draft.runs.set(id, { ...run, isLimited: true });
}

/** Takes a workstream out of the merge queue. */
export function leaveQueue(draft: Draft, id: WorkstreamId): void {
  const { place } = needWorkstream(draft, id);
  if (place === null) return;
  draft.mergeQueue = draft.mergeQueue.delete(place);
  putWorkstream(draft, id, { place: null });
}

/** Holds or frees units of a resource of a project. */
export function useResource(draft: Draft, project: ProjectId, resource: string, amount: number): void {
  const key = `${project}/${resource}`;
  const next = (draft.inUse.get(key) ?? 0) + amount;
  assert(next >= 0, `resource ${key} below zero`);
  draft.inUse = next === 0 ? draft.inUse.delete(key) : draft.inUse.set(key, next);
}

/** Place of a task in the ready queue under its project's policy. */
export function rankTask(state: Pick<State, "projects">, workstream: Workstream, task: Task): Rank {
  const policy = state.projects.get(workstream.project)?.policy ?? "dependency_first";
  const byPolicy =
    policy === "dependency_first" ? 0 - task.tailMs : policy === "user_defined" ? workstream.position : 0;
  return [
    0 - workstream.boost,
    PRIORITY_RANK[task.inheritedPriority],
    byPolicy,
    workstream.number,
    task.order,
    task.id,
  ];
}

/** True where a critical task failed: nothing more of the workstream starts (fail fast). */
export const hasStopped = ({ stops }: Workstream): boolean => stops > 0;

export function mayStart(workstream: Workstream, task: Task): boolean {
  const { intent, run } = workstream;
  return intent === "run" && run !== null && !hasStopped(workstream) && !isHeldUp(workstream, task);
}

function firstOpenDecision(draft: Draft, task: Task): string | null {
  for (const requirement of task.requires) {
    if (requirement.startsWith("decision:") && draft.waiters.has(`${requirement}\n${task.id}`)) {
      return requirement.slice("decision:".length);
    }
  }
  return null;
}

/** Moves a task that has no attempt to where its requirements and its workstream's intent put it. */
export function refreshTask(draft: Draft, id: TaskId, event: string): void {
  const task = needTask(draft, id);
  const { kind } = task.state;
  const parked = task.state.kind === "waiting" && task.state.attempt !== null;
  if (parked || (kind !== "pending" && kind !== "ready" && kind !== "waiting")) return;
  // A limit that an agent ran into is lifted by nothing but its time, or a person.
  if (isHeldByLimit(draft, task)) return;
  if (task.unmet > 0) {
    const decision = task.unmet === task.unmetDecisions ? firstOpenDecision(draft, task) : null;
    const next: TaskState =
      decision === null
        ? { kind: "pending" }
        : { kind: "waiting", decision: decision as never, attempt: null };
    if (next.kind !== kind || next.kind === "waiting") putTask(draft, task, next, event);
    return;
  }
  const workstream = needWorkstream(draft, task.workstream);
  if (!mayStart(workstream, task)) {
    if (kind !== "pending") putTask(draft, task, { kind: "pending" }, event);
    return;
  }
  // A person was asked and has not answered yet.
  if (task.state.kind === "waiting" && draft.open.has(task.state.decision)) return;
  const { since, held } = task.state.kind === "ready" ? task.state : { since: draft.at, held: null };
  putTask(draft, task, { kind: "ready", since, rank: rankTask(draft, workstream, task), held }, event);
}

function isHeldByLimit({ open, decisions }: Draft, { state }: Task): boolean {
  if (state.kind !== "waiting" || !open.has(state.decision)) return false;
  return decisions.get(state.decision)?.subject.kind === "task_failed";
}

export function refreshWorkstream(draft: Draft, id: WorkstreamId, event: string): void {
  for (const task of needWorkstream(draft, id).tasks) refreshTask(draft, task, event);
}

/** A requirement is met: everybody who waits for it is told. */
export function satisfy(draft: Draft, requirement: Requirement, event: string): void {
  const prefix = `${requirement}\n`;
  const waiting: TaskId[] = [];
  for (const [key, task] of draft.waiters.entriesFrom(prefix)) {
    if (!key.startsWith(prefix)) break;
    waiting.push(task);
  }
  for (const id of waiting) meetRequirement(draft, id, requirement, event);
}

export function meetRequirement(draft: Draft, id: TaskId, requirement: Requirement, event: string): void {
  draft.waiters = draft.waiters.delete(`${requirement}\n${id}`);
  const task = needTask(draft, id);
  const isDecision = requirement.startsWith("decision:");
  draft.tasks = draft.tasks.set(id, {
    ...task,
    unmet: task.unmet - 1,
    unmetDecisions: task.unmetDecisions - (isDecision ? 1 : 0),
  });
  refreshTask(draft, id, event);
}

/** A task that ended waits for nothing any more. */
export function dropWaiters(draft: Draft, id: TaskId): void {
  const task = needTask(draft, id);
  for (const requirement of task.requires) draft.waiters = draft.waiters.delete(`${requirement}\n${id}`);
  draft.tasks = draft.tasks.set(id, { ...task, unmet: 0, unmetDecisions: 0 });
}

/** Adds a requirement that is not met to a task's count and to the index. */
export function awaitRequirement(draft: Draft, id: TaskId, requirement: Requirement): void {
  const key = `${requirement}\n${id}`;
  if (draft.waiters.has(key)) return;
  draft.waiters = draft.waiters.set(key, id);
  const task = needTask(draft, id);
  const isDecision = requirement.startsWith("decision:");
  draft.tasks = draft.tasks.set(id, {
    ...task,
    unmet: task.unmet + 1,
    unmetDecisions: task.unmetDecisions + (isDecision ? 1 : 0),
  });
}
