/** Words of people in a workflow: reviews, intakes, ticks. */
import { needAttempt } from "../evolve/attempts.ts";
import { hasOpenTicks, needTask, needWorkstream } from "../evolve/draft.ts";
import type { Command } from "../model/command.ts";
import type { Decision } from "../model/decision.ts";
import type { FruitlessOutcome } from "../model/event.ts";
import { type AttemptId, type TaskId, toAttemptId, type WorkstreamId } from "../model/ids.ts";
import type { Task, Workstream } from "../model/work.ts";
import { isLanded } from "../status.ts";
import { endWorkstream, knownProject, redirectWork } from "./intents.ts";
import { checkReason, checkSigner } from "./people.ts";
import { askQuestion } from "./questions.ts";
import { returnWork } from "./returns.ts";
import { requestRevert } from "./reverts.ts";
import { findReturn, intakeQuestion, listAlive, parseIntake, reviewQuestion } from "./review-questions.ts";
import { refuse, type Step } from "./step.ts";
import { askForTicks } from "./ticks.ts";

type Answer = Omit<Extract<Command, { kind: "resolve" }>, "kind" | "decision">;

/** Who signs where no person was needed. */
const NOBODY = "osqr";

/** Asks for every word of a person that is due. */
export function askPeople(step: Step): void {
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
  if (task.kind === "intake" && !task.asksAlways) skipNeedless(step, decision);
}

/** Nothing is like it: nobody is bothered. */
function skipNeedless(step: Step, id: Decision["id"]): void {
  const decision = step.state.decisions.get(id);
  if (decision?.subject.kind !== "intake") return;
  if (listAlive(step.state, needTask(step.state, decision.subject.task)).length > 0) return;
  const reasoning = "nothing that is registered resembles it";
  settleIntake(step, decision, { option: "distinct", by: "osqr", signer: NOBODY, reasoning });
}

interface Open {
  readonly task: Task;
  readonly workstream: Workstream;
  readonly attempt: AttemptId;
}

/** The review that a decision stands for, as long as it is the one that its task waits for. */
function findOpen(step: Step, { id, subject }: Decision): Open {
  if (subject.kind !== "review" && subject.kind !== "intake")
    refuse("unknown-decision", `${id} is no review`);
  const task = needTask(step.state, subject.task);
  const isCurrent = task.state.kind === "waiting" && task.state.attempt === subject.attempt;
  if (!isCurrent) refuse("decision-closed", `${id}: ${task.key} does not wait for it any more`);
  return { task, workstream: needWorkstream(step.state, task.workstream), attempt: subject.attempt };
}

function resolveBy(step: Step, decision: Decision, answer: Answer, signer: string): void {
  const { option, by, reasoning } = answer;
  step.emit({ kind: "decision_resolved", decision: decision.id, option, by, signer, reasoning });
}

function sign(
  step: Step,
  { task, attempt }: Open,
  decision: Decision,
  signed: { outcome: "approved" | "rejected"; by: string; reason: string; returnsTo: string | null },
): void {
  const { role, id } = task;
  step.emit({ kind: "review_signed", task: id, attempt, decision: decision.id, role, ...signed });
}

/** The word is a result like any other: its handoff is committed, then the task is done. */
function complete(step: Step, { task, workstream, attempt: id }: Open): void {
  const { fence } = needAttempt(step.state, id);
  // Nothing was made: the commit only says what was signed.
  const commit = workstream.tip ?? workstream.spec.commit;
  const nothing = { files: [], added: 0, deleted: 0, workMs: 0, warnings: [] };
  step.emit({ kind: "attempt_completed", attempt: id, fence, commit, ...nothing });
  const now = needTask(step.state, task.id);
  if (hasOpenTicks(now.exit)) askForTicks(step, now, id);
}

function end(step: Step, id: AttemptId, outcome: FruitlessOutcome, reason: string): void {
  const { fence } = needAttempt(step.state, id);
  step.emit({ kind: "attempt_ended", attempt: id, fence, outcome, reason, workMs: 0, salvage: null });
}

export function settleReview(step: Step, decision: Decision, answer: Answer): void {
  const open = findOpen(step, decision);
  const { task, workstream, attempt } = open;
  const what = `${decision.id} (${workstream.name} ${task.key})`;
  const by = checkSigner(knownProject(step, workstream.project), task.role, { signer: answer.signer, what });
  const byOption = findReturn(task, answer.option);
  if (byOption === null) {
    resolveBy(step, decision, answer, by);
    sign(step, open, decision, { outcome: "approved", by, reason: answer.reasoning, returnsTo: null });
    complete(step, open);
    return;
  }
  const reason = checkReason(answer.reasoning, `${what}: a rejection`);
  const to = checkReturn(step, open, answer.to ?? byOption);
  resolveBy(step, decision, answer, by);
  sign(step, open, decision, { outcome: "rejected", by, reason, returnsTo: to });
  end(step, attempt, "rejected", reason);
  const request = { from: task.id, to: answer.to ?? byOption, by, reason };
  const target = needTask(step.state, findFirst(step, workstream, to));
  if (isLanded(workstream) && target.stage === "before")
    requestRevert(step, workstream.id, { ...request, to });
  else returnWork(step, needWorkstream(step.state, workstream.id), request);
}

const findFirst = (step: Step, workstream: Workstream, key: string): TaskId =>
  workstream.tasks.find((id) => needTask(step.state, id).step === key) ?? (workstream.tasks[0] as TaskId);

/** A rejection goes where the workflow says; a task of such a step may be named. */
function checkReturn(step: Step, { task, workstream }: Open, to: string): string {
  const named = workstream.tasks.map((id) => needTask(step.state, id)).find(({ key }) => key === to);
  const key = named?.step ?? to;
  if (task.returnsTo.includes(key)) return key;
  refuse(
    "not-a-return",
    `${task.key} sends nothing back to "${to}"; it may go to ${task.returnsTo.join(", ")}`,
  );
}

export function settleIntake(step: Step, decision: Decision, answer: Answer): void {
  const open = findOpen(step, decision);
  const { task, workstream, attempt } = open;
  const what = `${decision.id} (${workstream.name} ${task.key})`;
  const isOsqr = answer.by === "osqr";
  const project = knownProject(step, workstream.project);
  const by = isOsqr ? NOBODY : checkSigner(project, task.role, { signer: answer.signer, what });
  const chosen = parseIntake(answer.option);
  const suspected = listAlive(step.state, task).length > 0;
  const reason =
    chosen !== null || suspected
      ? checkReason(answer.reasoning, `${what}: a word on duplicates`)
      : answer.reasoning;
  const other = chosen === null ? null : findNumbered(step, workstream, chosen.number);
  resolveBy(step, decision, answer, by);
  const closes = chosen !== null && chosen.how !== "link";
  sign(step, open, decision, { outcome: closes ? "rejected" : "approved", by, reason, returnsTo: null });
  if (chosen !== null && other !== null)
    link(step, { workstream: workstream.id, other: other.id }, { by, reason, how: chosen.how });
  if (!closes || other === null) {
    complete(step, open);
    return;
  }
  end(step, attempt, "rejected", reason);
  close(step, workstream, other, { by, reason, how: chosen.how === "merge" ? "merged" : "duplicate" });
}

function findNumbered(step: Step, { project }: Workstream, number: number): Workstream {
  for (const id of knownProject(step, project).workstreams) {
    const workstream = needWorkstream(step.state, id);
    if (workstream.number === number) return workstream;
  }
  refuse("unknown-workstream", `no workstream #${number}`);
}

const LINKS = { merge: "merged", close: "duplicate", link: "related" } as const;

function link(
  step: Step,
  pair: { workstream: WorkstreamId; other: WorkstreamId },
  { by, reason, how }: { by: string; reason: string; how: keyof typeof LINKS },
): void {
  step.emit({ kind: "workstreams_linked", ...pair, how: LINKS[how], by, reason });
}

/** Its work is done elsewhere: who waited for it waits for the other one. */
function close(
  step: Step,
  { id }: Workstream,
  into: Workstream,
  { by, reason, how }: { by: string; reason: string; how: "merged" | "duplicate" },
): void {
  step.emit({ kind: "workstream_closed", workstream: id, how, into: into.id, by, reason });
  const closed = needWorkstream(step.state, id);
  endWorkstream(step, {
    workstream: id,
    by,
    reason: `${how === "merged" ? "merged into" : "a duplicate of"} ${into.name}: ${reason}`,
  });
  redirectWork(step, closed, into.id);
  for (const open of [...step.state.open.keys()]) {
    const other = step.state.decisions.get(open);
    if (other?.subject.kind !== "intake") continue;
    if (!needTask(step.state, other.subject.task).asksAlways) skipNeedless(step, open);
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
