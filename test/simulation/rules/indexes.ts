import { listNeeds } from "../../../src/core/evolve/requirements.ts";
import { revertOf } from "../../../src/core/evolve/reverts.ts";
import { PERSON } from "../../../src/core/evolve/reviews.ts";
import type { State } from "../../../src/core/model/state.ts";
import type { Attempt, Task } from "../../../src/core/model/work.ts";
import type { SortedMap } from "../../../src/core/sorted-map.ts";
import { isLanded } from "../../../src/core/status.ts";

/** Every index of the state equals what follows from the entities. */
export function checkIndexes(state: State): string[] {
  const problems: string[] = [];
  const compare = <K>(name: string, map: SortedMap<K, unknown>, computed: readonly string[]): void => {
    const kept = [...map.keys()].map((key) => show(key)).sort();
    const found = [...new Set(computed)].sort();
    if (kept.join("|") !== found.join("|"))
      problems.push(`index ${name} holds ${show(kept)}, computed ${show(found)}`);
  };
  const attempts = [...state.attempts.values()];
  const tasks = [...state.tasks.values()];
  const workstreams = [...state.workstreams.values()];
  compare(
    "active",
    state.active,
    idsOf(attempts, ({ state: { kind } }) => kind === "claimed" || kind === "running"),
  );
  compare(
    "parked",
    state.parked,
    idsOf(attempts, ({ state: { kind }, executor }) => kind === "waiting" && executor !== PERSON),
  );
  compare(
    "joining",
    state.joining,
    idsOf(attempts, (attempt) => isJoining(state, attempt)),
  );
  compare(
    "open",
    state.open,
    idsOf([...state.decisions.values()], (each) => each.state.kind === "open"),
  );
  compare(
    "ready",
    state.ready,
    tasks.flatMap((task) => (task.state.kind === "ready" && !asksFirst(task) ? [show(task.state.rank)] : [])),
  );
  compare(
    "toAsk",
    state.toAsk,
    idsOf(tasks, (task) => task.state.kind === "ready" && asksFirst(task)),
  );
  // Tasks that are gone, also where one of their name is there again, may have left a handoff that is still to be committed.
  const left = [...state.uncollected.keys()].filter((id) => (state.tasks.get(id)?.handoff ?? null) === null);
  const open = idsOf(tasks, ({ handoff }) => handoff?.commit === null);
  compare("uncollected", state.uncollected, [...left, ...open]);
  compare(
    "waiters",
    state.waiters,
    tasks.flatMap((task) => waitersOf(state, task)),
  );
  const needs = new Set(state.needs.keys());
  for (const [key] of tasks.flatMap(listNeeds))
    if (!needs.has(key)) problems.push(`index needs lacks ${show(key)}`);
  const holds = (each: (typeof workstreams)[number]): boolean =>
    each.started && each.intent !== "cancelled" && !isLanded(each) && revertOf(each) === null;
  compare("holding", state.holding, idsOf(workstreams, holds));
  compare(
    "stacked",
    state.stacked,
    workstreams.flatMap(({ id, stacksOn }) => stacksOn.map((below) => `${below}\n${id}`)),
  );
  const queued = idsOf(
    workstreams,
    ({ integration: { kind }, intent }) =>
      ["queued", "running", "intended"].includes(kind) && intent !== "cancelled",
  );
  const inQueue = [...state.mergeQueue.values()].map(String).sort();
  if (inQueue.join() !== queued.sort().join())
    problems.push(`the merge queue holds ${inQueue.join()}, computed ${queued.join()}`);
  for (const { id, place } of workstreams) {
    if ((place !== null) !== queued.includes(id) || (place !== null && state.mergeQueue.get(place) !== id))
      problems.push(`${id} says that its place in the merge queue is ${place}`);
  }
  return [...problems, ...checkValues(state)];
}

/** Starts with a person's word. */
const asksFirst = ({ kind, entry }: Task): boolean =>
  kind !== "work" || entry.some(({ check, met }) => check.kind === "tick" && !met);

const show = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function idsOf<Entity extends { readonly id: string }>(
  entities: readonly Entity[],
  choose: (entity: Entity) => boolean,
): string[] {
  return entities.filter(choose).map(({ id }) => id);
}

/** A result that is to be joined: not yet asked about, or its conflict has been answered. */
function isJoining(state: State, attempt: Attempt): boolean {
  if (attempt.state.kind !== "completed") return false;
  const now = state.tasks.get(attempt.task)?.state;
  if (now?.kind === "running") return now.attempt === attempt.id;
  if (now?.kind !== "waiting" || now.attempt !== attempt.id) return false;
  return state.decisions.get(now.decision)?.state.kind === "resolved";
}

function waitersOf(state: State, task: Task): string[] {
  return task.requires
    .map((requirement) => `${requirement}\n${task.id}`)
    .filter((key) => state.waiters.has(key as never));
}

/** The values of the indexes, and the order of the ready queue. */
function checkValues(state: State): string[] {
  const problems: string[] = [];
  for (const index of [state.active, state.parked, state.joining]) {
    for (const [id, task] of index) {
      if (state.attempts.get(id)?.task !== task) problems.push(`an index says that ${id} is of ${task}`);
    }
  }
  for (const [rank, id] of state.ready)
    if (rank[5] !== id) problems.push(`rank ${show(rank)} leads to ${id}`);
  for (const [key, id] of state.waiters) {
    if (!key.endsWith(`\n${id}`) || !state.tasks.has(id)) problems.push(`waiter ${show(key)} leads to ${id}`);
  }
  for (const [key, id] of state.byContent) {
    const decision = state.decisions.get(id);
    if (decision === undefined || !key.endsWith(`/${decision.contentKey}`))
      problems.push(`content ${key} leads to ${id}`);
  }
  return problems;
}
