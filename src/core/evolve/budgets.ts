/** What attempts use is added up where it happens: an event costs as much as one look into each of three sums. */
import { isZero, ZERO } from "../budget/amounts.ts";
import {
  applySpending,
  closeSpending,
  EMPTY_LEDGER,
  openSpending,
  raiseReservation,
  tellUsage,
} from "../budget/ledger.ts";
import { assert } from "../errors.ts";
import type { Amount, Ledger, Spending } from "../model/budget.ts";
import type { Event } from "../model/event.ts";
import type { AttemptId, RunId, TaskId } from "../model/ids.ts";
import type { Attempt, Workstream } from "../model/work.ts";
import type { Draft } from "./draft.ts";

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

const isEmpty = ({ attempts, limit, used, assumed }: Ledger): boolean =>
  attempts === 0 && limit === null && isZero(used) && isZero(assumed);

function putLedger(draft: Draft, id: string, ledger: Ledger): void {
  draft.ledgers = isEmpty(ledger) ? draft.ledgers.delete(id) : draft.ledgers.set(id, ledger);
}

function change(draft: Draft, id: string, before: Spending | null, after: Spending | null): void {
  putLedger(draft, id, applySpending(draft.ledgers.get(id) ?? EMPTY_LEDGER, before, after));
}

/** Brings all sums that an attempt counts in up to date. Of what was removed nothing but the run is left. */
function changeAll(draft: Draft, attempt: Attempt, after: Spending): void {
  const before = attempt.spending ?? null;
  const task = draft.tasks.get(attempt.task);
  // A task of the same name that came later has nothing to do with it.
  if (task?.attempts.includes(attempt.id) === true) {
    change(draft, task.id, before, after);
    change(draft, task.workstream, before, after);
  }
  if (after.run !== null) change(draft, after.run, before, after);
}

function update(draft: Draft, id: AttemptId, next: (spending: Spending) => Spending): void {
  const attempt = draft.attempts.get(id);
  assert(attempt !== undefined, `no attempt ${id}`);
  const run = draft.workstreams.get(attempt.workstream)?.run ?? null;
  const spending = next(attempt.spending ?? openSpending(run, ZERO));
  changeAll(draft, attempt, spending);
  draft.attempts = draft.attempts.set(id, { ...attempt, spending });
}

/** With the claim. */
export function reserve(draft: Draft, id: AttemptId, reserved: Amount): void {
  update(draft, id, (spending) => raiseReservation(spending, reserved));
}

export function recordUsage(
  draft: Draft,
  { attempt, usage, source, assumed = ZERO }: Of<"usage_recorded">,
): void {
  const metered = source === "metered" ? { assumed } : null;
  update(draft, attempt, (spending) => tellUsage(spending, usage, metered));
}

export function raise(draft: Draft, { attempt, more }: Of<"reservation_raised">): void {
  update(draft, attempt, (spending) => raiseReservation(spending, more));
}

/** The attempt at its end, with its reservation given back. It is not put into the draft yet. */
export function settleSpending(
  draft: Draft,
  attempt: Attempt,
  { toolCalls, isUnaccounted = false }: { readonly toolCalls?: number; readonly isUnaccounted?: boolean },
): Attempt {
  if (attempt.spending === undefined) return attempt;
  const isIdle = attempt.reused !== null || attempt.onlyChecks === true;
  const isFree = attempt.state.kind === "claimed" || isIdle;
  const spending = closeSpending(attempt.spending, { isFree, toolCalls: toolCalls ?? null, isUnaccounted });
  changeAll(draft, attempt, spending);
  return { ...attempt, spending };
}

export function changeBudget(draft: Draft, { scope, limit }: Of<"budget_changed">): void {
  putLedger(draft, scope.id, { ...(draft.ledgers.get(scope.id) ?? EMPTY_LEDGER), limit });
}

/** The config has another word on a run than before: what a decision gave is forgotten. */
export function dropOwnLimit(draft: Draft, id: RunId): void {
  const ledger = draft.ledgers.get(id);
  if (ledger !== undefined) putLedger(draft, id, { ...ledger, limit: null });
}

/** An attempt goes over to another task of its workstream. */
export function moveSpending(draft: Draft, { task, spending }: Attempt, to: TaskId): void {
  if (spending === undefined) return;
  change(draft, task, spending, null);
  change(draft, to, null, spending);
}

/** Of a workstream that is removed nothing is left but what it cost its runs. */
export function forgetLedgers(draft: Draft, { id, tasks, dropped }: Workstream): void {
  for (const each of [id, ...tasks, ...dropped]) draft.ledgers = draft.ledgers.delete(each);
}
