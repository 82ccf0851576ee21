/** Amounts as people write them: `500k` tokens, `$2.50`. */

const TOKENS_MAX = 1e12;
const USD_MAX = 1e6;
const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6 };

/** Whole tokens from 0 to 10^12: a number, or text with k or M behind it. Null: it is none. */
export function parseTokens(found: unknown): number | null {
  const match = typeof found === "string" ? /^(\d+(?:\.\d+)?) ?([kKmM]?)$/.exec(found.trim()) : null;
  const unit = UNITS[(match?.[2] ?? "").toLowerCase()] ?? 1;
  // What is no whole number of tokens is a mistake, not to be rounded; binary fractions are.
  const value = match === null ? found : Number((Number(match[1]) * unit).toFixed(3));
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= TOKENS_MAX
    ? value
    : null;
}

/** Millionths of a dollar, from dollars up to a million: a number, or text such as `$2.50`. Null: it is none. */
export function parseUsd(found: unknown): number | null {
  const match = typeof found === "string" ? /^\$? ?(\d+(?:\.\d+)?)(?: ?USD)?$/i.exec(found.trim()) : null;
  const usd = match === null ? found : Number(match[1]);
  if (typeof usd !== "number" || !Number.isFinite(usd) || usd < 0 || usd > USD_MAX) return null;
  const micro = Number((usd * 1e6).toFixed(3));
  return Number.isInteger(micro) ? micro : null;
}
