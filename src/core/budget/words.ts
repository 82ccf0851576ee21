/** Amounts for people. */
import type { BudgetScope, CostRange, Limit, Measure } from "../model/budget.ts";

const round = (value: number, digits: number): string => String(Number(value.toFixed(digits)));

/** `950`, `12.4k`, `1.25M`. */
export function formatTokens(tokens: number): string {
  if (tokens < 1000) return String(tokens);
  // What would be rounded to 1000k is said as 1M.
  return tokens < 999_950 ? `${round(tokens / 1000, 1)}k` : `${round(tokens / 1e6, 2)}M`;
}

/** `$0`, `$0.0042`, `$0.85`, `$12.50`. */
export function formatUsd(microUsd: number): string {
  if (microUsd === 0) return "$0";
  if (microUsd < 50) return "under $0.0001";
  const usd = microUsd / 1e6;
  return `$${usd < 0.1 ? round(usd, 4) : usd.toFixed(2)}`;
}

export const formatMeasure = (measure: Measure, value: number): string =>
  measure === "tokens" ? `${formatTokens(value)} tokens` : formatUsd(value);

/** `80k–300k tokens`, `$0.10–$1.20`. */
export function formatCostRange(measure: Measure, { low, high }: CostRange): string {
  if (low === high) return formatMeasure(measure, low);
  if (measure === "tokens") return `${formatTokens(low)}–${formatTokens(high)} tokens`;
  return `${formatUsd(low)}–${formatUsd(high)}`;
}

/** `500k tokens and $5.00`; `no limit`. */
export function formatLimit({ tokens, microUsd }: Limit): string {
  const parts = [
    ...(tokens === null ? [] : [formatMeasure("tokens", tokens)]),
    ...(microUsd === null ? [] : [formatUsd(microUsd)]),
  ];
  return parts.length === 0 ? "no limit" : parts.join(" and ");
}

/** `the run`, `workstream token-format`, `task token-format#T1`. */
export function nameScope({ kind, id }: BudgetScope): string {
  return kind === "run" ? "the run" : `${kind} ${id.slice(id.indexOf("/") + 1)}`;
}
