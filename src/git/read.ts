import type { Oid } from "../core/model/ids.ts";
import { GitError } from "./errors.ts";
import { checkOid, isTreePath } from "./names.ts";
import type { Repository } from "./repository.ts";
import { readLine, splitNul } from "./run.ts";
import type { CommitContent, FileChange, FileTouch } from "./types.ts";

/** Reading of commits, trees and blobs, all through osqr's own git directory. */

/** Bytes that one file may have to be read as text, and that one `readBlobs` may give back. */
const textBytesMax = 32 * 1024 * 1024;
const blobsBytesMax = 512 * 1024 * 1024;

export async function treeOf({ own }: Repository, commit: Oid): Promise<Oid> {
  return readLine(own, { args: ["rev-parse", "--verify", `${checkOid(commit)}^{tree}`] });
}

export async function readCommit({ own }: Repository, commit: Oid): Promise<CommitContent | null> {
  const { stdout } = await own({ args: ["cat-file", "--batch"], stdin: `${checkOid(commit)}\n` });
  const [, type = ""] = stdout.toString("utf8", 0, stdout.indexOf("\n")).split(" ");
  if (type === "missing") return null;
  if (type !== "commit")
    throw new GitError("git-failed", `expected ${commit} to be a commit, found a ${type}`);
  const text = stdout.toString("utf8", stdout.indexOf("\n") + 1).replace(/\n$/, "");
  const blank = text.indexOf("\n\n");
  const head = text.slice(0, blank).split("\n");
  const listed = (name: string): Oid[] =>
    head.flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length + 1)] : []));
  return { tree: listed("tree")[0] ?? "", parents: listed("parent"), message: text.slice(blank + 2) };
}

export async function isAncestor({ own }: Repository, ancestor: Oid, descendant: Oid): Promise<boolean> {
  if (ancestor === descendant) return true;
  const args = ["merge-base", "--is-ancestor", checkOid(ancestor), checkOid(descendant)];
  return (await own({ args, okCodes: [0, 1] })).code === 0;
}

export async function mergeBase({ own }: Repository, a: Oid, b: Oid): Promise<Oid | null> {
  const { code, stdout } = await own({ args: ["merge-base", checkOid(a), checkOid(b)], okCodes: [0, 1] });
  return code === 0 ? checkOid(stdout.toString("utf8").trim()) : null;
}

export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly oid: Oid;
  /** Null for what is no blob. */
  readonly size: number | null;
}

/** Entries of a tree below the given paths, which are taken literally. */
export async function listTree(
  { own }: Repository,
  treeish: Oid,
  options: readonly string[],
  paths: readonly string[],
): Promise<TreeEntry[]> {
  const { stdout } = await own({
    args: ["ls-tree", "-z", "-l", "--full-tree", ...options, checkOid(treeish), "--", ...paths],
    env: { GIT_LITERAL_PATHSPECS: "1" },
    stdoutBytesMax: 512 * 1024 * 1024,
  });
  return splitNul(stdout).map((line) => {
    const tab = line.indexOf("\t");
    const [mode = "", , oid = "", size = "-"] = line.slice(0, tab).split(/ +/);
    return { path: line.slice(tab + 1), mode, oid, size: size === "-" ? null : Number(size) };
  });
}

const isRegular = (entry: TreeEntry) => entry.mode.startsWith("100");

export async function listFiles(
  repository: Repository,
  commit: Oid,
  under?: readonly string[],
): Promise<{ path: string; oid: Oid; size: number }[]> {
  if (under === undefined) return listRegular(repository, commit, []);
  const folders = under.map((folder) => folder.replace(/\/+$/, ""));
  // "" and "/" are the root, which holds all others.
  if (folders.includes("")) return listRegular(repository, commit, []);
  const paths = folders.filter(isTreePath);
  return paths.length === 0 ? [] : listRegular(repository, commit, paths);
}

async function listRegular(repository: Repository, commit: Oid, paths: readonly string[]) {
  const entries = await listTree(repository, commit, ["-r"], paths);
  return entries.filter(isRegular).map(({ path, oid, size }) => ({ path, oid, size: size ?? 0 }));
}

/** The entry of one path, null where there is none. */
export async function findEntry(
  repository: Repository,
  treeish: Oid,
  path: string,
): Promise<TreeEntry | null> {
  if (!isTreePath(path)) return null;
  const entries = await listTree(repository, treeish, [], [path]);
  return entries.find((entry) => entry.path === path) ?? null;
}

export async function hasFile(repository: Repository, commit: Oid, path: string): Promise<boolean> {
  const entry = await findEntry(repository, commit, path);
  return entry !== null && isRegular(entry);
}

const TOUCH_TEXT_MAX = 200;

/** The last commit up to the given one that changed the file. */
export async function lastTouch({ own }: Repository, commit: Oid, path: string): Promise<FileTouch | null> {
  const { stdout } = await own({
    args: ["log", "-1", "--format=%H%x00%an%x00%s", checkOid(commit), "--", path],
    env: { GIT_LITERAL_PATHSPECS: "1" },
  });
  const [touched = "", author = "", subject = ""] = stdout.toString().trim().split("\0");
  if (touched === "") return null;
  const cut = (text: string): string => text.slice(0, TOUCH_TEXT_MAX);
  return { commit: checkOid(touched), author: cut(author), subject: cut(subject) };
}

export async function readFile(repository: Repository, commit: Oid, path: string): Promise<string | null> {
  const entry = await findEntry(repository, commit, path);
  if (entry === null || !isRegular(entry)) return null;
  if ((entry.size ?? 0) > textBytesMax) {
    throw new GitError("file-too-large", `${path} has ${entry.size} bytes; at most ${textBytesMax} are read`);
  }
  const { stdout } = await repository.own({ args: ["cat-file", "blob", entry.oid] });
  return stdout.toString();
}

/** Sizes of blobs in the order given. */
async function readSizes({ own }: Repository, oids: readonly Oid[]): Promise<number[]> {
  const printed = await readLine(own, {
    args: ["cat-file", "--batch-check=%(objecttype) %(objectsize)"],
    stdin: `${oids.map(checkOid).join("\n")}\n`,
  });
  return printed.split("\n").map((line, at) => {
    const [type, size] = line.split(" ");
    if (type === "blob") return Number(size);
    throw new GitError("objects-missing", `expected ${oids[at]} to be a file's content, found "${line}"`, {
      hints: ["git fsck --full lists what is missing or damaged"],
    });
  });
}

export async function readBlobs(
  repository: Repository,
  oids: readonly Oid[],
  bytesMax: number,
): Promise<(Buffer | null)[]> {
  if (oids.length === 0) return [];
  const sizes = await readSizes(repository, oids);
  const wanted = oids.filter((_, at) => (sizes[at] ?? 0) <= bytesMax);
  if (wanted.length === 0) return oids.map(() => null);
  const { stdout } = await repository.own({
    args: ["cat-file", "--batch=%(objectsize)"],
    stdin: `${wanted.join("\n")}\n`,
    stdoutBytesMax: blobsBytesMax,
  });
  let at = 0;
  return sizes.map((size) => {
    if (size > bytesMax) return null;
    // "<size> LF <content> LF"
    const start = stdout.indexOf(10, at) + 1;
    at = start + size + 1;
    return stdout.subarray(start, start + size);
  });
}

const kinds: Readonly<Record<string, FileChange["kind"]>> = { A: "added", D: "deleted" };

/** What changed between two commits or trees. */
export async function readChanges({ own }: Repository, from: Oid, to: Oid): Promise<FileChange[]> {
  if (from === to) return [];
  const { stdout } = await own({
    args: [
      ...["diff-tree", "-r", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--raw", "--numstat"],
      ...[checkOid(from), checkOid(to)],
    ],
    stdoutBytesMax: 256 * 1024 * 1024,
  });
  return parseChanges(splitNul(stdout));
}

/** First all of `:modes oids status NUL path`, then all of `added TAB deleted TAB path`. */
function parseChanges(fields: readonly string[]): FileChange[] {
  const kindOf = new Map<string, FileChange["kind"]>();
  const lines = new Map<string, Pick<FileChange, "added" | "deleted">>();
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] ?? "";
    if (field.startsWith(":")) {
      i += 1;
      kindOf.set(fields[i] ?? "", kinds[field.at(-1) ?? ""] ?? "modified");
      continue;
    }
    const [added = "", deleted = "", ...path] = field.split("\t");
    lines.set(path.join("\t"), { added: toLines(added), deleted: toLines(deleted) });
  }
  return [...kindOf].map(([path, kind]) => ({
    path,
    kind,
    ...(lines.get(path) ?? { added: null, deleted: null }),
  }));
}

/** git prints `-` for binary files. */
function toLines(text: string): number | null {
  return text === "-" || text === "" ? null : Number(text);
}

/** Paths that differ between two commits. */
export async function listChangedPaths({ own }: Repository, from: Oid, to: Oid): Promise<string[]> {
  const args = ["diff-tree", "-r", "-z", "--no-renames", "--name-only", checkOid(from), checkOid(to)];
  return splitNul((await own({ args, stdoutBytesMax: 256 * 1024 * 1024 })).stdout);
}
