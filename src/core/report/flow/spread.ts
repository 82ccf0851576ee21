/** Medians, percentiles and intervals. */
import type { EpochMs } from "../../model/ids.ts";
import type { Spread } from "./types.ts";

/** From the first to before the second. */
export type Interval = readonly [from: EpochMs, to: EpochMs];

const ascending = (a: number, b: number): number => a - b;

/** The middle value, or the mean of the two in the middle; null: there is none. */
export function medianOf(values: readonly number[]): number | null {
  const sorted = values.toSorted(ascending);
  const upper = sorted[sorted.length >> 1];
  if (upper === undefined) return null;
  const lower = sorted[(sorted.length - 1) >> 1] ?? upper;
  return (lower + upper) / 2;
}

/** Nearest rank: the smallest value that 85 of 100 do not exceed; null where there are less than two. */
export function p85Of(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  return values.toSorted(ascending)[Math.ceil(0.85 * values.length) - 1] ?? null;
}

export function spreadOf(values: readonly number[]): Spread {
  return { count: values.length, medianMs: medianOf(values), p85Ms: p85Of(values) };
}

export const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** `part` ÷ `whole`; null where the whole is nothing. */
export const ratioOf = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

export const lengthOf = ([from, to]: Interval): number => Math.max(0, to - from);

/** Time in which at least one of the intervals lasts, ms: what lies side by side counts once. */
export function unionMs(intervals: readonly Interval[]): number {
  let sum = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const [from, to] of intervals.toSorted((a, b) => a[0] - b[0])) {
    sum += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return sum;
}
