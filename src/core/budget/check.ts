/** Whether an attempt that is under way may go on. */
import type { Amount, CostEstimate, Measure } from "../model/budget.ts";
import { MEASURES } from "../model/budget.ts";
import type { AttemptId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import { isLimited, mapAmount, TOOL_CALLS_MAX } from "./amounts.ts";
import { isKnown, wasSaid } from "./ledger.ts";
import { type Level, limitOf, listLevels, scopesOf } from "./limits.ts";
import { listSavings, type Saving } from "./savings.ts";
import { formatMeasure, nameScope } from "./words.ts";
import { zoneOf } from "./zones.ts";

export interface BudgetCheck {
  /** `warn`: from the yellow zone on. `stop`: nothing is left, and what was reserved for it is used up. */
  readonly verdict: "ok" | "warn" | "stop";
  /** For people, one for each limit that is near; empty: all is well. */
  readonly reasons: readonly string[];
  readonly savings: readonly Saving[];
}

const FINE: BudgetCheck = { verdict: "ok", reasons: [], savings: [] };

const say = ({ scope, measure, charged, limit }: Level): string => {
  const share = limit === 0 ? 100 : Math.floor((100 * charged) / limit);
  return `${nameScope(scope)}: ${formatMeasure(measure, charged)} of ${formatMeasure(measure, limit)} (${share} %)`;
};

/**
 * What its budgets say of an attempt: to be asked after each `attempt_used`. One that still has a part of its reservation goes on
 * though the limit is reached: that part is its own. One that has ended, or costs nothing, is fine.
 */
export function checkBudget(state: State, id: AttemptId): BudgetCheck {
  const attempt = state.attempts.get(id);
  const task = attempt === undefined ? undefined : state.tasks.get(attempt.task);
  const spending = attempt?.spending;
  if (task === undefined || spending === undefined) return FINE;
  const levels = listLevels(state, scopesOf(state, task));
  const over = levels.filter((level) => zoneOf(level) === "full" && spending.reserved[level.measure] === 0);
  if (over.length > 0) return { verdict: "stop", reasons: over.map(say), savings: [] };
  const near = levels.filter((level) => zoneOf(level) !== "green");
  if (near.length === 0) return FINE;
  const run = state.workstreams.get(task.workstream)?.run ?? null;
  const isRed = near.some((level) => zoneOf(level) !== "yellow");
  return {
    verdict: "warn",
    reasons: near.map(say),
    savings: listSavings(state, run, isRed ? "red" : "yellow"),
  };
}

/**
 * The limit of an attempt that does not say what it uses: the number of its calls of tools, and its time, which its task limits
 * already. Null: it may go on.
 *
 * @param calls how often it called a tool until now
 */
export function checkSilent(state: State, id: AttemptId, calls: number): string | null {
  const attempt = state.attempts.get(id);
  const task = attempt === undefined ? undefined : state.tasks.get(attempt.task);
  if (task === undefined || attempt?.spending === undefined) return null;
  const { spending } = attempt;
  const limited = scopesOf(state, task).map((scope) => limitOf(state, scope));
  const isTold = (measure: Measure): boolean =>
    spending.isMetered === true ? wasSaid(spending, measure) : isKnown(spending, measure);
  const isUnmeasured = (measure: Measure): boolean =>
    limited.some((limit) => limit[measure] !== null) && !isTold(measure);
  if (!limited.some(isLimited) || !MEASURES.some(isUnmeasured)) return null;
  const run = state.workstreams.get(task.workstream)?.run ?? null;
  const most = (run === null ? undefined : state.runs.get(run)?.budget?.toolCalls) ?? TOOL_CALLS_MAX;
  return calls < most ? null : `${calls} calls of tools, and its agent does not say what they cost`;
}

/** How often an executor learns what was used: `request`: of each call of the model; `turn`: at the end of a turn; `never`. */
export type Metering = "exact" | "request" | "turn" | "never";

/** Calls of the model in a turn, as a rule of thumb. */
const CALLS_PER_ATTEMPT = 10;

/**
 * How far one attempt can go beyond a limit before it is stopped: what it can use between two words about it. 0 where each request is
 * admitted beforehand.
 */
export function overshootOf(metering: Metering, estimate: CostEstimate): Amount {
  if (metering === "exact") return mapAmount(() => 0);
  const calls = metering === "request" ? CALLS_PER_ATTEMPT : 1;
  return mapAmount((measure) => Math.ceil(estimate[measure].high / calls));
}
