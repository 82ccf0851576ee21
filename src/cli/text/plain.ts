/**
 * Text of specs, agents and programs may hold sequences that move the cursor, recolour or retitle a terminal, hide what
 * follows, or turn its direction. Everything that reaches a terminal passes through here.
 */
import { stripVTControlCharacters } from "node:util";
import { UNSAFE } from "../../core/safe-text.ts";

export { toSafeJson } from "../../core/safe-text.ts";

/** Text of several lines as a person may see it. A carriage return rewrites its line: what was last there stays. */
export function cleanText(text: string): string {
  return stripVTControlCharacters(text.toWellFormed())
    .replaceAll("\r\n", "\n")
    .replace(/^.*\r(?=[^\r\n])/gm, "")
    .replace(UNSAFE, "")
    .replaceAll("\t", "  ");
}

/** The same on one line. */
export function cleanLine(text: string): string {
  return cleanText(text)
    .replace(/\s*\n\s*/g, " ")
    .trim();
}

/** Fields that may have several lines; each of them is shown behind a margin. All others are one line, or could fake one. */
const BLOCK_KEYS: ReadonlySet<string> = new Set(["context", "text", "log", "handoff", "message", "goOn"]);

/** Nothing to clean: printable ASCII without spaces at the ends. */
const PLAIN = /^[!-~](?:[ -~]*[!-~])?$/;

function cleanString(key: string, text: string): string {
  if (PLAIN.test(text)) return text;
  return BLOCK_KEYS.has(key) ? cleanText(text) : cleanLine(text);
}

/**
 * Cleans every string of an answer, in place, so that no renderer can forget it. Keys are the API's own. A walk: a function
 * handed to `JSON.parse` takes five times as long, and an answer may hold a hundred thousand strings.
 */
export function cleanAnswer(value: unknown, key = ""): unknown {
  if (typeof value === "string") return cleanString(key, value);
  if (typeof value !== "object" || value === null) return value;
  const parts = value as Record<string, unknown>;
  for (const name of Object.keys(parts)) {
    const part = parts[name];
    const clean = cleanAnswer(part, name);
    if (clean !== part) parts[name] = clean;
  }
  return value;
}
