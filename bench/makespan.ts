/**
 * How close the scheduler comes to the best that is possible: random graphs are run by the real core on virtual time,
 * beside the same tasks behind layer barriers. The bound is the larger of the critical path and work ÷ slots.
 */
import { decide } from "../src/core/decide/decide.ts";
import type { Command } from "../src/core/model/command.ts";
import type { Event } from "../src/core/model/event.ts";
import { type AttemptId, toTaskId, toWorkstreamId } from "../src/core/model/ids.ts";
import { emptyState, type State } from "../src/core/model/state.ts";
import { buildGraph } from "../src/core/plan/graph.ts";
import { rankTasks } from "../src/core/plan/ranks.ts";
import { createRandom } from "./support/random.ts";
import { PROJECT, toRegistration, toTask } from "./support/shapes.ts";

const COMMIT = "c".repeat(40);
const SLOTS = 4;

interface RandomTask {
  readonly durationMs: number;
  readonly before: readonly number[];
}

/** 20 to 120 tasks; each waits for up to three of the twenty before it. Durations 1 to 60 s, skewed to the short. */
function makeGraph(seed: number): readonly RandomTask[] {
  const random = createRandom(seed);
  const count = 20 + Math.floor(random() * 100);
  return Array.from({ length: count }, (_, index) => {
    const before = new Set<number>();
    for (let edges = Math.floor(random() * 4); edges > 0 && index > 0; edges -= 1) {
      before.add(Math.max(0, index - 1 - Math.floor(random() * 20)));
    }
    return { durationMs: 1_000 + Math.floor(random() ** 2 * 59_000), before: [...before] };
  });
}

function lowerBound(tasks: readonly RandomTask[]): number {
  const ends: number[] = [];
  for (const { durationMs, before } of tasks) {
    ends.push(durationMs + Math.max(0, ...before.map((index) => ends[index] ?? 0)));
  }
  const work = tasks.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return Math.max(work / SLOTS, ...ends);
}

/** Batches: a layer starts when the one before it is done as a whole. */
function runBarriers(tasks: readonly RandomTask[]): number {
  const layers: number[][] = [];
  const layerOf: number[] = [];
  tasks.forEach(({ before }, index) => {
    const layer = before.length === 0 ? 0 : 1 + Math.max(...before.map((each) => layerOf[each] ?? 0));
    layerOf[index] = layer;
    layers[layer] = [...(layers[layer] ?? []), index];
  });
  let makespan = 0;
  for (const layer of layers) {
    const slots = new Array<number>(SLOTS).fill(0);
    for (const index of layer) {
      slots.sort((a, b) => a - b);
      slots[0] = (slots[0] ?? 0) + (tasks[index]?.durationMs ?? 0);
    }
    makespan += Math.max(...slots);
  }
  return makespan;
}

/** The core on virtual time. `estimate` is what the plan believes of a task's duration. */
function runCore(tasks: readonly RandomTask[], estimate: (task: RandomTask) => number): number {
  // One workstream per task: inside a workstream the order is fixed (FR-005), between them it is the scheduler's choice.
  const nameOf = (index: number): string => `w${index}`;
  const workstreamOf = (index: number) => toWorkstreamId(`${PROJECT}/${nameOf(index)}`);
  const drafts = tasks.map((task, index) => ({
    ...toTask(
      "T",
      index,
      task.before.map((each) => `task:${toTaskId(workstreamOf(each), "T")}`),
    ),
    estimateMs: estimate(task),
  }));
  const timed = drafts.map(({ requires, estimateMs }, index) => ({
    id: toTaskId(workstreamOf(index), "T"),
    workstream: workstreamOf(index),
    phase: null,
    requires,
    priority: "medium" as const,
    durationMs: estimateMs,
  }));
  const workstreams = tasks.map((_, index) => ({ id: workstreamOf(index), stacksOn: [] }));
  const ranks = rankTasks(buildGraph(timed, workstreams)).map((rank, index) => ({
    task: toTaskId(workstreamOf(index), "T"),
    ...rank,
  }));
  const clock = new Virtual();
  const project = {
    id: PROJECT,
    root: "/",
    base: "main",
    policy: "dependency_first",
    maxParallel: SLOTS,
    resources: {},
  } as const;
  clock.apply({ kind: "open_project", project });
  clock.apply({
    kind: "register",
    project: PROJECT,
    registrations: drafts.map((draft, index) => toRegistration(nameOf(index), index + 1, [draft])),
    ranks: { tasks: ranks, overlaps: [], stacks: [] },
  });
  clock.apply({
    kind: "go",
    project: PROJECT,
    include: workstreams.map(({ id }) => id),
    approve: [],
    approveAll: true,
    planningMs: 0,
    maxParallel: SLOTS,
    by: "bench",
  });
  return clock.run((task) => tasks[Number(/w(\d+)#/.exec(task)?.[1])]?.durationMs ?? 0);
}

class Virtual {
  #state: State = emptyState();
  #now = 0;
  readonly #ends: { at: number; attempt: AttemptId }[] = [];

  apply(command: Command): readonly Event[] {
    const decided = decide(this.#state, command, this.#now);
    if (!decided.ok) throw new Error(`${command.kind}: ${decided.refusal.message}`);
    this.#state = decided.state;
    return decided.events;
  }

  run(durationOf: (task: string) => number): number {
    for (;;) {
      for (const event of this.apply({ kind: "schedule", slots: SLOTS })) {
        if (event.kind !== "attempts_claimed") continue;
        for (const { attempt, fence, task } of event.launches) {
          this.apply({ kind: "attempt_started", attempt, fence, sandbox: "none" });
          this.#ends.push({ at: this.#now + durationOf(task), attempt });
        }
      }
      this.#ends.sort((a, b) => b.at - a.at);
      const next = this.#ends.pop();
      if (next === undefined) return this.#now;
      this.#now = next.at;
      this.#finish(next.attempt);
    }
  }

  #finish(attempt: AttemptId): void {
    const fence = this.#state.attempts.get(attempt)?.fence ?? 0;
    this.apply({
      kind: "attempt_succeeded",
      attempt,
      fence,
      commit: COMMIT,
      files: [],
      added: 0,
      deleted: 0,
      workMs: 1,
      warnings: [],
    });
    this.apply({ kind: "task_joined", attempt, fence, tip: COMMIT, handoff: null, artifacts: [] });
  }
}

export interface MakespanFigure {
  readonly graphs: number;
  readonly slots: number;
  /** Mean of makespan ÷ lower bound. */
  readonly ratio: number;
  /** The same where nothing is known of durations: every task is believed to be equally long. */
  readonly ratioWithoutEstimates: number;
  readonly ratioOfBarriers: number;
}

export function measureMakespan(graphs: number, seed: number): MakespanFigure {
  const sums = { known: 0, unknown: 0, barriers: 0 };
  for (let index = 0; index < graphs; index += 1) {
    const tasks = makeGraph(seed + index);
    const bound = lowerBound(tasks);
    sums.known += runCore(tasks, ({ durationMs }) => durationMs) / bound;
    sums.unknown += runCore(tasks, () => 10_000) / bound;
    sums.barriers += runBarriers(tasks) / bound;
  }
  const mean = (sum: number): number => Number((sum / graphs).toFixed(3));
  return {
    graphs,
    slots: SLOTS,
    ratio: mean(sums.known),
    ratioWithoutEstimates: mean(sums.unknown),
    ratioOfBarriers: mean(sums.barriers),
  };
}
