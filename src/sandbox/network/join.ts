import type { Duplex } from "node:stream";

/**
 * Joins two connections: what comes on one goes out on the other, ends included. When one is lost, or nothing passes for that long, both
 * are. Streams carry the bytes, so a slow reader slows its writer and nothing gathers in memory.
 */
export function joinStreams(a: Duplex, b: Duplex, idleMsMax: number): void {
  const end = (): void => {
    clearTimeout(timer);
    a.destroy();
    b.destroy();
  };
  const timer = setTimeout(end, idleMsMax);
  for (const stream of [a, b]) {
    stream.on("data", () => timer.refresh());
    stream.once("error", end);
    stream.once("close", end);
  }
  a.pipe(b);
  b.pipe(a);
}
