import type { Members } from "./members.ts";

export interface GentleEnd {
  /** Stops waiting: the main process has ended. */
  stop(): void;
}

/**
 * Asks all members with SIGTERM, and calls `onExpired` if nobody has called `stop` within the grace. The keepers of the
 * sandbox are left out: without them the processes inside would be killed before they can tidy up.
 */
export function endGently(
  members: Members,
  options: { readonly graceMs: number; readonly onExpired: () => void },
): GentleEnd {
  const asked = members.refresh(0).filter((entry) => !members.isKeeper(entry));
  members.signal(asked, "SIGTERM");
  const timer = setTimeout(options.onExpired, options.graceMs);
  return { stop: () => clearTimeout(timer) };
}
