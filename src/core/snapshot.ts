import { isUnattended } from "./evolve/history.ts";
import { listListens } from "./evolve/messages.ts";
import { listNeeds } from "./evolve/requirements.ts";
import type { Ledger } from "./model/budget.ts";
import type { Decision } from "./model/decision.ts";
import type { Blocker, Migration } from "./model/flow.ts";
import type { AttemptId, TaskId, WorkstreamId } from "./model/ids.ts";
import type { Project } from "./model/project.ts";
import type { Run } from "./model/run.ts";
import { emptyState, type RecordedWorkflow, type State, workflowKey } from "./model/state.ts";
import type { Attempt, Rank, Task, Workstream } from "./model/work.ts";
import type { SortedMap } from "./sorted-map.ts";

/**
 * Version of the state's shape and of the fold. Raise it whenever `State` or what `evolve` makes of an event changes: a
 * snapshot of another version is not loaded, the log is replayed instead.
 */
export const STATE_VERSION = 14;

type Scalars = Pick<
  State,
  "seq" | "at" | "nextAttempt" | "nextDecision" | "nextRun" | "nextFence" | "nextBlocker" | "nextMigration"
>;

/**
 * The state as JSON values. Entities are lists in the order of their ids. An index whose values follow from its keys
 * or from the entities is a list of keys; the maps are built anew from them.
 */
interface StateFile extends Scalars {
  readonly version: number;
  readonly projects: readonly (Omit<Project, "approved"> & { readonly approved: readonly string[] })[];
  readonly workstreams: readonly Workstream[];
  readonly tasks: readonly Task[];
  readonly attempts: readonly Attempt[];
  readonly decisions: readonly Decision[];
  readonly runs: readonly Run[];
  readonly blockers: readonly Blocker[];
  readonly migrations: readonly Migration[];
  readonly workflows: readonly RecordedWorkflow[];
  readonly toAsk: readonly TaskId[];
  readonly uncollected: readonly TaskId[];
  readonly ready: readonly TaskId[];
  readonly waiters: readonly string[];
  readonly active: readonly AttemptId[];
  readonly parked: readonly AttemptId[];
  readonly joining: readonly AttemptId[];
  readonly holding: readonly WorkstreamId[];
  readonly stacked: readonly string[];
  readonly duplicates: readonly string[];
  readonly open: readonly Decision["id"][];
  readonly mergeQueue: readonly string[];
  readonly ledgers: readonly [string, Ledger][];
  /** Absent: written before anybody measured. */
  readonly peaks?: readonly [string, readonly number[]][];
  readonly inUse: readonly [string, number][];
  readonly byContent: readonly [string, Decision["id"]][];
  readonly parallelSince: readonly [Run["id"], number][];
}

function readScalars(from: Scalars): Scalars {
  const { seq, at, nextAttempt, nextDecision, nextRun, nextFence, nextBlocker, nextMigration } = from;
  return { seq, at, nextAttempt, nextDecision, nextRun, nextFence, nextBlocker, nextMigration };
}

/** A state as text, for `loadState`. Equal states give equal text up to the order of keys inside an entity. */
export function dumpState(state: State): string {
  const file: StateFile = {
    version: STATE_VERSION,
    ...readScalars(state),
    projects: [...state.projects.values()].map((each) => ({ ...each, approved: [...each.approved] })),
    workstreams: [...state.workstreams.values()],
    tasks: [...state.tasks.values()],
    attempts: [...state.attempts.values()],
    decisions: [...state.decisions.values()],
    runs: [...state.runs.values()],
    blockers: [...state.blockers.values()],
    migrations: [...state.migrations.values()],
    workflows: [...state.workflows.values()],
    toAsk: [...state.toAsk.keys()],
    uncollected: [...state.uncollected.keys()],
    ready: [...state.ready.values()],
    waiters: [...state.waiters.keys()],
    active: [...state.active.keys()],
    parked: [...state.parked.keys()],
    joining: [...state.joining.keys()],
    holding: [...state.holding.keys()],
    stacked: [...state.stacked.keys()],
    duplicates: [...state.duplicates.keys()],
    open: [...state.open.keys()],
    mergeQueue: [...state.mergeQueue.keys()],
    ledgers: [...state.ledgers],
    peaks: [...state.peaks],
    inUse: [...state.inUse],
    byContent: [...state.byContent],
    parallelSince: [...state.parallelSince],
  };
  return JSON.stringify(file);
}

/**
 * The state that `dumpState` wrote.
 *
 * @throws SyntaxError or Error where the text is not a snapshot of this version; the log holds it together with a hash.
 */
export function loadState(text: string): State {
  const file = JSON.parse(text) as StateFile;
  if (file.version !== STATE_VERSION)
    throw new Error(`a snapshot of version ${file.version}, expected ${STATE_VERSION}`);
  const empty = emptyState();
  const tasks = fillById(empty.tasks, file.tasks);
  const attempts = fillById(empty.attempts, file.attempts);
  const taskOf = (id: AttemptId): TaskId => need(attempts.get(id), id).task;
  const decisions = fillById(empty.decisions, file.decisions);
  const projects = file.projects.map((each) => ({ ...each, approved: new Set(each.approved) }));
  return {
    ...readScalars(file),
    projects: fillById(empty.projects, projects),
    workstreams: fillById(empty.workstreams, file.workstreams),
    tasks,
    attempts,
    decisions,
    runs: fillById(empty.runs, file.runs),
    blockers: fillById(empty.blockers, file.blockers),
    migrations: fillById(empty.migrations, file.migrations),
    workflows: empty.workflows.fill(
      file.workflows.map((each) => {
        const { name, version } = each.definition;
        return [workflowKey(each.project, name, version), each];
      }),
    ),
    toAsk: fillByKey(empty.toAsk, file.toAsk, () => true as const),
    uncollected: fillByKey(empty.uncollected, file.uncollected, () => true as const),
    ready: empty.ready.fill(file.ready.map((id) => [rankOf(need(tasks.get(id), id)), id])),
    waiters: fillByKey(empty.waiters, file.waiters, (key) => afterBreak<TaskId>(key)),
    needs: fillFrom(empty.needs, file.tasks, listNeeds),
    news: fillFrom(empty.news, file.tasks, listListens),
    active: fillByKey(empty.active, file.active, taskOf),
    parked: fillByKey(empty.parked, file.parked, taskOf),
    joining: fillByKey(empty.joining, file.joining, taskOf),
    holding: fillByKey(empty.holding, file.holding, () => true as const),
    stacked: fillByKey(empty.stacked, file.stacked, (key) => afterBreak<WorkstreamId>(key)),
    duplicates: fillByKey(empty.duplicates, file.duplicates, (key) => afterBreak<WorkstreamId>(key)),
    open: fillByKey(empty.open, file.open, () => true as const),
    unattended: fillByKey(
      empty.unattended,
      file.open.filter((id) => isUnattended(need(decisions.get(id), id))),
      () => true as const,
    ),
    mergeQueue: fillByKey(empty.mergeQueue, file.mergeQueue, (key) => afterBreak<WorkstreamId>(key)),
    ledgers: empty.ledgers.fill(file.ledgers),
    peaks: empty.peaks.fill(file.peaks ?? []),
    inUse: empty.inUse.fill(file.inUse),
    byContent: empty.byContent.fill(file.byContent),
    parallelSince: empty.parallelSince.fill(file.parallelSince),
  };
}

function fillById<Id, Entity extends { readonly id: Id }>(
  map: SortedMap<Id, Entity>,
  entities: readonly Entity[],
): SortedMap<Id, Entity> {
  return map.fill(entities.map((entity) => [entity.id, entity]));
}

function fillByKey<K, V>(map: SortedMap<K, V>, keys: readonly K[], toValue: (key: K) => V): SortedMap<K, V> {
  return map.fill(keys.map((key) => [key, toValue(key)]));
}

/** An index that follows from the tasks: whose work they need, whose news they are told. */
function fillFrom<V>(
  map: SortedMap<string, V>,
  tasks: readonly Task[],
  list: (task: Task) => readonly (readonly [string, V])[],
): SortedMap<string, V> {
  const entries = new Map(tasks.flatMap(list));
  return map.fill([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** What stands after the last line break of an index key. */
const afterBreak = <Id extends string>(key: string): Id => key.slice(key.lastIndexOf("\n") + 1) as Id;

function rankOf({ id, state }: Task): Rank {
  if (state.kind !== "ready")
    throw new Error(`the snapshot has ${id} in the ready queue, but it is ${state.kind}`);
  return state.rank;
}

function need<T>(value: T | undefined, id: string): T {
  if (value === undefined) throw new Error(`the snapshot names ${id}, which it does not hold`);
  return value;
}
