import { stripVTControlCharacters } from "node:util";

/** Characters of a line beyond which the rest is cut. */
const LINE_CHARS_MAX = 2000;

/**
 * One line of output as a person may see it: no escape sequences, no control or bidirectional marks; of a progress bar
 * that rewrites its line, the last state.
 */
export function cleanLine(line: string): string {
  const last = line.replace(/\r+$/, "").split("\r").at(-1) ?? "";
  const plain = stripVTControlCharacters(last)
    .replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
    .trimEnd();
  return plain.length > LINE_CHARS_MAX ? `${plain.slice(0, LINE_CHARS_MAX)} …` : plain;
}

/** The last lines of a text, cleaned: at most `linesMax` and `bytesMax` bytes, blank lines at the end left out. */
export function toTail(text: string, linesMax: number, bytesMax: number): string[] {
  const lines = text
    .split("\n")
    .slice(-linesMax * 4)
    .map(cleanLine);
  while (lines.length > 0 && lines.at(-1) === "") lines.pop();
  const tail: string[] = [];
  let bytes = 0;
  for (const line of lines.reverse()) {
    bytes += Buffer.byteLength(line) + 1;
    if (tail.length >= linesMax || bytes > bytesMax) break;
    tail.unshift(line);
  }
  return tail;
}
