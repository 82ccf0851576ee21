import type { ExecutorEvent } from "./types.ts";

/** What waits for a slow reader. Of more, the oldest are dropped; for lines of output one line says how many. */
const WAITING_MAX = { output: 1_000, progress: 100 };

/**
 * The events of one attempt, between the process that makes them and their one reader. Output and progress are bounded;
 * `started`, `asked` and `ended` are never lost. The order within what is kept is that of arrival.
 */
export class EventQueue implements AsyncIterable<ExecutorEvent> {
  #waiting: ExecutorEvent[] = [];
  readonly #counts = { output: 0, progress: 0 };
  #droppedLines = 0;
  #wake: (() => void) | null = null;
  #isEnded = false;

  push(event: ExecutorEvent): void {
    if (this.#isEnded) return;
    this.#isEnded = event.kind === "ended";
    this.#waiting.push(event);
    if (event.kind === "output" || event.kind === "progress") this.#bound(event.kind);
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ExecutorEvent, void, undefined> {
    for (;;) {
      const notice = this.#takeNotice();
      if (notice !== null) yield notice;
      const event = this.#waiting.shift();
      if (event === undefined) {
        if (this.#isEnded) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      if (event.kind === "output" || event.kind === "progress") this.#counts[event.kind] -= 1;
      yield event;
    }
  }

  #bound(kind: "output" | "progress"): void {
    this.#counts[kind] += 1;
    if (this.#counts[kind] <= WAITING_MAX[kind]) return;
    this.#counts[kind] -= 1;
    if (kind === "output") this.#droppedLines += 1;
    const oldest = this.#waiting.findIndex((event) => event.kind === kind);
    this.#waiting.splice(oldest, 1);
  }

  #takeNotice(): ExecutorEvent | null {
    if (this.#droppedLines === 0) return null;
    const line = `… ${this.#droppedLines.toLocaleString("en-US")} lines not shown …`;
    this.#droppedLines = 0;
    return { kind: "output", line };
  }
}
