import { statfs } from "node:fs/promises";
import { availableParallelism, freemem } from "node:os";
import { slotsFor } from "../../core/slots.ts";
import type { Clock } from "../ports.ts";

/** Memory set aside for one attempt where nobody knows better. */
const ATTEMPT_BYTES = 256 * 1024 ** 2;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  soon(callback) {
    setImmediate(callback);
  },
};

/** Cores that this process may use. */
export function countCores(): number {
  return availableParallelism();
}

/**
 * Slots that the memory that is free now can bear, those that are taken included; at least 1, so that work always goes on.
 *
 * @param running attempts under way. @default 0
 * @param perAttemptBytes what one more is taken to need, e.g. the largest that one had. @default 256 MiB
 */
export function countSlots(maxParallel: number, running = 0, perAttemptBytes = ATTEMPT_BYTES): number {
  return slotsFor({ freeBytes: freemem(), running, perAttemptBytes, max: maxParallel });
}

/** Default of `maxParallel`: the larger of 4 and the number of cores. */
export function defaultParallel(): number {
  return Math.max(4, countCores());
}

/** Bytes that may still be written below a folder. */
export async function readFreeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
