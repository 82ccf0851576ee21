/**
 * Splits Markdown into lines and says of each what it is: text, or inside a fence, a comment, the frontmatter, a
 * quotation or indented code. Everything else in this folder looks only at lines of kind `text`.
 */

type LineKind = "text" | "blank" | "fence" | "code" | "comment" | "quote" | "frontmatter";

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its end and, in the first line, without a byte order mark; at most 2,000 characters. */
  readonly text: string;
  /** Columns of white space before the text; a tab goes on to the next multiple of 4. */
  readonly indent: number;
  readonly kind: LineKind;
}

export interface Fence {
  /** Line of the opening marks. */
  readonly open: number;
  /** Line of the closing marks; null: never closed. */
  readonly close: number | null;
  readonly indent: number;
  /** Number of marks. */
  readonly length: number;
  readonly info: string;
}

/** The block between two lines of `---` at the top of a document. */
export interface FrontmatterRegion {
  /** `yaml`, or what stands behind the opening marks (`js`, `toml`). */
  readonly language: string;
  readonly open: number;
  readonly close: number;
}

export interface ScannedText {
  readonly lines: readonly Line[];
  readonly fences: readonly Fence[];
  readonly frontmatter: FrontmatterRegion | null;
  /** Lines of `<!--` without an end; read as a comment of one line. */
  readonly unclosedComments: readonly number[];
}

/** A line and its end (`\n`, `\r\n`, `\r`, or nothing at the end of the text). Joined they give the text again. */
export interface RawLine {
  readonly text: string;
  readonly end: string;
}

const LINE_CHARS_MAX = 2_000;

export function splitLines(text: string): RawLine[] {
  const lines: RawLine[] = [];
  let from = 0;
  for (const match of text.matchAll(/\r\n|\n|\r/g)) {
    lines.push({ text: text.slice(from, match.index), end: match[0] });
    from = match.index + match[0].length;
  }
  if (from < text.length) lines.push({ text: text.slice(from), end: "" });
  return lines;
}

export function joinLines(lines: readonly RawLine[]): string {
  return lines.map((line) => line.text + line.end).join("");
}

export function scanLines(text: string): ScannedText {
  const raw = splitLines(text).map((line, index) =>
    index === 0 ? line.text.replace(/^\uFEFF/, "") : line.text,
  );
  const frontmatter = findFrontmatter(raw);
  const scan: Scan = {
    lines: [],
    fences: [],
    fence: null,
    commentUntil: 0,
    lastCommentEnd: raw.findLastIndex((line) => line.includes("-->")),
    unclosedComments: [],
    listOpen: false,
  };
  for (const [index, full] of raw.entries()) {
    const line = full.length > LINE_CHARS_MAX ? full.slice(0, LINE_CHARS_MAX) : full;
    const inFrontmatter = frontmatter !== null && index < frontmatter.close;
    const indent = countIndent(line);
    const kind = inFrontmatter ? "frontmatter" : classifyLine(scan, { raw, index, line, indent });
    scan.lines.push({ number: index + 1, text: line, indent, kind });
  }
  if (scan.fence) closeFence(scan, scan.fence, null);
  return { lines: scan.lines, fences: scan.fences, frontmatter, unclosedComments: scan.unclosedComments };
}

interface Scan {
  readonly lines: Line[];
  readonly fences: Fence[];
  fence: (Omit<Fence, "close"> & { readonly mark: string }) | null;
  /** Index of the last line of the comment that is open. */
  commentUntil: number;
  /** Index of the last line that ends any comment. */
  readonly lastCommentEnd: number;
  readonly unclosedComments: number[];
  /** A list item stands above: indented lines are its content, not code. */
  listOpen: boolean;
}

interface Place {
  readonly raw: readonly string[];
  readonly index: number;
  readonly line: string;
  readonly indent: number;
}

function classifyLine(scan: Scan, place: Place): LineKind {
  const { line, index, indent } = place;
  if (scan.fence) return continueFence(scan, place);
  if (index < scan.commentUntil) return "comment";
  if (line.trim() === "") return "blank";
  if (isIndentedCode(scan, indent)) return "code";
  if (/^ {0,3}>/.test(line)) return "quote";
  if (openFence(scan, place)) return "fence";
  if (line.trimStart().startsWith("<!--")) return openComment(scan, place, line.indexOf("<!--"));
  const late = findOpenComment(line);
  if (late !== -1 && scan.lastCommentEnd > index) openComment(scan, place, late);
  trackList(scan, place);
  return "text";
}

function continueFence(scan: Scan, { line, index, indent }: Place): LineKind {
  const fence = scan.fence;
  if (!fence) return "text";
  const marks = /^\s*(`{3,}|~{3,})\s*$/.exec(line)?.[1];
  if (marks?.startsWith(fence.mark) && marks.length >= fence.length && indent <= fence.indent + 3) {
    closeFence(scan, fence, index + 1);
  }
  return "fence";
}

function closeFence(
  scan: Scan,
  { open, indent, length, info }: Omit<Fence, "close">,
  close: number | null,
): void {
  scan.fences.push({ open, close, indent, length, info });
  scan.fence = null;
}

function openFence(scan: Scan, { line, index }: Place): boolean {
  const match = /^(\s*(?:(?:[-*+]|\d{1,9}[.)])\s+)?)(`{3,}|~{3,})(.*)$/.exec(line);
  if (!match) return false;
  const [, before = "", marks = "", info = ""] = match;
  const mark = marks.charAt(0);
  if (mark === "`" && info.includes("`")) return false;
  const indent = countIndent(before.replace(/\S/g, " "));
  scan.fence = { open: index + 1, indent, length: marks.length, info: info.trim(), mark };
  return true;
}

function isIndentedCode(scan: Scan, indent: number): boolean {
  const above = scan.lines.at(-1)?.kind;
  return indent >= 4 && !scan.listOpen && above !== "text" && above !== "quote";
}

/** Opens a comment at a column of this line; gives back the kind of a line that begins with it. */
function openComment(scan: Scan, { raw, index, line }: Place, at: number): LineKind {
  if (line.includes("-->", at)) return "comment";
  if (scan.lastCommentEnd <= index) {
    scan.unclosedComments.push(index + 1);
    return "comment";
  }
  let end = index + 1;
  while (!raw[end]?.includes("-->")) end += 1;
  scan.commentUntil = end + 1;
  return "comment";
}

/** Column of a `<!--` that the line does not end and that stands in no inline code; -1: none. */
function findOpenComment(line: string): number {
  const at = line.lastIndexOf("<!--");
  if (at === -1 || line.includes("-->", at)) return -1;
  const ticks = line.slice(0, at).split("`").length - 1;
  return ticks % 2 === 0 ? at : -1;
}

function trackList(scan: Scan, { line, indent }: Place): void {
  if (/^\s*(?:[-*+]|\d{1,9}[.)])(?:\s|$)/.test(line)) scan.listOpen = true;
  else if (/^ {0,3}#{1,6}(?:\s|$)/.test(line)) scan.listOpen = false;
  else if (indent < 2 && scan.lines.at(-1)?.kind !== "text") scan.listOpen = false;
}

/** Only a block that begins like a mapping is frontmatter; a document may also begin with a ruler. */
function findFrontmatter(raw: readonly string[]): FrontmatterRegion | null {
  const opening = /^(---|\+\+\+)\s*([A-Za-z]*)\s*$/.exec(raw[0] ?? "");
  if (!opening) return null;
  const [, marks = "", language = ""] = opening;
  const isEnd = (line: string): boolean =>
    line.trimEnd() === marks || (marks === "---" && line.trimEnd() === "...");
  const close = raw.findIndex((line, index) => index > 0 && isEnd(line));
  if (close === -1) return null;
  if (marks === "+++") return { language: language || "toml", open: 1, close: close + 1 };
  if (language !== "" && language.toLowerCase() !== "yaml") return { language, open: 1, close: close + 1 };
  const inside = raw.slice(1, close);
  if (inside.some((line) => /^(?:#{2,6}\s|\s*[-*+] \[[ xX]\] )/.test(line))) return null;
  const first = inside.find((line) => line.trim() !== "" && !line.trimStart().startsWith("#"));
  const looksLikeMapping = first === undefined || /^\s*["']?[\w][\w .-]{0,60}["']?\s*:/.test(first);
  return looksLikeMapping ? { language: "yaml", open: 1, close: close + 1 } : null;
}

function countIndent(line: string): number {
  let columns = 0;
  for (const char of line) {
    if (char === " ") columns += 1;
    else if (char === "\t") columns += 4 - (columns % 4);
    else break;
  }
  return columns;
}
