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
export function isKnown({ said, isFree }: Pick<Spending, "said" | "isFree">, measure: Measure): boolean {
  if (isFree) return true;
  if (measure === "tokens") return said.tokens || said.both;
  // Tokens without a price beside tokens with one: some of the money is missing. Money that is told apart is the whole of it.
  return said.microUsd || (said.both && !said.tokens);
}

/** Takes in what was used. Also after its end: what is spent is spent. */
export function tellUsage(spending: Spending, usage: Usage): Spending {
  const told = measureUsage(usage);
  const more = mapAmount((measure) => told[measure] ?? 0);
  const less = (kept: Amount) => mapAmount((measure) => Math.max(0, kept[measure] - more[measure]));
  const { said } = spending;
  const isBoth = told.tokens !== null && told.microUsd !== null;
  return {
    ...spending,
    used: add(spending.used, more),
    reserved: less(spending.reserved),
    assumed: less(spending.assumed),
    said: {
      tokens: said.tokens || (told.tokens !== null && !isBoth),
      microUsd: said.microUsd || (told.microUsd !== null && !isBoth),
      both: said.both || isBoth,
    },
    isFree: spending.isFree && told.tokens === null && told.microUsd === null,
    model: usage.model ?? spending.model,
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
 */
export function closeSpending(
  spending: Spending,
  { isFree, toolCalls }: { readonly isFree: boolean; readonly toolCalls: number | null },
): Spending {
  const { said, reserved, assumed } = spending;
  const nothing = isFree && !said.tokens && !said.microUsd && !said.both;
  const closed = { ...spending, isFree: nothing, reserved: ZERO, toolCalls };
  const rest = mapAmount((measure) => (isKnown(closed, measure) ? 0 : reserved[measure]));
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
