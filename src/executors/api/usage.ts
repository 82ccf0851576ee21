import type { LanguageModelUsage } from "ai";
import type { Usage } from "../../core/model/agent.ts";

/** Prices a request, in millionths of a US dollar. Null: there is no price for the model. */
export type Price = (usage: Usage) => number | null;

/** What one request used, as the server counts it. Undefined: the answer was cut, nobody counted. */
export function toUsage(counted: LanguageModelUsage | undefined, model: string, price: Price | null): Usage {
  const usage: Usage = {
    inputTokens: toCount(counted?.inputTokens),
    cachedTokens: toCount(counted?.inputTokenDetails.cacheReadTokens),
    outputTokens: toCount(counted?.outputTokens),
    microUsd: null,
    model,
  };
  return { ...usage, microUsd: toCount(price?.(usage)) };
}

/** A server may say anything: what is no count is not known. */
function toCount(value: number | null | undefined): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? Math.round(value) : null;
}
