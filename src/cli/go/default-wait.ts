/** A run that rests may go on by itself soon: a decision takes its default. `go` waits for that where it is not long. */
import type { DecisionView, RunReport } from "../../core/report/types.ts";
import { formatDuration } from "../text/duration.ts";

/** Longest wait, ms. */
const WAIT_MS_MAX = 60_000;
/** After the moment itself, for the daemon to act, ms. */
export const GRACE_MS = 5_000;

type Timed = DecisionView & { readonly autoResolveAt: string };

function findFirst({ decisions }: RunReport): Timed | null {
  const timed = decisions.filter((decision): decision is Timed => decision.autoResolveAt !== null);
  return timed.sort((a, b) => Date.parse(a.autoResolveAt) - Date.parse(b.autoResolveAt))[0] ?? null;
}

/** Milliseconds until the first default is taken, null where none is or where that is too long to wait. */
export function findWait(report: RunReport, now: number): number | null {
  if (report.status !== "needs_you") return null;
  const first = findFirst(report);
  if (first === null) return null;
  const left = Date.parse(first.autoResolveAt) - now;
  return left > 0 && left <= WAIT_MS_MAX ? left : null;
}

/** Why nothing moves, in one line. */
export function describeDefault(report: RunReport, waitMs: number): string {
  const first = findFirst(report);
  const option = first?.defaultOption === null ? "its recommendation" : first?.defaultOption;
  return `${first?.id} takes ${option} in ${formatDuration(waitMs)}; the run goes on then.`;
}
