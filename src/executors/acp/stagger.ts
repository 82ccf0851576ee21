/** A start that takes longer is not waited for any more: one agent that hangs does not keep back all others. Most take less. */
const HOLD_MS = 10_000;

/**
 * Lets at most so many agents start at a time: four at once on two cores took four times as long each as one. Shared by all
 * executors of a machine; whoever waits goes in the order of arrival.
 */
export class Stagger {
  #free: number;
  readonly #holdMs: number;
  readonly #waiting: (() => void)[] = [];

  /**
   * @param max agents that start at a time, from 1 @default 1
   * @param holdMs how long one keeps its place at the most @default 10_000
   */
  constructor(max = 1, holdMs = HOLD_MS) {
    this.#free = Math.max(1, max);
    this.#holdMs = holdMs;
  }

  /** Resolves to the function that makes room for the next, to be called once the agent has started. Null: aborted before its turn. */
  async enter(signal: AbortSignal): Promise<(() => void) | null> {
    if (signal.aborted) return null;
    if (this.#free > 0) this.#free -= 1;
    else if (!(await this.#wait(signal))) return null;
    let isLeft = false;
    const leave = (): void => {
      clearTimeout(timer);
      if (isLeft) return;
      isLeft = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    };
    const timer = setTimeout(leave, this.#holdMs);
    timer.unref();
    return leave;
  }

  /** True with a place, false when it is aborted. */
  #wait(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const go = (): void => {
        signal.removeEventListener("abort", drop);
        resolve(true);
      };
      const drop = (): void => {
        const index = this.#waiting.indexOf(go);
        if (index !== -1) this.#waiting.splice(index, 1);
        resolve(false);
      };
      this.#waiting.push(go);
      signal.addEventListener("abort", drop, { once: true });
    });
  }
}
