import { PRIORITY_RANK } from "../evolve/draft.ts";
import type { GraphRanks } from "../model/event.ts";
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
