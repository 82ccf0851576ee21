/** How near a limit is (WO-7). */
import type { BudgetScope } from "../model/budget.ts";
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

/** True in that zone, and in those beyond it. */
export const isFrom = (zone: Zone, first: Zone): boolean => RANKS[zone] >= RANKS[first];

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
