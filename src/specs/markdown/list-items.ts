import { type Box, readBox } from "./boxes.ts";
import type { Line, ScannedText } from "./lines.ts";
import { classifyTitle, type SectionKind } from "./section-kinds.ts";
import { type Section, sectionOf } from "./sections.ts";

/** One item of a list, with or without a box. */
export interface ListItem {
  readonly line: number;
  readonly indent: number;
  /** Behind the list marker and the box, with single spaces; at most 1,000 characters. */
  readonly text: string;
  readonly box: Box | null;
  readonly section: Section;
  readonly parent: ListItem | null;
  readonly children: ListItem[];
  /** Lines of text that belong to this item and to none of its children. */
  readonly body: Line[];
  /** Last line of the item and all that is nested in it. */
  last: number;
  /** By its section, a label above it ("**Acceptance criteria:**"), or the item it is nested in. */
  readonly kind: SectionKind | null;
}

const ITEM_CHARS_MAX = 1_000;

interface Walk {
  readonly items: ListItem[];
  /** The items that a following line could belong to, outermost first. */
  readonly open: ListItem[];
  readonly sections: readonly Section[];
  labelKind: SectionKind | null;
  betweenMarks: boolean;
  afterBlank: boolean;
}

/** All list items outside fences, comments and quotations, in the order of the document. */
export function findListItems(text: ScannedText, sections: readonly Section[]): readonly ListItem[] {
  const walk: Walk = {
    items: [],
    open: [],
    sections,
    labelKind: null,
    betweenMarks: false,
    afterBlank: false,
  };
  for (const line of text.lines) {
    if (line.kind === "text") readText(walk, line);
    else if (line.kind === "fence") closeItems(walk, line.indent, line.number);
    else if (line.kind === "comment") readMarks(walk, line.text);
    walk.afterBlank = line.kind === "blank";
  }
  return walk.items;
}

function readMarks(walk: Walk, text: string): void {
  if (/<!--\s*AC:BEGIN/i.test(text)) walk.betweenMarks = true;
  if (/<!--\s*AC:END/i.test(text)) walk.betweenMarks = false;
}

function readText(walk: Walk, line: Line): void {
  if (line.indent <= 3 && /^\s*#{1,6}(?:\s|$)/.test(line.text)) {
    walk.open.length = 0;
    walk.labelKind = null;
    return;
  }
  const match = /^\s*([-*+]|\d{1,9}[.)])(?:\s+(.*))?$/.exec(line.text);
  if (match && !/^\s*([-*_])\s*(?:\1\s*){2,}$/.test(line.text)) {
    addItem(walk, line, match[2] ?? "");
    return;
  }
  const label = line.indent < 2 ? readLabel(line.text) : null;
  if (label !== null) {
    walk.labelKind = toKind(label);
    walk.open.length = 0;
  } else if (walk.afterBlank || line.indent > 0) {
    closeItems(walk, line.indent, line.number);
    walk.open.at(-1)?.body.push(line);
  } else {
    // Text directly under an item goes on with it, however it is indented.
    walk.open.at(-1)?.body.push(line);
    extend(walk.open, line.number);
  }
}

function addItem(walk: Walk, line: Line, written: string): void {
  const rest = written.replace(/\s+/g, " ").slice(0, ITEM_CHARS_MAX);
  closeItems(walk, line.indent, line.number);
  const parent = walk.open.at(-1) ?? null;
  const section = parent?.section ?? sectionOf(walk.sections, line.number);
  const box = readBox(rest);
  const item: ListItem = {
    line: line.number,
    indent: line.indent,
    text: box ? box.text : rest.trim(),
    box,
    section,
    parent,
    children: [],
    body: [],
    last: line.number,
    kind: findKind(walk, section, parent),
  };
  parent?.children.push(item);
  walk.items.push(item);
  walk.open.push(item);
}

function findKind(walk: Walk, section: Section, parent: ListItem | null): SectionKind | null {
  if (section.kind !== null) return section.kind;
  if (walk.betweenMarks) return "criteria";
  if (!parent) return walk.labelKind;
  const labelled = parent.box ? null : readLabel(parent.text);
  return (labelled === null ? null : toKind(labelled)) ?? parent.kind;
}

/** Labels say less than headings: "**Note:** …" above a list does not make its boxes notes. */
function toKind(label: Label): SectionKind | null {
  const kind = classifyTitle(label.name);
  if (kind === "criteria") return kind;
  return kind === "left-out" && label.alone && !/^(?:notes?|examples?)\b/i.test(label.name) ? kind : null;
}

/** Ends the items that a line at this column no longer belongs to. */
function closeItems(walk: Walk, indent: number, line: number): void {
  while ((walk.open.at(-1)?.indent ?? -1) >= indent) walk.open.pop();
  extend(walk.open, line);
}

function extend(open: readonly ListItem[], line: number): void {
  for (const item of open) item.last = line;
}

interface Label {
  readonly name: string;
  /** Nothing follows the name in its line. */
  readonly alone: boolean;
}

/** The name of the list that follows: `**Tasks:**`, `**Tasks**`, `Acceptance criteria:`. Null: another line. */
export function readLabel(text: string): Label | null {
  const bold = /^\s*(?:\*\*|__)([^*_]{1,60}?)(?:\*\*|__)\s*([:：]?)/.exec(text);
  if (bold) {
    const [whole, name = "", colon = ""] = bold;
    const alone = whole.length === text.trimEnd().length;
    return alone || colon !== "" || /[:：]$/.test(name) ? { name: name.trim(), alone } : null;
  }
  const plain = /^\s*(\p{Lu}[^.:*`[\]]{1,58})[:：]\s*$/u.exec(text)?.[1];
  return plain === undefined ? null : { name: plain, alone: true };
}
