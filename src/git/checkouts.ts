import { lstatSync, type Stats } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Oid } from "../core/model/ids.ts";
import { GitError, systemCode } from "./errors.ts";
import { listChangedPaths } from "./read.ts";
import type { Repository } from "./repository.ts";
import { firstLine, readLine, splitNul } from "./run.ts";

/*
 * The user's own work trees. They are the user's: git runs in them with the user's environment and config, because its
 * filters (LFS), line ends, sparse patterns and file monitor must hold for the files there. Only hooks are off.
 */

export interface Checkout {
  readonly path: string;
  readonly gitDir: string;
  /**
   * The branch is checked out; or it is being rebased here and git will come back to it; or it is checked out in a folder
   * that is not there now (a disk that is not mounted).
   */
  readonly use: "checked-out" | "rebasing" | "absent";
}

interface ListedWorktree {
  readonly path: string;
  /** Full ref, null while detached. */
  readonly branch: string | null;
  readonly isBare: boolean;
  /** The folder is gone, and nothing says that it will come back. */
  readonly isPrunable: boolean;
}

async function listWorktrees({ project, root, gitDir, commonDir }: Repository): Promise<ListedWorktree[]> {
  const { stdout } = await project({ args: ["worktree", "list", "--porcelain", "-z"] });
  const records = stdout
    .toString()
    .split("\0\0")
    .filter((record) => record !== "");
  return records.map((record, at) => {
    const fields = new Map(record.split("\0").map((line) => toField(line)));
    // git guesses the main work tree from the name of the git directory; when we were opened there we know it.
    const isKnownMain = at === 0 && gitDir === commonDir;
    return {
      path: isKnownMain ? root : (fields.get("worktree") ?? ""),
      branch: fields.get("branch") ?? null,
      isBare: !isKnownMain && fields.has("bare"),
      isPrunable: fields.has("prunable"),
    };
  });
}

function toField(line: string): [string, string] {
  const space = line.indexOf(" ");
  return space < 0 ? [line, ""] : [line.slice(0, space), line.slice(space + 1)];
}

/** Work trees whose files follow the branch. */
export async function findCheckouts(repository: Repository, base: string): Promise<Checkout[]> {
  const ref = `refs/heads/${base}`;
  const found: Checkout[] = [];
  for (const { path, branch, isBare, isPrunable } of await listWorktrees(repository)) {
    if (isBare || isPrunable || (branch !== null && branch !== ref)) continue;
    if (!exists(path)) {
      if (branch === ref) found.push({ path, gitDir: "", use: "absent" });
      continue;
    }
    const gitDir = await readLine(repository.user, { args: ["rev-parse", "--absolute-git-dir"], cwd: path });
    if (branch === ref) found.push({ path, gitDir, use: "checked-out" });
    else if (await isRebasing(gitDir, ref)) found.push({ path, gitDir, use: "rebasing" });
  }
  return found;
}

async function isRebasing(gitDir: string, ref: string): Promise<boolean> {
  for (const name of ["rebase-merge", "rebase-apply"]) {
    try {
      if ((await readFile(join(gitDir, name, "head-name"), "utf8")).trim() === ref) return true;
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw error;
    }
  }
  return false;
}

const exists = (path: string) => toStats(path) !== null;

/** Stat data of the path itself, null where nothing is. */
function toStats(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}

const unfinished: readonly (readonly [string, string])[] = [
  ["index.lock", "another git command is running there (index.lock exists)"],
  ["MERGE_HEAD", "a merge is in progress there"],
  ["CHERRY_PICK_HEAD", "a cherry-pick is in progress there"],
  ["REVERT_HEAD", "a revert is in progress there"],
  ["rebase-apply", "a rebase or am is in progress there"],
  ["rebase-merge", "a rebase is in progress there"],
];

/** Why a checkout cannot be advanced right now, null when it can. */
export function findUnfinished({ path, gitDir, use }: Checkout): string | null {
  if (use === "absent") return `${path}: the branch is checked out there, but the folder is not there now`;
  if (use === "rebasing") return `${path}: the branch is being rebased there`;
  const found = unfinished.find(([name]) => exists(join(gitDir, name)));
  return found === undefined ? null : `${path}: ${found[1]}`;
}

/** True when tracked files there differ from the commit; untracked files do not count. */
export async function isDirty({ user }: Repository, { path, use }: Checkout): Promise<boolean> {
  return use !== "absent" && (await listLocalChanges(user, path)).length > 0;
}

/** Tracked paths with staged or unstaged changes. */
async function listLocalChanges(user: Repository["user"], cwd: string): Promise<string[]> {
  const { stdout } = await user({
    args: ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=no"],
    cwd,
    env: { GIT_OPTIONAL_LOCKS: "0" },
  });
  return splitNul(stdout).map((line) => line.slice(3));
}

/** What stands in the way of a checkout's advance: local changes, untracked and ignored files. Sorted. */
export async function findInTheWay(
  repository: Repository,
  { path: top }: Checkout,
  from: Oid,
  to: Oid,
): Promise<string[]> {
  const landing = await listChangedPaths(repository, from, to);
  const local = await listLocalChanges(repository.user, top);
  const tracked = await listTracked(repository.user, top);
  const inTheWay = new Set(local.filter((path) => meets(path, landing)));
  const folders = new Set([...tracked].flatMap(toParents));
  for (const path of landing) {
    for (const part of [...toParents(path), path]) {
      if (tracked.has(part) || folders.has(part)) continue;
      const stats = toStats(join(top, part));
      if (stats?.isDirectory() === false) inTheWay.add(part);
      else if (stats !== null && part === path) inTheWay.add(`${part}/`);
    }
  }
  return [...inTheWay].sort();
}

async function listTracked(user: Repository["user"], cwd: string): Promise<Set<string>> {
  const { stdout } = await user({ args: ["ls-files", "-z"], cwd, stdoutBytesMax: 256 * 1024 * 1024 });
  return new Set(splitNul(stdout));
}

/** True when a path is one of the others, or holds or lies below one. */
function meets(path: string, others: readonly string[]): boolean {
  return others.some((each) => each === path || each.startsWith(`${path}/`) || path.startsWith(`${each}/`));
}

/** `a/b/c` gives `a`, `a/b`. */
function toParents(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join("/"));
}

type Advance = { readonly kind: "advanced" } | { readonly kind: "refused"; readonly reason: string };

/**
 * Fast-forwards the branch that is checked out here, files and all, exactly as `git merge --ff-only` does it for the
 * user: with the user's config, since these are the user's files, but without hooks, and never over an untracked or
 * ignored file. It refuses when HEAD is not behind `to`, so a commit made in between is safe.
 */
export async function fastForward({ user }: Repository, { path }: Checkout, to: Oid): Promise<Advance> {
  const options = ["--ff-only", "--no-overwrite-ignore", "--no-autostash", "--no-stat", "--quiet"];
  return attempt(() => user({ args: ["merge", ...options, to], cwd: path, timeoutMs: 15 * 60_000 }));
}

/**
 * Brings index and files from one commit to another, keeping local changes, without touching HEAD. Does nothing where it
 * is done already. With `dryRun` only tells whether it would work.
 */
export async function moveFiles(
  { user }: Repository,
  { path: cwd }: Checkout,
  from: Oid,
  to: Oid,
  dryRun: boolean,
): Promise<Advance> {
  return attempt(async () => {
    // A file that was only touched counts as changed until the index has looked at it again.
    if (!dryRun) await user({ args: ["update-index", "-q", "--refresh"], cwd, okCodes: [0, 1] });
    const options = dryRun ? ["--dry-run"] : [];
    await user({ args: ["read-tree", ...options, "-m", "-u", from, to], cwd, timeoutMs: 15 * 60_000 });
  });
}

async function attempt(act: () => Promise<unknown>): Promise<Advance> {
  try {
    await act();
    return { kind: "advanced" };
  } catch (error) {
    if (!(error instanceof GitError) || error.code !== "git-failed") throw error;
    return { kind: "refused", reason: firstLine(error.stderr) };
  }
}
