import type { Host } from "../host.ts";

const SECOND_MS = 2_000;

export interface Interrupts {
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** After the first one: true where a second one came within two seconds. */
  waitForSecond(): Promise<boolean>;
  stop(): void;
}

/** Ctrl-C once and twice. */
export function watchInterrupts(host: Host): Interrupts {
  const first = new AbortController();
  const second = Promise.withResolvers<boolean>();
  const stop = host.onInterrupt(() => {
    if (first.signal.aborted) second.resolve(true);
    else first.abort();
  });
  return {
    signal: first.signal,
    waitForSecond: async () => {
      const timer = setTimeout(() => second.resolve(false), SECOND_MS);
      try {
        return await second.promise;
      } finally {
        clearTimeout(timer);
      }
    },
    stop,
  };
}
