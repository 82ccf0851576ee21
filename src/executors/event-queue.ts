import { add, isZero, ZERO } from "../core/budget/amounts.ts";
import type { Usage } from "../core/model/agent.ts";
import { createAttemptMask } from "./attempt-mask.ts";
import { maskEvent } from "./mask-event.ts";
import type { ExecutorEvent } from "./types.ts";

/** What waits for a slow reader. Of more, the oldest are dropped, and of usage summed up; for lines of output one line says how many. */
const WAITING_MAX = { output: 1_000, progress: 100, tool: 1_000, tool_ended: 1_000, used: 100 };

type Used = Extract<ExecutorEvent, { kind: "used" }>;
type BoundedKind = keyof typeof WAITING_MAX;

/**
 * The events of one attempt, between the process that makes them and their one reader. Output, progress and calls of tools are
 * bounded, usage is summed up; whoever makes events of other kinds bounds them, and they are never lost. The order within what
 * is kept is that of arrival. None leaves with a secret in it, whoever made it.
 */
export class EventQueue implements AsyncIterable<ExecutorEvent> {
  #waiting: ExecutorEvent[] = [];
  readonly #counts = { output: 0, progress: 0, tool: 0, tool_ended: 0, used: 0 };
  #droppedLines = 0;
  #wake: (() => void) | null = null;
  #isEnded = false;
  #last: () => ExecutorEvent | null = () => null;
  readonly mask: (text: string) => string;

  /** @param mask as `createAttemptMask` makes it. @default keys that are known by their looks are masked */
  constructor(mask: (text: string) => string = createAttemptMask([])) {
    this.mask = mask;
  }

  push(event: ExecutorEvent): void {
    if (this.#isEnded) return;
    const last = event.kind === "ended" ? this.#last() : null;
    if (last !== null) this.#waiting.push(last);
    this.#isEnded = event.kind === "ended";
    this.#waiting.push(event);
    if (isBounded(event.kind)) this.#bound(event.kind);
    this.#wake?.();
  }

  /** What is told right before `ended`, made when that comes; null: nothing is. */
  closeWith(last: () => ExecutorEvent | null): void {
    this.#last = last;
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
      if (isBounded(event.kind)) this.#counts[event.kind] -= 1;
      yield maskEvent(event, this.mask);
    }
  }

  #bound(kind: BoundedKind): void {
    this.#counts[kind] += 1;
    if (this.#counts[kind] <= WAITING_MAX[kind]) return;
    this.#counts[kind] -= 1;
    if (kind === "output") this.#droppedLines += 1;
    const oldest = this.#waiting.findIndex((event) => event.kind === kind);
    const [dropped] = this.#waiting.splice(oldest, 1);
    if (dropped?.kind === "used") this.#addUsage(dropped);
  }

  /** Nothing that was used is lost: it counts with the next that waits. */
  #addUsage(dropped: Used): void {
    const index = this.#waiting.findIndex((event) => event.kind === "used");
    const next = this.#waiting[index];
    if (next?.kind !== "used") return;
    const { assumed = ZERO } = dropped;
    const sum = add(assumed, next.assumed ?? ZERO);
    const beside = isZero(sum) ? {} : { assumed: sum };
    this.#waiting[index] = { ...next, usage: sumUsage(dropped.usage, next.usage), ...beside };
  }

  #takeNotice(): ExecutorEvent | null {
    if (this.#droppedLines === 0) return null;
    const line = `… ${this.#droppedLines.toLocaleString("en-US")} lines not shown …`;
    this.#droppedLines = 0;
    return { kind: "output", line };
  }
}

function isBounded(kind: ExecutorEvent["kind"]): kind is BoundedKind {
  return Object.hasOwn(WAITING_MAX, kind);
}

function sumUsage(a: Usage, b: Usage): Usage {
  const add = (x: number | null, y: number | null): number | null =>
    x === null && y === null ? null : (x ?? 0) + (y ?? 0);
  return {
    inputTokens: add(a.inputTokens, b.inputTokens),
    cachedTokens: add(a.cachedTokens, b.cachedTokens),
    outputTokens: add(a.outputTokens, b.outputTokens),
    microUsd: add(a.microUsd, b.microUsd),
    model: a.model === b.model ? a.model : null,
  };
}
