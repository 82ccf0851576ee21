/** Tokens and money for people: what is not known is said, never shown as 0. */
import { measureUsage } from "../../core/budget/usage.ts";
import { formatTokens, formatUsd } from "../../core/budget/words.ts";
import type { Usage } from "../../core/model/agent.ts";

/** `12.4k tokens (9k of them cached), $0.03, claude-sonnet-4-6`. */
export function describeUsage(usage: Usage): string {
  const { tokens, microUsd } = measureUsage(usage);
  const cached = usage.cachedTokens === null ? "" : ` (${formatTokens(usage.cachedTokens)} cached)`;
  const parts = [
    tokens === null ? "unknown tokens" : `${formatTokens(tokens)} tokens${cached}`,
    microUsd === null ? "unknown price" : formatUsd(microUsd),
    ...(usage.model === null ? [] : [usage.model]),
  ];
  return parts.join(", ");
}
