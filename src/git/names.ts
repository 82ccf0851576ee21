import type { Oid } from "../core/model/ids.ts";
import { GitError } from "./errors.ts";

/*
 * Names that reach git. Every one is checked by shape before use, so that none can be read as an option, a revision
 * expression or a path elsewhere.
 */

const oidShape = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const workspaceShape = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** Characters that mean something to a shell: branch names reach people's scripts and variables. */
const shellCharacters = /[`$;|&<>(){}'"!\\]/;
const notInRefs = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|\.$/;

export const isOid = (text: string): boolean => oidShape.test(text);

export const isWorkspaceName = (text: string): boolean => workspaceShape.test(text);

/** @throws GitError `bad-name` unless it is a full object name. */
export function checkOid(oid: Oid): Oid {
  if (isOid(oid)) return oid;
  throw new GitError(
    "bad-name",
    `expected an object name of 40 or 64 hex digits, found ${JSON.stringify(oid)}`,
  );
}

/** @throws GitError `bad-name` unless it is 1 to 64 of `a-z 0-9 -`, not starting with `-`. */
export function checkWorkspaceName(name: string): string {
  if (isWorkspaceName(name)) return name;
  throw new GitError(
    "bad-name",
    `expected a workspace name of a-z, 0-9 and "-", found ${JSON.stringify(name)}`,
  );
}

/** git-check-ref-format(1), and no part that starts with `-`. */
function isRefName(name: string): boolean {
  if (notInRefs.test(name) || name.length > 400) return false;
  return name
    .split("/")
    .every((part) => part !== "" && part !== "@" && !/^[.-]/.test(part) && !part.endsWith(".lock"));
}

/** True for a name that may be a base branch: a branch name of git without characters that mean something to a shell. */
function isBranchName(name: string): boolean {
  return name !== "HEAD" && isRefName(name) && !shellCharacters.test(name);
}

/** @throws GitError `bad-name` */
export function checkBranchName(name: string): string {
  if (isBranchName(name)) return name;
  throw new GitError("bad-name", `${JSON.stringify(name)} cannot be a base branch`, {
    hints: ["use a branch name without spaces, control characters, quotes or any of ~^:?*[\\`$;|&<>(){}!"],
  });
}

/** @throws GitError `bad-name` unless it is a full ref name below `refs/`. */
export function checkRef(ref: string): string {
  if (ref.startsWith("refs/") && isRefName(ref)) return ref;
  throw new GitError(
    "bad-name",
    `expected a full ref name such as refs/osqr/work/x, found ${JSON.stringify(ref)}`,
  );
}

/** @throws GitError `bad-name` unless the ref is osqr's own. */
export function checkOsqrRef(ref: string): string {
  if (ref.startsWith("refs/osqr/") && isRefName(ref) && !shellCharacters.test(ref)) return ref;
  throw new GitError("bad-name", `osqr writes only below refs/osqr/, found ${JSON.stringify(ref)}`);
}

/** True for a path inside a tree: relative, `/` separated, without empty parts, `.` or `..`. */
export function isTreePath(path: string): boolean {
  const parts = path.split("/");
  return (
    !parts.some((part) => ["", ".", ".."].includes(part)) && !path.includes("\0") && path.length <= 4_000
  );
}

/** @throws GitError `bad-name` unless it is a path inside a tree that may be written: nothing of git's own. */
export function checkTreePath(path: string): string {
  if (isTreePath(path) && !path.split("/").some(isGitName)) return path;
  throw new GitError(
    "bad-name",
    `expected a relative path inside the repository, found ${JSON.stringify(path)}`,
  );
}

/** Code points that HFS+ leaves out when it compares names. */
const ignoredByHfs = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/** True for every name that some file system takes for `.git` (`.GIT`, `git~1`, `.git `, `.git::$INDEX`). */
export function isGitName(name: string): boolean {
  const plain = name.replace(ignoredByHfs, "").toLowerCase();
  return plain === "git~1" || /^\.git[ .]*(?::.*)?$/.test(plain);
}

/** The name nearest to what was asked, null when none is near. */
export function findNearest(asked: string, names: readonly string[]): string | null {
  const ranked = names
    .map((name) => ({ name, distance: editDistance(asked.slice(0, 100), name.slice(0, 100)) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(2, asked.length / 3) ? best.name : null;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** A path for people: as it is, or quoted when it holds control characters or is not UTF-8. */
export function showPath(path: string): string {
  return /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffd]/.test(path) ? JSON.stringify(path) : path;
}
