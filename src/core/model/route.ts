/** Who does a task, with which model, and why (AO-2). */
import type { FailureKind } from "./agent.ts";

/** Kinds of work that are routed apart: those of the workflows by type (WO-2), and two that only routing knows. */
export const TASK_TYPES = [
  "code-implementation",
  "architecture",
  "ui-design",
  "refactoring",
  "bug-fix",
  "quick-fix",
  "performance",
  "testing",
  "research",
  "documentation",
  "code-review",
  "security-audit",
  "deployment",
  "data-processing",
] as const;

export type TaskType = (typeof TASK_TYPES)[number];

/** What runs a task. `model` null: the executor's own choice. */
export interface RouteChoice {
  readonly executor: string;
  readonly model: string | null;
}

/** Why an executor could not do a task; `missing`: it is not on this machine. */
export type RouteFailure = FailureKind;

/** A choice that was made and did not work out. */
export interface TriedRoute extends RouteChoice {
  readonly kind: RouteFailure;
}

/** How the executor of a task was chosen. */
export interface TaskRoute {
  readonly type: TaskType;
  /** In words, the decisive one first; at most 20. */
  readonly reasons: readonly string[];
  /** What comes next where the present choice cannot do it, in this order. */
  readonly fallbacks: readonly RouteChoice[];
  /** What starts in the red zone of the run's budget take in its place; absent: nothing else. */
  readonly cheaper?: RouteChoice;
  /** What its document asks for itself, as it is written; null: nothing. */
  readonly said: { readonly executor: string | null; readonly model: string | null } | null;
  /** What has been tried since somebody last decided on the task; absent: nothing. */
  readonly tried?: readonly TriedRoute[];
}
