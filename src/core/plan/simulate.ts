/**
 * Plays a plan on slots: the same order and the same rules as the scheduler, with estimated times instead of a clock.
 * Questions count as answered, and merging as taking no time.
 */

import { PRIORITY_RANK } from "../evolve/draft.ts";
import type { WorkstreamId } from "../model/ids.ts";
import type { Policy } from "../model/project.ts";
import type { ResourceUse } from "../model/work.ts";
import type { Graph } from "./graph.ts";
import { Heap } from "./heap.ts";
import type { Range } from "./input.ts";
import type { TaskRank, TimedTask } from "./ranks.ts";

/** A task with what the scheduler looks at. */
export interface PlayedTask extends TimedTask, Range {
  readonly order: number;
  readonly uses: readonly ResourceUse[];
}

export interface PlayedWorkstream {
  readonly id: WorkstreamId;
  readonly number: number;
  readonly boost: number;
  readonly position: number;
  /** It holds its declared paths already. */
  readonly started: boolean;
  /** Never at the same time as these. */
  readonly apart: readonly WorkstreamId[];
}

export interface Play {
  readonly graph: Graph<PlayedTask>;
  readonly ranks: readonly TaskRank[];
  readonly workstreams: ReadonlyMap<WorkstreamId, PlayedWorkstream>;
  readonly policy: Policy;
  readonly slots: number;
  readonly resources: Readonly<Record<string, number>>;
}

export interface Played {
  readonly makespanMs: number;
  /** By the start of their first task. */
  readonly order: readonly WorkstreamId[];
}

/** Linear in tasks and edges, with a logarithm for the queues. */
export function simulate(play: Play, durationOf: (task: PlayedTask) => number): Played {
  return new Simulation(play, durationOf).run();
}

type Place = readonly (number | string)[];

class Simulation {
  readonly #play: Play;
  readonly #durationOf: (task: PlayedTask) => number;
  readonly #waits: number[];
  readonly #places: readonly Place[];
  readonly #ready: Heap<number>;
  readonly #running = new Heap<{ at: number; node: number }>((a, b) => a.at - b.at || a.node - b.node);
  /** Ready tasks that are held back, by what they wait for. */
  readonly #held = new Map<string, number[]>();
  readonly #holding = new Set<WorkstreamId>();
  readonly #begun = new Set<WorkstreamId>();
  readonly #inUse = new Map<string, number>();
  readonly #landedBy: ReadonlyMap<number, WorkstreamId>;
  #now = 0;

  constructor(play: Play, durationOf: (task: PlayedTask) => number) {
    this.#play = play;
    this.#durationOf = durationOf;
    this.#waits = [...play.graph.waits];
    this.#places = play.graph.tasks.map((task, node) => toPlace(play, task, node));
    this.#ready = new Heap((a, b) => comparePlaces(this.#places[a] as Place, this.#places[b] as Place));
    this.#landedBy = new Map([...play.graph.landed].map(([id, node]) => [node, id]));
    for (const { id, started } of play.workstreams.values()) if (started) this.#holding.add(id);
  }

  run(): Played {
    // Nodes that wait for nothing, before the first counts fall.
    const first = this.#waits.flatMap((count, node) => (count === 0 ? [node] : []));
    for (const node of first) this.#reach(node);
    this.#launch();
    for (let ended = this.#running.pop(); ended !== undefined; ended = this.#running.pop()) {
      this.#now = ended.at;
      this.#end(ended.node);
      while (this.#running.peek()?.at === this.#now) this.#end(this.#running.pop()?.node as number);
      this.#launch();
    }
    for (const { workstream } of this.#play.graph.tasks) this.#begun.add(workstream);
    return { makespanMs: this.#now, order: [...this.#begun] };
  }

  /** Everything that the node waited for is there. */
  #reach(node: number): void {
    const stack = [node];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (at < this.#play.graph.tasks.length) this.#ready.push(at);
      else {
        this.#land(this.#landedBy.get(at));
        stack.push(...this.#pass(at));
      }
    }
  }

  /** Nodes that wait for nothing more now that this one is over. */
  #pass(node: number): number[] {
    const reached: number[] = [];
    for (const to of this.#play.graph.next[node] ?? []) {
      const left = (this.#waits[to] ?? 0) - 1;
      this.#waits[to] = left;
      if (left === 0) reached.push(to);
    }
    return reached;
  }

  #land(id: WorkstreamId | undefined): void {
    if (id !== undefined && this.#holding.delete(id)) this.#free(`after ${id}`);
  }

  #free(reason: string): void {
    for (const node of this.#held.get(reason) ?? []) this.#ready.push(node);
    this.#held.delete(reason);
  }

  #end(node: number): void {
    for (const { resource, amount } of this.#play.graph.tasks[node]?.uses ?? []) {
      this.#inUse.set(resource, (this.#inUse.get(resource) ?? 0) - amount);
      this.#free(`uses ${resource}`);
    }
    for (const to of this.#pass(node)) this.#reach(to);
  }

  #launch(): void {
    while (this.#running.size < this.#play.slots) {
      const node = this.#ready.pop();
      if (node === undefined) return;
      const task = this.#play.graph.tasks[node] as PlayedTask;
      const hold = this.#findHold(task);
      if (hold === null) this.#start(node, task);
      else this.#hold(hold, node);
    }
  }

  #hold(reason: string, node: number): void {
    const held = this.#held.get(reason);
    if (held === undefined) this.#held.set(reason, [node]);
    else held.push(node);
  }

  #findHold({ workstream, uses }: PlayedTask): string | null {
    if (!this.#holding.has(workstream)) {
      for (const other of this.#play.workstreams.get(workstream)?.apart ?? []) {
        if (this.#holding.has(other)) return `after ${other}`;
      }
    }
    for (const { resource, amount } of uses) {
      const capacity = this.#play.resources[resource] ?? 1;
      const least = Math.min(amount, Math.max(1, capacity));
      if ((this.#inUse.get(resource) ?? 0) + least > capacity) return `uses ${resource}`;
    }
    return null;
  }

  #start(node: number, task: PlayedTask): void {
    for (const { resource, amount } of task.uses) {
      this.#inUse.set(resource, (this.#inUse.get(resource) ?? 0) + amount);
    }
    this.#holding.add(task.workstream);
    this.#begun.add(task.workstream);
    this.#running.push({ at: this.#now + this.#durationOf(task), node });
  }
}

/** As in the scheduler: boost, inherited priority, policy, number of the workstream, order of the task, id. */
function toPlace({ workstreams, ranks, policy }: Play, task: PlayedTask, node: number): Place {
  const workstream = workstreams.get(task.workstream);
  const { tailMs, priority } = ranks[node] as TaskRank;
  const byPolicy =
    policy === "dependency_first" ? -tailMs : policy === "user_defined" ? (workstream?.position ?? 0) : 0;
  const boost = -(workstream?.boost ?? 0);
  return [boost, PRIORITY_RANK[priority], byPolicy, workstream?.number ?? 0, task.order, task.id];
}

function comparePlaces(a: Place, b: Place): number {
  for (let index = 0; index < a.length; index += 1) {
    const x = a[index] as number | string;
    const y = b[index] as number | string;
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
