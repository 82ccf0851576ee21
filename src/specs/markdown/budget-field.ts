/** The limit that a spec sets itself: `500k tokens`, `$5`, `500k tokens, $5`. */
import type { Limit } from "../../core/model/budget.ts";
import { parseTokens, parseUsd } from "../../core/read-amount.ts";
import type { ProblemList } from "../problems.ts";

const TOKENS = /^(.*\S)\s*tokens?$/i;
const MONEY = /^\$|USD$/i;

/** Null: one of its parts says neither tokens nor dollars, or one of them twice. */
function parseLimit(text: string): Limit | null {
  const limit: { tokens: number | null; microUsd: number | null } = { tokens: null, microUsd: null };
  for (const part of text.replace(/[`*_"]/g, "").split(/,(?!\d{3})|\band\b/)) {
    const words = part.trim();
    const count = TOKENS.exec(words)?.[1];
    const measure = count !== undefined ? "tokens" : MONEY.test(words) ? "microUsd" : null;
    const value = count !== undefined ? parseTokens(count) : parseUsd(words);
    if (measure === null || value === null || limit[measure] !== null) return null;
    limit[measure] = value;
  }
  return limit;
}

/** Null: it sets none. What cannot be read keeps the spec from starting: to go on without the limit could be dear. */
export function readBudget(
  field: { readonly text: string; readonly line: number } | null,
  problems: ProblemList,
): Limit | null {
  if (field === null) return null;
  const limit = parseLimit(field.text);
  if (limit !== null) return limit;
  problems.add(field.line, {
    severity: "needs_detail",
    code: "bad-budget",
    message: `the budget "${field.text.slice(0, 100)}" cannot be read`,
    found: field.text.slice(0, 100),
    expected: "tokens, dollars or both: 500k tokens, $5",
    hint: "write for example: budget: 500k tokens, $5",
  });
  return null;
}
