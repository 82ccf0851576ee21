/** What the figures of a workstream are made of, collected in one pass over the state. */
import type { Decision } from "../../model/decision.ts";
import type { Blocker } from "../../model/flow.ts";
import type { EpochMs, TaskId, WorkstreamId } from "../../model/ids.ts";
import type { State } from "../../model/state.ts";
import type { Attempt, Task, Workstream } from "../../model/work.ts";
import { statusOf, type WorkstreamStatus } from "../../status.ts";

export interface Facts {
  readonly workstream: Workstream;
  readonly status: WorkstreamStatus;
  /** In its order. */
  readonly tasks: readonly Task[];
  /** Tasks that migrations took out: shown, and no part of any figure of tasks. */
  readonly dropped: readonly Task[];
  /** All of them, also of tasks that a migration dropped, in the order of their numbers. */
  readonly attempts: readonly Attempt[];
  readonly decisions: readonly Decision[];
  readonly blockers: readonly Blocker[];
  /** First claim; null: nothing of it was ever claimed. */
  readonly startedAt: EpochMs | null;
  /** Landed and all tasks done; null: not. */
  readonly completedAt: EpochMs | null;
  /** Completed or cancelled; null: open. */
  readonly endedAt: EpochMs | null;
}

/** Everything of the state by workstream. */
interface Index {
  readonly tasks: ReadonlyMap<TaskId, Task>;
  readonly attempts: ReadonlyMap<WorkstreamId, readonly Attempt[]>;
  readonly decisions: ReadonlyMap<WorkstreamId, readonly Decision[]>;
  readonly blockers: ReadonlyMap<WorkstreamId, readonly Blocker[]>;
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

const numberOf = (id: string): number => Number(id.slice(id.indexOf("-") + 1));

/** Ids count up, but keys sort as text: a-10 comes before a-2. */
const byNumber = (a: { readonly id: string }, b: { readonly id: string }): number =>
  numberOf(a.id) - numberOf(b.id);

function indexState(state: State): Index {
  const tasks = new Map(state.tasks);
  const attempts = new Map<WorkstreamId, Attempt[]>();
  for (const attempt of state.attempts.values()) push(attempts, attempt.workstream, attempt);
  const decisions = new Map<WorkstreamId, Decision[]>();
  for (const decision of state.decisions.values()) {
    const concerned = new Set([decision.workstream]);
    for (const asker of decision.askers) {
      const owner = tasks.get(asker)?.workstream;
      if (owner !== undefined) concerned.add(owner);
    }
    for (const id of concerned) push(decisions, id, decision);
  }
  const blockers = new Map<WorkstreamId, Blocker[]>();
  for (const blocker of state.blockers.values()) push(blockers, blocker.workstream, blocker);
  return { tasks, attempts, decisions, blockers };
}

/** A task that was ticked in its spec already has no time of its own. */
export const isDone = (task: Task): task is Task & { state: { kind: "completed"; at: EpochMs } } =>
  task.state.kind === "completed" && task.state.how === "done";

function lastCompletion(tasks: readonly Task[]): EpochMs {
  return tasks.reduce(
    (last, { state }) =>
      state.kind === "completed" && state.how !== "already" ? Math.max(last, state.at) : last,
    0,
  );
}

function findCompletion({ integration }: Workstream, status: WorkstreamStatus, tasks: readonly Task[]) {
  const isLanded = integration.kind === "landed" || integration.kind === "nothing";
  if (status !== "completed" || !isLanded) return null;
  return Math.max(integration.at, lastCompletion(tasks));
}

function collect(state: State, index: Index, workstream: Workstream): Facts {
  const { id } = workstream;
  const status = statusOf(state, workstream);
  const tasks = workstream.tasks.flatMap((each) => index.tasks.get(each) ?? []);
  // A later claim has a higher fence.
  const attempts = (index.attempts.get(id) ?? []).toSorted((a, b) => a.fence - b.fence);
  const completedAt = findCompletion(workstream, status, tasks);
  const first = attempts.reduce((min, { claimedAt }) => Math.min(min, claimedAt), Number.POSITIVE_INFINITY);
  return {
    workstream,
    status,
    tasks,
    dropped: workstream.dropped.flatMap((each) => index.tasks.get(each) ?? []),
    attempts,
    decisions: (index.decisions.get(id) ?? []).toSorted(byNumber),
    blockers: (index.blockers.get(id) ?? []).toSorted(byNumber),
    startedAt: attempts.length === 0 ? null : first,
    completedAt,
    endedAt: completedAt ?? (status === "cancelled" ? workstream.endedAt : null),
  };
}

/** Facts of the workstreams that `isWanted` takes, by project and number. */
export function collectFacts(state: State, isWanted: (workstream: Workstream) => boolean): Facts[] {
  const index = indexState(state);
  return [...state.workstreams.values()]
    .filter(isWanted)
    .sort((a, b) => (a.project < b.project ? -1 : a.project > b.project ? 1 : a.number - b.number))
    .map((workstream) => collect(state, index, workstream));
}
