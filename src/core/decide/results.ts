import { needAttempt } from "../evolve/attempts.ts";
import { hasOpenTicks, isWorkDone, needTask, needWorkstream } from "../evolve/draft.ts";
import { revertOf } from "../evolve/reverts.ts";
import type { Command } from "../model/command.ts";
import type { TaskId, WorkstreamId } from "../model/ids.ts";
import type { Resolution } from "../model/integration.ts";
import type { SourceLocation } from "../model/spec.ts";
import type { Attempt, Skip, Workstream } from "../model/work.ts";
import { adviseOnRefused } from "../refused-hosts.ts";
import { isEnded } from "../status.ts";
import { type Asked, recover } from "./agents.ts";
import { waitAgain, waitForAsked } from "./asked.ts";
import { claimOf, isCancelled, OPEN } from "./claims.ts";
import { offerToGoOn } from "./go-on.ts";
import { releaseBlocked } from "./handoffs.ts";
import { knownWorkstream } from "./known.ts";
import { deliverAtStart, refuseUntold } from "./messages.ts";
import { askForMissing, askForUnreachable } from "./missing.ts";
import { askForExecutor, listWithoutExecutor } from "./no-executor.ts";
import {
  askQuestion,
  contentQuestion,
  failureQuestion,
  integrationQuestion,
  joinConflictQuestion,
  offerAnew,
  withoutCancel,
} from "./questions.ts";
import { findScopeQuestion } from "./scope-questions.ts";
import { refuse, type Step } from "./step.ts";
import { askForTicks, checkLookedAt } from "./ticks.ts";
import { withdrawUnused } from "./withdraw.ts";

type Of<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

/**
 * How often an attempt may be lost in a row before a person is asked. Losing is osqr's own end, seldom the task's fault; the
 * bound is for a task that takes the machine down with it.
 */
const LOST_MAX = 10;

/** A result that is to be joined: only that of the attempt which its task stands on now, and only once. */
function joiningOf(step: Step, command: { attempt: Attempt["id"]; fence: number }): Attempt {
  const attempt = claimOf(step, command, ["completed"]);
  if (!step.state.joining.has(attempt.id))
    refuse("stale-claim", `attempt ${attempt.id} is not to be joined: its task has moved on`);
  return attempt;
}

export function startAttempt(step: Step, command: Of<"attempt_started">): void {
  const { task } = claimOf(step, command, ["claimed"]);
  checkLookedAt(step, task, "entry");
  step.emit(command);
  deliverAtStart(step, needAttempt(step.state, command.attempt));
}

export function askFromAttempt(step: Step, command: Of<"attempt_asked">): void {
  const attempt = claimOf(step, command, ["running", "waiting"]);
  if (isCancelled(step, attempt))
    refuse("workstream-ended", `workstream ${attempt.workstream} was cancelled: nobody will answer`);
  const decision = askQuestion(step, attempt.workstream, command.question, [attempt.task]);
  // One that asks two questions at once waits for the first of them first.
  if (attempt.state.kind === "running" && step.state.decisions.get(decision)?.state.kind === "open") {
    step.emit({ kind: "attempt_parked", attempt: attempt.id, fence: attempt.fence, decision });
  }
}

/** The answer has reached the attempt: it takes a slot again. */
export function answerAttempt(step: Step, command: Of<"attempt_answered">): void {
  const attempt = claimOf(step, command, ["running", "waiting"]);
  if (attempt.state.kind !== "waiting") return;
  step.emit({ kind: "attempt_resumed", attempt: attempt.id, fence: attempt.fence });
}

export function recordProgress(step: Step, command: Of<"attempt_progressed">): void {
  const attempt = claimOf(step, command, ["running", "waiting"]);
  step.emit({
    kind: "attempt_progressed",
    attempt: attempt.id,
    fence: attempt.fence,
    text: command.text.slice(0, 500),
  });
}

export function completeAttempt(step: Step, command: Of<"attempt_succeeded">): void {
  const attempt = claimOf(step, command, ["running", "waiting"]);
  if (attempt.state.kind === "waiting") {
    // It ended without the answer: the question is still worth an answer, the task no longer waits for it.
    step.emit({ kind: "attempt_resumed", attempt: attempt.id, fence: attempt.fence });
  }
  checkLookedAt(step, attempt.task, "exit");
  refuseUntold(step, attempt);
  const { kind: _, ...result } = command;
  step.emit({ ...result, kind: "attempt_completed" });
  const task = needTask(step.state, attempt.task);
  if (!hasOpenTicks(task.exit)) return;
  if (isCancelled(step, attempt)) refuseResult(step, attempt.id);
  else askForTicks(step, task, attempt.id);
}

/** A result that came after its workstream was cancelled, and that somebody would have had to look at. */
function refuseResult(step: Step, id: Attempt["id"]): void {
  const { fence, workMs } = needAttempt(step.state, id);
  const reason = "the workstream was cancelled";
  step.emit({
    kind: "attempt_ended",
    attempt: id,
    fence,
    outcome: "rejected",
    reason,
    workMs,
    salvage: null,
  });
}

export function failAttempt(step: Step, command: Of<"attempt_failed">): void {
  const attempt = claimOf(step, command, OPEN);
  const task = needTask(step.state, attempt.task);
  const { attempt: id, fence, reason, workMs, salvage, toolCalls, isUnaccounted, wanted } = command;
  const { peakMemoryBytes } = command;
  const calls = {
    ...(toolCalls === undefined ? {} : { toolCalls }),
    ...(peakMemoryBytes === undefined ? {} : { peakMemoryBytes }),
    ...(wanted === undefined ? {} : { wanted }),
    ...(isUnaccounted === undefined || attempt.spending === undefined ? {} : { isUnaccounted }),
  };
  const cancelled = isCancelled(step, attempt);
  const tooOften = command.outcome === "lost" && task.lost + 1 >= LOST_MAX && !cancelled;
  const outcome = tooOften ? "failed" : cancelled ? "cancelled" : command.outcome;
  step.emit({ kind: "attempt_ended", attempt: id, fence, outcome, reason, workMs, salvage, ...calls });
  if (outcome === "lost")
    step.emit({ kind: "task_requeued", task: task.id, reason: `${id} was lost: ${reason}`, lost: true });
  if (outcome === "lost" && attempt.state.kind === "waiting")
    waitAgain(step, task.id, attempt.state.decision);
  if (outcome !== "failed") {
    if (!cancelled) waitForAsked(step, task.id);
    askForUnreachable(step, task.id);
    return;
  }
  if (command.failure !== undefined && !tooOften) {
    const { failure, tail, rounds } = command;
    recover(step, task.id, { attempt: id, failure, reason, tail, rounds }, (asked) =>
      failTask(step, task.id, id, asked),
    );
    return;
  }
  const why = tooOften ? `lost ${LOST_MAX} times in a row: ${reason}` : reason;
  failTask(step, task.id, id, { reason: why, tail: command.tail });
}

/** What becomes of a task whose attempt failed: its retries first, then a question. */
export function failTask(
  step: Step,
  id: TaskId,
  attempt: Attempt["id"],
  why: Asked & { readonly location?: SourceLocation | null },
): void {
  const task = needTask(step.state, id);
  if (task.retried < task.retries) {
    const retry = task.retried + 1;
    const reason = `attempt ${attempt} failed (${why.reason}): retry ${retry} of ${task.retries}`;
    step.emit({ kind: "task_requeued", task: id, reason, retry });
    askForUnreachable(step, id);
    return;
  }
  const { spec } = needWorkstream(step.state, task.workstream);
  const advice = adviseOnRefused(needAttempt(step.state, attempt));
  const tail = advice === null ? why.tail : [...why.tail, advice];
  const failed = { ...failureQuestion(id, attempt, why.reason, tail), location: why.location ?? null };
  const asked = task.resumes === null ? failed : offerToGoOn(failed, task, why);
  const question = task.stage === "after" ? withoutCancel(asked) : offerAnew(asked, spec);
  if (task.critical) {
    const decision = askQuestion(step, task.workstream, question, [id]);
    step.emit({ kind: "task_failed", task: id, attempt, decision, reason: why.reason });
    return;
  }
  const decision = askQuestion(
    step,
    task.workstream,
    { ...question, priority: "low", blocksProgress: false },
    [id],
  );
  step.emit({ kind: "task_failed", task: id, attempt, decision, reason: why.reason });
  const reasoning = "the task is marked optional: the rest goes on without it";
  step.emit({ kind: "decision_resolved", decision, option: "skip", by: "osqr", reasoning });
  skipTask(step, id, { by: "osqr", reason: reasoning });
}

/** Counts a task as done without its work, on somebody's word. */
export function skipTask(step: Step, task: TaskId, skip: Skip): void {
  const undoable = listWithoutExecutor(step, `task:${task}`);
  step.emit({
    kind: "task_completed",
    task,
    attempt: null,
    how: "skipped",
    tip: null,
    handoff: null,
    artifacts: [],
    skip,
  });
  askForExecutor(step, undoable);
  finishWorkstream(step, needTask(step.state, task).workstream);
}

export function joinTask(step: Step, command: Of<"task_joined">): void {
  const attempt = joiningOf(step, command);
  const { tip, handoff, artifacts, artifact } = command;
  const task = needTask(step.state, attempt.task);
  const content = artifact === undefined ? {} : { artifact };
  const undoable = listWithoutExecutor(step, `task:${task.id}`);
  step.emit({
    kind: "task_completed",
    task: task.id,
    attempt: attempt.id,
    how: "done",
    tip,
    handoff,
    artifacts,
    ...content,
  });
  askForExecutor(step, undoable);
  // It is done again: who could not read its last handoff can read this one.
  if (task.handoff !== null) releaseBlocked(step, task.id, "its work was done again");
  finishWorkstream(step, task.workstream);
}

export function failJoin(step: Step, command: Of<"join_failed">): void {
  const attempt = joiningOf(step, command);
  const { fence, reason, workMs } = command;
  const rest = { attempt: attempt.id, fence, reason, workMs, salvage: null };
  if (isCancelled(step, attempt)) {
    step.emit({ kind: "attempt_ended", outcome: "rejected", ...rest });
    return;
  }
  step.emit({ kind: "attempt_ended", outcome: "failed", ...rest });
  failTask(step, attempt.task, attempt.id, { reason, tail: [] });
}

export function stopJoin(step: Step, command: Of<"join_conflicted">): void {
  const attempt = joiningOf(step, command);
  if (isCancelled(step, attempt)) {
    refuseResult(step, attempt.id);
    return;
  }
  const question = joinConflictQuestion(attempt.task, attempt.id, command);
  const decision = askQuestion(step, attempt.workstream, question, [attempt.task]);
  step.emit({ kind: "task_waited", task: attempt.task, attempt: attempt.id, decision });
}

/**
 * After a task completed: when it was the last one the work goes to the merge queue, and unmet artifacts are asked for.
 * Where the integration waits for an answer, nothing happens before it.
 */
export function finishWorkstream(step: Step, id: WorkstreamId): void {
  const workstream = needWorkstream(step.state, id);
  if (!isWorkDone(workstream)) return;
  askForMissing(step, `artifact:${id}:`, (path) => `${workstream.name} is done and did not make ${path}`);
  queueIntegration(step, id, null);
  if (isEnded(workstream)) withdrawUnused(step, `${workstream.name} is completed without it`);
}

/** Queues a finished workstream for the base, once everything that it stands on has landed. */
export function queueIntegration(step: Step, id: WorkstreamId, resolution: Resolution | null): void {
  const workstream = needWorkstream(step.state, id);
  const { integration, intent, run } = workstream;
  if (run === null || intent === "cancelled") return;
  if (integration.kind !== "none" || !isWorkDone(workstream)) return;
  // A blocker keeps the merge back too, but for the operator's own word on it.
  if (workstream.blockers > 0 && resolution === null) return;
  for (const below of workstream.stacksOn) {
    const { kind } = needWorkstream(step.state, below).integration;
    if (kind !== "landed" && kind !== "nothing") return;
  }
  const scope = findScopeQuestion(step.state, id);
  if (scope !== null) {
    step.emit({ kind: "integration_stopped", workstream: id, decision: scope.id, reason: scope.question });
    return;
  }
  step.emit({ kind: "integration_queued", workstream: id, arrival: step.state.seq + 1, resolution });
}

/** Refuses with `stale-integration` what the merge of a workstream cannot report any more. */
export function checkIntegrating(step: Step, id: WorkstreamId, states: readonly string[]): Workstream {
  const workstream = knownWorkstream(step, id);
  const { name } = workstream;
  const { kind } = workstream.integration;
  if (!states.includes(kind)) {
    refuse(
      "stale-integration",
      `workstream ${name}: its integration is ${kind}, expected ${states.join(" or ")}`,
    );
  }
  if (workstream.intent !== "run") refuse("stale-integration", `workstream ${name} is ${workstream.intent}`);
  return workstream;
}

export function startIntegration(step: Step, command: Of<"integration_started">): void {
  const now = checkIntegrating(step, command.workstream, ["queued", "running", "intended"]);
  const { workstream, onto } = command;
  step.emit({ kind: "integration_started", workstream, onto, ...sayDirection(now) });
}

export function recordGates(step: Step, command: Of<"gates_run">): void {
  checkIntegrating(step, command.workstream, ["running"]);
  const { workstream, tree, reports, ms } = command;
  step.emit({ kind: "gates_run", workstream, tree, reports, ms });
}

export function intendLanding(step: Step, command: Of<"landing_intended">): void {
  const now = checkIntegrating(step, command.workstream, ["running"]);
  step.emit({ ...command, ...sayDirection(now) });
}

/** What an event about a revert says of itself. */
const sayDirection = (workstream: Workstream): { readonly revert?: true } =>
  revertOf(workstream) === null ? {} : { revert: true };

export function landWorkstream(step: Step, command: Of<"landed">): void {
  const now = checkIntegrating(step, command.workstream, ["running", "intended"]);
  const { workstream, commit, held } = command;
  if (revertOf(now) !== null)
    refuse("stale-integration", `workstream ${now.name} is being reverted, it does not land`);
  const undoable = listWithoutExecutor(step, `integrated:${workstream}`);
  step.emit({ kind: "workstream_landed", workstream, commit, held });
  askForExecutor(step, undoable);
  withdrawUnused(step, `${needWorkstream(step.state, workstream).name} has landed without it`);
  queueAbove(step, workstream);
}

/** What stands on a workstream may land once the base holds that. */
export function queueAbove(step: Step, workstream: WorkstreamId): void {
  const prefix = `${workstream}\n`;
  const above: WorkstreamId[] = [];
  for (const [key, id] of step.state.stacked.entriesFrom(prefix)) {
    if (!key.startsWith(prefix)) break;
    above.push(id);
  }
  for (const id of above) queueIntegration(step, id, null);
}

export function stopIntegration(step: Step, command: Of<"integration_stopped">): void {
  checkIntegrating(step, command.workstream, ["queued", "running", "intended"]);
  const { workstream, cause, reason, context, hashes } = command;
  if (cause === "approval" && isApproved(step, workstream, hashes)) {
    // The operator's word came in between: it goes back into the queue.
    const { integration } = needWorkstream(step.state, workstream);
    const resolution = "resolution" in integration ? integration.resolution : null;
    step.emit({ kind: "integration_queued", workstream, arrival: step.state.seq + 1, resolution });
    return;
  }
  const question =
    cause === "approval"
      ? contentQuestion(hashes, reason, context)
      : offerAnew(
          integrationQuestion(workstream, cause, step.state.seq, { reason, context }),
          needWorkstream(step.state, workstream).spec,
        );
  const decision = askQuestion(step, workstream, question, []);
  step.emit({ kind: "integration_stopped", workstream, decision, reason });
}

/** True where the operator has approved all of it. */
export function isApproved(step: Step, id: WorkstreamId, hashes: readonly string[]): boolean {
  const { project, run } = needWorkstream(step.state, id);
  if (run !== null && step.state.runs.get(run)?.approveAll === true) return true;
  const approved = step.state.projects.get(project)?.approved;
  return hashes.length > 0 && hashes.every((hash) => approved?.has(hash) === true);
}
