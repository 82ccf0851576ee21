/** When a provider says that it may be asked again, as it stands in its messages. Pure. */
import type { EpochMs } from "../../core/model/ids.ts";

/** A reset further away than that is none: it was misread. */
const WAIT_MS_MAX = 8 * 24 * 3600 * 1000;

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const SPAN = /(?:again |retry(?:ing)? |resets? |available |wait )(?:in|after) (?:about )?(.{1,100})/i;
const SPAN_PART =
  /\s*(?:,|and)?\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|millis|milliseconds?|secs?|seconds?|mins?|minutes?|hrs?|hours?|days?)(?![a-z])/iy;

/** Null where the text does not say. Never before `now`, at most eight days after it. */
export function readRetryAt(text: string, now: EpochMs): EpochMs | null {
  const at =
    readEpoch(text) ??
    readSeconds(text, now) ??
    readDate(text) ??
    readSpan(text, now) ??
    readClock(text, now) ??
    readLocal(text, now);
  if (at === null || !Number.isFinite(at) || at - now > WAIT_MS_MAX) return null;
  return Math.max(now, Math.ceil(at)) as EpochMs;
}

/** `usage limit reached|1790000000`, `"resets_at": 1790000000` */
function readEpoch(text: string): number | null {
  const match = /(?:reached\||resets?_?at"?\s*[:=]\s*)(\d{10})(\d{3})?\b/i.exec(text);
  if (match === null) return null;
  return match[2] === undefined ? Number(match[1]) * 1_000 : Number(`${match[1]}${match[2]}`);
}

/** `retry-after: 30`, `"retryDelay": "27s"`, `"resets_in_seconds": 90` */
function readSeconds(text: string, now: EpochMs): number | null {
  const match =
    /(?:retry[-_ ]?after(?:[-_ ]?seconds)?|retry[-_ ]?delay|resets_in_seconds)"?\s*[:=]\s*"?(\d+(?:\.\d+)?)(ms)?/i.exec(
      text,
    );
  return match === null ? null : now + Number(match[1]) * (match[2] === undefined ? 1_000 : 1);
}

/** `resets at 2026-12-01T10:00:00Z` */
function readDate(text: string): number | null {
  const match = /\b(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))/.exec(text);
  const at = match === null ? Number.NaN : Date.parse(match[1] ?? "");
  return Number.isNaN(at) ? null : at;
}

/** `try again in 1h 20m`, `resets in 3 days 4 hours`, `retry after 30 seconds` */
function readSpan(text: string, now: EpochMs): number | null {
  const span = SPAN.exec(text)?.[1] ?? "";
  const parts = new RegExp(SPAN_PART);
  let ms = 0;
  for (let part = parts.exec(span); part !== null; part = parts.exec(span)) {
    const [, count, unit = ""] = part;
    const name = unit.toLowerCase();
    ms += Number(count) * (UNITS_MS[/^(ms|milli)/.test(name) ? "ms" : (name[0] ?? "")] ?? 0);
  }
  return ms === 0 ? null : now + ms;
}

/** `resets 3pm (Europe/Berlin)`, `resets at 10:30am (UTC)`: the next time that it is so late there. */
function readClock(text: string, now: EpochMs): number | null {
  const match =
    /\bresets? (?:at )?(\d{1,2})(?::(\d\d))?\s*(am|pm)\s*\(([A-Za-z_]+(?:\/[A-Za-z_+-]+)*)\)/i.exec(text);
  if (match === null) return null;
  const [, hour, minute = "0", half = "", zone = ""] = match;
  const wanted = ((Number(hour) % 12) + (half.toLowerCase() === "pm" ? 12 : 0)) * 60 + Number(minute);
  const local = readMinuteOfDay(now, zone);
  if (local === null || wanted >= 1_440) return null;
  const wait = (wanted - local + 1_440) % 1_440;
  return now - (now % 60_000) + wait * 60_000;
}

/** `try again at 4:26 PM.`, `try again at Nov 30th, 2026 4:26 PM.`: as Codex says it, in the zone of the machine. */
function readLocal(text: string, now: EpochMs): number | null {
  const match =
    /\btry again at (?:([A-Z][a-z]{2} \d{1,2})(?:st|nd|rd|th), (\d{4}) )?(\d{1,2}):(\d\d) ([AP])M\b/.exec(
      text,
    );
  if (match === null) return null;
  const [, date, year, hour = "", minute = "", half] = match;
  const time = [(Number(hour) % 12) + (half === "P" ? 12 : 0), Number(minute), 0, 0] as const;
  const day = new Date(date === undefined ? now : Date.parse(`${date}, ${year}`));
  const at = day.setHours(...time);
  if (date !== undefined || at >= now - 60_000) return at;
  return day.setDate(day.getDate() + 1);
}

/** Null where the zone is not known. */
function readMinuteOfDay(at: EpochMs, timeZone: string): number | null {
  try {
    const format = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" });
    const [hour = "", minute = ""] = format.format(at).split(":");
    return Number(hour) * 60 + Number(minute);
  } catch {
    return null;
  }
}
