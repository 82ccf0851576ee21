import { StringDecoder } from "node:string_decoder";
import type { Usage } from "../../../core/model/agent.ts";
import { ProviderUsage } from "../../../core/usage/provider-usage.ts";

/** Of one event, or of a reply in one piece. What is longer passes all the same; what it says of usage is not known. */
const READ_CHARS_MAX = 8 * 1024 * 1024;

export interface ReadUsage {
  readonly usage: Usage;
  /** Of what went in, what was put into a cache, which may cost more; 0 where nobody says. */
  readonly cacheWriteTokens: number;
  /** It is all of it, not what was known when the reply began. */
  readonly isFinal: boolean;
}

/** Looks on as a reply passes, and reads what it says was used. */
export class ReplyReader {
  readonly #usage: ProviderUsage;
  readonly #isStream: boolean;
  readonly #decoder = new StringDecoder("utf8");
  #pending = "";
  #isTooLong = false;

  /** @param contentType of the reply: events one by one, else one JSON text */
  constructor(contentType: string, model: string | null) {
    this.#usage = new ProviderUsage(model);
    this.#isStream = /^text\/event-stream\b/i.test(contentType);
  }

  write(chunk: Buffer): void {
    const lines = this.#isStream ? this.#decoder.write(chunk).split("\n") : [this.#decoder.write(chunk)];
    for (const [index, text] of lines.entries()) {
      if (index > 0) this.#endLine();
      this.#isTooLong ||= this.#pending.length + text.length > READ_CHARS_MAX;
      this.#pending = this.#isTooLong ? "" : this.#pending + text;
    }
  }

  /** What was used, as far as it was said; of a reply that was cut, what was said until then. */
  end(): ReadUsage {
    if (this.#isStream) this.#endLine();
    else this.#read(this.#pending);
    this.#pending = "";
    const { usage, cacheWriteTokens, isFinal } = this.#usage;
    return { usage, cacheWriteTokens, isFinal };
  }

  #endLine(): void {
    if (this.#pending.startsWith("data:")) this.#read(this.#pending.slice(5));
    this.#pending = "";
    this.#isTooLong = false;
  }

  #read(text: string): void {
    // Of a stream most events are words of the model.
    if (!text.includes('"usage')) return;
    try {
      this.#usage.read(JSON.parse(text));
    } catch {
      // No JSON, or not the whole: it says nothing of usage.
    }
  }
}
