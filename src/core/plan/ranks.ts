import { PRIORITY_RANK } from "../evolve/draft.ts";
import type { GraphRanks } from "../model/event.ts";
import type { TaskId } from "../model/ids.ts";
import type { Priority } from "../model/spec.ts";
import type { State } from "../model/state.ts";
import { type Graph, type GraphTask, measureTails } from "./graph.ts";

/** A task with the time that it is thought to take. */
export interface TimedTask extends GraphTask {
  readonly durationMs: number;
}

/** A task's place in the whole graph. */
export interface TaskRank {
  readonly tailMs: number;
  readonly priority: Priority;
}

const PRIORITIES = Object.keys(PRIORITY_RANK) as Priority[];

/**
 * For each task, in the order of the graph: its tail (own time and the longest chain behind it, over all workstreams) and
 * the best priority among itself and all that waits for it.
 */
export function rankTasks(graph: Graph<TimedTask>): readonly TaskRank[] {
  const tails = measureTails(graph, ({ durationMs }) => durationMs);
  const best = new Array<number>(graph.next.length).fill(PRIORITIES.length - 1);
  for (const node of graph.order.toReversed()) {
    const task = graph.tasks[node];
    let rank = task === undefined ? PRIORITIES.length - 1 : PRIORITY_RANK[task.priority];
    for (const to of graph.next[node] ?? []) rank = Math.min(rank, best[to] ?? rank);
    best[node] = rank;
  }
  return graph.tasks.map((_, node) => ({
    tailMs: tails[node] ?? 0,
    priority: PRIORITIES[best[node] ?? 0] ?? "medium",
  }));
}

/** A task of one workstream with its rank before its neighbours are looked at. */
export interface Ordered extends TaskRank {
  readonly id: TaskId;
  readonly order: number;
}

/**
 * Inside a workstream the order counts before all else (FR-005): a task ranks no lower than any that comes after it. The
 * registry does the same with what it is given; a plan has to know it to show the order that will be.
 */
export function levelRanks(tasks: readonly Ordered[]): readonly Ordered[] {
  const byOrder = Map.groupBy(tasks, ({ order }) => order);
  const levelled: Ordered[] = [];
  let tailMs = 0;
  let rank = PRIORITIES.length - 1;
  for (const order of [...byOrder.keys()].sort((a, b) => b - a)) {
    const group = byOrder.get(order) ?? [];
    for (const task of group) {
      tailMs = Math.max(tailMs, task.tailMs);
      rank = Math.min(rank, PRIORITY_RANK[task.priority]);
    }
    for (const task of group) levelled.push({ ...task, tailMs, priority: PRIORITIES[rank] ?? "medium" });
  }
  return levelled;
}

/** Only what differs from what the state holds: a plan that changes nothing writes nothing. */
export function listChangedRanks(
  state: State,
  graph: Graph<TimedTask>,
  ranks: readonly TaskRank[],
): GraphRanks["tasks"] {
  return graph.tasks.flatMap(({ id }, node) => {
    const { tailMs, priority } = ranks[node] as TaskRank;
    const known = state.tasks.get(id);
    const isSame = known?.tailMs === tailMs && known.inheritedPriority === priority;
    return isSame ? [] : [{ task: id, tailMs, priority }];
  });
}
