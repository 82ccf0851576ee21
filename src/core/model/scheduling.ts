import type { Amount } from "./budget.ts";
import type { AttemptId, TaskId } from "./ids.ts";

/** Ways to spend less. */
export type SavingKey =
  | "low_priority"
  | "small_briefing"
  | "cheaper_route"
  | "fewer_parallel"
  | "drop_low_priority";

/** What is spared with a start in the red zone. */
export type LaunchSaving = Extract<SavingKey, "cheaper_route" | "small_briefing">;

export interface Launch {
  readonly task: TaskId;
  readonly attempt: AttemptId;
  readonly fence: number;
  readonly executor: string;
  /** In place of the task's; absent: that. Null: the executor's own choice. */
  readonly model?: string | null;
  /** What is spared with it, as nearly all of the run's budget is used; absent: nothing. */
  readonly saves?: readonly LaunchSaving[];
  /** What is kept for it in the budgets; absent: it costs nothing. */
  readonly reserved?: Amount;
  /** Why now, in words. */
  readonly reason: string;
}

/**
 * One use of the rules of FR-005 and of the policy: what was ready, what started, what was held back and why. Nothing is launched
 * where all that it has to say is that something is held back by a resource or by another workstream from now on.
 */
export interface SchedulingDecision {
  readonly launches: readonly Launch[];
  /** First 50 in launch order. */
  readonly ready: readonly TaskId[];
  readonly readyTotal: number;
  /** First 20 that were ready and did not start. */
  readonly held: readonly { readonly task: TaskId; readonly reason: string }[];
  readonly slots: number;
}
