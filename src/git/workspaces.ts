import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Oid } from "../core/model/ids.ts";
import { GitError, systemCode } from "./errors.ts";
import { checkOid, checkWorkspaceName, isOid, isWorkspaceName } from "./names.ts";
import { writeGitDirectory } from "./own-directory.ts";
import { deleteRef } from "./refs.ts";
import type { Repository } from "./repository.ts";
import { moveToTrash } from "./trash.ts";
import type { WorkspaceRef } from "./types.ts";

/*
 * A workspace is a folder `<workFolder>/<name>` with
 *   tree/     the work tree: the only place an attempt may write
 *   git/      a git directory for the attempt to look at; osqr never reads it
 *   index     osqr's own index of the start, with the stat data of the fresh checkout
 *   record    the project it belongs to and its start
 * and a ref `refs/osqr/live/<name>` that keeps its start from garbage collection.
 */

const liveRef = (name: string) => `refs/osqr/live/${name}`;

interface WorkspacePaths {
  readonly folder: string;
  readonly tree: string;
  readonly gitDir: string;
  readonly index: string;
  readonly record: string;
}

export function toWorkspacePaths({ workFolder }: Repository, name: string): WorkspacePaths {
  const folder = join(workFolder, checkWorkspaceName(name));
  return {
    folder,
    tree: join(folder, "tree"),
    gitDir: join(folder, "git"),
    index: join(folder, "index"),
    record: join(folder, "record"),
  };
}

export async function createWorkspace(
  repository: Repository,
  name: string,
  start: Oid,
): Promise<WorkspaceRef> {
  const paths = toWorkspacePaths(repository, name);
  checkOid(start);
  await claimFolder(repository, name, paths, start);
  try {
    await repository.project({ args: ["update-ref", "--no-deref", liveRef(name), start] });
    await writeGitDirectory(paths.gitDir, {
      objectFormat: repository.objectFormat,
      alternates: [repository.objectStores[0]],
      head: start,
      bare: false,
    });
    await mkdir(paths.tree);
    await checkOut(repository, paths.tree, paths.index, start);
    // For the attempt alone: `git status`, `log` and `diff` work in the tree.
    await copyFile(paths.index, join(paths.gitDir, "index"));
    await writeFile(join(paths.tree, ".git"), `gitdir: ${paths.gitDir}\n`);
  } catch (error) {
    await removeWorkspace(repository, name);
    throw error;
  }
  return toWorkspaceRef(repository, name, start);
}

function toWorkspaceRef(repository: Repository, name: string, start: Oid): WorkspaceRef {
  const { tree, gitDir } = toWorkspacePaths(repository, name);
  return { name, tree, gitDir, objectStores: repository.objectStores, start };
}

export async function findWorkspace(repository: Repository, name: string): Promise<WorkspaceRef | null> {
  const record = await readRecord(repository, name);
  if (record?.project !== repository.projectKey) return null;
  // git writes the index when the last file is in place: without it the checkout was cut off, and nobody worked here.
  const { index } = toWorkspacePaths(repository, name);
  return existsSync(index) ? toWorkspaceRef(repository, name, record.start) : null;
}

/** Takes the name in one step, with its record: half a workspace is still known as one of this project. */
async function claimFolder(
  repository: Repository,
  name: string,
  { folder }: WorkspacePaths,
  start: Oid,
): Promise<void> {
  await mkdir(repository.workFolder, { recursive: true, mode: 0o700 });
  const draft = await mkdtemp(join(repository.workFolder, ".new-"));
  try {
    const record: WorkspaceRecord = { project: repository.projectKey, start };
    await writeFile(join(draft, "record"), JSON.stringify(record));
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const code = systemCode(error);
    if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "ENOTDIR") throw error;
    throw new GitError("workspace-exists", `the workspace ${name} exists already: ${folder}`, {
      hints: ["remove it first, or take another name"],
    });
  }
}

/** Fills an empty folder with the files of a commit, and writes the index with their stat data. */
async function checkOut({ own }: Repository, tree: string, index: string, start: Oid): Promise<void> {
  await own({
    args: [
      ...["-c", "checkout.workers=8", "-c", "checkout.thresholdForParallelism=100"],
      ...["read-tree", "-m", "-u", start],
    ],
    cwd: tree,
    env: { GIT_WORK_TREE: tree, GIT_INDEX_FILE: index },
    timeoutMs: 15 * 60_000,
  });
}

export async function removeWorkspace(repository: Repository, name: string): Promise<void> {
  const { folder } = toWorkspacePaths(repository, name);
  const record = await readRecord(repository, name);
  if (record !== null && record.project !== repository.projectKey) {
    throw new GitError("bad-name", `the workspace ${name} belongs to another project (${record.project})`);
  }
  // The ref first: what a crash leaves in between is then a folder, which the next process finds.
  await deleteRef(repository, liveRef(name));
  await moveToTrash(repository, folder);
}

interface WorkspaceRecord {
  readonly project: string;
  readonly start: Oid;
}

/** What was written when the workspace was made; null where there is none, or it cannot be read. */
async function readRecord(repository: Repository, name: string): Promise<WorkspaceRecord | null> {
  try {
    const record: unknown = JSON.parse(await readFile(toWorkspacePaths(repository, name).record, "utf8"));
    return isRecord(record) ? record : null;
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ENOTDIR" || error instanceof SyntaxError) return null;
    throw error;
  }
}

function isRecord(value: unknown): value is WorkspaceRecord {
  return (
    typeof value === "object" &&
    value !== null &&
    "project" in value &&
    typeof value.project === "string" &&
    "start" in value &&
    typeof value.start === "string" &&
    isOid(value.start)
  );
}

/** Names of this project's workspaces. */
export async function listWorkspaces(repository: Repository): Promise<string[]> {
  const names = await listNames(repository.workFolder);
  const records = await Promise.all(names.map((name) => readRecord(repository, name)));
  return names.filter((_, at) => records[at]?.project === repository.projectKey).sort();
}

async function listNames(workFolder: string): Promise<string[]> {
  try {
    return (await readdir(workFolder)).filter(isWorkspaceName);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  }
}
