/** Reads the words of a shell command: quotes, escapes, expansions. */
import type { List, Word } from "./types.ts";

/** What cannot be read; `readShell` turns it into a problem. */
export class Unreadable extends Error {}

export const fail = (what: string): never => {
  throw new Unreadable(what);
};

/** A place in a text, and how to read a list of commands from there. */
export interface Source {
  readonly text: string;
  at: number;
  /** Reads until an unmatched `)`, which it takes. */
  readonly readNested: () => List;
  /** Reads a text of its own: what stands between backticks. */
  readonly readText: (text: string) => List;
}

/** Ends a word. */
const META = /[ \t\n;&|()<>]/;

interface Parts {
  text: string;
  isLiteral: boolean;
  isWild: boolean;
  nested: List[];
}

/** Reads one word; `<(…)` and `>(…)` at its start are words too. */
export function readWord(source: Source): Word {
  const parts: Parts = { text: "", isLiteral: true, isWild: false, nested: [] };
  const start = source.at;
  if (/^[<>]\($/.test(source.text.slice(start, start + 2))) {
    source.at += 2;
    parts.nested.push(source.readNested());
    return { ...parts, text: source.text.slice(start, source.at), isLiteral: false };
  }
  while (source.at < source.text.length) {
    const char = source.text[source.at] as string;
    if (META.test(char)) break;
    readPart(source, parts, char);
  }
  if (source.text[source.at] === "(") fail("a bracket in a word");
  return parts;
}

function readPart(source: Source, parts: Parts, char: string): void {
  source.at += 1;
  if (char === "'") parts.text += takeUntil(source, "'");
  else if (char === '"') readQuoted(source, parts);
  else if (char === "\\") readEscape(source, parts);
  else if (char === "$") readExpansion(source, parts, false);
  else if (char === "`") readBackticks(source, parts);
  else {
    const isBrace = char === "{" && source.text[source.at] !== "}";
    if (isBrace || char === "*" || char === "?" || char === "[") parts.isWild = true;
    parts.text += char;
  }
}

function takeUntil(source: Source, end: string): string {
  const close = source.text.indexOf(end, source.at);
  if (close === -1) fail("a quote that does not end");
  const taken = source.text.slice(source.at, close);
  source.at = close + 1;
  return taken;
}

function readEscape(source: Source, parts: Parts): void {
  const char = source.text[source.at];
  if (char === undefined) fail("a backslash at the end");
  source.at += 1;
  if (char !== "\n") parts.text += char;
}

function readQuoted(source: Source, parts: Parts): void {
  for (;;) {
    const char = source.text[source.at];
    if (char === undefined) fail("a quote that does not end");
    source.at += 1;
    if (char === '"') return;
    if (char === "$") readExpansion(source, parts, true);
    else if (char === "`") readBackticks(source, parts);
    else if (char === "\\" && /[$`"\\\n]/.test(source.text[source.at] ?? "")) readEscape(source, parts);
    else parts.text += char;
  }
}

const PLAIN = /^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])/;
/** Not those that work a text out once more (`@P`, offsets): they can run what a variable holds. */
const IN_BRACES = /^\{#?(?:[A-Za-z0-9_]+|[@*])(?:\[[@*0-9]+\])?(?:(?::?[-=+?]|[%#/^,])[^`$'"{}\\]*)?\}/;

/** Behind a `$`. */
function readExpansion(source: Source, parts: Parts, isQuoted: boolean): void {
  const rest = source.text.slice(source.at, source.at + 200);
  if (rest.startsWith("((")) fail("arithmetic");
  if (!isQuoted && /^['"]/.test(rest)) fail("a quote behind a $");
  if (rest.startsWith("[")) fail("arithmetic");
  if (rest.startsWith("(")) {
    source.at += 1;
    const start = source.at;
    parts.nested.push(source.readNested());
    parts.text += `$(${source.text.slice(start, source.at)}`;
    parts.isLiteral = false;
    return;
  }
  const simple = PLAIN.exec(rest) ?? IN_BRACES.exec(rest);
  if (simple === null) {
    if (rest.startsWith("{")) fail("an expansion in braces");
    parts.text += "$";
    return;
  }
  source.at += simple[0].length;
  parts.text += `$${simple[0]}`;
  parts.isLiteral = false;
}

function readBackticks(source: Source, parts: Parts): void {
  const inner = takeUntil(source, "`");
  if (inner.includes("\\")) fail("a backslash between backticks");
  parts.nested.push(source.readText(inner));
  parts.text += `\`${inner}\``;
  parts.isLiteral = false;
}
