/** The number that a benchmark tells. */
import { runInNewContext } from "node:vm";
import type { BenchmarkMetric } from "../../core/checks/choices.ts";
import { parseJson } from "./json.ts";

/** Lines that a pattern is held against: the last ones. */
const LINES_MAX = 20_000;
const LINE_CHARS_MAX = 2_000;

/** A config of the project may name an expression that never comes to an end: it is cut off. */
const MATCH_MS_MAX = 1_000;
const MATCH = `{
  const expression = new RegExp(pattern);
  let found;
  for (let at = lines.length - 1; at >= 0 && found === undefined; at -= 1) found = expression.exec(lines[at])?.[1];
  found;
}`;

/** The last line that matches counts: earlier ones are of a warm-up, or of what came before it. Null: none does, or not in a second. */
export function readPattern(lines: readonly string[], pattern: string): number | null {
  const shown = lines.slice(-LINES_MAX).map((line) => line.slice(0, LINE_CHARS_MAX));
  try {
    const found: unknown = runInNewContext(MATCH, { lines: shown, pattern }, { timeout: MATCH_MS_MAX });
    return typeof found === "string" ? toNumber(found) : null;
  } catch {
    // Too slow: it tells no number.
    return null;
  }
}

/** `1,234.5` as people write it. Negative ones mean nothing here. */
function toNumber(text: string): number | null {
  const plain = text.trim().replaceAll(/[,_](?=\d{3}(?:\D|$))/g, "");
  const value = plain === "" ? Number.NaN : Number(plain);
  return Number.isFinite(value) && value >= 0 ? value : null;
}

/** The value at `results.0.mean`. */
export function readKey(text: string, key: string): number | null {
  let value: unknown = parseJson(text);
  for (const name of key.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return null;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  if (typeof value === "string") return toNumber(value);
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}

export const describeMetric = (metric: BenchmarkMetric): string =>
  "pattern" in metric ? `a line that matches ${metric.pattern}` : `${metric.key} in ${metric.file}`;
