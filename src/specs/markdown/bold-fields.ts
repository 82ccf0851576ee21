import type { FieldValue } from "../values.ts";
import type { Line, ScannedText } from "./lines.ts";

/** A field such as `**Status**: ready` at the head of a document. */
export interface BoldField {
  /** In lower case, with `_`. */
  readonly name: string;
  readonly value: string;
  readonly line: number;
  /** Columns of the value in its line; both the same where it is empty. */
  readonly from: number;
  readonly to: number;
  /** List items right under a field without a value of its own. */
  readonly items: readonly { readonly text: string; readonly line: number }[];
}

const HEAD_LINES_MAX = 40;

/** The lines that may hold metadata: before the first `##` that follows any text, at most 40 behind the frontmatter. */
export function findHead(text: ScannedText): readonly Line[] {
  const from = text.frontmatter?.close ?? 0;
  const head: Line[] = [];
  let seenText = false;
  for (const line of text.lines.slice(from, from + HEAD_LINES_MAX)) {
    const isHeading = line.kind === "text" && /^ {0,3}#{1,6}\s/.test(line.text);
    if (isHeading && seenText && !/^ {0,3}#\s/.test(line.text)) break;
    seenText ||= line.kind === "text" && !isHeading;
    head.push(line);
  }
  return head;
}

/** The bold fields in some lines: on lines, list items, quotations, table rows, several in a line. */
export function findBoldFields(lines: readonly Line[]): readonly BoldField[] {
  const fields: BoldField[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.kind !== "text" && line.kind !== "quote") continue;
    const row = readTableRow(line);
    if (row) fields.push(row);
    else
      for (const field of readFields(line))
        fields.push(field.value === "" ? { ...field, items: readItems(lines, index) } : field);
  }
  return fields;
}

const FIELD_START =
  /(?:\*\*|__)([\p{L}][\p{L}\p{N} _/'’-]{0,40}?)\s*(?:[:：](?:\*\*|__)|(?:\*\*|__)\s*[:：])/gu;

function readFields(line: Line): BoldField[] {
  const starts: { name: string; at: number; from: number }[] = [];
  for (const match of line.text.matchAll(FIELD_START)) {
    const before = line.text.slice(0, match.index);
    const first = starts.length === 0 && /^[\s>]*(?:[-*+]\s+|\d{1,3}[.)]\s+)?$/.test(before);
    const further = starts.length > 0 && /(?:[|·•,;—–]|\s{2}|\s-)\s*$|(?:^|\s)\S+\s$/.test(before);
    if (first || further)
      starts.push({ name: toName(match[1] ?? ""), at: match.index, from: match.index + match[0].length });
  }
  return starts.map((start, index) => {
    const next = starts[index + 1];
    const raw = line.text.slice(start.from, next?.at ?? line.text.length);
    const value = raw.replace(next ? /\s*[|·•,;—–-]?\s*$/ : /\s*\\?\s*$/, "");
    const lead = value.length - value.trimStart().length;
    const from = start.from + lead;
    return {
      name: start.name,
      value: value.trim(),
      line: line.number,
      from,
      to: from + value.trim().length,
      items: [],
    };
  });
}

/** `| **Status** | draft |`. Without the bold it could be the head of any table. */
function readTableRow(line: Line): BoldField | null {
  const match =
    /^(\s*\|\s*(?:\*\*|__)([\p{L}][\p{L} _-]{0,30}?)[:：]?(?:\*\*|__)[:：]?\s*\|\s*)([^|]*?)\s*\|\s*$/u.exec(
      line.text,
    );
  if (!match) return null;
  const [, before = "", name = "", value = ""] = match;
  return {
    name: toName(name),
    value,
    line: line.number,
    from: before.length,
    to: before.length + value.length,
    items: [],
  };
}

function readItems(lines: readonly Line[], index: number): { text: string; line: number }[] {
  const items: { text: string; line: number }[] = [];
  const ownIndent = lines[index]?.indent ?? 0;
  const isItem = /^\s*[-*+]\s/.test(lines[index]?.text ?? "");
  for (const line of lines.slice(index + 1)) {
    const text = /^[\s>]*[-*+]\s+(.*)$/.exec(line.text)?.[1];
    if (line.kind === "blank" && items.length === 0) continue;
    if (
      text === undefined ||
      (isItem && line.indent <= ownIndent) ||
      /^(?:\*\*|__)[^*_]+[:：]?(?:\*\*|__)\s*[:：]/.test(text)
    )
      break;
    items.push({ text: text.trim(), line: line.number });
  }
  return items;
}

function toName(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[\s/-]+/g, "_");
}

/** The value of a field; the items under it count as its list. */
export function toFieldValue(field: BoldField): FieldValue {
  const { value, items, line } = field;
  if (items.length === 0) return { kind: "text", text: value, line };
  return { kind: "list", items: items.map((item) => ({ kind: "text", ...item })), line };
}
