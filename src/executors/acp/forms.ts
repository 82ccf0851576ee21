import type { CreateElicitationResponse } from "@agentclientprotocol/sdk";
import type { Waits } from "../attempt-process.ts";
import type { EventQueue } from "../event-queue.ts";
import { type FormField, readForm } from "./elicitation.ts";
import { pick, toText } from "./json.ts";
import type { Voice } from "./voice.ts";

/** Questions of forms that may be open at once. */
const OPEN_MAX = 32;
/** Questions of forms of one attempt in all. */
const TOTAL_MAX = 500;

export interface FormParts {
  readonly events: EventQueue;
  readonly voice: Voice;
  readonly waits: Waits;
}

/** Forms that an agent asks to be filled in: each field becomes a question, one after the other. */
export class Forms {
  readonly #parts: FormParts;
  readonly #open = new Map<string, (option: string | null) => void>();
  #count = 0;
  #isOver = false;

  constructor(parts: FormParts) {
    this.#parts = parts;
  }

  /** @param signal aborts when the agent takes the form back */
  async fill(params: unknown, signal: AbortSignal): Promise<CreateElicitationResponse> {
    const fields = readForm(params, this.#parts.events.mask);
    if (fields === null || this.#open.size >= OPEN_MAX || this.#count + fields.length > TOTAL_MAX) {
      const why = fields === null ? "it cannot be answered by choosing" : "it asks for too much";
      this.#parts.voice.say(`osqr: declined a form, as ${why}: ${toText(pick(params, "message")) ?? ""}`);
      return { action: "decline" };
    }
    const content: Record<string, string | boolean | string[]> = {};
    for (const field of fields) {
      const option = await this.#ask(field, signal);
      const value = option === null ? undefined : field.values.get(option);
      if (value === undefined) return { action: "cancel" };
      content[field.name] = typeof value === "object" ? [...value] : value;
    }
    return { action: "accept", content };
  }

  /** False where no form asks that. */
  answer(ask: string, option: string): boolean {
    const resolve = this.#open.get(ask);
    resolve?.(option);
    return resolve !== undefined;
  }

  cancelAll(): void {
    this.#isOver = true;
    for (const resolve of [...this.#open.values()]) resolve(null);
  }

  #ask({ question }: FormField, signal: AbortSignal): Promise<string | null> {
    if (this.#isOver || signal.aborted) return Promise.resolve(null);
    const { events, voice, waits } = this.#parts;
    this.#count += 1;
    const ask = `form-${this.#count}`;
    voice.finish();
    return new Promise((resolve) => {
      const close = (option: string | null): void => {
        this.#open.delete(ask);
        waits.close(ask);
        resolve(option);
      };
      this.#open.set(ask, close);
      waits.open(ask);
      signal.addEventListener("abort", () => close(null), { once: true });
      events.push({ kind: "asked", ask, question });
    });
  }
}
