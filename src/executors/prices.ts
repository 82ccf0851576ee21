/** What tokens cost, from the price list of the package that keeps it. The list is of the package's version: nothing is fetched. */
import { calcPrice } from "@pydantic/genai-prices";
import type { Usage } from "../core/model/agent.ts";

/** Providers' own names for a vendor, where an agent puts it before the model: `anthropic/claude-…`, `openai:gpt-…`. */
const PREFIX = /^([a-z][a-z0-9_-]*)[/:](.+)$/i;

/** A word after the model that says how long its context is: `claude-opus-4-6[1m]`. */
const SUFFIX = /\[[^\]]*\]$/;

/** Names to look for: the one that was told, without its suffix, and without the provider before it. */
function listNames(model: string): readonly { readonly model: string; readonly provider: string | null }[] {
  const plain = model.trim().replace(SUFFIX, "");
  const prefixed = PREFIX.exec(plain);
  const names = [{ model: plain, provider: null }];
  if (prefixed === null) return names;
  const [, provider = "", rest = ""] = prefixed;
  return [...names, { model: rest, provider: provider.toLowerCase() }];
}

function priceAs(
  usage: Parameters<typeof calcPrice>[0],
  { model, provider }: ReturnType<typeof listNames>[number],
): number | null {
  try {
    const found = calcPrice(usage, model, provider === null ? {} : { providerId: provider });
    return found?.total_price ?? null;
  } catch {
    // It throws for a provider that it does not know: then there is no price.
    return null;
  }
}

/**
 * The price in millionths of a US dollar, rounded up.
 *
 * @param model as the agent calls it; null or unknown: there is no price
 * @param cacheWriteTokens of what went in, what was put into a cache
 * @returns null where there is no price or the use is not known: never 0 for that; no tokens cost nothing, whoever counts them
 */
export function priceOf(usage: Usage, model: string | null, cacheWriteTokens = 0): number | null {
  const { inputTokens, outputTokens } = usage;
  if (inputTokens === 0 && outputTokens === 0) return 0;
  if (model === null || inputTokens === null || outputTokens === null) return null;
  const cached = Math.min(usage.cachedTokens ?? 0, inputTokens);
  const written = Math.min(cacheWriteTokens, inputTokens - cached);
  const counts = {
    input_tokens: inputTokens,
    cache_read_tokens: cached,
    output_tokens: outputTokens,
    ...(written > 0 ? { cache_write_tokens: written } : {}),
  };
  for (const name of listNames(model)) {
    const usd = priceAs(counts, name);
    // What a price in binary fractions adds beyond six digits is no money.
    if (usd !== null) return Math.ceil(Number((usd * 1e6).toFixed(3)));
  }
  return null;
}

/** The most that so many tokens can cost, whatever of them goes into a cache; null: there is no price. */
export function mostOf(inputTokens: number, outputTokens: number, model: string | null): number | null {
  const usage = { inputTokens, outputTokens, cachedTokens: 0, microUsd: null, model };
  const [plain, written] = [priceOf(usage, model), priceOf(usage, model, inputTokens)];
  return plain === null || written === null ? null : Math.max(plain, written);
}

/**
 * With its price, where the agent names none. Not for an agent that tells money apart from tokens: that would count it twice.
 *
 * @param fallback the model that was asked for, where the message names none
 */
export function withPrice(usage: Usage, fallback: string | null): Usage {
  const model = usage.model ?? fallback;
  return { ...usage, model, microUsd: usage.microUsd ?? priceOf(usage, model) };
}
