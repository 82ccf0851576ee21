import { needAttempt } from "../evolve/attempts.ts";
import { needTask, needWorkstream } from "../evolve/draft.ts";
import { listDependents } from "../evolve/requirements.ts";
import type { Decision } from "../model/decision.ts";
import type { CriteriaSide } from "../model/flow.ts";
import type { AttemptId, TaskId } from "../model/ids.ts";
import type { Task, Workstream } from "../model/work.ts";
import { nameOfTask } from "../report/words.ts";
import { knownProject } from "./known.ts";
import { type Answer, checkReason, checkSigner, resolveBy } from "./people.ts";
import { askQuestion } from "./questions.ts";
import type { ReturnRequest } from "./returns.ts";
import { parseBack, tickQuestion } from "./review-questions.ts";
import { refuse, type Step } from "./step.ts";

/** What only a person can say before the work, or of a result that is there (`attempt`). */
export function askForTicks(step: Step, task: Task, attempt: AttemptId | null): void {
  const workstream = needWorkstream(step.state, task.workstream);
  const side = attempt === null ? "entry" : "exit";
  const back = attempt === null ? findStepBefore(step, workstream, task) : null;
  const question = tickQuestion(workstream, task, { side, attempt, back });
  const decision = askQuestion(step, workstream.id, question, [task.id]);
  step.emit({ kind: "task_waited", task: task.id, attempt, decision });
}

/** The nearest earlier step that makes something this task builds on, on the same side of the merge; null: it is a first one. */
function findStepBefore(step: Step, workstream: Workstream, task: Task): string | null {
  const tasks = workstream.tasks.map((id) => needTask(step.state, id));
  const own = workstream.steps.findIndex(({ key }) => key === task.step);
  const before = workstream.steps.slice(0, Math.max(0, own)).findLast(({ key }) => {
    const made = tasks.filter((each) => each.step === key && each.kind === "work");
    const isBelow = made.length > 0 && made.every(({ stage }) => stage === task.stage);
    const first = made.map(({ id }) => id);
    return isBelow && listDependents(step.state, workstream, first).includes(task.id);
  });
  return before?.key ?? null;
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
  effects: {
    rework(task: TaskId, reason: string): void;
    giveBack(workstream: Workstream, request: ReturnRequest): void;
    cancel(): void;
  },
): void {
  const { subject } = decision;
  if (subject.kind !== "ticks") return;
  const task = needTask(step.state, subject.task);
  const workstream = needWorkstream(step.state, task.workstream);
  const what = `${decision.id} (${workstream.name} ${task.key})`;
  const by = checkSigner(knownProject(step, workstream.project), task.role, { signer: answer.signer, what });
  const back = parseBack(answer.option);
  const reason =
    answer.option === "redo" || back !== null
      ? checkReason(answer.reasoning, `${what}: a refusal`)
      : answer.reasoning;
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
  else if (back !== null)
    effects.giveBack(needWorkstream(step.state, workstream.id), { from: task.id, to: back, by, reason });
  else effects.cancel();
}
