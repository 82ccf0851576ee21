/**
 * The ledger: what attempts used and what is kept for them. A reservation shrinks by what is used; what is used beyond it counts
 * as well. What an agent never told counts as much as was reserved for it, and is shown as unknown. Pure.
 */
import type { Usage } from "../model/agent.ts";
import type { Amount, Ledger, Measure, Said, Spending } from "../model/budget.ts";
import type { RunId } from "../model/ids.ts";
import { add, mapAmount, ZERO } from "./amounts.ts";
import { measureUsage } from "./usage.ts";

const NOTHING_SAID: Said = { tokens: false, microUsd: false, both: false };

export const EMPTY_LEDGER: Ledger = {
  used: ZERO,
  reserved: ZERO,
  assumed: ZERO,
  attempts: 0,
  unknown: ZERO,
  limit: null,
};

/** An attempt that will cost something. */
export const openSpending = (run: RunId | null, reserved: Amount): Spending => ({
  run,
  used: ZERO,
  reserved,
  assumed: ZERO,
  said: NOTHING_SAID,
  isFree: false,
  model: null,
  toolCalls: null,
});

/** All that it used in this measure is known. */
export function isKnown(
  { said, isFree, isMetered, assumed }: Pick<Spending, "said" | "isFree" | "isMetered" | "assumed">,
  measure: Measure,
): boolean {
  if (isFree) return true;
  return wasSaid({ said }, measure) && !(isMetered === true && assumed[measure] > 0);
}

/** All of it was told, or counted as told. */
export function wasSaid({ said }: Pick<Spending, "said">, measure: Measure): boolean {
  if (measure === "tokens") return said.tokens || said.both;
  // Tokens without a price beside tokens with one: some of the money is missing. Money that is told apart is the whole of it.
  return said.microUsd || (said.both && !said.tokens);
}

/** What osqr counted of a request: all of it beside what was told. */
export interface Metered {
  /** What counts as used of what nobody told. */
  readonly assumed: Amount;
}

/**
 * Takes in what was used. Also after its end: what is spent is spent.
 *
 * @param metered null: the agent says so itself
 */
export function tellUsage(spending: Spending, usage: Usage, metered: Metered | null = null): Spending {
  const told = measureUsage(usage);
  const more = mapAmount((measure) => told[measure] ?? 0);
  const all = metered === null ? more : add(more, metered.assumed);
  const less = (kept: Amount) => mapAmount((measure) => Math.max(0, kept[measure] - all[measure]));
  const { said } = spending;
  const isTold = (measure: Measure): boolean =>
    told[measure] !== null || (metered?.assumed[measure] ?? 0) > 0;
  const isBoth = isTold("tokens") && isTold("microUsd");
  return {
    ...spending,
    used: add(spending.used, more),
    reserved: less(spending.reserved),
    assumed: metered === null ? less(spending.assumed) : add(spending.assumed, metered.assumed),
    said: {
      tokens: said.tokens || (isTold("tokens") && !isBoth),
      microUsd: said.microUsd || (isTold("microUsd") && !isBoth),
      both: said.both || isBoth,
    },
    isFree: spending.isFree && told.tokens === null && told.microUsd === null,
    model: usage.model ?? spending.model,
    ...(metered === null ? {} : { isMetered: true as const }),
  };
}

/** Keeps more for it. */
export const raiseReservation = (spending: Spending, more: Amount): Spending => ({
  ...spending,
  reserved: add(spending.reserved, more),
});

/**
 * Its end: the reservation is given back, but for what it has not told.
 *
 * @param end.isFree it never started, or took a recorded result
 * @param end.isUnaccounted requests may have been under way of which nothing is known
 */
export function closeSpending(
  spending: Spending,
  end: { readonly isFree: boolean; readonly toolCalls: number | null; readonly isUnaccounted?: boolean },
): Spending {
  const { isFree, toolCalls, isUnaccounted = false } = end;

  const { said, reserved, assumed } = spending;
  const nothing = isFree && !said.tokens && !said.microUsd && !said.both;
  const closed = { ...spending, isFree: nothing, reserved: ZERO, toolCalls };
  const isSettled = (measure: Measure): boolean =>
    spending.isMetered === true ? !isUnaccounted && wasSaid(spending, measure) : isKnown(closed, measure);
  const rest = mapAmount((measure) => (isSettled(measure) ? 0 : reserved[measure]));
  return { ...closed, assumed: add(assumed, rest) };
}

/** A ledger after one of its attempts changed. `before` or `after` null: the attempt is new to it, or leaves it. */
export function applySpending(ledger: Ledger, before: Spending | null, after: Spending | null): Ledger {
  const [less, more] = [contributionOf(before), contributionOf(after)];
  const change = (key: "used" | "reserved" | "assumed" | "unknown"): Amount =>
    add(add(ledger[key], less[key], -1), more[key]);
  return {
    ...ledger,
    used: change("used"),
    reserved: change("reserved"),
    assumed: change("assumed"),
    unknown: change("unknown"),
    attempts: ledger.attempts - less.attempts + more.attempts,
  };
}

function contributionOf(spending: Spending | null): Omit<Ledger, "limit"> {
  if (spending === null) return EMPTY_LEDGER;
  const { used, reserved, assumed } = spending;
  const unknown = mapAmount((measure) => (isKnown(spending, measure) ? 0 : 1));
  return { used, reserved, assumed, unknown, attempts: 1 };
}

/** What counts against a limit. */
export const chargedOf = ({
  used,
  reserved,
  assumed,
}: Pick<Ledger, "used" | "reserved" | "assumed">): Amount => add(add(used, reserved), assumed);
