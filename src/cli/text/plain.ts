/**
 * Text of specs, agents and programs may hold sequences that move the cursor, recolour or retitle a terminal, hide what
 * follows, or turn its direction. Everything that reaches a terminal passes through here.
 */
import { stripVTControlCharacters } from "node:util";

/** Control characters except tab and newline; DEL; C1; marks of direction; invisible spaces and tags. */
const UNSAFE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\u{e0001}|[\u{e0020}-\u{e007f}]/gu;

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

/** JSON in which a terminal finds nothing to obey: what `JSON.stringify` leaves bare is escaped. The value stays the same. */
export function toSafeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(UNSAFE_IN_JSON, (char) =>
    [...Array(char.length).keys()]
      .map((index) => `\\u${char.charCodeAt(index).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

const UNSAFE_IN_JSON =
  /[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\u{e0001}|[\u{e0020}-\u{e007f}]/gu;
