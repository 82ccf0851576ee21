import { showPath } from "./names.ts";

/** Collects what people should know about a snapshot, at most so many lines. */
export interface Notes {
  /** @param path one character per byte */
  add(path: string, text: string): void;
  addLine(line: string): void;
  toLines(): string[];
}

const linesMax = 50;

export function createNotes(): Notes {
  const lines = new Set<string>();
  let omitted = 0;
  const addLine = (line: string) => {
    if (lines.size < linesMax) lines.add(line);
    else if (!lines.has(line)) omitted += 1;
  };
  return {
    add: (path, text) => addLine(`${showPath(toText(path))}: ${text}`),
    addLine,
    toLines: () => (omitted === 0 ? [...lines] : [...lines, `and ${omitted} more`]),
  };
}

/** A path of bytes as text; what is not UTF-8 becomes U+FFFD. */
export function toText(path: string): string {
  return Buffer.from(path, "latin1").toString();
}
