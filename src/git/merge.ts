import { join } from "node:path";
import type { EpochMs, Oid } from "../core/model/ids.ts";
import { GitError } from "./errors.ts";
import { checkOid, checkTreePath } from "./names.ts";
import { findEntry, listTree, type TreeEntry, treeOf } from "./read.ts";
import { type Repository, withTemporaryFolder } from "./repository.ts";
import { readLine, splitNul, toError } from "./run.ts";
import type { MergeOutcome, TreeEdit } from "./types.ts";

/*
 * Merges, commits and trees in memory. All run in osqr's own bare git directory: there the attributes of the tree are not
 * read and no merge driver is defined, so nothing that a branch brings along can run or steer a merge.
 */

export async function mergeCommits({ own }: Repository, ours: Oid, theirs: Oid): Promise<MergeOutcome> {
  const args = [
    "merge-tree",
    "--write-tree",
    "--no-messages",
    "--name-only",
    "-z",
    checkOid(ours),
    checkOid(theirs),
  ];
  // 1 is a conflict.
  const { code, stdout, stderr } = await own({ args, okCodes: [0, 1], timeoutMs: 5 * 60_000 });
  // Where a tree cannot be read, git (2.39) takes it for empty, says so on stderr only, and "succeeds".
  if (/^(error|fatal):/m.test(stderr)) throw toError(["git", ...args], code, stderr);
  const [tree = "", ...paths] = splitNul(stdout);
  return { tree: checkOid(tree), conflicts: [...new Set(paths.filter((path) => path !== ""))] };
}

const identity = { name: "osqr", email: "osqr@localhost" };

/** Variables that make a commit by osqr at a time, in UTC. */
function toIdentity(at: EpochMs): Record<string, string> {
  const date = `@${Math.floor(at / 1000)} +0000`;
  return {
    GIT_AUTHOR_NAME: identity.name,
    GIT_AUTHOR_EMAIL: identity.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: identity.name,
    GIT_COMMITTER_EMAIL: identity.email,
    GIT_COMMITTER_DATE: date,
  };
}

export function writeCommit(
  { own }: Repository,
  input: { tree: Oid; parents: readonly Oid[]; message: string; at: EpochMs },
): Promise<Oid> {
  const parents = input.parents.flatMap((parent) => ["-p", checkOid(parent)]);
  return readLine(own, {
    args: ["commit-tree", checkOid(input.tree), ...parents, "-F", "-"],
    env: toIdentity(input.at),
    stdin: input.message.endsWith("\n") ? input.message : `${input.message}\n`,
  });
}

/**
 * A three-way merge whose base is given: two commits are made that have that base for their only parent, because `merge-tree
 * --merge-base` is younger than the oldest git that is supported (2.38). They are the same for the same input, and nothing
 * refers to them.
 */
export async function mergeFrom(
  repository: Repository,
  base: Oid,
  { ours, theirs }: { readonly ours: Oid; readonly theirs: Oid },
): Promise<MergeOutcome> {
  const commit = async (treeish: Oid, parents: readonly Oid[]): Promise<Oid> =>
    writeCommit(repository, { tree: await treeOf(repository, treeish), parents, message: "merge", at: 0 });
  const parent = await commit(base, []);
  return mergeCommits(repository, await commit(ours, [parent]), await commit(theirs, [parent]));
}

/** Lets a function change an index that starts as a tree (null: empty); resolves to the tree it makes of it. */
async function withIndex(
  repository: Repository,
  treeish: Oid | null,
  change: (env: Readonly<Record<string, string>>) => Promise<unknown>,
): Promise<Oid> {
  const { own } = repository;
  return withTemporaryFolder(repository, async (folder) => {
    const env = { GIT_INDEX_FILE: join(folder, "index") };
    if (treeish !== null) await own({ args: ["read-tree", checkOid(treeish)], env });
    await change(env);
    return readLine(own, { args: ["write-tree"], env });
  });
}

/** Lines of `update-index --index-info`; a file takes the place of a folder and the other way round. */
async function applyLines(
  { own }: Repository,
  env: Readonly<Record<string, string>>,
  lines: readonly string[],
): Promise<void> {
  const stdin = lines.map((line) => `${line}\0`).join("");
  await own({ args: ["update-index", "--replace", "--add", "-z", "--index-info"], env, stdin });
}

const toRemoval = (objectFormat: Repository["objectFormat"], path: string) =>
  `0 ${"0".repeat(objectFormat === "sha256" ? 64 : 40)}\t${path}`;

export async function editTree(
  repository: Repository,
  treeish: Oid | null,
  edits: readonly TreeEdit[],
): Promise<Oid> {
  const lines: string[] = [];
  for (const { path, content } of edits) {
    checkTreePath(path);
    if (content === null) lines.push(toRemoval(repository.objectFormat, path));
    else lines.push(await writeContent(repository, treeish, path, content));
  }
  return withIndex(repository, treeish, (env) => applyLines(repository, env, lines));
}

/** An executable file stays one; anything else becomes a plain file. */
async function writeContent(
  repository: Repository,
  treeish: Oid | null,
  path: string,
  content: string,
): Promise<string> {
  const args = ["hash-object", "-w", "--stdin", "--no-filters"];
  const oid = await readLine(repository.own, { args, stdin: content });
  const entry = treeish === null ? null : await findEntry(repository, treeish, path);
  return `${entry?.mode === "100755" ? "100755" : "100644"} ${oid}\t${path}`;
}

/** A name that a merge gives to a file whose place a folder has taken: `<path>~<commit>`. */
const movedAside = /^(.+)~(?:[0-9a-f]{40}|[0-9a-f]{64})(?:_\d+)?$/;

export async function takePaths(
  repository: Repository,
  treeish: Oid,
  side: Oid,
  paths: readonly string[],
): Promise<Oid> {
  const unreadable = paths.find((path) => path.includes("\ufffd"));
  if (unreadable !== undefined) {
    // Its bytes are not known here, so nothing would be taken and the conflict would stay in the file.
    throw new GitError("bad-name", `${JSON.stringify(unreadable)} is not UTF-8: no side of it can be taken`, {
      hints: ["merge it by hand"],
    });
  }
  const places = new Set(
    paths.flatMap((path) => [path, movedAside.exec(path)?.[1] ?? path]).map(checkTreePath),
  );
  const present = await listBelow(repository, treeish, places);
  const wanted = await listBelow(repository, side, places);
  const lines = [
    ...present.map(({ path }) => toRemoval(repository.objectFormat, path)),
    ...wanted.map(({ mode, oid, path }) => `${mode} ${oid}\t${path}`),
  ];
  return withIndex(repository, treeish, (env) => applyLines(repository, env, lines));
}

/** Arguments per call of git: far below the limit of the system, whatever the paths. */
const pathsPerCall = 200;

async function listBelow(
  repository: Repository,
  treeish: Oid,
  places: ReadonlySet<string>,
): Promise<TreeEntry[]> {
  const all = [...places];
  const entries: TreeEntry[] = [];
  for (let at = 0; at < all.length; at += pathsPerCall) {
    entries.push(...(await listTree(repository, treeish, ["-r"], all.slice(at, at + pathsPerCall))));
  }
  return entries;
}
