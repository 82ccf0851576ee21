import { assert } from "../errors.ts";
import { PEAKS_MAX } from "../memory-need.ts";
import type { Event } from "../model/event.ts";
import type { AttemptId } from "../model/ids.ts";
import type { Attempt, AttemptState, Task, Workstream } from "../model/work.ts";
import { checkAttemptTransition } from "../transitions.ts";
import { reserve, settleSpending } from "./budgets.ts";
import {
  type Draft,
  needTask,
  needWorkstream,
  putTask,
  putWorkstream,
  refreshTask,
  refreshWorkstream,
  SLOTS,
  useResource,
} from "./draft.ts";
import { awaitMissing } from "./requirements.ts";
import { forgetTried } from "./routes.ts";
import { markCheckpoint, reopen } from "./steps.ts";

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

/** The attempt, which must be there. */
export function needAttempt(state: Pick<Draft, "attempts">, id: AttemptId): Attempt {
  const attempt = state.attempts.get(id);
  assert(attempt !== undefined, `no attempt ${id}`);
  return attempt;
}

export function putAttempt(draft: Draft, attempt: Attempt, state: AttemptState, event: Event): void {
  checkAttemptTransition(attempt.id, attempt.state.kind, state.kind, event.kind);
  draft.attempts = draft.attempts.set(attempt.id, { ...attempt, state });
}

/** A person who signs takes nothing. */
function holdResources(draft: Draft, task: Task, sign: 1 | -1): void {
  if (task.kind !== "work") return;
  const { project } = needWorkstream(draft, task.workstream);
  for (const { resource, amount } of task.uses) useResource(draft, project, resource, sign * amount);
}

function takeSlot(draft: Draft, attempt: Attempt): void {
  const { project, run: runId } = needWorkstream(draft, attempt.workstream);
  draft.active = draft.active.set(attempt.id, attempt.task);
  useResource(draft, project, SLOTS, 1);
  const run = runId === null ? undefined : draft.runs.get(runId);
  if (run === undefined) return;
  const parallelPeak = Math.max(run.parallelPeak, draft.inUse.get(`${project}/${SLOTS}`) ?? 0);
  draft.runs = draft.runs.set(run.id, { ...run, parallelPeak });
}

function freeSlot(draft: Draft, attempt: Attempt): void {
  if (!draft.active.has(attempt.id)) return;
  draft.active = draft.active.delete(attempt.id);
  useResource(draft, needWorkstream(draft, attempt.workstream).project, SLOTS, -1);
}

/** Charges the time since the last change to the runs' sum of open attempts. Call before `active` changes. */
function countParallel(draft: Draft, attempt: Attempt, event: Event): void {
  const { run: runId, project: projectId } = needWorkstream(draft, attempt.workstream);
  const run = runId === null ? undefined : draft.runs.get(runId);
  if (run === undefined) return;
  const open = draft.inUse.get(`${projectId}/${SLOTS}`) ?? 0;
  const since = Math.max(0, event.at - (draft.parallelSince.get(run.id) ?? run.resumedAt));
  draft.parallelSince = draft.parallelSince.set(run.id, event.at);
  draft.runs = draft.runs.set(run.id, { ...run, parallelMs: run.parallelMs + open * since });
}

/** Workstreams with the same declared paths that ended while this task, the first of its own, was ready. */
function measureWaits(draft: Draft, { workstream, state }: Task): Workstream["waited"] {
  if (state.kind !== "ready") return [];
  return needWorkstream(draft, workstream).overlaps.flatMap(({ workstream: id }) => {
    const other = draft.workstreams.get(id);
    if (other === undefined || !other.started) return [];
    const { integration, endedAt } = other;
    const isOver = integration.kind === "landed" || integration.kind === "nothing";
    const ms = ((isOver ? integration.at : endedAt) ?? 0) - state.since;
    return ms > 0 ? [{ workstream: id, ms }] : [];
  });
}

/** An attempt that has made nothing yet. */
export function beginAttempt(
  { id: task, workstream, model }: Task,
  claim: Pick<Attempt, "id" | "executor" | "fence" | "state" | "claimedAt">,
): Attempt {
  return {
    ...claim,
    model,
    task,
    workstream,
    workMs: 0,
    added: 0,
    deleted: 0,
    files: [],
    warnings: [],
    salvage: null,
    inputHash: null,
    commit: null,
    reused: null,
    session: null,
    opened: null,
    turns: 0,
    checkpoint: null,
    home: claim.id,
    handOff: null,
    recovery: null,
  };
}

export function claimAttempts(draft: Draft, event: Of<"attempts_claimed">): void {
  for (const launch of event.launches) {
    const task = needTask(draft, launch.task);
    assert(launch.fence >= draft.nextFence, `fence ${launch.fence} is not higher than the last`);
    const claim = { id: launch.attempt, executor: launch.executor, fence: launch.fence };
    const begun = beginAttempt(task, { ...claim, state: { kind: "claimed" }, claimedAt: event.at });
    const { model = begun.model, saves } = launch;
    const attempt = { ...begun, model, ...(saves === undefined ? {} : { saves }) };
    markCheckpoint(draft, task);
    putTask(
      draft,
      { ...task, attempts: [...task.attempts, attempt.id], startedAt: task.startedAt ?? event.at },
      { kind: "running", attempt: attempt.id },
      event.kind,
    );
    draft.attempts = draft.attempts.set(attempt.id, attempt);
    if (launch.reserved !== undefined) reserve(draft, attempt.id, launch.reserved);
    draft.nextAttempt += 1;
    draft.nextFence = launch.fence + 1;
    countParallel(draft, attempt, event);
    takeSlot(draft, attempt);
    holdResources(draft, task, 1);
    const { started } = needWorkstream(draft, task.workstream);
    if (!started) putWorkstream(draft, task.workstream, { started: true, waited: measureWaits(draft, task) });
    // After the merge nothing is written any more: what it declared is free for others.
    if (task.stage === "before") draft.holding = draft.holding.set(task.workstream, true);
  }
  for (const { task: id, reason } of event.held) {
    const task = draft.tasks.get(id);
    if (task?.state.kind === "ready" && task.state.held !== reason)
      draft.tasks = draft.tasks.set(id, { ...task, state: { ...task.state, held: reason } });
  }
}

export function startAttempt(draft: Draft, event: Of<"attempt_started">): void {
  const { inputHash = null, continues, conversation } = event;
  const known = needAttempt(draft, event.attempt);
  const chosen = conversation === undefined ? {} : { conversation };
  const kept = event.onlyChecks === true ? takeOver(draft, known, continues) : {};
  const attempt = { ...known, ...kept, inputHash, home: continues ?? known.home, ...chosen };
  putAttempt(draft, attempt, { kind: "running", startedAt: event.at }, event);
  const task = needTask(draft, attempt.task);
  if (task.resumes !== null) draft.tasks = draft.tasks.set(task.id, { ...task, resumes: null });
}

/** Who last worked in that workspace; it is the work of that attempt which is there. */
export function findUser(state: Pick<Draft, "attempts">, task: Task, home: AttemptId): Attempt | null {
  const all = task.attempts.flatMap((id) => state.attempts.get(id) ?? []);
  return all.findLast((each) => each.home === home) ?? null;
}

/** What is only checked is the work of the attempt before, with its conversation and its words. */
function takeOver(draft: Draft, { task }: Attempt, home: AttemptId | undefined): Partial<Attempt> {
  const user = home === undefined ? null : findUser(draft, needTask(draft, task), home);
  const its = user === null ? {} : { session: user.session, handOff: user.handOff };
  const asItIs = user?.asItIs === true ? ({ asItIs: true } as const) : {};
  return { ...its, ...asItIs, finished: true, onlyChecks: true };
}

export function parkAttempt(draft: Draft, event: Of<"attempt_parked">): void {
  const attempt = needAttempt(draft, event.attempt);
  const startedAt = attempt.state.kind === "running" ? attempt.state.startedAt : event.at;
  putAttempt(draft, attempt, { kind: "waiting", startedAt, decision: event.decision }, event);
  countParallel(draft, attempt, event);
  freeSlot(draft, attempt);
  draft.parked = draft.parked.set(attempt.id, attempt.task);
  const waiting = { kind: "waiting", decision: event.decision, attempt: attempt.id } as const;
  putTask(draft, needTask(draft, attempt.task), waiting, event.kind);
}

export function resumeAttempt(draft: Draft, event: Of<"attempt_resumed">): void {
  const attempt = needAttempt(draft, event.attempt);
  const startedAt = attempt.state.kind === "waiting" ? attempt.state.startedAt : event.at;
  putAttempt(draft, attempt, { kind: "running", startedAt }, event);
  draft.parked = draft.parked.delete(attempt.id);
  countParallel(draft, attempt, event);
  takeSlot(draft, attempt);
  putTask(draft, needTask(draft, attempt.task), { kind: "running", attempt: attempt.id }, event.kind);
}

function endClaim(draft: Draft, attempt: Attempt, event: Event): void {
  countParallel(draft, attempt, event);
  freeSlot(draft, attempt);
  draft.parked = draft.parked.delete(attempt.id);
  holdResources(draft, needTask(draft, attempt.task), -1);
}

export function completeAttempt(draft: Draft, event: Of<"attempt_completed">): void {
  const { workMs, added, deleted, files, warnings, commit, dangers } = event;
  const looked = dangers === undefined ? {} : { dangers };
  const result = { ...looked, workMs, added, deleted, files, warnings, commit, reused: event.reused ?? null };
  const open = { ...recordPeak(draft, event), ...result };
  const attempt = settleSpending(draft, open, event);
  endClaim(draft, attempt, event);
  draft.joining = draft.joining.set(attempt.id, attempt.task);
  putAttempt(draft, attempt, { kind: "completed", commit: event.commit, at: event.at }, event);
}

/** The attempt with what its end says of its memory, which is remembered for those that come after it. */
function recordPeak(
  draft: Draft,
  { attempt: id, peakMemoryBytes }: { readonly attempt: AttemptId; readonly peakMemoryBytes?: number },
): Attempt {
  const attempt = needAttempt(draft, id);
  if (peakMemoryBytes === undefined) return attempt;
  const { executor } = attempt;
  const peaks = [...(draft.peaks.get(executor) ?? []), peakMemoryBytes].slice(-PEAKS_MAX);
  draft.peaks = draft.peaks.set(executor, peaks);
  return { ...attempt, peakMemoryBytes };
}

/**
 * An attempt ended without a result. What becomes of the task is the next event's business where it failed or was
 * rejected; else its task is free again, unless its workstream was cancelled.
 */
export function endAttempt(draft: Draft, event: Of<"attempt_ended">): void {
  const { workMs, salvage } = event;
  const found = { ...recordPeak(draft, event), workMs, salvage };
  const settled = found.state.kind === "completed" ? found : settleSpending(draft, found, event);
  if (settled.state.kind !== "completed") endClaim(draft, settled, event);
  const attempt = isStopped(event) ? settled : dropFinished(settled);
  putAttempt(draft, attempt, { kind: event.outcome, reason: event.reason, at: event.at }, event);
  draft.joining = draft.joining.delete(attempt.id);
  const before = needTask(draft, attempt.task);
  const wanted = event.wanted === undefined ? {} : { wanted: event.wanted };
  const task = { ...before, resumes: findResumed(before, attempt, event), ...wanted };
  draft.tasks = draft.tasks.set(task.id, task);
  if (event.outcome === "failed") return;
  const workstream = needWorkstream(draft, task.workstream);
  if (workstream.intent === "cancelled") {
    putTask(draft, task, { kind: "cancelled", reason: event.reason }, event.kind);
    return;
  }
  if (event.outcome === "rejected") return;
  const lost = event.outcome === "lost" ? task.lost + 1 : task.lost;
  // To be stopped is no new patience.
  const counted = isStopped(event) ? countedOf(task) : {};
  const again = { ...reopen({ ...task, lost }), ...counted, resumes: task.resumes };
  putTask(draft, again, { kind: "pending" }, event.kind);
  awaitMissing(draft, task.id);
  refreshTask(draft, task.id, event.kind);
}

/** Ended from outside: its work may well be good. */
const isStopped = ({ outcome }: Of<"attempt_ended">): boolean =>
  outcome === "cancelled" || outcome === "lost";

function dropFinished(attempt: Attempt): Attempt {
  const { finished: _, asItIs: __, ...rest } = attempt;
  return rest;
}

/** Where the next attempt goes on. One that ended before it came to its conversation hands on what it was to go on with. */
function findResumed(task: Task, attempt: Attempt, { outcome }: Of<"attempt_ended">): AttemptId | null {
  if (outcome === "rework") return null;
  const isIn = attempt.session !== null || attempt.home !== attempt.id;
  return isIn ? attempt.home : task.resumes;
}

/** What was counted of failures. */
const countedOf = ({ failures, failed }: Task): Pick<Task, "failures" | "failed"> =>
  failed === undefined ? { failures } : { failures, failed };

export function failTask(draft: Draft, event: Of<"task_failed">): void {
  const task = needTask(draft, event.task);
  const { attempt, decision, reason } = event;
  putTask(draft, task, { kind: "failed", attempt, decision, reason }, event.kind);
  if (task.critical) refreshWorkstream(draft, task.workstream, event.kind);
}

export function requeueTask(draft: Draft, event: Of<"task_requeued">): void {
  if (event.lost === true) return;
  const task = needTask(draft, event.task);
  const isTakenOver = event.rerouted === true;
  const recovers = event.recovers === true || isTakenOver;
  const retried = recovers ? task.retried : (event.retry ?? 0);
  const isDecided = event.retry === undefined && !recovers;
  // Another agent knows nothing of the conversation, and has a patience of its own; all of them together have an end.
  const resumes = event.isFresh === true || isTakenOver ? null : task.resumes;
  const counted = isDecided ? {} : { ...countedOf(task), ...(isTakenOver ? { failures: {} } : {}) };
  const start = isDecided ? forgetTried(task) : task;
  if (event.asItIs === true && resumes !== null) markFinished(draft, task, resumes);
  const again = { ...reopen({ ...start, lost: 0, retried }), ...counted, resumes };
  putTask(draft, again, { kind: "pending" }, event.kind);
  awaitMissing(draft, task.id);
  refreshWorkstream(draft, task.workstream, event.kind);
}

/** Somebody takes what is there: the next attempt only checks it. */
function markFinished(draft: Draft, task: Task, home: AttemptId): void {
  const user = findUser(draft, task, home);
  if (user !== null) draft.attempts = draft.attempts.set(user.id, { ...user, finished: true, asItIs: true });
}
