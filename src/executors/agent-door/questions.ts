import { questionKey } from "../../core/plan/question-key.ts";
import type { AskedQuestion } from "../types.ts";
import type { AgentHandlers, AskReceipt } from "./handlers.ts";

/** Questions of one attempt that may be open at once. */
const OPEN_MAX = 20;
/** Questions of one attempt in all. */
const TOTAL_MAX = 200;

/** Calls back after a time, unless the function that it returns is called before. Handed in, so that tests need not wait. */
export type StartTimer = (ms: number, onDue: () => void) => () => void;

/** What a call that asks comes back with. `decision` null: its number is not known yet. */
export type AskOutcome =
  | { readonly kind: "answered"; readonly option: string; readonly decision: string | null }
  /** Nobody has answered in time, or the attempt is being ended: the answer comes later. */
  | { readonly kind: "later"; readonly isEnding: boolean; readonly decision: string | null }
  | { readonly kind: "refused"; readonly reason: string };

interface OpenQuestion {
  readonly ask: string;
  readonly question: AskedQuestion;
  decision: string | null;
  /** The calls that wait. None: whoever asked went on. */
  readonly waiting: Set<(outcome: AskOutcome) => void>;
}

export interface QuestionsOptions {
  readonly onAsk: AgentHandlers["onAsk"];
  /** Longest time that a call waits for its answer. */
  readonly waitMs: number;
  readonly startTimer: StartTimer;
}

/**
 * The questions that an agent asks through a tool. A call waits for its answer, but not for ever: agents cut calls that take too
 * long. A question stays open when its call has ended; asked again with the same content it is joined, not asked twice.
 */
export class Questions {
  readonly #options: QuestionsOptions;
  /** By content. */
  readonly #open = new Map<string, OpenQuestion>();
  #count = 0;
  #isParked = false;

  constructor(options: QuestionsOptions) {
    this.#options = options;
  }

  /** @param signal aborted: the caller has gone; the question stays open */
  ask(question: AskedQuestion, signal: AbortSignal): Promise<AskOutcome> {
    if (this.#isParked) return Promise.resolve({ kind: "refused", reason: "the attempt is being ended" });
    const content = questionKey(question);
    const known = this.#open.get(content);
    if (known !== undefined) return this.#wait(known, signal);
    const reason = this.#findBound();
    if (reason !== null) return Promise.resolve({ kind: "refused", reason });
    const asked = this.#add(content, question);
    const outcome = this.#wait(asked, signal);
    void this.#record(content, asked);
    return outcome;
  }

  /** True: a call that waits got it. False: none does (any more), or the option is none of the question's. */
  answer(ask: string, option: string): boolean {
    for (const [content, asked] of this.#open) {
      if (asked.ask !== ask) continue;
      if (!asked.question.options.some(({ id }) => id === option)) return false;
      this.#open.delete(content);
      return end(asked, { kind: "answered", option, decision: asked.decision });
    }
    return false;
  }

  /** All calls that wait come back; nothing new is asked. */
  park(): void {
    this.#isParked = true;
    for (const asked of this.#open.values()) {
      end(asked, { kind: "later", isEnding: true, decision: asked.decision });
    }
  }

  #findBound(): string | null {
    if (this.#open.size >= OPEN_MAX) return `${OPEN_MAX} questions are open already`;
    return this.#count >= TOTAL_MAX ? `${TOTAL_MAX} questions were asked already` : null;
  }

  #add(content: string, question: AskedQuestion): OpenQuestion {
    this.#count += 1;
    const ask = `tool-ask-${this.#count}`;
    const asked: OpenQuestion = { ask, question, decision: null, waiting: new Set() };
    this.#open.set(content, asked);
    return asked;
  }

  async #record(content: string, asked: OpenQuestion): Promise<void> {
    const receipt = await this.#options.onAsk(asked.ask, asked.question).catch(toRefusal);
    if ("decision" in receipt) {
      asked.decision = receipt.decision;
      return;
    }
    if (this.#open.get(content) === asked) this.#open.delete(content);
    end(asked, { kind: "refused", reason: receipt.refused });
  }

  #wait(asked: OpenQuestion, signal: AbortSignal): Promise<AskOutcome> {
    const { promise, resolve } = Promise.withResolvers<AskOutcome>();
    const finish = (outcome: AskOutcome): void => {
      stopTimer();
      signal.removeEventListener("abort", giveUp);
      asked.waiting.delete(finish);
      resolve(outcome);
    };
    const giveUp = (): void => finish({ kind: "later", isEnding: false, decision: asked.decision });
    const stopTimer = this.#options.startTimer(this.#options.waitMs, giveUp);
    signal.addEventListener("abort", giveUp);
    asked.waiting.add(finish);
    if (signal.aborted) giveUp();
    return promise;
  }
}

/** False: nobody waited. */
function end(asked: OpenQuestion, outcome: AskOutcome): boolean {
  const waiting = [...asked.waiting];
  for (const finish of waiting) finish(outcome);
  return waiting.length > 0;
}

function toRefusal(error: unknown): AskReceipt {
  return { refused: error instanceof Error ? error.message : String(error) };
}
