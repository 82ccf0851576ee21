/** Reviews: a person is asked, and signs (FR-006). */
import { needAttempt } from "../evolve/attempts.ts";
import { hasOpenTicks, needTask, needWorkstream } from "../evolve/draft.ts";
import type { Decision } from "../model/decision.ts";
import { type AttemptId, toAttemptId } from "../model/ids.ts";
import type { Task, Workstream } from "../model/work.ts";
import { skipNeedless } from "./intakes.ts";
import { knownProject } from "./known.ts";
import { type Answer, checkReason, checkSigner, resolveBy } from "./people.ts";
import { askQuestion } from "./questions.ts";
import { returnWork } from "./returns.ts";
import { requestRevert } from "./reverts.ts";
import { findReturn, intakeQuestion, reviewQuestion } from "./review-questions.ts";
import { findScopeQuestion } from "./scope-questions.ts";
import { complete, findOpen, type Open, sign } from "./sign.ts";
import { refuse, type Step } from "./step.ts";
import { askForTicks } from "./ticks.ts";

/** Asks for every word of a person that is due. */
export function askPeople(step: Step): void {
  for (const id of [...step.state.unattended.keys()]) skipNeedless(step, id);
  for (const id of [...step.state.toAsk.keys()]) {
    const task = needTask(step.state, id);
    const workstream = needWorkstream(step.state, task.workstream);
    if (hasOpenTicks(task.entry)) askForTicks(step, task, null);
    else openReview(step, workstream, task);
  }
}

function openReview(step: Step, workstream: Workstream, task: Task): void {
  const attempt = toAttemptId(step.state.nextAttempt);
  const question =
    task.kind === "intake"
      ? intakeQuestion(step.state, { workstream, task, attempt })
      : reviewQuestion(workstream, task, attempt);
  const decision = askQuestion(step, workstream.id, question, [task.id]);
  step.emit({ kind: "review_opened", task: task.id, attempt, fence: step.state.nextFence, decision });
  skipNeedless(step, decision);
}

/** Approved: its task is done. Rejected: the work goes back to a step, out of the base again where it has landed. */
export function settleReview(step: Step, decision: Decision, answer: Answer): void {
  const open = findOpen(step, decision);
  const { task, workstream, attempt } = open;
  const what = `${decision.id} (${workstream.name} ${task.key})`;
  const by = checkSigner(knownProject(step, workstream.project), task.role, { signer: answer.signer, what });
  const byOption = findReturn(task, answer.option);
  if (byOption === null) {
    if (answer.to !== undefined)
      refuse("not-a-return", `${what}: "${answer.option}" sends nothing back, so it has no "${answer.to}"`);
    checkText(step, workstream, what);
    resolveBy(step, decision, answer, by);
    sign(step, open, decision, { outcome: "approved", by, reason: answer.reasoning, returnsTo: null });
    complete(step, open);
    return;
  }
  const reason = checkReason(answer.reasoning, `${what}: a rejection`);
  const target = answer.to ?? byOption;
  const to = checkReturn(step, open, target);
  resolveBy(step, decision, answer, by);
  sign(step, open, decision, { outcome: "rejected", by, reason, returnsTo: to });
  endRejected(step, attempt, reason);
  if (workstream.integration.kind === "landed" && isBeforeMerge(step, workstream, to))
    requestRevert(step, workstream.id, { to: target, by, reason });
  else returnWork(step, needWorkstream(step.state, workstream.id), { from: task.id, to: target, by, reason });
}

/** Which text is signed has to be known first: the signature would be for another one. */
function checkText(step: Step, { id, name }: Workstream, what: string): void {
  const scope = findScopeQuestion(step.state, id);
  if (scope === null) return;
  refuse("spec-changed", `${what}: the spec of ${name} has changed: ${scope.id} comes first`, [
    `say which text counts: osqr decide ${scope.id} ${scope.options.map((each) => each.id).join("|")}`,
  ]);
}

const isBeforeMerge = (step: Step, { tasks }: Workstream, key: string): boolean =>
  tasks.map((id) => needTask(step.state, id)).some((task) => task.step === key && task.stage === "before");

/** A rejection goes where the workflow says; a task of such a step may be named. */
function checkReturn(step: Step, { task, workstream }: Open, to: string): string {
  const named = workstream.tasks.map((id) => needTask(step.state, id)).find(({ key }) => key === to);
  const key = named?.step ?? to;
  if (task.returnsTo.includes(key)) return key;
  const steps = task.returnsTo.join(", ");
  refuse("not-a-return", `${task.key} sends nothing back to "${to}"; it may go to ${steps}`, [
    `one of these, or a task of theirs: --to ${task.returnsTo[0] ?? ""}`,
  ]);
}

function endRejected(step: Step, attempt: AttemptId, reason: string): void {
  const { fence } = needAttempt(step.state, attempt);
  step.emit({
    kind: "attempt_ended",
    attempt,
    fence,
    outcome: "rejected",
    reason,
    workMs: 0,
    salvage: null,
  });
}
