import { BUDGET_HOLD } from "../budget/limits.ts";
import type { DecisionId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Task } from "../model/work.ts";

/** What keeps a ready task back for money's sake. */
export interface BudgetHold {
  /** E.g. `does not fit the 5M tokens of the run`. */
  readonly why: string;
  /** The open question about it; null: something runs that may make room. */
  readonly decision: DecisionId | null;
}

/** Null: no budget keeps it back. */
export function findBudgetHold(state: State, { id, state: now }: Task): BudgetHold | null {
  if (now.kind !== "ready" || now.held?.startsWith(BUDGET_HOLD) !== true) return null;
  const why = now.held.slice(BUDGET_HOLD.length);
  for (const open of state.open.keys()) {
    const decision = state.decisions.get(open);
    if (decision?.subject.kind === "budget" && decision.askers.includes(id)) return { why, decision: open };
  }
  return { why, decision: null };
}
