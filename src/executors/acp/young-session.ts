/** For agents that name the record of a conversation by the clock minute: two records of one minute replace each other. */
import { stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

const MINUTE_MS = 60_000;
/** The clocks of two processes need not tick together. */
const MARGIN_MS = 500;

/**
 * How long to wait until a conversation can be loaded.
 *
 * @param bornAt when it began, or earlier, ms since the epoch
 * @param now ms since the epoch
 */
export function msUntilLoadable(bornAt: number, now: number): number {
  const next = (Math.floor(bornAt / MINUTE_MS) + 1) * MINUTE_MS + MARGIN_MS;
  // A clock that was set back since makes nobody wait longer than that.
  return Math.min(Math.max(0, next - now), MINUTE_MS + MARGIN_MS);
}

/** Waits until the minute in which a private home was made is over; resolves at once where it is, or the signal aborts. */
export async function waitUntilLoadable(home: string, signal: AbortSignal): Promise<void> {
  const bornAt = await stat(home).then(
    ({ birthtimeMs }) => birthtimeMs,
    () => 0, // Without a home there is nothing to load.
  );
  const waitMs = msUntilLoadable(bornAt, Date.now());
  if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => undefined);
}
