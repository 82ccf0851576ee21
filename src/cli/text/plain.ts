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
const BLOCK_KEYS: ReadonlySet<string> = new Set(["context", "text", "log", "handoff", "message"]);

/** For `JSON.parse`: cleans every string of an answer, so that no renderer can forget it. Keys are the API's own. */
export function cleanValue(key: string, value: unknown): unknown {
  if (typeof value !== "string") return value;
  return BLOCK_KEYS.has(key) ? cleanText(value) : cleanLine(value);
}
