import type { Level, Outcome, Tier } from "./types.ts";

const STRICTNESS: Readonly<Record<Outcome, number>> = { proceed: 0, log: 1, ask: 2, refuse: 3 };
const OUTCOME_OF: Readonly<Record<Level, Outcome>> = { full: "proceed", supervised: "log", ask: "ask" };
const FREEDOM: Readonly<Record<Tier, number>> = { supervised: 0, balanced: 1, autonomous: 2, full_auto: 3 };

/** The stricter of two. */
export const stricter = (a: Outcome, b: Outcome): Outcome => (STRICTNESS[a] >= STRICTNESS[b] ? a : b);

/** The looser of two. */
export const looser = (a: Outcome, b: Outcome): Outcome => (STRICTNESS[a] <= STRICTNESS[b] ? a : b);

/** True where `a` allows less than `b`. */
export const isStricter = (a: Outcome, b: Outcome): boolean => STRICTNESS[a] > STRICTNESS[b];

export const toOutcome = (level: Level): Outcome => OUTCOME_OF[level];

/** The tier that leaves less to the agents. */
export const stricterTier = (a: Tier, b: Tier): Tier => (FREEDOM[a] <= FREEDOM[b] ? a : b);
