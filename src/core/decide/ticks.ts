import { needAttempt } from "../evolve/attempts.ts";
import { needTask, needWorkstream } from "../evolve/draft.ts";
import type { Decision } from "../model/decision.ts";
import type { CriteriaSide } from "../model/flow.ts";
import type { AttemptId, TaskId } from "../model/ids.ts";
import type { Task, Workstream } from "../model/work.ts";
import { nameOfTask } from "../report/words.ts";
import { knownProject } from "./known.ts";
import { type Answer, checkReason, checkSigner, resolveBy } from "./people.ts";
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
  refuse(
    "criteria-open",
    `${nameOfTask(step.state, id)}: ${side} criteria have to be checked first: ${keys}`,
  );
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

/** A person has confirmed what only a person can, or has not. */
export function settleTicks(
  step: Step,
  decision: Decision,
  answer: Answer,
  effects: { rework(task: TaskId, reason: string): void; cancel(): void },
): void {
  const { subject } = decision;
  if (subject.kind !== "ticks") return;
  const task = needTask(step.state, subject.task);
  const workstream = needWorkstream(step.state, task.workstream);
  const what = `${decision.id} (${workstream.name} ${task.key})`;
  const by = checkSigner(knownProject(step, workstream.project), task.role, { signer: answer.signer, what });
  const reason =
    answer.option === "redo" ? checkReason(answer.reasoning, `${what}: a refusal`) : answer.reasoning;
  resolveBy(step, decision, answer, by);
  if (answer.option === "met")
    step.emit({
      kind: "criteria_ticked",
      task: task.id,
      side: subject.side,
      decision: decision.id,
      by,
      reason,
    });
  else if (answer.option === "redo") effects.rework(task.id, reason);
  else effects.cancel();
}
