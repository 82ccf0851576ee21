/** What running attempts have of the machine's memory: kept in memory, the most of it recorded with their end. */
import type { LiveAttempt } from "./context.ts";

/** @param bytes null: nothing of it runs now */
export function noteMemory(live: LiveAttempt, bytes: number | null): void {
  if (bytes === null) settleMemory(live);
  else live.memory = { lastBytes: bytes, peakBytes: Math.max(bytes, live.memory?.peakBytes ?? 0) };
}

/** Its processes are gone. */
export function settleMemory(live: LiveAttempt): void {
  if (live.memory !== null) live.memory = { ...live.memory, lastBytes: null };
}

/** For the end of an attempt; nothing where nobody has measured. */
export const sayMemory = ({ memory }: LiveAttempt): { readonly peakMemoryBytes?: number } =>
  memory === null ? {} : { peakMemoryBytes: memory.peakBytes };
