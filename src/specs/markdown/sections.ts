import type { Line, ScannedText } from "./lines.ts";
import { classifyTitle, type SectionKind, toPlainTitle } from "./section-kinds.ts";

/** A heading and what follows it up to the next heading. The first section has no heading. */
export interface Section {
  /** 1 to 6; 0 for what stands before the first heading. */
  readonly level: number;
  /** As written, without the marks of the heading. */
  readonly rawTitle: string;
  readonly title: string;
  /** Line of the heading. */
  readonly line: number;
  /** First line after the heading. */
  readonly from: number;
  /** Last line before the next heading. */
  readonly to: number;
  /** Last line before the next heading of the same or a higher level. */
  readonly end: number;
  readonly parent: Section | null;
  /** Its own or that of a section around it. */
  readonly kind: SectionKind | null;
}

type Heading = Pick<Section, "level" | "rawTitle" | "line" | "from">;

/** The sections in the order of the document; every line behind the frontmatter is in exactly one. */
export function findSections(text: ScannedText): readonly Section[] {
  const headings = findHeadings(text.lines);
  const total = text.lines.length;
  const ends = findEnds(headings, total);
  const sections: Section[] = [];
  const open: Section[] = [];
  for (const [index, heading] of headings.entries()) {
    while ((open.at(-1)?.level ?? -1) >= heading.level) open.pop();
    const parent = open.at(-1) ?? null;
    const title = toPlainTitle(heading.rawTitle);
    // The title of the document says what it is about, not what its boxes are.
    const own = heading.level >= 2 ? classifyTitle(heading.rawTitle) : null;
    const to = (headings[index + 1]?.line ?? total + 1) - 1;
    const section = {
      ...heading,
      title,
      to,
      end: ends[index] ?? total,
      parent,
      kind: own ?? parent?.kind ?? null,
    };
    sections.push(section);
    open.push(section);
  }
  return sections;
}

/** Last line of each heading's part, found from the back so that many headings stay cheap. */
function findEnds(headings: readonly Heading[], total: number): number[] {
  const ends: number[] = new Array(headings.length).fill(total);
  const nextAt: number[] = new Array(7).fill(total + 1);
  for (let index = headings.length - 1; index >= 0; index -= 1) {
    const { level, line } = headings[index] as Heading;
    ends[index] =
      level === 0 ? (headings[1]?.line ?? total + 1) - 1 : Math.min(...nextAt.slice(1, level + 1)) - 1;
    nextAt[level] = line;
  }
  return ends;
}

function findHeadings(lines: readonly Line[]): Heading[] {
  const headings: Heading[] = [{ level: 0, rawTitle: "", line: 0, from: 1 }];
  for (const [index, line] of lines.entries()) {
    if (line.kind !== "text" || line.indent > 3) continue;
    const heading = readHeading(line) ?? readUnderlined(lines, index);
    if (heading) headings.push(heading);
  }
  return headings;
}

function readHeading(line: Line): Heading | null {
  const match = /^\s*(#{1,6})(?:\s(.*))?$/.exec(line.text);
  if (!match) return null;
  const [, marks = "", rest = ""] = match;
  const rawTitle = rest
    .trim()
    .replace(/(?:^|\s)#+$/, "")
    .trim();
  return { level: marks.length, rawTitle, line: line.number, from: line.number + 1 };
}

/** A heading underlined with `===` or `---`. The line above must be alone: a field of metadata is no heading. */
function readUnderlined(lines: readonly Line[], index: number): Heading | null {
  const mark = /^\s*(=+|-{3,})\s*$/.exec(lines[index]?.text ?? "")?.[1];
  const above = lines[index - 1];
  if (!mark || above?.kind !== "text" || above.indent > 3) return null;
  if (lines[index - 2] && lines[index - 2]?.kind === "text") return null;
  if (/^\s*(?:#{1,6}\s|[-*+]\s|\d+[.)]\s|\||[-=*_]{3,}\s*$)|^[*_]{1,2}[^*_]+:|:\*\*/.test(above.text))
    return null;
  return {
    level: mark.startsWith("=") ? 1 : 2,
    rawTitle: above.text.trim(),
    line: above.number,
    from: above.number + 2,
  };
}

/** The section of a line, by halving. */
export function sectionOf(sections: readonly Section[], line: number): Section {
  let low = 0;
  let high = sections.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((sections[middle]?.line ?? 0) <= line) low = middle;
    else high = middle - 1;
  }
  return sections[low] as Section;
}
