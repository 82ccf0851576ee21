/**
 * What a model's provider says was used, in any of the replies that providers give: Anthropic Messages, OpenAI Responses and Chat
 * Completions, Gemini; whole, or as the events of a stream.
 */
import type { Usage } from "../model/agent.ts";

/** Above that a number of tokens is no number of tokens. */
const TOKENS_MAX = 1e9;

type Fields = Readonly<Record<string, unknown>>;

/** Of each number the last one counts: streams repeat them as they grow. */
export class ProviderUsage {
  readonly #counts = new Map<string, number>();
  #model: string | null;
  #isFinal = false;

  /** @param model as it was asked for; the provider's own name for it replaces it */
  constructor(model: string | null) {
    this.#model = model;
  }

  /** One JSON value of a reply: the whole, or one event. Anything else is passed over. */
  read(value: unknown): void {
    for (const item of Array.isArray(value) ? value : [value]) {
      const fields = toFields(item);
      if (fields === null) continue;
      const reply = toFields(fields.message) ?? toFields(fields.response) ?? fields;
      this.#readReply(reply);
      if (hasUsage(reply)) this.#isFinal = fields.type !== "message_start" && isLastOfGemini(fields);
    }
  }

  get usage(): Usage {
    const get = (name: string): number | null => this.#counts.get(name) ?? null;
    return {
      inputTokens:
        get("prompt_tokens") ??
        addTokens(get("promptTokenCount"), get("toolUsePromptTokenCount")) ??
        addTokens(get("input_tokens"), get("cache_creation_input_tokens"), get("cache_read_input_tokens")),
      cachedTokens: get("cached_tokens") ?? get("cachedContentTokenCount") ?? get("cache_read_input_tokens"),
      outputTokens:
        get("completion_tokens") ??
        addTokens(get("candidatesTokenCount"), get("thoughtsTokenCount")) ??
        get("output_tokens"),
      microUsd: null,
      model: this.#model,
    };
  }

  /** What was said last is all of it: the beginning of a stream tells only what is known by then. */
  get isFinal(): boolean {
    return this.#isFinal;
  }

  /** Of what went in, what was put into a cache; 0: nobody says so. */
  get cacheWriteTokens(): number {
    return this.#counts.get("cache_creation_input_tokens") ?? 0;
  }

  #readReply(reply: Fields): void {
    const model = reply.model ?? reply.modelVersion;
    if (typeof model === "string" && model !== "") this.#model = model.slice(0, 200);
    const usage = toFields(reply.usage) ?? toFields(reply.usageMetadata);
    if (usage === null) return;
    const details = toFields(usage.input_tokens_details) ?? toFields(usage.prompt_tokens_details);
    for (const [name, count] of [...Object.entries(usage), ...Object.entries(details ?? {})]) {
      if (typeof count === "number" && Number.isInteger(count) && count >= 0 && count <= TOKENS_MAX)
        this.#counts.set(name, count);
    }
  }
}

const hasUsage = (reply: Fields): boolean => toFields(reply.usage ?? reply.usageMetadata) !== null;

/** Gemini counts with each piece: the last one says why it ended. Replies of others do not speak of it. */
function isLastOfGemini({ usageMetadata, candidates, promptFeedback }: Fields): boolean {
  if (toFields(usageMetadata) === null || toFields(promptFeedback) !== null) return true;
  return Array.isArray(candidates) && candidates.some((each) => toFields(each)?.finishReason != null);
}

function toFields(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/** Null where the first, without which the others mean nothing, is not known. */
function addTokens(first: number | null, ...more: readonly (number | null)[]): number | null {
  return first === null ? null : more.reduce<number>((sum, count) => sum + (count ?? 0), first);
}
