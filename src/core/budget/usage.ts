/** What an agent says that it used, as numbers that can be counted on. */
import type { Usage } from "../model/agent.ts";
import type { Measure } from "../model/budget.ts";

/** More than this in one message is a mistake: tokens, or millionths of a dollar. */
export const USAGE_MAX = 1e12;

/** Longest name of a model that is kept. */
const MODEL_MAX = 200;

const COUNTS = ["inputTokens", "cachedTokens", "outputTokens", "microUsd"] as const;

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= USAGE_MAX;

/** What is wrong with a message, e.g. `inputTokens is -3`; null: nothing. */
export function findBadUsage(usage: Usage): string | null {
  for (const key of COUNTS) {
    const value = usage[key];
    if (value !== null && !isCount(value)) return `${key} is ${value}`;
  }
  return null;
}

/** Takes out what cannot be: it counts as not said. */
export function cleanUsage(usage: Usage): Usage {
  const clean = (value: number | null): number | null => (value !== null && isCount(value) ? value : null);
  const inputTokens = clean(usage.inputTokens);
  const cachedTokens = clean(usage.cachedTokens);
  return {
    inputTokens,
    cachedTokens: cachedTokens === null || inputTokens === null ? null : Math.min(cachedTokens, inputTokens),
    outputTokens: clean(usage.outputTokens),
    microUsd: clean(usage.microUsd),
    model: usage.model === null || usage.model === "" ? null : usage.model.slice(0, MODEL_MAX),
  };
}

/** Tokens in and out, and money; null: the message does not say. */
export function measureUsage({
  inputTokens,
  outputTokens,
  microUsd,
}: Usage): Readonly<Record<Measure, number | null>> {
  const isSilent = inputTokens === null && outputTokens === null;
  return { tokens: isSilent ? null : (inputTokens ?? 0) + (outputTokens ?? 0), microUsd };
}
