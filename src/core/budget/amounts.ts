import type { Amount, Limit, Measure } from "../model/budget.ts";

export const ZERO: Amount = { tokens: 0, microUsd: 0 };
export const NO_LIMIT: Limit = { tokens: null, microUsd: null };

/** Calls of tools that an attempt may make whose agent does not say what it uses, where nobody sets another number. */
export const TOOL_CALLS_MAX = 300;

/** Makes an amount measure by measure. */
export const mapAmount = (of: (measure: Measure) => number): Amount => ({
  tokens: of("tokens"),
  microUsd: of("microUsd"),
});

export const add = (a: Amount, b: Amount, sign: 1 | -1 = 1): Amount =>
  mapAmount((measure) => a[measure] + sign * b[measure]);

export const isZero = ({ tokens, microUsd }: Amount): boolean => tokens === 0 && microUsd === 0;

/** The tighter of two limits, measure by measure. */
export function lowerLimit(a: Limit, b: Limit): Limit {
  const lower = (one: number | null, other: number | null): number | null =>
    one === null ? other : other === null ? one : Math.min(one, other);
  return { tokens: lower(a.tokens, b.tokens), microUsd: lower(a.microUsd, b.microUsd) };
}

export const isLimited = ({ tokens, microUsd }: Limit): boolean => tokens !== null || microUsd !== null;
