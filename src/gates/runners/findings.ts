import type { GateCounts } from "../types.ts";

/** What one runner's output tells. */
export interface Findings {
  /** Names of failed checks in the order of the output, stable when lines shift: no line numbers, no durations. */
  readonly failures: readonly string[];
  /** Null where the runner does not count checks, as compilers and linters do not. */
  readonly counts: GateCounts | null;
}

/** Lines of output: ANSI stripped, paths relative to the tree. */
export type Lines = readonly string[];

/** Reads the output of one runner. Null: it is not that runner's output. */
export type RunnerReader = (lines: Lines) => Findings | null;

/** `total` leaves out what was skipped, so that a test that is switched off shows as one that vanished. */
export function toCounts(passed: number, failed: number): GateCounts {
  return { passed, failed, total: passed + failed };
}

/** Adds up the counts of several summaries; null where there is none. */
export function sumCounts(all: readonly (GateCounts | null)[]): GateCounts | null {
  let sum: GateCounts | null = null;
  for (const counts of all) {
    if (counts === null) continue;
    sum = toCounts((sum?.passed ?? 0) + counts.passed, (sum?.failed ?? 0) + counts.failed);
  }
  return sum;
}

/** The numbers in front of words: `1 failed, 2 passed` with `failed` is 1. Absent words are 0. */
export function numberBefore(text: string, word: string): number {
  return Number(new RegExp(`(\\d+) ${word}\\b`).exec(text)?.[1] ?? 0);
}
