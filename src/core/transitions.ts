import { OsqrError } from "./errors.ts";
import type { AttemptState, TaskState } from "./model/work.ts";

/**
 * The task's state machine: from each state, where it may go. A state that names itself may change its details: another
 * rank, another decision, another reason.
 */
export const TASK_TRANSITIONS: Readonly<Record<TaskState["kind"], readonly TaskState["kind"][]>> = {
  pending: ["ready", "waiting", "blocked", "cancelled", "completed"],
  ready: ["ready", "pending", "running", "waiting", "blocked", "cancelled", "completed"],
  running: ["pending", "waiting", "completed", "failed", "cancelled", "blocked"],
  waiting: ["waiting", "pending", "ready", "running", "completed", "failed", "blocked", "cancelled"],
  blocked: ["blocked", "pending", "completed", "cancelled"],
  completed: ["pending"],
  failed: ["pending", "completed", "cancelled"],
  cancelled: ["pending"],
};

/** The attempt's state machine. The last six are terminal: a claim is never taken up again. */
export const ATTEMPT_TRANSITIONS: Readonly<Record<AttemptState["kind"], readonly AttemptState["kind"][]>> = {
  claimed: ["running", "rejected", "failed", "cancelled", "lost"],
  running: ["waiting", "completed", "rejected", "rework", "failed", "cancelled", "lost"],
  waiting: ["running", "completed", "rejected", "rework", "failed", "cancelled", "lost"],
  completed: ["rework", "rejected", "failed"],
  rejected: [],
  rework: [],
  failed: [],
  cancelled: [],
  lost: [],
};

/** A move that the state machine does not know. Names the thing, its state and the event. */
export class IllegalTransitionError extends OsqrError {
  constructor(subject: string, from: string, to: string, event: string) {
    super("illegal-transition", `${subject} is ${from}; ${event} would make it ${to}, which is not allowed`);
    this.name = "IllegalTransitionError";
  }
}

/** @throws IllegalTransitionError `illegal-transition` */
export function checkTaskTransition(
  id: string,
  from: TaskState["kind"],
  to: TaskState["kind"],
  event: string,
): void {
  if (!TASK_TRANSITIONS[from].includes(to)) throw new IllegalTransitionError(`task ${id}`, from, to, event);
}

/** @throws IllegalTransitionError `illegal-transition` */
export function checkAttemptTransition(
  id: string,
  from: AttemptState["kind"],
  to: AttemptState["kind"],
  event: string,
): void {
  if (!ATTEMPT_TRANSITIONS[from].includes(to))
    throw new IllegalTransitionError(`attempt ${id}`, from, to, event);
}
