/** How near a limit is, and what can be saved (WO-7). */
import type { BudgetScope } from "../model/budget.ts";
import type { RunId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import { type Level, listLevels } from "./limits.ts";

/** Green below 75 percent, yellow up to 85, red above; full: nothing is left. */
export type Zone = "green" | "yellow" | "red" | "full";

const YELLOW_FROM = 0.75;
const RED_ABOVE = 0.85;

export function zoneOf({ charged, limit }: Pick<Level, "charged" | "limit">): Zone {
  if (charged >= limit) return "full";
  if (charged > limit * RED_ABOVE) return "red";
  return charged >= limit * YELLOW_FROM ? "yellow" : "green";
}

const RANKS: Readonly<Record<Zone, number>> = { green: 0, yellow: 1, red: 2, full: 3 };

/** The level that is used up most of all; null: there is no limit. */
export function findWorst(state: State, scopes: readonly BudgetScope[]): Level | null {
  let worst: Level | null = null;
  for (const level of listLevels(state, scopes)) {
    if (worst === null || shareOf(level) > shareOf(worst)) worst = level;
  }
  return worst;
}

/** 0 to 1 and beyond; of a limit of 0: all of it. */
export const shareOf = ({ charged, limit }: Pick<Level, "charged" | "limit">): number =>
  limit === 0 ? 1 : charged / limit;

/** Something that costs less. `isApplied`: osqr does it by itself in the red zone. */
export interface Saving {
  readonly key: "low_priority" | "small_briefing" | "cheaper_route" | "fewer_parallel" | "drop_low_priority";
  /** For people. */
  readonly text: string;
  readonly isApplied: boolean;
}

/** The largest first: priority times size. */
const SAVINGS: readonly Saving[] = [
  {
    key: "low_priority",
    text: "work of low priority waits while other work goes on",
    isApplied: true,
  },
  { key: "cheaper_route", text: "the cheapest route that can do a task is taken", isApplied: false },
  { key: "small_briefing", text: "briefings are cut to their smaller bound", isApplied: false },
  {
    key: "fewer_parallel",
    text: "run fewer at once, so that less is reserved at a time: osqr go --max-parallel 1",
    isApplied: false,
  },
  {
    key: "drop_low_priority",
    text: "leave out work of low priority: osqr cancel <workstream>",
    isApplied: false,
  },
];

/** What can be saved from the yellow zone on; empty: there is no need. */
export const listSavings = (zone: Zone): readonly Saving[] => (RANKS[zone] >= RANKS.yellow ? SAVINGS : []);

/** What is saved now, by whoever it concerns. */
export interface AppliedSavings {
  readonly zone: Zone;
  /** The schedule: no new starts of low priority while other work goes on. */
  readonly holdsLowPriority: boolean;
}

/**
 * Savings that are applied in a run: all in the red zone of its limit, none before.
 *
 * @param run null: no run, no limit
 */
export function savingsOf(state: State, run: RunId | null): AppliedSavings {
  const worst = run === null ? null : findWorst(state, [{ kind: "run", id: run }]);
  const zone = worst === null ? "green" : zoneOf(worst);
  const isRed = RANKS[zone] >= RANKS.red;
  return { zone, holdsLowPriority: isRed };
}
