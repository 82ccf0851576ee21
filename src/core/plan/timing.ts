import type { TaskId, WorkstreamId } from "../model/ids.ts";
import type { Policy } from "../model/project.ts";
import { middleOf } from "./estimates.ts";
import { buildGraph, measureChain, measureTails } from "./graph.ts";
import { type Play, simulate } from "./simulate.ts";
import type { Estimate, Plan } from "./types.ts";
import type { Whole, WholeTask } from "./whole-graph.ts";

/** Order, critical path and time of the workstreams that a plan takes in. */
export type Timing = Pick<Plan, "order" | "criticalPath" | "estimate"> & {
  /** By workstream: with slots to itself. */
  readonly each: ReadonlyMap<WorkstreamId, Estimate>;
};

export function timePlan(
  whole: Whole,
  taken: ReadonlySet<WorkstreamId>,
  limits: { policy: Policy; slots: number; resources: Readonly<Record<string, number>> },
): Timing {
  const tasks = whole.graph.tasks.filter(({ workstream }) => taken.has(workstream));
  const workstreams = [...whole.workstreams.values()].filter(({ id }) => taken.has(id));
  const graph = buildGraph(tasks, workstreams);
  const noRank = { tailMs: 0, priority: "medium" } as const;
  const play: Play = {
    graph,
    ranks: tasks.map(({ id }) => whole.ranks.get(id) ?? noRank),
    workstreams: whole.workstreams,
    ...limits,
  };
  const usual = simulate(play, middleOf);
  const low = simulate(play, ({ lowMs }) => lowMs);
  const high = simulate(play, ({ highMs }) => highMs);
  const begun = new Set(usual.order);
  const idle = [...taken].filter((id) => !begun.has(id));
  const byWorkstream = Map.groupBy(tasks, ({ workstream }) => workstream);
  const timeOne = (id: WorkstreamId) => timeAlone(byWorkstream.get(id) ?? [], limits.slots);
  return {
    order: [...usual.order, ...idle],
    criticalPath: findCriticalPath(play),
    estimate: {
      lowMs: low.makespanMs,
      highMs: Math.max(low.makespanMs, high.makespanMs),
      source: sourceOf(tasks),
    },
    each: new Map(workstreams.map(({ id }) => [id, timeOne(id)])),
  };
}

const sourceOf = (tasks: readonly WholeTask[]): Estimate["source"] =>
  tasks.length > 0 && tasks.every(({ source }) => source === "history") ? "history" : "default";

/** At least its longest chain, and at least its work on all slots. */
function timeAlone(tasks: readonly WholeTask[], slots: number): Estimate {
  const graph = buildGraph(tasks, []);
  const measure = (durationOf: (task: WholeTask) => number): number => {
    const work = tasks.reduce((sum, task) => sum + durationOf(task), 0);
    return Math.round(Math.max(measureChain(graph, durationOf), work / slots));
  };
  return {
    lowMs: measure(({ lowMs }) => lowMs),
    highMs: measure(({ highMs }) => highMs),
    source: sourceOf(tasks),
  };
}

/** The chain of tasks that takes longest, as the workstreams that it goes through. */
function findCriticalPath({ graph }: Play): Plan["criticalPath"] {
  const tails = measureTails(graph, middleOf);
  const pick = (nodes: Iterable<number>): number | null => {
    let best: number | null = null;
    for (const node of nodes) if (best === null || (tails[node] ?? 0) > (tails[best] ?? 0)) best = node;
    return best;
  };
  const workstreams: WorkstreamId[] = [];
  const seen = new Set<TaskId>();
  let node = pick(graph.order);
  const ms = node === null ? 0 : (tails[node] ?? 0);
  while (node !== null) {
    const task = graph.tasks[node];
    if (task !== undefined) {
      if (seen.has(task.id)) break;
      seen.add(task.id);
      if (workstreams.at(-1) !== task.workstream) workstreams.push(task.workstream);
    }
    node = pick(graph.next[node] ?? []);
  }
  return { workstreams: [...new Set(workstreams)], ms };
}
