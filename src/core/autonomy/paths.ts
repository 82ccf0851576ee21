/**
 * Where a path leads. Names are compared as the most forgiving file system would: case, Unicode forms, trailing dots and invisible
 * characters make no difference, as on those of macOS and Windows.
 */
import { UNSAFE } from "../safe-text.ts";

/** Letters of other alphabets that look like Latin ones, for finding names that only look like another. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  ...{
    а: "a",
    в: "b",
    с: "c",
    ԁ: "d",
    е: "e",
    һ: "h",
    і: "i",
    ј: "j",
    к: "k",
    ӏ: "l",
    м: "m",
    н: "h",
    о: "o",
  },
  ...{ р: "p", ԛ: "q", г: "r", ѕ: "s", т: "t", у: "y", х: "x", ѵ: "v", ԝ: "w", ɡ: "g", ı: "i", ɩ: "i" },
  ...{
    α: "a",
    β: "b",
    ε: "e",
    η: "n",
    ι: "i",
    κ: "k",
    ν: "v",
    ο: "o",
    ρ: "p",
    τ: "t",
    υ: "u",
    χ: "x",
    ո: "n",
  },
  ...{
    օ: "o",
    ѡ: "w",
    ց: "g",
    ģ: "g",
    "․": ".",
    "‐": "-",
    "‑": "-",
    "–": "-",
    "⁄": "/",
    "∕": "/",
    "／": "/",
  },
};

/** Invisible too, but some languages need them. */
const JOINERS = /[\u200c\u200d]/g;

/** A path as it is compared. */
export type Place =
  /** In the tree: `path` as given, relative, without `.` and `..`; `key` as it is compared. */
  | { readonly kind: "inside"; readonly path: string; readonly key: string }
  /** In a folder of the attempt's own. */
  | { readonly kind: "scratch"; readonly path: string }
  | { readonly kind: "outside"; readonly path: string }
  /** Nothing that a file can be called. */
  | { readonly kind: "invalid"; readonly path: string };

export interface Folders {
  readonly roots: readonly string[];
  readonly scratch: readonly string[];
}

/**
 * Tells where a path leads, without looking at any file system.
 *
 * @param base folder that it is relative to: itself relative to the tree, or absolute; empty: the tree
 */
export function locatePath(text: string, { roots, scratch }: Folders, base = ""): Place {
  if (text === "" || text.includes("\0")) return { kind: "invalid", path: text };
  const path = text.replaceAll("\\", "/");
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path) || /^[a-z]:/i.test(path)) return { kind: "outside", path };
  if (path.startsWith("~")) return { kind: "outside", path };
  if (!path.startsWith("/") && !base.startsWith("/")) return locateRelative(`${base}/${path}`, path);
  const whole = path.startsWith("/") ? path : `${base}/${path}`;
  const absolute = `/${(resolveSegments(whole) ?? []).join("/")}`;
  for (const root of roots) {
    const below = cutFolder(absolute, root);
    if (below !== null) return locateRelative(below, path);
  }
  const isOwn = scratch.some((folder) => cutFolder(absolute, folder) !== null);
  return { kind: isOwn ? "scratch" : "outside", path };
}

function locateRelative(text: string, asGiven: string): Place {
  const segments = resolveSegments(text);
  if (segments === null) return { kind: "outside", path: asGiven };
  const path = segments.join("/");
  return { kind: "inside", path, key: toPathKey(path) };
}

/** Null: it climbs out of where it starts. */
function resolveSegments(text: string): readonly string[] | null {
  const segments: string[] = [];
  for (const segment of text.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) return null;
  }
  return segments;
}

/** What comes behind `folder`, "" for itself; null: it is not in it. `/` holds nothing: it is never a work tree. */
function cutFolder(absolute: string, folder: string): string | null {
  const top = folder.replace(/\/+$/, "");
  if (top === "") return null;
  if (absolute === top) return "";
  return absolute.startsWith(`${top}/`) ? absolute.slice(top.length + 1) : null;
}

/** A path as it is compared: lower case, composed, without what file systems leave out of names. */
export function toPathKey(path: string): string {
  return path
    .normalize("NFKC")
    .replace(UNSAFE, "")
    .replace(JOINERS, "")
    .toLowerCase()
    .split("/")
    .map(toSegmentKey)
    .join("/");
}

/** Windows leaves out trailing dots and spaces and what follows a colon, and knows `.git` as `git~1` as well. */
function toSegmentKey(segment: string): string {
  const name = segment.replace(/:.*$/, "").replace(/[. ]+$/, "");
  return name === "git~1" ? ".git" : name;
}

/** The key with letters of other alphabets as the Latin ones that they look like. */
export const toLookalike = (key: string): string =>
  toPathKey([...key].map((char) => LOOKALIKES[char] ?? char).join(""));

/** True for a name with characters that cannot be seen or that turn what follows. */
export const hidesCharacters = (path: string): boolean => path.search(UNSAFE) !== -1;
