import { statfs } from "node:fs/promises";
import { availableParallelism, freemem } from "node:os";
import type { Clock } from "../ports.ts";

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

/** Memory that programs could still get, bytes. */
export const readFreeMemory = (): number => freemem();

/** Default of `maxParallel`: the larger of 4 and the number of cores. */
export function defaultParallel(): number {
  return Math.max(4, countCores());
}

/** Bytes that may still be written below a folder. */
export async function readFreeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
