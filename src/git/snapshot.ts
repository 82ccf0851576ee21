import { lstatSync } from "node:fs";
import { copyFile, mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { EpochMs } from "../core/model/ids.ts";
import { GitError, systemCode } from "./errors.ts";
import { createIgnoreRules } from "./ignore.ts";
import { type IndexFile, readIndex } from "./index-file.ts";
import { writeCommit } from "./merge.ts";
import { createNotes } from "./notes.ts";
import { readChanges, treeOf } from "./read.ts";
import { type Repository, withTemporaryFolder } from "./repository.ts";
import { readLine } from "./run.ts";
import { stageChanges } from "./stage.ts";
import type { Snapshot, WorkspaceRef } from "./types.ts";
import { findChanges } from "./walk.ts";
import { findWorkspace, toWorkspacePaths } from "./workspaces.ts";

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
  const startTree = await treeOf(repository, start);
  const tree = await findTree(repository, name);
  const notes = createNotes();
  const made = await withTemporaryFolder(repository, async (folder) => {
    const indexPath = join(folder, "index");
    const index = await prepareIndex(repository, workspace, indexPath);
    const stage = join(folder, "stage");
    await mkdir(stage);
    const ignore = createIgnoreRules(repository.own, tree, stage);
    const changes = await findChanges({ tree, index, ignore, notes });
    if (changes.files.length + changes.links.length + changes.deleted.length === 0) return startTree;
    if (changes.isEmpty) notes.addLine("the work tree is empty: all files are deleted");
    await stageChanges({ repository, tree, stage, indexPath, index, changes, notes });
    return readLine(repository.own, { args: ["write-tree"], env: { GIT_INDEX_FILE: indexPath } });
  });
  if (made === startTree) return { commit: start, tree: made, files: [], warnings: notes.toLines() };
  const commit = await writeCommit(repository, { tree: made, parents: [start], message, at });
  const files = await readChanges(repository, startTree, made);
  return { commit, tree: made, files, warnings: notes.toLines() };
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
  const { index } = toWorkspacePaths(repository, name);
  if ((await findWorkspace(repository, name))?.start === start) {
    const kept = await readKeptIndex(repository, index);
    if (kept !== null) {
      await copyFile(index, target);
      return kept;
    }
  }
  await repository.own({ args: ["read-tree", start], env: { GIT_INDEX_FILE: target } });
  return readIndex(target, repository.objectFormat);
}

/** A damaged index is no loss: null, and it is made again. */
async function readKeptIndex({ objectFormat }: Repository, path: string): Promise<IndexFile | null> {
  try {
    return await readIndex(path, objectFormat);
  } catch {
    return null;
  }
}
