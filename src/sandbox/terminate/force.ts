import { setTimeout as delay } from "node:timers/promises";
import type { Members } from "./members.ts";

/** How long processes that do not die of SIGKILL (stuck in the kernel) are waited for. */
const FORCE_DEADLINE_MS = 10_000;

/**
 * Kills all members until none is left: each look finds those that were born since the last. Resolves to the pids that
 * would not die within 10 s, normally none.
 */
export async function forceEnd(members: Members): Promise<readonly number[]> {
  const deadline = performance.now() + FORCE_DEADLINE_MS;
  // Of a fork bomb thousands may be there: looking first would give it time.
  members.strike();
  for (let waitMs = 2; ; waitMs = Math.min(waitMs * 2, 100)) {
    const alive = members.refresh(0);
    if (alive.length === 0) return [];
    if (performance.now() > deadline) return alive.map((entry) => entry.pid);
    members.signal(alive, "SIGKILL");
    await delay(waitMs);
  }
}
