/** Money and tokens as budgets count them: whole numbers, money in millionths of a US dollar. */
import type { RunId, TaskId, WorkstreamId } from "./ids.ts";

export const MEASURES = ["tokens", "microUsd"] as const;
export type Measure = (typeof MEASURES)[number];

/** How much, from 0. */
export type Amount = Readonly<Record<Measure, number>>;

/** How much at the most; null: no limit. 0: nothing that costs may start. */
export type Limit = Readonly<Record<Measure, number | null>>;

/** What a run may cost: all of it, each of its workstreams, each of its tasks with all attempts. */
export interface Budget {
  readonly run: Limit;
  readonly workstream: Limit;
  readonly task: Limit;
  /** Calls of tools of an attempt whose agent does not say what it uses; counts where there is a limit. */
  readonly toolCalls: number;
}

/** Whose limit it is. */
export type BudgetScope =
  | { readonly kind: "run"; readonly id: RunId }
  | { readonly kind: "workstream"; readonly id: WorkstreamId }
  | { readonly kind: "task"; readonly id: TaskId };

/** From little to much; both ends are whole numbers. */
export interface CostRange {
  readonly low: number;
  readonly high: number;
}

/** What a task will probably cost. `high` is what is reserved for it. */
export interface CostEstimate extends Readonly<Record<Measure, CostRange>> {
  readonly source: "history" | "default";
}

/** What an attempt has said of its use: of tokens and money in one event, or of one of them alone. */
export interface Said {
  readonly tokens: boolean;
  readonly microUsd: boolean;
  readonly both: boolean;
}

/** What an attempt that costs has used, and what is kept for it. */
export interface Spending {
  /** The run that was under way when it was claimed. */
  readonly run: RunId | null;
  readonly used: Amount;
  /** Kept for what it will still use; 0 once it has ended. */
  readonly reserved: Amount;
  /** What counts as used of what it never told: the rest of its reservation, once it has ended. */
  readonly assumed: Amount;
  readonly said: Said;
  /** It ended before anything could be used: then it used nothing, though it never said so. */
  readonly isFree: boolean;
  /** osqr counts each of its requests itself; absent: its agent says what it uses. */
  readonly isMetered?: true;
  /** As it was told last; null: nobody said. */
  readonly model: string | null;
  /** Null: not known, or not ended. */
  readonly toolCalls: number | null;
}

/** Sums over the attempts of a task, a workstream or a run. */
export interface Ledger {
  readonly used: Amount;
  readonly reserved: Amount;
  readonly assumed: Amount;
  /** Attempts that cost, and how many of them have not said all of it. */
  readonly attempts: number;
  readonly unknown: Amount;
  /** A limit of its own, given by a decision; null: the run's budget says. */
  readonly limit: Limit | null;
}
