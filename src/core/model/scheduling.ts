import type { Amount } from "./budget.ts";
import type { AttemptId, TaskId } from "./ids.ts";

export interface Launch {
  readonly task: TaskId;
  readonly attempt: AttemptId;
  readonly fence: number;
  readonly executor: string;
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
