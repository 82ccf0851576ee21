import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { ProblemList } from "../problems.ts";
import type { FieldValue } from "../values.ts";
import type { FrontmatterRegion, Line } from "./lines.ts";
import { adviseOnYaml } from "./yaml-advice.ts";

const FRONTMATTER_CHARS_MAX = 65_536;
const DEPTH_MAX = 8;

/**
 * Reads the frontmatter as YAML with the failsafe schema: every scalar stays the text that was written. YAML that is
 * broken is read line by line instead, and reported. Other languages than YAML are never executed.
 *
 * @returns Keys in lower case with `_`, as written otherwise.
 */
export function readFrontmatter(
  region: FrontmatterRegion,
  lines: readonly Line[],
  problems: ProblemList,
): ReadonlyMap<string, FieldValue> {
  if (region.language !== "yaml") {
    problems.add(region.open, {
      severity: "warning",
      code: "unsupported-frontmatter",
      message: `frontmatter in "${region.language}" is not read and never executed`,
      found: region.language,
      expected: "YAML between two lines of ---",
      hint: "write the metadata as YAML, or as bold lines such as **Status**: ready",
    });
    return new Map();
  }
  const inside = lines.slice(region.open, region.close - 1);
  const text = inside.map((line) => line.text).join("\n");
  if (text.length > FRONTMATTER_CHARS_MAX)
    return readBroken(inside, problems, { line: 2, what: "it is longer than 64 KiB", code: null });
  const counter = new LineCounter();
  const document = parseYaml(text, counter);
  const error = document?.errors[0];
  if (!document || error) {
    const at = error ? counter.linePos(error.pos[0]).line : 1;
    return readBroken(inside, problems, {
      line: at + 1,
      what: error?.message.split("\n")[0] ?? "it cannot be read",
      code: error?.code ?? null,
    });
  }
  const root = document.contents;
  if (!isMap(root)) return new Map();
  const value = toValue(root, { document, counter, depth: 0 });
  return value.kind === "map" ? value.entries : new Map();
}

function parseYaml(text: string, counter: LineCounter): Document | null {
  try {
    return parseDocument(text, { schema: "failsafe", lineCounter: counter, logLevel: "silent" });
  } catch {
    // The parser gives errors as values; should it ever throw, the lines are still readable.
    return null;
  }
}

interface Reading {
  readonly document: Document;
  readonly counter: LineCounter;
  readonly depth: number;
}

function toValue(node: Node | null | undefined, reading: Reading): FieldValue {
  const { document, counter, depth } = reading;
  const offset = node?.range?.[0];
  const line = offset === undefined ? 2 : counter.linePos(offset).line + 1;
  const deeper = { ...reading, depth: depth + 1 };
  if (depth > DEPTH_MAX || !node) return { kind: "text", text: "", line };
  // An alias counts as one level, so that aliases of aliases cannot grow without end.
  if (isAlias(node)) return toValue(node.resolve(document), { ...reading, depth: depth + DEPTH_MAX / 2 });
  if (isSeq(node))
    return { kind: "list", items: node.items.map((item) => toValue(item as Node, deeper)), line };
  if (!isMap(node)) return { kind: "text", text: isScalar(node) ? String(node.value ?? "") : "", line };
  const entries = new Map<string, FieldValue>();
  for (const pair of node.items) {
    const key = toKey(isScalar(pair.key) ? String(pair.key.value ?? "") : "");
    const value = toValue(pair.value as Node | null, deeper);
    const keyOffset = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
    const keyLine = keyOffset === undefined ? value.line : counter.linePos(keyOffset).line + 1;
    if (!entries.has(key)) entries.set(key, value.kind === "text" ? { ...value, line: keyLine } : value);
  }
  return { kind: "map", entries, line };
}

/** `dependsOn`, `depends-on` and `Depends on` are the same key. */
function toKey(text: string): string {
  return text
    .trim()
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[\s-]+/g, "_");
}

function readBroken(
  lines: readonly Line[],
  problems: ProblemList,
  error: { readonly line: number; readonly what: string; readonly code: string | null },
): ReadonlyMap<string, FieldValue> {
  problems.add(error.line, {
    severity: "warning",
    code: "broken-frontmatter",
    message: `the frontmatter is no valid YAML (${error.what}): it was read line by line`,
    found: lines[error.line - 2]?.text.trim() ?? null,
    ...adviseOnYaml(error.code),
  });
  const entries = new Map<string, FieldValue>();
  let listKey: string | null = null;
  for (const line of lines) {
    const item = /^\s*-\s+(.*)$/.exec(line.text);
    const field = /^(["']?)([A-Za-z][\w .-]{0,60})\1\s*:(?:\s+(.*))?$/.exec(line.text);
    if (field) {
      const key = toKey(field[2] ?? "");
      const rest = stripComment(field[3] ?? "");
      listKey = rest === "" ? key : null;
      if (/^[[{]/.test(rest) && !/^\[[^[\]{}]*\]$/.test(rest)) reportUnread(line, key, problems);
      if (!entries.has(key)) entries.set(key, readScalar(rest, line.number));
    } else if (item && listKey !== null) {
      const list = entries.get(listKey);
      const items = list?.kind === "list" ? list.items : [];
      const text: FieldValue = {
        kind: "text",
        text: unquote(stripComment(item[1] ?? "")),
        line: line.number,
      };
      entries.set(listKey, { kind: "list", items: [...items, text], line: list?.line ?? line.number });
    }
  }
  return entries;
}

/** A dependency that cannot be read must not be taken for none. */
function reportUnread(line: Line, key: string, problems: ProblemList): void {
  if (!/^(?:depend|block|uses)/.test(key)) return;
  problems.add(line.number, {
    severity: "needs_detail",
    code: "broken-frontmatter",
    message: `${key} cannot be read because the frontmatter is no valid YAML`,
    found: line.text.trim(),
    expected: `${key}: [a, b]`,
    hint: "repair the frontmatter",
  });
}

function readScalar(text: string, line: number): FieldValue {
  const flow = /^\[([^[\]{}]*)\]$/.exec(text)?.[1];
  if (flow === undefined) return { kind: "text", text: unquote(text), line };
  const items = flow.split(",").map((item) => unquote(item.trim()));
  return {
    kind: "list",
    items: items.filter((item) => item !== "").map((item) => ({ kind: "text", text: item, line })),
    line,
  };
}

function stripComment(text: string): string {
  return text.replace(/(?:^|\s)#\s.*$/, "").trim();
}

function unquote(text: string): string {
  return /^(["'])(.*)\1$/.exec(text)?.[2] ?? text;
}
