import type { TaskId, WorkstreamId } from "../model/ids.ts";
import type { Priority } from "../model/spec.ts";
import type { Requirement } from "../model/work.ts";
import { parseRequirement } from "./requirement.ts";

/** A task as far as order and time go. */
export interface GraphTask {
  readonly id: TaskId;
  readonly workstream: WorkstreamId;
  readonly phase: string | null;
  readonly requires: readonly Requirement[];
  /** That of its workstream. */
  readonly priority: Priority;
}

export interface GraphWorkstream {
  readonly id: WorkstreamId;
  /** It lands after them. */
  readonly stacksOn: readonly WorkstreamId[];
}

/**
 * Tasks, and the moments between them that requirements speak of: a phase or a workstream done, a workstream landed. Nodes
 * are numbers: the tasks first, in the order of the input. What is required of something outside the graph is met.
 */
export interface Graph<Task extends GraphTask> {
  readonly tasks: readonly Task[];
  /** From each node to those that wait for it. */
  readonly next: readonly (readonly number[])[];
  /** How many each node waits for. */
  readonly waits: readonly number[];
  /** All nodes, each after those that it waits for; members of a circle last. */
  readonly order: readonly number[];
  /** Node of the moment at which a workstream has landed. */
  readonly landed: ReadonlyMap<WorkstreamId, number>;
}

export function buildGraph<Task extends GraphTask>(
  tasks: readonly Task[],
  workstreams: readonly GraphWorkstream[],
): Graph<Task> {
  const builder = new Builder(tasks.length);
  const done = new Map<string, number>();
  const landed = new Map<WorkstreamId, number>();
  const moments = new Map<string, number>();
  for (const { id } of workstreams) {
    done.set(id, builder.addNode());
    landed.set(id, builder.addNode());
    moments.set(`done:${id}`, done.get(id) as number).set(`landed:${id}`, landed.get(id) as number);
    builder.addEdge(done.get(id), landed.get(id));
  }
  for (const { id, stacksOn } of workstreams)
    for (const below of stacksOn) builder.addEdge(landed.get(below), landed.get(id));
  tasks.forEach(({ id, workstream, phase }, node) => {
    moments.set(`task:${id}`, node);
    builder.addEdge(node, done.get(workstream));
    if (phase === null) return;
    const key = `phase:${workstream}/${phase}`;
    if (!moments.has(key)) moments.set(key, builder.addNode());
    builder.addEdge(node, moments.get(key));
  });
  tasks.forEach(({ requires }, node) => {
    for (const requirement of requires) builder.addEdge(findNode(requirement, moments), node);
  });
  return { tasks, ...builder.finish(), landed };
}

/** Which task makes a file is not known before: the workstream's end counts. */
function findNode(requirement: Requirement, moments: ReadonlyMap<string, number>): number | undefined {
  const node = moments.get(requirement);
  if (node !== undefined || !requirement.startsWith("artifact:")) return node;
  const parsed = parseRequirement(requirement);
  return parsed?.kind === "artifact" ? moments.get(`done:${parsed.workstream}`) : undefined;
}

class Builder {
  readonly #next: number[][];
  readonly #waits: number[];

  constructor(count: number) {
    this.#next = Array.from({ length: count }, () => []);
    this.#waits = new Array<number>(count).fill(0);
  }

  addNode(): number {
    this.#next.push([]);
    this.#waits.push(0);
    return this.#next.length - 1;
  }

  /** Nothing where one end is outside the graph. */
  addEdge(from: number | undefined, to: number | undefined): void {
    if (from === undefined || to === undefined || from === to) return;
    this.#next[from]?.push(to);
    this.#waits[to] = (this.#waits[to] ?? 0) + 1;
  }

  finish(): Pick<Graph<GraphTask>, "next" | "waits" | "order"> {
    return { next: this.#next, waits: this.#waits, order: sortNodes(this.#next, this.#waits) };
  }
}

/** Kahn's algorithm; stable. */
function sortNodes(next: readonly (readonly number[])[], waits: readonly number[]): readonly number[] {
  const left = [...waits];
  const order = left.flatMap((count, node) => (count === 0 ? [node] : []));
  for (let head = 0; head < order.length; head += 1) {
    for (const to of next[order[head] as number] ?? []) {
      left[to] = (left[to] ?? 0) - 1;
      if (left[to] === 0) order.push(to);
    }
  }
  if (order.length === next.length) return order;
  const sorted = new Set(order);
  return [...order, ...[...next.keys()].filter((node) => !sorted.has(node))];
}

/** For each node the longest way from its start to the end of everything behind it, in the unit of `durationOf`. */
export function measureTails<Task extends GraphTask>(
  graph: Graph<Task>,
  durationOf: (task: Task) => number,
): readonly number[] {
  const tails = new Array<number>(graph.next.length).fill(0);
  for (const node of graph.order.toReversed()) {
    let longest = 0;
    for (const to of graph.next[node] ?? []) longest = Math.max(longest, tails[to] ?? 0);
    const task = graph.tasks[node];
    tails[node] = longest + (task === undefined ? 0 : durationOf(task));
  }
  return tails;
}

/** Length of the longest chain, in the unit of `durationOf`. */
export function measureChain<Task extends GraphTask>(
  graph: Graph<Task>,
  durationOf: (task: Task) => number,
): number {
  return measureTails(graph, durationOf).reduce((longest, tail) => Math.max(longest, tail), 0);
}
