import { lstatSync } from "node:fs";
import { copyFile, mkdir, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import type { EpochMs } from "../core/model/ids.ts";
import { GitError, systemCode } from "./errors.ts";
import { createIgnoreRules } from "./ignore.ts";
import { type IndexFile, readIndex } from "./index-file.ts";
import { writeCommit } from "./merge.ts";
import { checkOid } from "./names.ts";
import { createNotes } from "./notes.ts";
import { readChanges, treeOf } from "./read.ts";
import { type Repository, withTemporaryFolder } from "./repository.ts";
import { readLine } from "./run.ts";
import { stageChanges } from "./stage.ts";
import type { Snapshot, WorkspaceRef } from "./types.ts";
import { findChanges } from "./walk.ts";
import { toWorkspacePaths } from "./workspaces.ts";

/*
 * A snapshot commits all that is in a work tree. git never runs in that tree: osqr looks through it itself, copies what
 * changed into a folder of its own, and lets git make objects from there. So no `.git`, config, hook, filter or
 * attribute file that an attempt leaves behind is ever looked at by a git that could act on it, and a FIFO hangs nothing.
 */

export async function takeSnapshot(
  repository: Repository,
  workspace: WorkspaceRef,
  message: string,
  at: EpochMs,
): Promise<Snapshot> {
  const { name, start } = workspace;
  checkOid(start);
  const tree = await findTree(repository, name);
  const notes = createNotes();
  const made = await withTemporaryFolder(repository, async (folder) => {
    const indexPath = join(folder, "index");
    const index = await prepareIndex(repository, workspace, indexPath);
    const stage = join(folder, "stage");
    await mkdir(stage);
    const ignore = createIgnoreRules(repository.own, tree, stage);
    const changes = await findChanges({ tree, index, ignore, notes });
    if (changes.isEmpty && index.entries.size > 0)
      notes.addLine("the work tree is empty: all files are deleted");
    await stageChanges({ repository, tree, stage, indexPath, index, changes, notes });
    return readLine(repository.own, { args: ["write-tree"], env: { GIT_INDEX_FILE: indexPath } });
  });
  if (made === (await treeOf(repository, start))) {
    return { commit: start, tree: made, files: [], warnings: notes.toLines() };
  }
  const commit = await writeCommit(repository, { tree: made, parents: [start], message, at });
  return {
    commit,
    tree: made,
    files: await readChanges(repository, start, commit),
    warnings: notes.toLines(),
  };
}

/** Real path of the work tree. The attempt may have removed it or put a link in its place. */
async function findTree(repository: Repository, name: string): Promise<string> {
  const { folder, tree } = toWorkspacePaths(repository, name);
  try {
    if (lstatSync(tree).isDirectory()) return join(await realpath(folder), "tree");
  } catch (error) {
    if (systemCode(error) !== "ENOENT" && systemCode(error) !== "ENOTDIR") throw error;
  }
  throw new GitError(
    "workspace-missing",
    `expected the work tree of ${name} at ${tree}, found no folder there`,
    {
      hints: ["what it held since the last snapshot is lost; start the task again"],
    },
  );
}

/**
 * Puts an index of the start at a path. That of the checkout knows the stat data of the files, so that only what changed
 * is read; without it (or with another start) everything is read.
 */
async function prepareIndex(
  repository: Repository,
  { name, start }: WorkspaceRef,
  target: string,
): Promise<IndexFile> {
  const { own, objectFormat } = repository;
  const env = { GIT_INDEX_FILE: target };
  const kept = await readKeptIndex(repository, name, target);
  if (kept !== null) {
    const tree = await own({ args: ["write-tree"], env, okCodes: [0, 128] });
    if (tree.stdout.toString().trim() === (await treeOf(repository, start))) return kept;
  }
  await rm(target, { force: true });
  await own({ args: ["read-tree", start], env });
  return readIndex(target, objectFormat);
}

/** The index of the checkout, copied; null when it is missing or damaged. */
async function readKeptIndex(
  repository: Repository,
  name: string,
  target: string,
): Promise<IndexFile | null> {
  const { index } = toWorkspacePaths(repository, name);
  try {
    await copyFile(index, target);
    // Of the original: the copy's own time would hide files that changed right after the checkout.
    return await readIndex(index, repository.objectFormat);
  } catch (error) {
    // A damaged index is no loss: it is made again.
    if (systemCode(error) === "ENOSPC") throw error;
    return null;
  }
}
