/** What a box says. A box in progress (`[-]`, `[~]`, `[/]`, …) is still to do; only struck-out text is cancelled. */
type BoxState = "todo" | "done" | "cancelled";

export interface Box {
  readonly state: BoxState;
  /** `[ ]*`: optional. */
  readonly star: boolean;
  /** What stands behind the box. */
  readonly text: string;
}

const TODO_MARKS = new Set(["", " ", "-", "~", "/", ">", "<", "!", "?", ".", "🚧", "⏳", "🔄"]);
const DONE_MARKS = new Set(["x", "X", "✓", "✔", "✔️", "✅", "☑", "☑️"]);

/**
 * Reads the box at the start of a list item's or heading's text. Other brackets are none: `[P] tasks = …` is a note,
 * `[ ](url)` a link.
 */
export function readBox(text: string): Box | null {
  const match = /^\[([^\][]{0,2})\](\*?)(?:\s+(.*))?$/.exec(text);
  if (!match) return null;
  const [, mark = "", star = "", rest = ""] = match;
  const done = DONE_MARKS.has(mark);
  if (!done && !TODO_MARKS.has(mark)) return null;
  // "- [ ] = not started" explains the marks.
  if (/^(?:=|:|→|->|—\s|–\s)/.test(rest)) return null;
  const cancelled =
    /^~~.*~~$/.test(rest.trim()) || /\((?:cancelled|canceled|dropped|won['’]t do)\)\s*$/i.test(rest);
  return { state: done ? "done" : cancelled ? "cancelled" : "todo", star: star === "*", text: rest.trim() };
}

/** Replaces the mark of the box in a raw line by `x`; the line unchanged where it has no box or a ticked one. */
export function tickBox(line: string): string {
  const match = /^((?:\uFEFF)?\s*(?:[-*+]|\d{1,9}[.)]|#{1,6})\s+)\[([^\][]{0,2})\]/.exec(line);
  if (!match) return line;
  const [whole, before = "", mark = ""] = match;
  return DONE_MARKS.has(mark) || !TODO_MARKS.has(mark) ? line : `${before}[x]${line.slice(whole.length)}`;
}
