/**
 * A workstream changes over to another blueprint. Tasks that are not in it any more stay in the state, cancelled, in `dropped`: their
 * attempts are history and must be found. What a task has lived through goes along with it to its new key.
 */
import { type Fate, listFates } from "../migration/fates.ts";
import type { Event } from "../model/event.ts";
import type { StepProgress } from "../model/flow.ts";
import { type AttemptId, type MigrationId, type TaskId, toTaskId, type WorkstreamId } from "../model/ids.ts";
import type { PhaseCount, Requirement, Task, TaskCounts, TaskState, Workstream } from "../model/work.ts";
import { moveSpending } from "./budgets.ts";
import {
  awaitRequirement,
  type Draft,
  leaveQueue,
  leaveReady,
  meetRequirement,
  needTask,
  needWorkstream,
  putWorkstream,
  refreshTask,
  refreshWorkstream,
} from "./draft.ts";
import { noteNews } from "./messages.ts";
import { levelRanks } from "./ranks.ts";
import { awaitMissing, isMet, isOnWorkOf, isWaitingToStart, noteNeeds } from "./requirements.ts";
import { markReuse, newTask } from "./workstreams.ts";

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

/** Old tasks by the key of their new place, and what is left behind. */
interface Moves {
  readonly id: MigrationId;
  /** From an old id to a new one, where they differ. */
  readonly renamed: ReadonlyMap<TaskId, TaskId>;
  readonly gone: ReadonlySet<TaskId>;
}

export function migrateWorkstream(draft: Draft, event: Of<"workstream_migrated">): void {
  const { migration, before, at } = event;
  const old = needWorkstream(draft, migration.workstream);
  const undone = migration.rollsBack === null ? null : (draft.migrations.get(migration.rollsBack) ?? null);
  const { mapping } = migration;
  const input = { workstream: old, tasks: event.tasks, mapping, undone };
  const fates = listFates(draft, { ...input, trustsSignatures: before.tip === undefined });
  const moves = listMoves(old, fates, migration.id);
  const made = fates.map((fate) => makeTask(draft, old, fate, moves));
  const artifacts = listMadeArtifacts(draft, old);
  leaveIndexes(draft, old);
  for (const id of old.tasks) bury(draft, id, moves);
  for (const task of made) {
    draft.tasks = draft.tasks.set(task.id, task);
    noteNeeds(draft, task);
    noteNews(draft, task);
    for (const attempt of task.attempts) moveAttempt(draft, attempt, task.id);
  }
  changeWorkstream(draft, old, event, made);
  levelRanks(draft, old.id);
  for (const { id } of made) awaitOpen(draft, id, artifacts);
  collectAgain(draft, [...old.tasks, ...made.map(({ id }) => id)]);
  moveBlockers(draft, old.id, moves);
  retargetOthers(draft, old.id, moves, event.kind);
  refreshWorkstream(draft, old.id, event.kind);
  draft.migrations = draft.migrations.set(migration.id, { ...migration, before, at });
  draft.nextMigration += 1;
}

function listMoves(old: Workstream, fates: readonly Fate[], id: MigrationId): Moves {
  const renamed = new Map<TaskId, TaskId>();
  const mapped = new Set<TaskId>();
  for (const { id: to, from } of fates) {
    if (from === null) continue;
    mapped.add(from.id);
    if (from.id !== to) renamed.set(from.id, to);
  }
  return { id, renamed, gone: new Set(old.tasks.filter((task) => !mapped.has(task))) };
}

/** The new task with what the old one, and an earlier one of the same name, have lived through. */
function makeTask(
  draft: Draft,
  old: Workstream,
  { draft: plan, id, from, state, kind }: Fate,
  moves: Moves,
): Task {
  const fresh = newTask(old.id, plan);
  const holder = draft.tasks.get(id);
  const isLeft = holder !== undefined && holder.id !== from?.id && !moves.renamed.has(holder.id);
  const attempts = joinAttempts(draft, from?.attempts ?? [], isLeft ? holder.attempts : []);
  const past = from ?? (isLeft ? holder : null);
  // What runs or is done was looked at; all else is looked at again.
  const stays = kind === "kept" && state.kind !== "pending" && from !== null;
  return {
    ...fresh,
    tailMs: holder?.tailMs ?? fresh.tailMs,
    inheritedPriority: holder?.inheritedPriority ?? old.priority,
    state,
    attempts,
    ...(stays || kind === "restored"
      ? { entry: past?.entry ?? fresh.entry, exit: past?.exit ?? fresh.exit }
      : {}),
    ...(kind === "kept" && from !== null ? { lost: from.lost, retried: from.retried } : {}),
    ...(from?.inbox === undefined ? {} : { inbox: from.inbox }),
    handoff: past?.handoff ?? null,
    owner: past?.owner ?? null,
    startedAt: past?.startedAt ?? null,
    blockers: from?.blockers ?? 0,
  };
}

/** In the order of their claims. */
function joinAttempts(
  draft: Draft,
  own: readonly AttemptId[],
  earlier: readonly AttemptId[],
): readonly AttemptId[] {
  if (earlier.length === 0) return own;
  const fenceOf = (id: AttemptId): number => draft.attempts.get(id)?.fence ?? 0;
  return [...new Set([...earlier, ...own])].sort((a, b) => fenceOf(a) - fenceOf(b));
}

function moveAttempt(draft: Draft, id: AttemptId, task: TaskId): void {
  const attempt = draft.attempts.get(id);
  if (attempt === undefined || attempt.task === task) return;
  moveSpending(draft, attempt, task);
  draft.attempts = draft.attempts.set(id, { ...attempt, task });
}

/** Files that tasks of it waited for and got: they count as made also for the new tasks. */
function listMadeArtifacts(draft: Draft, { tasks }: Workstream): ReadonlySet<Requirement> {
  const made = new Set<Requirement>();
  for (const id of tasks) {
    for (const each of needTask(draft, id).requires) {
      if (each.startsWith("artifact:") && !draft.waiters.has(`${each}\n${id}`)) made.add(each);
    }
  }
  return made;
}

function leaveIndexes(draft: Draft, { tasks }: Workstream): void {
  for (const id of tasks) {
    const { state, requires } = needTask(draft, id);
    if (state.kind === "ready") leaveReady(draft, id, state.rank);
    for (const each of requires) draft.waiters = draft.waiters.delete(`${each}\n${id}`);
  }
}

/** The old entity stays, cancelled, until a new one takes its id. */
function bury(draft: Draft, id: TaskId, { id: migration, renamed }: Moves): void {
  const task = needTask(draft, id);
  const next = renamed.get(id);
  const reason =
    next === undefined
      ? `dropped by ${migration}`
      : `it is ${next.slice(next.indexOf("#") + 1)} since ${migration}`;
  const state: TaskState = { kind: "cancelled", reason };
  const rest = next === undefined ? {} : { attempts: [], handoff: null };
  const nothing = { requires: [], unmet: 0, unmetDecisions: 0, blockers: 0, knowledge: [], news: [] };
  draft.tasks = draft.tasks.set(id, { ...task, ...rest, ...nothing, state });
}

const COUNTED = ["completed", "failed", "waiting", "running", "blocked", "cancelled"] as const;

function countTasks(tasks: readonly Task[]): TaskCounts {
  const counts = {
    total: tasks.length,
    completed: 0,
    failed: 0,
    waiting: 0,
    running: 0,
    blocked: 0,
    cancelled: 0,
  };
  for (const { state } of tasks) for (const kind of COUNTED) if (state.kind === kind) counts[kind] += 1;
  return counts;
}

function countPhases(
  phases: readonly Pick<PhaseCount, "key" | "title">[],
  tasks: readonly Task[],
): PhaseCount[] {
  return phases.map(({ key, title }) => {
    const members = tasks.filter(({ phase }) => phase === key);
    const completed = members.filter(({ state }) => state.kind === "completed").length;
    return { key, title, total: members.length, completed };
  });
}

/** A step keeps the place where its work began: by its own key, or as the step that its tasks came from. */
function countSteps(
  old: Workstream,
  event: Of<"workstream_migrated">,
  made: readonly Task[],
): StepProgress[] {
  const known = new Map(old.steps.map((step) => [step.key, step.checkpoint]));
  const origins = new Map(
    event.migration.mapping.flatMap(({ from, to }) => {
      const step = event.before.tasks.find(({ key }) => key === from)?.step;
      const target = event.tasks.find(({ key }) => key === to)?.step;
      return step === undefined || target === undefined ? [] : [[target, step] as const];
    }),
  );
  return event.steps.map((step) => {
    const own = made.filter((task) => task.step === step.key);
    const completed = own.filter(({ state }) => state.kind === "completed").length;
    const checkpoint = known.get(step.key) ?? known.get(origins.get(step.key) ?? "") ?? null;
    return { ...step, total: own.length, completed, checkpoint };
  });
}

function changeWorkstream(
  draft: Draft,
  old: Workstream,
  event: Of<"workstream_migrated">,
  made: readonly Task[],
): void {
  const { migration, spec, title, declared } = event;
  const ids = made.map(({ id }) => id);
  const isOwn = new Set(ids);
  const renamed = new Map(migration.mapping.map(({ from, to }) => [toTaskId(old.id, from), to]));
  const rename = (id: TaskId): TaskId => {
    const to = renamed.get(id) ?? null;
    return to === null ? id : toTaskId(old.id, to);
  };
  const counts = countTasks(made);
  leaveQueue(draft, old.id);
  const isStopped = old.integration.kind === "queued" || old.integration.kind === "waiting";
  putWorkstream(draft, old.id, {
    ...declared,
    spec,
    title,
    workflow: { name: migration.to.workflow, version: migration.to.version },
    tasks: ids,
    dropped: [...new Set([...old.dropped, ...old.tasks])].filter((id) => !isOwn.has(id)),
    steps: countSteps(old, event, made),
    phases: countPhases(event.phases, made),
    counts,
    stops: made.filter(({ critical, state }) => critical && state.kind === "failed").length,
    after: made.filter(({ stage }) => stage === "after").length,
    signOffs: old.signOffs.map((each) => ({ ...each, task: rename(each.task) })),
    returns: old.returns.map((each) => ({ ...each, from: rename(each.from) })),
    leftSpec: spec.hash === old.spec.hash ? old.leftSpec : null,
    ...markReuse(event.tasks),
    ...(isStopped ? { integration: { kind: "none" } as const, gateReports: [] } : {}),
  });
}

/** What has not begun waits for all that is not there; a file that was made for it before is. */
function awaitOpen(draft: Draft, id: TaskId, made: ReadonlySet<Requirement>): void {
  const task = needTask(draft, id);
  if (!isWaitingToStart(task)) return;
  for (const each of task.requires) {
    if (each.startsWith("artifact:") && !made.has(each)) awaitRequirement(draft, id, each);
  }
  awaitMissing(draft, id);
}

function collectAgain(draft: Draft, ids: readonly TaskId[]): void {
  for (const id of ids) {
    const task = draft.tasks.get(id);
    // What a task that is gone has left is still to be committed.
    if (task === undefined) continue;
    const isOpen = task.handoff?.commit === null;
    draft.uncollected = isOpen ? draft.uncollected.set(id, true) : draft.uncollected.delete(id);
  }
}

function moveBlockers(draft: Draft, workstream: WorkstreamId, { renamed }: Moves): void {
  if (renamed.size === 0) return;
  for (const [id, blocker] of draft.blockers) {
    const task = blocker.task === null ? undefined : renamed.get(blocker.task);
    if (blocker.workstream === workstream && task !== undefined)
      draft.blockers = draft.blockers.set(id, { ...blocker, task });
  }
}

/**
 * Other workstreams' tasks: they follow a renamed task; what a dropped one gave them stays given; and whoever has not begun waits again
 * for what is open again, and no longer for what is done by now. What a dropped task will not give any more is asked about by `decide`.
 */
function retargetOthers(draft: Draft, id: WorkstreamId, moves: Moves, event: string): void {
  const touched: TaskId[] = [];
  for (const [key, task] of draft.tasks) {
    if (task.workstream === id) continue;
    if (!task.requires.some((each) => isOnWorkOf(each, id)) && !knowsMoved(task, moves)) continue;
    retarget(draft, task, moves);
    touched.push(key);
  }
  for (const each of touched) {
    if (!isWaitingToStart(needTask(draft, each))) continue;
    weighAgain(draft, each, id, event);
    refreshTask(draft, each, event);
  }
}

const knowsMoved = ({ knowledge }: Task, { renamed }: Moves): boolean =>
  renamed.size > 0 && knowledge.some((each) => renamed.has(each as TaskId));

function retarget(draft: Draft, task: Task, { renamed, gone }: Moves): void {
  const requires = task.requires.flatMap((each): Requirement[] => {
    if (!each.startsWith("task:")) return [each];
    const target = each.slice("task:".length) as TaskId;
    const isAwaited = draft.waiters.has(`${each}\n${task.id}`);
    if (gone.has(target) && !isAwaited) return [];
    const next = renamed.get(target);
    if (next === undefined) return [each];
    if (isAwaited) {
      draft.waiters = draft.waiters.delete(`${each}\n${task.id}`).set(`task:${next}\n${task.id}`, task.id);
    }
    return [`task:${next}`];
  });
  const move = (each: Task["knowledge"][number]) => renamed.get(each as TaskId) ?? each;
  const news = task.news === undefined ? {} : { news: task.news.map(move) };
  const moved = { ...task, requires, knowledge: task.knowledge.map(move), ...news };
  draft.tasks = draft.tasks.set(task.id, moved);
  noteNews(draft, moved);
}

function weighAgain(draft: Draft, id: TaskId, workstream: WorkstreamId, event: string): void {
  for (const each of needTask(draft, id).requires) {
    if (!isOnWorkOf(each, workstream) || each.startsWith("artifact:")) continue;
    const isAwaited = draft.waiters.has(`${each}\n${id}`);
    const isThere = isMet(draft, each);
    if (isThere && isAwaited) meetRequirement(draft, id, each, event);
    else if (!isThere && !isAwaited) awaitRequirement(draft, id, each);
  }
}

/** The operator goes on with the text that the work began with. */
export function leaveSpec(draft: Draft, event: Of<"spec_left">): void {
  putWorkstream(draft, event.workstream, { leftSpec: event.hash });
}
