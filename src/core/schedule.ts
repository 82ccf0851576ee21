import { needTask, needWorkstream, SLOTS } from "./evolve/draft.ts";
import type { SchedulingDecision } from "./model/event.ts";
import { type TaskId, toAttemptId, type WorkstreamId } from "./model/ids.ts";
import type { State } from "./model/state.ts";
import type { Policy, Task, Workstream } from "./model/work.ts";

/** How much may run now. Handed in: the core does not look at the machine. */
export interface Capacity {
  /** Attempts that may hold a slot at the same time over all projects: bounded by cores and by free memory. */
  readonly slots: number;
}

const READY_SHOWN = 50;
const HELD_SHOWN = 20;

const POLICY_WORDS: Readonly<Record<Policy, string>> = {
  dependency_first: "longest way to the end first",
  fifo: "first come first",
  user_defined: "in the order of the config",
};

/**
 * Which ready tasks start now, in which order and why (FR-005 inside a workstream, the project's policy between them).
 * Pure; the order is that of the ready index: boost, inherited priority, policy, workstream number, task order, key.
 * Null: nothing can start. Cost: the ready tasks looked at, which is the launches plus those held back before them.
 */
export function schedule(state: State, capacity: Capacity): SchedulingDecision | null {
  let free = capacity.slots - state.active.size;
  if (free <= 0 || state.ready.size === 0) return null;
  const pass = new Pass(state);
  for (const taskId of state.ready.values()) {
    if (free <= 0) break;
    if (pass.tryLaunch(taskId)) free -= 1;
  }
  if (pass.launches.length === 0) return null;
  const ready: TaskId[] = [];
  for (const id of state.ready.values()) {
    ready.push(id);
    if (ready.length >= READY_SHOWN) break;
  }
  const { launches, held } = pass;
  return { launches, ready, readyTotal: state.ready.size, held, slots: capacity.slots };
}

/** One pass over the ready index, with what it has given away so far. */
class Pass {
  readonly launches: SchedulingDecision["launches"][number][] = [];
  readonly held: { task: TaskId; reason: string }[] = [];
  readonly #state: State;
  readonly #taken = new Map<string, number>();
  readonly #holding = new Set<WorkstreamId>();

  constructor(state: State) {
    this.#state = state;
  }

  tryLaunch(id: TaskId): boolean {
    const task = needTask(this.#state, id);
    const workstream = needWorkstream(this.#state, task.workstream);
    const reason = this.#findHold(task, workstream);
    if (reason !== null) {
      if (this.held.length < HELD_SHOWN) this.held.push({ task: id, reason });
      return false;
    }
    this.#take(workstream.project, SLOTS, 1);
    for (const { resource, amount } of task.uses) this.#take(workstream.project, resource, amount);
    this.#holding.add(workstream.id);
    const offset = this.launches.length;
    this.launches.push({
      task: id,
      attempt: toAttemptId(this.#state.nextAttempt + offset),
      fence: this.#state.nextFence + offset,
      executor: task.executor,
      reason: this.#explain(task, workstream),
    });
    return true;
  }

  #take(project: string, resource: string, amount: number): void {
    const key = `${project}/${resource}`;
    this.#taken.set(key, (this.#taken.get(key) ?? 0) + amount);
  }

  #fits(project: string, resource: string, amount: number, capacity: number): boolean {
    const key = `${project}/${resource}`;
    return (this.#state.inUse.get(key) ?? 0) + (this.#taken.get(key) ?? 0) + amount <= capacity;
  }

  /** Why a ready task may not start now, null where it may. */
  #findHold(task: Task, workstream: Workstream): string | null {
    const project = this.#state.projects.get(workstream.project);
    if (project === undefined) return "its project is not open";
    if (!this.#fits(project.id, SLOTS, 1, project.maxParallel)) return "the project's slots are taken";
    if (!workstream.started) {
      for (const { workstream: other, paths } of workstream.overlaps) {
        if (this.#state.holding.has(other) || this.#holding.has(other)) {
          const name = this.#state.workstreams.get(other)?.name ?? other;
          return `after ${name} (${paths.join(", ")})`;
        }
      }
    }
    for (const { resource, amount } of task.uses) {
      const capacity = project.resources[resource] ?? 1;
      // One that asks for more than there is gets all of it, alone; else it would wait for ever.
      if (!this.#fits(project.id, resource, Math.min(amount, Math.max(1, capacity)), capacity))
        return `waits for resource ${resource} (${capacity})`;
    }
    return null;
  }

  #explain(task: Task, workstream: Workstream): string {
    const parts: string[] = [];
    if (workstream.boost > 0) parts.push("prioritized by the operator");
    if (task.inheritedPriority !== "medium") parts.push(`priority ${task.inheritedPriority}`);
    parts.push(POLICY_WORDS[this.#state.projects.get(workstream.project)?.policy ?? "dependency_first"]);
    parts.push(task.parallel ? `parallel, order ${task.order}` : `order ${task.order}`);
    return parts.join(", ");
  }
}
