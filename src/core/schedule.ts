import { add, ZERO } from "./budget/amounts.ts";
import { BUDGET_HOLD, findFullLimit, scopesOf } from "./budget/limits.ts";
import { reservationOf } from "./budget/reserve.ts";
import { cheaperRouteOf, savingsOf } from "./budget/savings.ts";
import { formatMeasure, nameScope } from "./budget/words.ts";
import { needTask, needWorkstream, SLOTS } from "./evolve/draft.ts";
import type { Amount } from "./model/budget.ts";
import { type RunId, type TaskId, toAttemptId, type WorkstreamId } from "./model/ids.ts";
import type { Policy } from "./model/project.ts";
import type { Launch, SchedulingDecision } from "./model/scheduling.ts";
import type { State } from "./model/state.ts";
import type { Task, Workstream } from "./model/work.ts";
import { formatChoice } from "./routing/choice.ts";

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
 * Null: nothing can start, and all that is held back is known already. Cost: the ready tasks looked at, which is the launches plus
 * those held back before them.
 */
export function schedule(state: State, capacity: Capacity): SchedulingDecision | null {
  let free = capacity.slots - state.active.size;
  if (free <= 0 || state.ready.size === 0) return null;
  const pass = new Pass(state);
  for (const taskId of state.ready.values()) {
    const task = needTask(state, taskId);
    pass.compare(task);
    if (free <= 0) break;
    if (pass.tryLaunch(task)) free -= 1;
  }
  if (pass.launched.length === 0 && !pass.hasNews) return null;
  const ready: TaskId[] = [];
  for (const id of state.ready.values()) {
    ready.push(id);
    if (ready.length >= READY_SHOWN) break;
  }
  const { held } = pass;
  return {
    launches: pass.toLaunches(),
    ready,
    readyTotal: state.ready.size,
    held,
    slots: capacity.slots,
  };
}

function sayReserved(task: Task): { readonly reserved?: Amount } {
  const reserved = reservationOf(task);
  return reserved === null ? {} : { reserved };
}

const NO_SLOT = "the project's slots are taken";

/** One pass over the ready index, with what it has given away so far. */
class Pass {
  readonly launched: Task[] = [];
  readonly held: { task: TaskId; reason: string }[] = [];
  /** Something is held back by more than a lack of slots, and no decision has said so yet. */
  hasNews = false;
  readonly #state: State;
  /** Tasks that share their order with another ready one of their workstream: the key decides between them. Such that it keeps from being ready together say so themselves (`byKey`). */
  readonly #tied = new Set<TaskId>();
  #previous: Task | null = null;
  readonly #taken = new Map<string, number>();
  readonly #holding = new Set<WorkstreamId>();
  /** Reserved in this pass, by id of a run, workstream or task. */
  readonly #given = new Map<string, Amount>();

  constructor(state: State) {
    this.#state = state;
  }

  /** Takes note of the next task in the index. Those of one workstream and order stand side by side. */
  compare(task: Task): void {
    const previous = this.#previous;
    this.#previous = task;
    if (previous?.workstream !== task.workstream || previous.order !== task.order) return;
    this.#tied.add(previous.id);
    this.#tied.add(task.id);
  }

  tryLaunch(task: Task): boolean {
    const workstream = needWorkstream(this.#state, task.workstream);
    const reason = this.#findHold(task, workstream);
    if (reason !== null) {
      this.#hold(task, reason);
      return false;
    }
    this.#take(workstream.project, SLOTS, 1);
    for (const { resource, amount } of task.uses) this.#take(workstream.project, resource, amount);
    this.#holding.add(workstream.id);
    this.#reserve(task);
    this.launched.push(task);
    return true;
  }

  /** In launch order. Once the pass is over: only then is known what was tied. */
  toLaunches(): SchedulingDecision["launches"] {
    return this.launched.map((task, offset) => {
      const { saving, reason } = this.#save(task);
      return {
        task: task.id,
        attempt: toAttemptId(this.#state.nextAttempt + offset),
        fence: this.#state.nextFence + offset,
        executor: task.executor,
        ...saving,
        ...sayReserved(task),
        reason: [this.#explain(task, needWorkstream(this.#state, task.workstream)), ...reason].join(", "),
      };
    });
  }

  #hold({ id, state }: Task, reason: string): void {
    if (this.held.length >= HELD_SHOWN) return;
    this.held.push({ task: id, reason });
    if (reason !== NO_SLOT && (state.kind !== "ready" || state.held !== reason)) this.hasNews = true;
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
    if (!this.#fits(project.id, SLOTS, 1, project.maxParallel)) return NO_SLOT;
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
    return this.#findBudgetHold(task, workstream);
  }

  /** What the wave has given away already counts: together its starts stay within every limit. */
  #findBudgetHold(task: Task, { run }: Workstream): string | null {
    const reserved = reservationOf(task);
    if (reserved === null) return null;
    const full = findFullLimit(this.#state, task, { reserved, given: this.#given });
    if (full !== null) {
      const { scope, measure, limit } = full;
      return `${BUDGET_HOLD}does not fit the ${formatMeasure(measure, limit)} of ${nameScope(scope)}`;
    }
    if (task.inheritedPriority !== "low" || !this.#isSaving(run) || !this.#hasOtherWork(run)) return null;
    return `${BUDGET_HOLD}low priority waits for the rest, nearly all is used`;
  }

  #reserve(task: Task): void {
    const reserved = reservationOf(task);
    if (reserved === null) return;
    for (const { id } of scopesOf(this.#state, task)) {
      this.#given.set(id, add(this.#given.get(id) ?? ZERO, reserved));
    }
  }

  #isSaving(run: RunId | null): boolean {
    return savingsOf(this.#state, run).isRed;
  }

  /** In the red zone what costs is begun with less. */
  #save(task: Task): {
    readonly saving: Pick<Launch, "saves" | "model"> & { readonly executor?: string };
    readonly reason: readonly string[];
  } {
    const { run } = needWorkstream(this.#state, task.workstream);
    if (reservationOf(task) === null || !this.#isSaving(run)) return { saving: {}, reason: [] };
    const cheaper = cheaperRouteOf(this.#state, task);
    const why = "nearly all of the run's budget is used: a smaller briefing";
    if (cheaper === null) return { saving: { saves: ["small_briefing"] }, reason: [why] };
    const words = `${why}, ${formatChoice(cheaper)} in place of ${formatChoice(task)}`;
    return { saving: { ...cheaper, saves: ["small_briefing", "cheaper_route"] }, reason: [words] };
  }

  /** Something of a higher priority runs in the run or may start. Looked for in the red zone only. */
  #hasOtherWork(run: RunId | null): boolean {
    const isOther = (id: TaskId): boolean => {
      const task = needTask(this.#state, id);
      return task.inheritedPriority !== "low" && needWorkstream(this.#state, task.workstream).run === run;
    };
    for (const index of [this.#state.active, this.#state.ready]) {
      for (const id of index.values()) if (isOther(id)) return true;
    }
    return false;
  }

  #explain(task: Task, workstream: Workstream): string {
    const parts: string[] = [];
    if (workstream.boost > 0) parts.push("prioritized by the operator");
    if (task.inheritedPriority !== "medium") parts.push(`priority ${task.inheritedPriority}`);
    parts.push(POLICY_WORDS[this.#state.projects.get(workstream.project)?.policy ?? "dependency_first"]);
    parts.push(task.parallel ? `parallel, order ${task.order}` : `order ${task.order}`);
    if (this.#tied.has(task.id) || task.byKey === true) parts.push("by key among equal orders");
    if (task.state.kind === "ready" && task.state.held !== null)
      parts.push(`held back before: ${task.state.held}`);
    return parts.join(", ");
  }
}
