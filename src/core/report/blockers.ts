/** Declared blockers with what they hold up: tasks, workstreams, time, due dates (FR-012). */
import type { Blocker, BlockerType } from "../model/flow.ts";
import type { BlockerId, EpochMs, ProjectId, TaskId, WorkstreamId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Task } from "../model/work.ts";
import { parseRequirement } from "../plan/requirement.ts";
import { BehindSearch } from "./behind.ts";
import { nameOfTask, nameOfWorkstream } from "./words.ts";

/** A due date of work behind a blocker. */
export interface DueView {
  readonly workstream: string;
  /** ISO date; its whole day counts. */
  readonly due: string;
  /** When it would be done if the blocker went away now, ISO; estimated. */
  readonly earliest: string;
  readonly isAtRisk: boolean;
}

export interface BlockerView {
  readonly id: string;
  readonly workstream: string;
  /** Null: the whole workstream. */
  readonly task: string | null;
  readonly type: BlockerType;
  readonly owner: string;
  readonly reason: string;
  readonly by: string;
  /** ISO. */
  readonly declaredAt: string;
  readonly resolvedAt: string | null;
  readonly resolution: string | null;
  /** How long it was open, or has been up to now, ms. */
  readonly openMs: number;
  /** What cannot start before it is resolved, directly or behind others; empty for a resolved one. */
  readonly tasks: readonly string[];
  readonly workstreams: readonly string[];
  /** Longest way through what is behind it, ms, estimated; 0 for a resolved one. */
  readonly remainingMs: number;
  readonly due: readonly DueView[];
}

export interface BlockerReport {
  /** Open ones by the time behind them, then resolved ones, the last first. */
  readonly blockers: readonly BlockerView[];
  readonly open: number;
  readonly resolved: number;
}

const DAY_MS = 24 * 3_600_000;
const toIso = (at: EpochMs): string => new Date(at).toISOString();
const numberOf = (id: BlockerId): number => Number(id.slice(2));

/** What a blocker holds up. */
export function viewBlocker(state: State, blocker: Blocker, now: EpochMs): BlockerView {
  const { id, type, owner, reason, by, declaredAt, resolvedAt, resolution } = blocker;
  const behind = resolvedAt === null ? listBehindBlocker(state, blocker) : new Set<TaskId>();
  const chain = new Chain(state, behind);
  const held = new Set([...behind].flatMap((task) => state.tasks.get(task)?.workstream ?? []));
  return {
    id,
    workstream: nameOfWorkstream(state, blocker.workstream),
    task: blocker.task === null ? null : nameOfTask(state, blocker.task),
    type,
    owner,
    reason,
    by,
    declaredAt: toIso(declaredAt),
    resolvedAt: resolvedAt === null ? null : toIso(resolvedAt),
    resolution,
    openMs: Math.max(0, (resolvedAt ?? now) - declaredAt),
    tasks: [...behind].map((task) => nameOfTask(state, task)),
    workstreams: [...held].map((workstream) => nameOfWorkstream(state, workstream)),
    remainingMs: chain.longest(behind),
    due: [...held].flatMap((workstream) => viewDue(state, chain, { workstream, now })),
  };
}

/** Tasks of what is blocked that have not begun, and everything behind them. */
function listBehindBlocker(state: State, { workstream, task }: Blocker): ReadonlySet<TaskId> {
  const search = new BehindSearch(state);
  for (const id of task === null ? (state.workstreams.get(workstream)?.tasks ?? []) : [task]) {
    const kind = state.tasks.get(id)?.state.kind;
    if (kind !== "running" && kind !== "cancelled") search.addTask(id);
  }
  // The merge is kept back too, where all tasks are done.
  if (task === null) search.addBehind(workstream);
  return search.run();
}

function viewDue(
  state: State,
  chain: Chain,
  { workstream: id, now }: { workstream: WorkstreamId; now: EpochMs },
): readonly DueView[] {
  const workstream = state.workstreams.get(id);
  if (workstream?.due == null) return [];
  const earliest = now + chain.longest(workstream.tasks);
  const isAtRisk = earliest >= Date.parse(workstream.due) + DAY_MS;
  return [{ workstream: workstream.name, due: workstream.due, earliest: toIso(earliest), isAtRisk }];
}

/** Longest ways through a set of tasks, along what they require. */
class Chain {
  readonly #state: State;
  readonly #tasks: ReadonlySet<TaskId>;
  /** When a task would be done, from now, ms. */
  readonly #ends = new Map<TaskId, number>();

  constructor(state: State, tasks: ReadonlySet<TaskId>) {
    this.#state = state;
    this.#tasks = tasks;
  }

  longest(tasks: Iterable<TaskId>): number {
    let most = 0;
    for (const id of tasks) if (this.#tasks.has(id)) most = Math.max(most, this.#endOf(id));
    return most;
  }

  #endOf(id: TaskId): number {
    const known = this.#ends.get(id);
    if (known !== undefined) return known;
    const task = this.#state.tasks.get(id);
    if (task === undefined) return 0;
    // Requirements have no circles; should there be one, the walk still ends.
    this.#ends.set(id, 0);
    const before = task.requires.flatMap((requirement) => this.#tasksOf(requirement));
    const end = this.longest(before) + task.estimateMs;
    this.#ends.set(id, end);
    return end;
  }

  #tasksOf(requirement: Task["requires"][number]): readonly TaskId[] {
    const parsed = parseRequirement(requirement);
    if (parsed === null || !("workstream" in parsed)) return [];
    if (parsed.kind === "task") return [parsed.task];
    const all = this.#state.workstreams.get(parsed.workstream)?.tasks ?? [];
    return parsed.kind === "phase"
      ? all.filter((id) => this.#state.tasks.get(id)?.phase === parsed.phase)
      : all;
  }
}

/** All blockers of a project; `isAll`: the resolved ones too. */
export function reportBlockers(
  state: State,
  project: ProjectId,
  { now, isAll }: { readonly now: EpochMs; readonly isAll: boolean },
): BlockerReport {
  // A resolved one may be of a workstream that was removed: its project is not known any more, and it is left out.
  const own = [...state.blockers.values()].filter(
    ({ workstream }) => state.workstreams.get(workstream)?.project === project,
  );
  const views = new Map(own.map((each) => [each, viewBlocker(state, each, now)]));
  const open = own
    .filter(({ resolvedAt }) => resolvedAt === null)
    .sort((a, b) => weigh(views.get(b)) - weigh(views.get(a)) || numberOf(a.id) - numberOf(b.id));
  const resolved = own
    .filter(({ resolvedAt }) => resolvedAt !== null)
    .sort((a, b) => (b.resolvedAt ?? 0) - (a.resolvedAt ?? 0) || numberOf(b.id) - numberOf(a.id));
  const shown = isAll ? [...open, ...resolved] : open;
  return {
    blockers: shown.flatMap((each) => views.get(each) ?? []),
    open: open.length,
    resolved: resolved.length,
  };
}

const weigh = (view: BlockerView | undefined): number => view?.remainingMs ?? 0;

/** Open blockers on a workstream and on its tasks, the oldest first. */
export function listOpenBlockers(state: State, workstream: WorkstreamId): readonly Blocker[] {
  return [...state.blockers.values()]
    .filter((each) => each.workstream === workstream && each.resolvedAt === null)
    .sort((a, b) => numberOf(a.id) - numberOf(b.id));
}
