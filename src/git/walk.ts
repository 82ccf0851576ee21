import { type Dirent, lstatSync, readdirSync, type Stats } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { GitError, systemCode } from "./errors.ts";
import type { Candidate, IgnoreRules } from "./ignore.ts";
import { type IndexEntry, type IndexFile, isGitlinkMode, isLinkMode } from "./index-file.ts";
import { isGitName } from "./names.ts";
import type { Notes } from "./notes.ts";
import { fileBytesMax, toPathBytes } from "./safe-copy.ts";

/*
 * Looks through an attempt's tree for what changed since its start. Only names and stat data are read here, links are
 * never followed, and what is no file, link or folder is never opened.
 *
 * Paths have one character per byte (latin1) and are relative to the tree.
 */

export interface TreeChanges {
  /** Regular files that are new, or whose stat data is not that of the start. */
  readonly files: readonly string[];
  /** Symbolic links, likewise. */
  readonly links: readonly string[];
  /** Tracked paths that are gone or have become something else. */
  readonly deleted: readonly string[];
  /** Tracked or not, the tree holds at least one file or link. */
  readonly isEmpty: boolean;
}

/** A tree with more entries than this is refused. */
const entriesMax = 1_000_000;
/** All changed files of a tree together; more is refused. */
const bytesMax = 8 * fileBytesMax;
/** Entries looked at in one go, before the rest of the process gets its turn. */
const sliceEntries = 500;

interface Walk {
  readonly tree: string;
  readonly index: IndexFile;
  readonly trackedFolders: ReadonlySet<string>;
  readonly ignore: IgnoreRules;
  readonly notes: Notes;
  readonly files: string[];
  readonly links: string[];
  /** Tracked paths that are still there, as they were or changed. */
  readonly present: Set<string>;
  /** What could not be read: what is tracked there or below stays as it was. */
  readonly closed: Set<string>;
  entries: number;
  /** Bytes of the changed files. */
  bytes: number;
}

type Kind = "file" | "link" | "folder" | "other";

interface Found {
  readonly path: string;
  readonly kind: Kind;
  readonly stats: Stats;
}

/** @param input.tree real path of the tree */
export async function findChanges(input: {
  readonly tree: string;
  readonly index: IndexFile;
  readonly ignore: IgnoreRules;
  readonly notes: Notes;
}): Promise<TreeChanges> {
  const walk: Walk = {
    ...input,
    trackedFolders: toFolders(input.index.entries.keys()),
    files: [],
    links: [],
    present: new Set(),
    closed: new Set(),
    entries: 0,
    bytes: 0,
  };
  let level = [""];
  while (level.length > 0) level = await walkLevel(walk, level);
  return {
    files: walk.files,
    links: walk.links,
    deleted: findDeleted(walk),
    isEmpty: walk.present.size + walk.files.length + walk.links.length === 0,
  };
}

/** All folders above the given paths. */
export function toFolders(paths: Iterable<string>): Set<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const folder = path.slice(0, at);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return folders;
}

/** Takes in the entries of some folders; returns the folders to go on with. */
async function walkLevel(walk: Walk, level: readonly string[]): Promise<string[]> {
  const found: Found[] = [];
  for (const folder of level) {
    const before = Math.floor(walk.entries / sliceEntries);
    found.push(...listFolder(walk, folder));
    if (Math.floor(walk.entries / sliceEntries) > before) await setImmediate();
  }
  for (const { path, kind } of found) {
    if (kind === "file" && (path === ".gitignore" || path.endsWith("/.gitignore")))
      await walk.ignore.add(path);
  }
  const unknown = found.filter(({ path }) => !walk.index.entries.has(path) && !walk.trackedFolders.has(path));
  const ignored = await walk.ignore.match(unknown.map(toCandidate));
  return found.filter((each) => !ignored.has(each.path) && takeIn(walk, each)).map(({ path }) => path);
}

function toCandidate({ path, kind }: Found): Candidate {
  return { path, isFolder: kind === "folder" };
}

function listFolder(walk: Walk, folder: string): Found[] {
  const found: Found[] = [];
  for (const entry of readFolder(walk, folder)) {
    const name = entry.name.toString("latin1");
    const path = folder === "" ? name : `${folder}/${name}`;
    if (name === ".git") {
      noteGit(walk, folder, entry);
      continue;
    }
    if (isGitName(entry.name.toString())) {
      walk.notes.add(path, "left out: some file systems take its name for .git");
      continue;
    }
    const stats = readStats(walk, path);
    if (stats !== null) found.push({ path, kind: toKind(stats), stats });
  }
  return found;
}

/** A `.git` is never looked into. The one at the top is ours to begin with. */
function noteGit(walk: Walk, folder: string, entry: Dirent<Buffer>): void {
  if (folder !== "") {
    walk.notes.add(folder, "holds a repository of its own: its files are taken in, its history is not");
  } else if (!entry.isFile()) {
    walk.notes.add(".git", "was replaced; osqr does not read it");
  }
}

function readFolder(walk: Walk, folder: string): Dirent<Buffer>[] {
  let entries: Dirent<Buffer>[] = [];
  try {
    entries = readdirSync(toPathBytes(walk.tree, folder), { encoding: "buffer", withFileTypes: true });
  } catch (error) {
    noteClosed(walk, folder, error);
  }
  walk.entries += entries.length;
  if (walk.entries > entriesMax) {
    throw new GitError(
      "workspace-too-large",
      `the work tree ${walk.tree} has more than ${entriesMax} entries`,
      {
        hints: ["add what is generated to .gitignore"],
      },
    );
  }
  return entries.sort((a, b) => Buffer.compare(a.name, b.name));
}

function readStats(walk: Walk, path: string): Stats | null {
  try {
    return lstatSync(toPathBytes(walk.tree, path));
  } catch (error) {
    noteClosed(walk, path, error);
    return null;
  }
}

/** What is gone meanwhile is gone; what cannot be read is said and stays as it was. */
function noteClosed(walk: Walk, path: string, error: unknown): void {
  const code = systemCode(error);
  if (code === "ENOENT" || code === "ENOTDIR") return;
  if (code === null) throw error;
  walk.closed.add(path);
  walk.notes.add(path === "" ? "." : path, `could not be read (${code}): not taken in`);
}

function toKind(stats: Stats): Kind {
  if (stats.isFile()) return "file";
  if (stats.isSymbolicLink()) return "link";
  return stats.isDirectory() ? "folder" : "other";
}

/** Notes one entry that is not ignored. True for a folder to go into. */
function takeIn(walk: Walk, { path, kind, stats }: Found): boolean {
  const tracked = walk.index.entries.get(path);
  if (kind === "other") {
    walk.notes.add(path, "left out: it is no file, but a pipe, socket or device");
    return false;
  }
  if (tracked !== undefined && isGitlinkMode(tracked.mode) && kind === "folder") {
    walk.present.add(path);
    if (readFolder(walk, path).length > 0) {
      walk.notes.add(path, "is a submodule: what is inside it is not taken in");
    }
    return false;
  }
  if (kind === "folder") return true;
  if (tracked !== undefined) walk.present.add(path);
  if (tracked !== undefined && isUnchanged(tracked, kind, stats, walk.index.writtenAtMs)) return false;
  if (kind === "link") walk.links.push(path);
  else takeFile(walk, path, stats.size);
  return false;
}

function takeFile(walk: Walk, path: string, size: number): void {
  walk.files.push(path);
  if (size <= fileBytesMax) walk.bytes += size;
  if (walk.bytes <= bytesMax) return;
  throw new GitError(
    "workspace-too-large",
    `${walk.tree}: the changed files have more than ${bytesMax} bytes`,
    {
      hints: ["add what is generated to .gitignore"],
    },
  );
}

/**
 * git's own rule: the same size, times, inode and mode mean the same content, unless the file is as young as the index
 * ("racy": it may have changed once more within the clock's tick).
 */
function isUnchanged(entry: IndexEntry, kind: Kind, stats: Stats, indexWrittenAtMs: number): boolean {
  if (isLinkMode(entry.mode) !== (kind === "link")) return false;
  if (kind === "file" && ((stats.mode & 0o100) !== 0) !== ((entry.mode & 0o100) !== 0)) return false;
  return (
    stats.mtimeMs === entry.mtimeMs &&
    stats.ctimeMs === entry.ctimeMs &&
    stats.ino % 2 ** 32 === entry.inode &&
    stats.size % 2 ** 32 === entry.size &&
    entry.mtimeMs < indexWrittenAtMs
  );
}

function findDeleted(walk: Walk): string[] {
  const gone = [...walk.index.entries.keys()].filter((path) => !walk.present.has(path));
  if (walk.closed.size === 0) return gone;
  return gone.filter((path) => ![path, "", ...toFolders([path])].some((each) => walk.closed.has(each)));
}
