/** Tells when nothing has happened for long enough. One timer, armed for the moment at which that could be true. */

/** No timer of an idle daemon wakes it more often than this. */
const WAKE_MS_MIN = 10_000;

/** A timer that can be cancelled; handed in by tests. */
export type Schedule = (run: () => void, ms: number) => () => void;

export interface IdleOptions {
  /** How long nothing may happen, ms. */
  readonly idleMs: number;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Something is under way that makes no noise: a run, a client that listens, a timer of a decision. */
  readonly isBusy: () => boolean;
  readonly onIdle: () => void;
  readonly schedule?: Schedule;
}

export interface IdleWatch {
  /** Something happened. Costs nothing: the timer is not touched. */
  touch(): void;
  stop(): void;
}

const scheduleTimeout: Schedule = (run, ms) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

/** Calls `onIdle` once, after `idleMs` in which nothing happened and nothing was busy. */
export function watchIdle(options: IdleOptions): IdleWatch {
  const { idleMs, now, isBusy, onIdle, schedule = scheduleTimeout } = options;
  const wakeMsMin = Math.min(WAKE_MS_MIN, idleMs);
  let lastAt = now();
  const arm = () => schedule(check, Math.max(wakeMsMin, lastAt + idleMs - now()));
  const check = () => {
    if (isBusy()) lastAt = now();
    // A clock that was set back would otherwise keep the daemon for as long.
    else lastAt = Math.min(lastAt, now());
    if (now() - lastAt >= idleMs) onIdle();
    else cancel = arm();
  };
  let cancel = arm();
  return {
    touch: () => {
      lastAt = now();
    },
    stop: () => cancel(),
  };
}
