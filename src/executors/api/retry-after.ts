/** Longest pause that is believed: nobody means more than a week. */
const PAUSE_MS_MAX = 7 * 86_400_000;

/**
 * How long a server asks to be left alone, ms from now, as its `retry-after` (RFC 9110, seconds or a date) or `retry-after-ms` says.
 * Null: it does not say.
 *
 * @param nowMs for dates @default the system's clock
 */
export function readRetryAfterMs(
  header: (name: string) => string | null | undefined,
  nowMs: number = Date.now(),
): number | null {
  const exact = Number.parseFloat(header("retry-after-ms") ?? "");
  const given = header("retry-after") ?? "";
  const ms = Number.isFinite(exact)
    ? exact
    : /^\s*[\d.]+\s*$/.test(given)
      ? Number.parseFloat(given) * 1000
      : Date.parse(given) - nowMs;
  return Number.isFinite(ms) && ms <= PAUSE_MS_MAX ? Math.max(0, Math.ceil(ms)) : null;
}
