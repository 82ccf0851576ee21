import { parseSegment, type Segment, segmentsMeet } from "./glob-segment.ts";

/** Longer patterns and wilder groups than these are read as "any path": the safe side. */
const PATTERN_CHARS_MAX = 1_000;
const SEGMENTS_MAX = 64;
const ALTERNATIVES_MAX = 64;

const ANY_DEPTH: unique symbol = Symbol("**");

type Part = Segment | typeof ANY_DEPTH;

/**
 * A declared path, ready to be compared. It covers what it names and, unless it looks like a file (`a.ts`, `*.md`),
 * everything below.
 */
export interface Glob {
  /** As written. */
  readonly text: string;
  /** One per alternative of its braces. */
  readonly ways: readonly Way[];
}

interface Way {
  /** Segments before the first wildcard, joined by `/`; empty where it begins with one. */
  readonly prefix: string;
  readonly parts: readonly Part[];
}

/**
 * Reads a path or glob as people write it in `touches`: `src/a.ts`, `./src/`, `src/*.ts`, `src/**`, `{a,b}/c`. Relative to
 * the repository's root. What cannot be read exactly is read wider, never narrower.
 *
 * @returns Null for an empty text and for a negation (`!x`), which takes nothing.
 */
export function parseGlob(text: string): Glob | null {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed.startsWith("!")) return null;
  const alternatives = trimmed.length > PATTERN_CHARS_MAX ? null : expandBraces(trimmed);
  return { text: trimmed, ways: (alternatives ?? ["**"]).map(parseWay) };
}

/** Null: more alternatives than the bound. */
function expandBraces(text: string): readonly string[] | null {
  const done: string[] = [];
  const queue = [text];
  while (queue.length > 0) {
    if (queue.length + done.length > ALTERNATIVES_MAX) return null;
    const next = queue.pop() as string;
    const group = findGroup(next);
    if (group === null) done.push(next);
    else {
      for (const choice of group.choices)
        queue.push(next.slice(0, group.start) + choice + next.slice(group.end));
    }
  }
  return done.reverse();
}

/** The first innermost `{a,b}`. A range or a group of one stands for any text. */
function findGroup(text: string): { start: number; end: number; choices: readonly string[] } | null {
  const match = /(?<!\\)\{([^{}]*)\}/.exec(text);
  if (match === null) return null;
  const body = match[1] ?? "";
  const choices = body.includes(",") ? body.split(",") : ["*"];
  return { start: match.index, end: match.index + match[0].length, choices };
}

function parseWay(text: string): Way {
  const parts: Part[] = [];
  for (const segment of text.replace(/\\(?=[\w.@-])/g, "/").split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment === "..") parts.pop();
    else if (segment !== "**") parts.push(parseSegment(segment));
    else if (parts.at(-1) !== ANY_DEPTH) parts.push(ANY_DEPTH);
  }
  if (parts.length > SEGMENTS_MAX) return { prefix: "", parts: [ANY_DEPTH] };
  const wild = parts.findIndex((part) => typeof part !== "string");
  const prefix = parts.slice(0, wild === -1 ? parts.length : wild).join("/");
  const isFile = /[^/*?]\.[A-Za-z]\w{0,7}$|\*\.[A-Za-z]\w{0,7}$/.test(text);
  if (!isFile && parts.at(-1) !== ANY_DEPTH) parts.push(ANY_DEPTH);
  return { prefix, parts };
}

/** True where some path is covered by both. */
export function globsMeet(a: Glob, b: Glob): boolean {
  return a.ways.some((way) =>
    b.ways.some((other) => isAbove(way, other) || isAbove(other, way) || partsMeet(way.parts, other.parts)),
  );
}

/** A plain path that looks like a file is still a folder where somebody names something in it. */
function isAbove(way: Way, other: Way): boolean {
  return way.parts.every((part) => typeof part === "string") && other.prefix.startsWith(`${way.prefix}/`);
}

/** `reach[j]`: the parts of `a` read so far and the first `j` of `b` can stand for the same path. */
function partsMeet(a: readonly Part[], b: readonly Part[]): boolean {
  let reach = new Array<boolean>(b.length + 1).fill(false);
  reach[0] = true;
  for (let j = 0; j < b.length && b[j] === ANY_DEPTH; j += 1) reach[j + 1] = true;
  for (const part of a) {
    const next = new Array<boolean>(b.length + 1).fill(false);
    for (let j = 0; j <= b.length; j += 1) {
      const other = b[j];
      if (part === ANY_DEPTH) {
        if (reach[j] === true || (j > 0 && next[j - 1] === true)) next[j] = true;
      } else if (reach[j] === true && other !== undefined) {
        if (other === ANY_DEPTH) next[j] = true;
        else if (segmentsMeet(part, other)) next[j + 1] = true;
      }
      if (next[j] === true && other === ANY_DEPTH) next[j + 1] = true;
    }
    reach = next;
  }
  return reach[b.length] === true;
}

/** The narrower of two globs that meet, for people: a plain path before a pattern, a long prefix before a short one. */
export function narrower(a: Glob, b: Glob): string {
  return rank(a) >= rank(b) ? a.text : b.text;
}

function rank(glob: Glob): number {
  const depth = Math.min(...glob.ways.map(({ prefix }) => (prefix === "" ? 0 : prefix.split("/").length)));
  const isPlain = glob.ways.length === 1 && !/[*?[{]/.test(glob.text);
  return depth * 2 + (isPlain ? 1 : 0);
}
