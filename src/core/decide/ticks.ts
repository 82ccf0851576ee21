import { needAttempt } from "../evolve/attempts.ts";
import { needTask, needWorkstream } from "../evolve/draft.ts";
import type { CriteriaSide } from "../model/flow.ts";
import type { AttemptId, TaskId } from "../model/ids.ts";
import type { Task, Workstream } from "../model/work.ts";
import { askQuestion } from "./questions.ts";
import { tickQuestion } from "./review-questions.ts";
import { refuse, type Step } from "./step.ts";

/** What only a person can say before the work, or of a result that is there (`attempt`). */
export function askForTicks(step: Step, task: Task, attempt: AttemptId | null): void {
  const workstream = needWorkstream(step.state, task.workstream);
  const side = attempt === null ? "entry" : "exit";
  const question = tickQuestion(workstream, task, { side, attempt });
  const decision = askQuestion(step, workstream.id, question, [task.id]);
  step.emit({ kind: "task_waited", task: task.id, attempt, decision });
}

/** Nothing counts before its criteria were looked at: what does not hold has ended the attempt already. */
export function checkLookedAt(step: Step, id: TaskId, side: CriteriaSide): void {
  const open = needTask(step.state, id)[side].filter(({ check, met }) => check.kind !== "tick" && !met);
  if (open.length === 0) return;
  const keys = open.map(({ key }) => key).join(", ");
  refuse("criteria-open", `${id}: ${side} criteria have to be checked first: ${keys}`);
}

/** Ends the reviews of a workstream that are open: nobody has to sign any more. */
export function endReviews(step: Step, workstream: Workstream, reason: string): void {
  for (const id of workstream.tasks) {
    const { kind, state } = needTask(step.state, id);
    if (kind === "work" || state.kind !== "waiting" || state.attempt === null) continue;
    const { id: attempt, fence, state: now } = needAttempt(step.state, state.attempt);
    if (now.kind !== "waiting") continue;
    step.emit({
      kind: "attempt_ended",
      attempt,
      fence,
      outcome: "cancelled",
      reason,
      workMs: 0,
      salvage: null,
    });
  }
}
