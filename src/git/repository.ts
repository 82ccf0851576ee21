import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ProjectId } from "../core/model/ids.ts";
import type { Git } from "./run.ts";

/** A project's repository and osqr's own folders for it: what the functions of this folder work on. */
export interface Repository {
  /** Top of the user's work tree. */
  readonly root: string;
  /** Git directory of that work tree; in a linked worktree not the common one. */
  readonly gitDir: string;
  /** Git directory that holds the refs and objects. */
  readonly commonDir: string;
  readonly projectKey: ProjectId;
  readonly objectFormat: "sha1" | "sha256";
  /** The project's object store and those it borrows from. */
  readonly objectStores: readonly [string, ...string[]];
  /** osqr's own folder for the project: its git directory, temporary trees. */
  readonly folder: string;
  readonly workFolder: string;
  /** In osqr's own git directory, with the project's object store: what is written ends in the project. */
  readonly own: Git;
  /** In the project's git directory, clean environment: only refs are read and written so. */
  readonly project: Git;
  /** With the user's environment and config, for the user's own checkouts. Needs `cwd`. */
  readonly user: Git;
}

/** Runs a function with a new folder below the project's, which is gone afterwards. */
export async function withTemporaryFolder<T>(
  repository: Pick<Repository, "folder">,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const parent = join(repository.folder, "tmp");
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, "t-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
