/** Finds the items of `## Open questions`, whatever they are written as: a list, headings, or plain lines with a key. */

import type { Line, ScannedText } from "./lines.ts";
import type { ListItem } from "./list-items.ts";
import type { Section } from "./sections.ts";

/** One question before its parts are understood. */
export interface QuestionItem {
  readonly line: number;
  /** First the question or its key, then every line that is not an item of a list. */
  readonly lines: readonly { readonly text: string; readonly line: number }[];
  /** Items of lists below it. */
  readonly children: readonly ListItem[];
  /** A heading says the question alone; an item of a list may go on in the next lines. */
  readonly isHeading: boolean;
  /** Ticked or struck out. */
  readonly closed: boolean;
}

const KEY_LINE = /^\s*(?:\*\*|`)?key(?:\*\*|`)?\s*[:：]/i;

export function findQuestionItems(
  text: ScannedText,
  sections: readonly Section[],
  items: readonly ListItem[],
): readonly QuestionItem[] {
  const bySection = Map.groupBy(items, (item) => item.section);
  const tops = sections.filter(
    (section) => section.kind === "questions" && section.parent?.kind !== "questions",
  );
  return tops.flatMap((top) => {
    const inside = sections.filter((section) => section.line >= top.line && section.line <= top.end);
    return inside.flatMap((section) =>
      readSection(section, section === top, { text, items: bySection.get(section) ?? [] }),
    );
  });
}

interface Source {
  readonly text: ScannedText;
  /** Of the section. */
  readonly items: readonly ListItem[];
}

function readSection(section: Section, isTop: boolean, { text, items }: Source): readonly QuestionItem[] {
  const roots = items.filter((item) => item.parent === null);
  const lines = text.lines.slice(section.from - 1, section.to).filter((line) => line.kind === "text");
  const owned = new Set(items.flatMap((item) => [item.line, ...item.body.map((line) => line.number)]));
  const free = lines.filter((line) => !owned.has(line.number));
  if (!isTop) return [readHeadingItem(section, free, roots)];
  if (free.some((line) => KEY_LINE.test(line.text))) return splitAtKeys(free, roots);
  return roots.map(readListItem);
}

function readHeadingItem(section: Section, free: readonly Line[], roots: readonly ListItem[]): QuestionItem {
  return {
    line: section.line,
    lines: [{ text: section.title, line: section.line }, ...free.map(toPlaced)],
    children: roots,
    isHeading: true,
    closed: /^(?:\[[xX]\]\s|~~|✅|☑|✔)/.test(section.rawTitle),
  };
}

function readListItem(item: ListItem): QuestionItem {
  return {
    line: item.line,
    lines: [{ text: item.text, line: item.line }, ...item.body.map(toPlaced)],
    children: item.children,
    isHeading: false,
    closed: item.box?.state === "done" || /^(?:~~|✅|☑|✔)/.test(item.text),
  };
}

/** Plain lines: each `key:` begins a question; text before the first belongs to it. */
function splitAtKeys(free: readonly Line[], roots: readonly ListItem[]): readonly QuestionItem[] {
  const starts = free.filter((line) => KEY_LINE.test(line.text)).map((line) => line.number);
  return starts.map((start, index) => {
    const from = index === 0 ? 0 : start;
    const to = starts[index + 1] ?? Number.POSITIVE_INFINITY;
    const isHere = (line: number): boolean => line >= from && line < to;
    return {
      line: start,
      lines: free.filter((line) => isHere(line.number)).map(toPlaced),
      children: roots.filter((item) => isHere(item.line)),
      isHeading: false,
      closed: false,
    };
  });
}

function toPlaced(line: Line): { text: string; line: number } {
  return { text: line.text, line: line.number };
}
