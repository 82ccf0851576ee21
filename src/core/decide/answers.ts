import { needTask, needWorkstream } from "../evolve/draft.ts";
import { isWaitingToStart } from "../evolve/requirements.ts";
import { revertOf } from "../evolve/reverts.ts";
import type { Command } from "../model/command.ts";
import type { Decision } from "../model/decision.ts";
import type { DecisionId, ProjectId, TaskId, WorkstreamId } from "../model/ids.ts";
import type { Resolution } from "../model/integration.ts";
import type { BlockReason } from "../model/work.ts";
import { findNearestName } from "../nearest-name.ts";
import { isRefusal } from "../refusal.ts";
import { nameOfWorkstream } from "../report/words.ts";
import { waitForAsked } from "./asked.ts";
import { settleBudget } from "./budgets.ts";
import { namesOther, settleIntake } from "./intakes.ts";
import { endWorkstream, hasOpenAttempt, setIntent } from "./intents.ts";
import { knownProject } from "./known.ts";
import { askForUnreachable, refusalOf } from "./missing.ts";
import { settleOverlap } from "./overlaps.ts";
import type { Answer } from "./people.ts";
import { finishWorkstream, queueIntegration, skipTask } from "./results.ts";
import { endOpen, returnWork } from "./returns.ts";
import { queueRevert, refuseRevert, settleRevert } from "./reverts.ts";
import { settleReview } from "./reviews.ts";
import { settleScope } from "./scopes.ts";
import { checkSkip } from "./skips.ts";
import { refuse, type Step } from "./step.ts";
import { settleTicks } from "./ticks.ts";

type Of<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

/** Open, or refused before: a refusal may be taken back, by a new event. */
function mayAnswer(decision: Decision): boolean {
  if (decision.state.kind === "open") return true;
  const { subject, state } = decision;
  const lasting = subject.kind === "approval" || subject.kind === "content";
  return state.kind === "resolved" && lasting && isRefusal(decision, state.option);
}

export function approve(
  step: Step,
  project: ProjectId,
  hashes: readonly string[],
  why: { by: string; reason: string },
): void {
  const known = knownProject(step, project).approved;
  const fresh = hashes.filter((hash) => !known.has(hash));
  if (fresh.length > 0) step.emit({ kind: "content_approved", project, hashes: fresh, ...why });
  const approved = knownProject(step, project).approved;
  for (const decision of [...step.state.decisions.values()]) {
    if (decision.subject.kind !== "content" || !mayAnswer(decision)) continue;
    if (step.state.workstreams.get(decision.workstream)?.project !== project) continue;
    if (decision.subject.hashes.every((hash) => approved.has(hash))) {
      settle(step, decision, { option: "approve", by: "user", signer: why.by, reasoning: why.reason });
    }
  }
}

export function resolve(step: Step, command: Of<"resolve">): void {
  settle(step, checkAnswer(step, command), command);
}

const sayOther = (id: DecisionId): string =>
  `one that is not listed: osqr decide ${id} merge|link|close --with <workstream> --because <text>`;

/** The decision that an answer is for. */
export function checkAnswer(step: Step, command: Of<"resolve">): Decision {
  const decision = step.state.decisions.get(command.decision);
  if (decision === undefined)
    refuse("unknown-decision", `no decision ${command.decision}`, ["what is open: osqr inbox"]);
  if (!step.state.workstreams.has(decision.workstream))
    refuse(
      "decision-closed",
      `decision ${decision.id} was asked for ${nameOfWorkstream(step.state, decision.workstream)}, which was removed`,
    );
  if (!mayAnswer(decision)) {
    const { state } = decision;
    const how =
      state.kind === "resolved"
        ? `answered already: ${state.option}`
        : `withdrawn${state.kind === "withdrawn" ? `: ${state.reason}` : ""}`;
    refuse("decision-closed", `decision ${decision.id} was ${how}`);
  }
  const found = decision.options.find(({ id }) => id === command.option);
  if (found === undefined && !namesOther(decision, command)) {
    const options = decision.options.map(({ id }) => id).join(", ");
    const nearest = findNearestName(
      command.option,
      decision.options.map(({ id }) => id),
    );
    refuse("unknown-option", `decision ${decision.id} has no option "${command.option}"; it has ${options}`, [
      ...(nearest === null ? [] : [`did you mean: osqr decide ${decision.id} ${nearest}`]),
      ...(decision.subject.kind === "intake" ? [sayOther(decision.id)] : []),
    ]);
  }
  return decision;
}

/**
 * Cancels what a decision stands for because its spec is built anew: who waits for it is not asked, the caller says what it
 * waits for from now on.
 */
export function giveUpForAnew(
  step: Step,
  id: DecisionId,
  { by, signer, reasoning }: Pick<Answer, "by" | "signer" | "reasoning">,
): WorkstreamId {
  const command = { kind: "resolve", decision: id, option: "anew", by, reasoning } as const;
  const { workstream } = checkAnswer(step, command);
  const who = signer === undefined ? { by } : { by, signer };
  step.emit({ kind: "decision_resolved", decision: id, option: "anew", ...who, reasoning });
  endWorkstream(step, { workstream, by: signer ?? by, reason: `decision ${id}: anew` });
  return workstream;
}

/** Whose word it is: the person, where one is named. */
const nameOf = ({ signer, by }: Pick<Answer, "signer" | "by">): string => signer ?? by;

/** Records an answer and does what it says. */
function settle(step: Step, decision: Decision, answer: Answer): void {
  const { kind } = decision.subject;
  if (answer.to !== undefined && kind !== "review")
    refuse("not-a-return", `${decision.id} sends nothing back, so it has no "${answer.to}"`);
  if (answer.other !== undefined && !namesOther(decision, answer))
    refuse(
      "unknown-option",
      `${decision.id}: another workstream is named with merge, link or close of an intake alone`,
    );
  if (kind === "review") settleReview(step, decision, answer);
  else if (kind === "intake") settleIntake(step, decision, answer);
  else if (kind === "scope")
    settleScope(step, decision, answer, () => cancel(step, decision, nameOf(answer)));
  else if (kind === "ticks") {
    settleTicks(step, decision, answer, {
      rework: (task, reason) => rework(step, task, reason),
      giveBack: (workstream, request) => returnWork(step, workstream, request),
      cancel: () => cancel(step, decision, nameOf(answer)),
    });
  } else {
    checkSkip(step, decision, answer);
    settleOther(step, decision, answer);
  }
}

function settleOther(step: Step, decision: Decision, { option, by, signer, reasoning }: Answer): void {
  const stopped = decision.subject.kind === "content" ? integrationsStoppedBy(step, decision.id) : [];
  if (decision.subject.kind === "integration" && option === "redo")
    prepareRedo(step, decision.subject.workstream);
  const who = signer === undefined ? { by } : { by, signer };
  step.emit({ kind: "decision_resolved", decision: decision.id, option, ...who, reasoning });
  const { subject } = decision;
  const name = signer ?? by;
  if (!isRefusal(decision, option)) freeAskers(step, decision);
  switch (subject.kind) {
    case "question":
    case "permission":
      return;
    case "content":
      settleContent(step, decision, option, name);
      for (const id of stopped) goOnAfterApproval(step, id, option);
      return;
    case "approval":
      if (option !== "approve") blockAskers(step, decision);
      return;
    case "dependency":
    case "stuck":
      if (option === "cancel") cancel(step, decision, name);
      return;
    case "task_failed":
      settleFailure(step, decision, subject.task, { option, by: name, reason: reasoning });
      return;
    case "join_conflict":
      if (option === "redo") rework(step, subject.task, "the operator chose to redo it");
      else if (option === "cancel") cancel(step, decision, name);
      return;
    case "integration":
      settleIntegration(step, decision, subject.workstream, option, name);
      return;
    case "budget":
      settleBudget(step, decision, { option, by: name }, ({ id }) =>
        setIntent(step, {
          kind: "set_intent",
          workstream: id,
          intent: "paused",
          by: name,
          reason: reasoning,
        }),
      );
      return;
    case "revert":
      settleRevert(step, decision.id, { option, by, reasoning });
      return;
    case "overlap": {
      const workstream = settleOverlap(step, decision, option);
      if (workstream !== null) cancelOne(step, decision.id, workstream, name);
      return;
    }
  }
}

/** A merge that waited for the approval of its gates; a landing that was refused stays where it is. */
function goOnAfterApproval(step: Step, id: WorkstreamId, option: string): void {
  const isRevert = revertOf(needWorkstream(step.state, id)) !== null;
  if (option !== "approve") {
    if (isRevert) refuseRevert(step, id);
  } else if (isRevert) queueRevert(step, id, null);
  else queueIntegration(step, id, null);
}

function settleContent(step: Step, decision: Decision, option: string, by: string): void {
  if (decision.subject.kind !== "content") return;
  const { project } = needWorkstream(step.state, decision.workstream);
  if (option === "approve") {
    const known = knownProject(step, project).approved;
    const hashes = decision.subject.hashes.filter((hash) => !known.has(hash));
    if (hashes.length > 0)
      step.emit({ kind: "content_approved", project, hashes, by, reason: `decision ${decision.id}` });
  } else {
    blockAskers(step, decision);
  }
}

function integrationsStoppedBy(step: Step, decision: DecisionId): WorkstreamId[] {
  const found: WorkstreamId[] = [];
  for (const [id, { integration }] of step.state.workstreams) {
    if (integration.kind === "waiting" && integration.decision === decision) found.push(id);
  }
  return found;
}

/** A refusal blocks whoever waits for it, with the reason; each refusal is a reason of its own. */
function blockAskers(step: Step, decision: Decision): void {
  const { id, askers } = decision;
  const reason = refusalOf(decision);
  for (const asker of askers) {
    const task = step.state.tasks.get(asker);
    if (task === undefined || !isWaitingToStart(task) || task.state.kind === "ready") continue;
    const others = task.state.kind === "blocked" ? task.state.by.filter((by) => !isBy(by, id)) : [];
    step.emit({ kind: "task_blocked", task: asker, by: [...others, reason] });
  }
}

const isBy = (reason: BlockReason, decision: DecisionId): boolean =>
  reason.kind === "rejected" && reason.decision === decision;

/** Tasks that were registered after a refusal are blocked by it like those before. */
export function blockRefused(step: Step, id: DecisionId): void {
  const decision = step.state.decisions.get(id);
  if (decision?.state.kind === "resolved" && isRefusal(decision, decision.state.option))
    blockAskers(step, decision);
}

/** Tasks that an earlier refusal blocked may start after all, unless another one still holds them. */
function freeAskers(step: Step, decision: Decision): void {
  for (const id of decision.askers) {
    const state = step.state.tasks.get(id)?.state;
    if (state?.kind !== "blocked" || !state.by.some((by) => isBy(by, decision.id))) continue;
    const others = state.by.filter((by) => !isBy(by, decision.id));
    if (others.length > 0) step.emit({ kind: "task_blocked", task: id, by: others });
    else requeue(step, id, `decision ${decision.id} was taken back`);
  }
}

function cancel(step: Step, decision: Decision, by: string): void {
  const { askers, id, workstream: home } = decision;
  cancelOne(step, id, step.state.tasks.get(askers[0] ?? ("" as TaskId))?.workstream ?? home, by);
}

function cancelOne(step: Step, id: DecisionId, workstream: WorkstreamId, by: string): void {
  setIntent(step, { kind: "set_intent", workstream, intent: "cancelled", by, reason: `decision ${id}` });
}

/** Answers about a failed task that start another attempt. */
const REQUEUES: ReadonlySet<string> = new Set(["retry", "fresh", "split", "done"]);

function settleFailure(
  step: Step,
  decision: Decision,
  task: TaskId,
  { option, by, reason }: { readonly option: string; readonly by: string; readonly reason: string },
): void {
  if (REQUEUES.has(option)) {
    const recovers = by === "timeout" ? ({ recovers: true } as const) : {};
    const isFresh = option === "fresh" ? ({ isFresh: true } as const) : {};
    const asItIs = option === "split" || option === "done" ? ({ asItIs: true } as const) : {};
    step.emit({
      kind: "task_requeued",
      task,
      reason: `decision ${decision.id}: ${option}`,
      ...recovers,
      ...isFresh,
      ...asItIs,
    });
    if (option === "retry") waitForAsked(step, task);
    askForUnreachable(step, task);
  } else if (option === "skip") skipTask(step, task, { by, reason });
  else cancel(step, decision, by);
}

function requeue(step: Step, task: TaskId, reason: string): void {
  step.emit({ kind: "task_requeued", task, reason });
  askForUnreachable(step, task);
}

function rework(step: Step, task: TaskId, reason: string): void {
  const { state } = needTask(step.state, task);
  if (state.kind !== "waiting" || state.attempt === null) return;
  const attempt = step.state.attempts.get(state.attempt);
  if (attempt === undefined) return;
  const { id, fence, workMs } = attempt;
  step.emit({ kind: "attempt_ended", attempt: id, fence, outcome: "rework", reason, workMs, salvage: null });
  askForUnreachable(step, task);
}

function settleIntegration(
  step: Step,
  decision: Decision,
  id: WorkstreamId,
  option: string,
  by: string,
): void {
  if (option === "cancel" || option === "anew") {
    cancel(step, decision, by);
    return;
  }
  if (option === "redo") {
    dropStacks(step, id);
    step.emit({ kind: "workstream_restarted", workstream: id, reason: `decision ${decision.id}: redo` });
    for (const task of needWorkstream(step.state, id).tasks) askForUnreachable(step, task);
    finishWorkstream(step, id);
    return;
  }
  if (option === "land-anyway") dropStacks(step, id);
  queueIntegration(step, id, option === "retry" ? null : (option as Resolution));
}

/** Attempts of the work that is given up must have ended, and what is asked about it is asked no more. */
function prepareRedo(step: Step, id: WorkstreamId): void {
  const workstream = needWorkstream(step.state, id);
  for (const task of workstream.tasks) endWord(step, task, `all of ${workstream.name} is done again`);
  if (hasOpenAttempt(step, workstream)) {
    refuse("workstream-busy", `workstream ${workstream.name} still has an attempt running`, [
      `pause it, answer, resume it: osqr pause ${workstream.name}`,
    ]);
  }
  for (const task of workstream.tasks) {
    const { state } = needTask(step.state, task);
    if (state.kind !== "failed") continue;
    const reason = `all of ${workstream.name} is done again`;
    step.emit({ kind: "decision_withdrawn", decision: state.decision, reason });
  }
}

/** Nobody has to sign any more what is done again. */
function endWord(step: Step, id: TaskId, reason: string): void {
  const task = needTask(step.state, id);
  if (task.kind !== "work" && task.state.kind === "waiting") endOpen(step, task, reason);
}

/** Stands no more on what will not land. */
function dropStacks(step: Step, id: WorkstreamId): void {
  const { stacksOn, project } = needWorkstream(step.state, id);
  if (stacksOn.length === 0) return;
  const on = stacksOn.filter((below) => step.state.workstreams.get(below)?.intent !== "cancelled");
  if (on.length < stacksOn.length) {
    step.emit({ kind: "graph_ranked", project, tasks: [], overlaps: [], stacks: [{ workstream: id, on }] });
  }
}
