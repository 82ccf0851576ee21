import { parseDurationMs } from "../../duration.ts";
import { OsqrError } from "../../errors.ts";
import type { EpochMs } from "../../model/ids.ts";
import type { Interval } from "./spread.ts";

/** The time that a report looks at. */
export interface Window {
  readonly from: EpochMs;
  /** End of what has happened: the end of the window, or now. */
  readonly to: EpochMs;
  /** First moment that is not in it any more; Infinity: it goes on. */
  readonly end: EpochMs;
}

/** A date is midnight UTC; a time without a zone is UTC too. */
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})?$/;
const ZONE = /(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads an ISO date or time, or a duration that is counted back from `now`.
 *
 * @throws OsqrError `bad-time`
 */
export function parseMoment(text: string, now: EpochMs, name: string): EpochMs {
  const wanted = text.trim();
  const ms = parseDurationMs(wanted);
  if (ms !== null) return now - ms;
  const at = readIso(wanted);
  if (at !== null) return at;
  throw new OsqrError(
    "bad-time",
    `${name}: expected an ISO date or time, or a duration of at most 366 days, found "${text}"`,
    { hints: ["for example 2026-01-31, 2026-01-31T09:00Z or 7d"] },
  );
}

function readIso(text: string): EpochMs | null {
  if (!DATE.test(text) && !TIME.test(text)) return null;
  const at = Date.parse(DATE.test(text) || ZONE.test(text) ? text : `${text}Z`);
  const date = text.slice(0, "2026-01-31".length);
  // 30 February is read as 2 March; it is no date.
  const day = Date.parse(date);
  return Number.isNaN(at) || Number.isNaN(day) || !new Date(day).toISOString().startsWith(date) ? null : at;
}

interface Bounds {
  readonly since: string | null;
  readonly until: string | null;
}

/**
 * The window between two bounds. Without a start it begins at `first`, without an end it goes on.
 *
 * @throws OsqrError `bad-time` where a bound cannot be read, `bad-window` where the end is not after the start
 */
export function readWindow({ since, until }: Bounds, now: EpochMs, first: EpochMs | null): Window {
  const end = until === null ? Number.POSITIVE_INFINITY : parseMoment(until, now, "until");
  const to = Math.min(end, now);
  const from = since === null ? Math.min(first ?? to, to) : parseMoment(since, now, "since");
  if (since !== null && from >= Math.min(end, now + 1)) {
    const found = `${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
    throw new OsqrError("bad-window", `expected since before until and before now, found ${found}`, {
      hints: ["the start is in the window, the end is not"],
    });
  }
  return { from, to, end };
}

/** In the window: not before its start, and before its end. */
export const isIn = ({ from, end }: Window, at: EpochMs | null): boolean =>
  at !== null && at >= from && at < end;

/** It has happened as seen from the end of the window. */
export const isPast = ({ to, end }: Window, at: EpochMs | null): boolean =>
  at !== null && at <= to && at < end;

/** The part of an interval in the window; null where they do not meet. An interval of no length in it meets it. */
export function clipTo({ from, to, end }: Window, [start, stop]: Interval): Interval | null {
  if (start >= end || start > to || (stop <= from && start < from)) return null;
  const first = Math.max(start, from);
  return [first, Math.max(first, Math.min(stop, to))];
}

/** Parts of intervals in the window. */
export function clipAll(window: Window, intervals: readonly Interval[]): Interval[] {
  return intervals.flatMap((interval) => {
    const part = clipTo(window, interval);
    return part === null ? [] : [part];
  });
}
