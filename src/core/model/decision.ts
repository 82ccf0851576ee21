import type { Amount, BudgetScope } from "./budget.ts";
import type { CriteriaSide } from "./flow.ts";
import type { AttemptId, DecisionId, EpochMs, TaskId, WorkstreamId } from "./ids.ts";
import type { Priority, QuestionOption, SourceLocation } from "./spec.ts";

/** Stands in a text that is written before its decision has a number. */
export const THIS_DECISION = "<this decision>";

/** Stands for the hash of a spec's text where its document is not there any more. */
export const SPEC_GONE = "gone";

/** The seven types of EO-7. */
export type DecisionType =
  | "architectural"
  | "implementation"
  | "conflict"
  | "scope"
  | "resource"
  | "approval"
  | "error";

/**
 * What an answer does. `answer` only records it (the asker reads it); the rest are acted on by `decide`.
 */
export type DecisionSubject =
  /** `learns`: what the answer teaches about; absent and null: nothing. */
  | { readonly kind: "question"; readonly key: string; readonly learns?: string | null }
  | { readonly kind: "approval"; readonly subject: string }
  | { readonly kind: "content"; readonly hashes: readonly string[] }
  | { readonly kind: "task_failed"; readonly task: TaskId; readonly attempt: string }
  | { readonly kind: "join_conflict"; readonly task: TaskId; readonly attempt: string }
  | { readonly kind: "integration"; readonly workstream: WorkstreamId }
  | { readonly kind: "dependency"; readonly task: TaskId }
  /** A review of the workflow, or of suspected duplicates. */
  | { readonly kind: "review" | "intake"; readonly task: TaskId; readonly attempt: AttemptId }
  /** Criteria that only a person can confirm; `attempt` is the one whose result waits, null before the work. */
  | {
      readonly kind: "ticks";
      readonly task: TaskId;
      readonly side: CriteriaSide;
      readonly attempt: AttemptId | null;
    }
  /** An agent wants to do something; `learns`: what the answer teaches about, null: nothing. `paths`: what it is about; absent: no files. */
  | {
      readonly kind: "permission";
      readonly task: TaskId;
      readonly attempt: AttemptId;
      readonly learns: string | null;
      readonly paths?: readonly string[];
    }
  /** Nothing is seen of an agent any more; it goes on. */
  | { readonly kind: "stuck"; readonly task: TaskId; readonly attempt: AttemptId }
  /** A revert that stopped. */
  | { readonly kind: "revert"; readonly workstream: WorkstreamId }
  /** Work does not fit a budget: `raise` lifts its limit by `by`. */
  | {
      readonly kind: "budget";
      readonly scope: BudgetScope;
      readonly by: Amount;
      /** Narrower limits that keep the same work back; absent: none. */
      readonly also?: readonly { readonly scope: BudgetScope; readonly by: Amount }[];
    }
  /** Its workstream and `with` declare the same paths. */
  | { readonly kind: "overlap"; readonly with: WorkstreamId }
  /** The spec has another text now: `hash`. */
  | { readonly kind: "scope"; readonly workstream: WorkstreamId; readonly hash: string };

export type DecisionState =
  | { readonly kind: "open" }
  | {
      readonly kind: "resolved";
      readonly option: string;
      readonly by: "user" | "osqr" | "timeout";
      /** The person's name; absent where nobody gave one. */
      readonly signer?: string;
      readonly reasoning: string;
      readonly at: EpochMs;
    }
  | { readonly kind: "withdrawn"; readonly reason: string; readonly at: EpochMs };

/** A question for the operator (EO-7). */
export interface Decision {
  readonly id: DecisionId;
  /** Content key: the same question asked twice is one decision. */
  readonly contentKey: string;
  readonly workstream: WorkstreamId;
  readonly type: DecisionType;
  readonly priority: Priority;
  readonly subject: DecisionSubject;
  readonly question: string;
  /** What the operator needs to know; for errors, the last 40 lines of output. */
  readonly context: string;
  readonly location: SourceLocation | null;
  readonly options: readonly QuestionOption[];
  /** Tasks that wait for it. */
  readonly askers: readonly TaskId[];
  readonly blocksProgress: boolean;
  readonly deadline: EpochMs | null;
  readonly defaultOption: string | null;
  /** When the default is taken without an answer; null: never. */
  readonly autoResolveAt: EpochMs | null;
  readonly openedAt: EpochMs;
  readonly state: DecisionState;
}
