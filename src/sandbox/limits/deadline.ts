/** Longest delay of a timer, ms. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** A time limit whose clock can be stopped, so that waiting for a person does not count. */
export class Deadline {
  readonly #onExpired: () => void;
  #leftMs: number;
  #timer: NodeJS.Timeout | null = null;
  #startedAt = 0;
  #heldSince: number | null = null;
  #heldMs = 0;

  constructor(timeoutMs: number, onExpired: () => void) {
    this.#leftMs = timeoutMs;
    this.#onExpired = onExpired;
    this.#run();
  }

  /** Time that it was held, ms. */
  get heldMs(): number {
    return this.#heldMs + (this.#heldSince === null ? 0 : performance.now() - this.#heldSince);
  }

  /** Stops the clock. Idempotent. */
  hold(): void {
    if (this.#timer === null) return;
    this.stop();
    this.#heldSince = performance.now();
    this.#leftMs -= this.#heldSince - this.#startedAt;
  }

  /** Lets the clock go on. Idempotent. */
  release(): void {
    if (this.#heldSince === null) return;
    this.#heldMs += performance.now() - this.#heldSince;
    this.#heldSince = null;
    this.#run();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #run(): void {
    this.#startedAt = performance.now();
    this.#timer = setTimeout(this.#onExpired, Math.max(0, Math.min(this.#leftMs, TIMER_MS_MAX)));
  }
}
