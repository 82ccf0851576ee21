import type { Event } from "../model/event.ts";
import type { CriterionState } from "../model/flow.ts";
import type { AttemptId } from "../model/ids.ts";
import type { Task, Workstream } from "../model/work.ts";
import { beginAttempt, needAttempt, putAttempt } from "./attempts.ts";
import {
  type Draft,
  isWorkDone,
  leaveQueue,
  needTask,
  needWorkstream,
  putTask,
  putWorkstream,
  refreshTask,
  refreshWorkstream,
} from "./draft.ts";
import { awaitMissing, awaitWorkAgain } from "./requirements.ts";
import { dropCheckpoints, recountSteps, reopen } from "./steps.ts";

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

/** Executor of the attempts that people make: reviews and intakes. */
export const PERSON = "person";

/** A person is asked. The claim is theirs until they sign; it takes no slot. */
export function openReview(draft: Draft, event: Of<"review_opened">): void {
  const task = needTask(draft, event.task);
  const attempt = beginAttempt(task, {
    id: event.attempt,
    executor: PERSON,
    fence: event.fence,
    state: { kind: "waiting", startedAt: event.at, decision: event.decision },
    claimedAt: event.at,
  });
  const asked = { ...task, attempts: [...task.attempts, attempt.id], startedAt: task.startedAt ?? event.at };
  putTask(draft, asked, { kind: "waiting", decision: event.decision, attempt: attempt.id }, event.kind);
  draft.attempts = draft.attempts.set(attempt.id, attempt);
  draft.nextAttempt += 1;
  draft.nextFence = event.fence + 1;
}

export function signReview(draft: Draft, event: Of<"review_signed">): void {
  const { task, attempt, decision, outcome, by, role, reason, at, returnsTo: returnedTo } = event;
  const { id, signOffs } = needWorkstream(draft, needTask(draft, task).workstream);
  const signOff = { task, attempt, decision, outcome, by, role, reason, at, returnedTo };
  putWorkstream(draft, id, { signOffs: [...signOffs, signOff] });
}

/** Work goes back to an earlier step: what depends on it is to be done again, what was refused is rework. */
export function returnWorkstream(draft: Draft, event: Of<"workstream_returned">): void {
  const { from, to, by, reason, at, tip } = event;
  const refused = new Set(event.rework);
  let undone = 0;
  for (const id of event.reset) {
    const task = needTask(draft, id);
    if (task.state.kind === "completed") undone += 1;
    if (refused.has(id)) refuseResult(draft, task, event);
    putTask(draft, reopen({ ...task, lost: 0, retried: 0 }), { kind: "pending" }, event.kind);
  }
  recountSteps(draft, event.workstream);
  if (event.byHand === true) stopMerge(draft, needWorkstream(draft, event.workstream));
  const workstream = needWorkstream(draft, event.workstream);
  const { returns, tip: before, integration } = workstream;
  // There was nothing to merge; now there may be, and it takes its turn for its declared paths again.
  const isOpenAgain = integration.kind === "nothing" && !isWorkDone(workstream);
  putWorkstream(draft, event.workstream, {
    tip,
    ...(isOpenAgain ? { integration: { kind: "none" }, started: false } : {}),
    steps: dropCheckpoints(draft, event.workstream, { to, isGivenUp: tip !== before }),
    returns: [...returns, { from, to, tasks: undone, by, reason, at }],
  });
  for (const id of event.reset) awaitMissing(draft, id);
  awaitWorkAgain(draft, event.workstream, event.kind);
  refreshWorkstream(draft, event.workstream, event.kind);
}

/** A merge that had not landed is off; one that waits for a word that is still asked for goes on waiting. */
function stopMerge(draft: Draft, workstream: Workstream): void {
  const { id, integration } = workstream;
  if (integration.kind === "none" || integration.kind === "nothing" || integration.kind === "landed") return;
  const asked = integration.kind === "waiting" ? draft.decisions.get(integration.decision) : undefined;
  if (asked?.state.kind === "open" && asked.subject.kind === "integration") return;
  leaveQueue(draft, id);
  putWorkstream(draft, id, { integration: { kind: "none" }, gateReports: [] });
}

function refuseResult(draft: Draft, task: Task, event: Of<"workstream_returned">): void {
  const last = task.attempts.findLast((id: AttemptId) => draft.attempts.get(id)?.state.kind === "completed");
  if (last === undefined) return;
  putAttempt(draft, needAttempt(draft, last), { kind: "rework", reason: event.reason, at: event.at }, event);
}

export function checkCriteria(draft: Draft, event: Of<"criteria_checked">): void {
  const task = needTask(draft, event.task);
  const results = new Map(event.results.map((result) => [result.key, result]));
  const look = (criterion: CriterionState): CriterionState => {
    const result = results.get(criterion.key);
    if (result === undefined) return criterion;
    const { unverified: _, ...rest } = criterion;
    const { met, detail, unverified } = result;
    return { ...rest, met, detail, at: event.at, ...(unverified === undefined ? {} : { unverified }) };
  };
  const { side } = event;
  draft.tasks = draft.tasks.set(task.id, { ...task, [side]: task[side].map(look) });
}

export function tickCriteria(draft: Draft, event: Of<"criteria_ticked">): void {
  const task = needTask(draft, event.task);
  const { side, by, reason, at } = event;
  const detail = reason === "" ? `confirmed by ${by}` : `confirmed by ${by}: ${reason}`;
  const tick = (criterion: CriterionState): CriterionState =>
    criterion.check.kind === "tick" && !criterion.met ? { ...criterion, met: true, detail, at } : criterion;
  draft.tasks = draft.tasks.set(task.id, { ...task, [side]: task[side].map(tick) });
  refreshTask(draft, task.id, event.kind);
}
