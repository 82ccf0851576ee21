import { constants, existsSync } from "node:fs";
import { cp, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Mount, SandboxLevel } from "../types.ts";
import type { KeptSetup } from "./kept.ts";
import { NODE_SCRATCH } from "./run.ts";

export interface AttachOptions {
  readonly level: SandboxLevel;
  readonly tree: string;
  /** Folder of the attempt, outside the tree, for what tools write into their caches. */
  readonly scratch: string;
  /** The task changes dependencies: it gets a copy of its own that it may write. @default false */
  readonly isPrivate?: boolean;
}

export interface AttachedSetup {
  /** For `SandboxRequest.mounts`. */
  readonly mounts: readonly Mount[];
  /** For the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Folders for the front of the PATH. */
  readonly path: readonly string[];
  /**
   * Lines for `info/exclude` of the tree's git directory, to be written before the first snapshot: the mount points, or copies,
   * are no work of the task.
   */
  readonly excludes: readonly string[];
}

/**
 * Brings a kept set-up into a tree. It is mounted read-only, which costs nothing; at level `process`, or where the task may
 * change it, the tree gets a copy, as a shared one could be spoilt.
 */
export async function attachSetup(kept: KeptSetup, options: AttachOptions): Promise<AttachedSetup> {
  const isCopy = options.level === "process" || options.isPrivate === true;
  const inTree = isCopy ? await copyPaths(kept, options.tree) : await mountPaths(kept, options);
  return {
    mounts: [{ source: kept.folder, target: kept.folder, mode: "read" }, ...inTree],
    env: kept.env,
    path: kept.path,
    excludes: kept.paths.map((path) => `/${path.replace(/[\\*?[\]!#\s]/g, (char) => `\\${char}`)}`),
  };
}

async function mountPaths(kept: KeptSetup, options: AttachOptions): Promise<Mount[]> {
  const mounts: Mount[] = [];
  for (const [index, path] of kept.paths.entries()) {
    const source = join(kept.folder, "tree", path);
    const target = join(options.tree, path);
    mounts.push({ source, target, mode: "read" });
    if (!path.endsWith("node_modules")) continue;
    for (const name of NODE_SCRATCH) {
      const scratch = join(options.scratch, `${index}${name}`);
      await mkdir(scratch, { recursive: true });
      mounts.push({ source: scratch, target: join(target, name), mode: "write" });
    }
  }
  return mounts;
}

async function copyPaths(kept: KeptSetup, tree: string): Promise<Mount[]> {
  for (const path of kept.paths) {
    const target = join(tree, path);
    if (existsSync(target)) continue; // A workspace that is resumed has it already.
    await mkdir(dirname(target), { recursive: true });
    await cp(join(kept.folder, "tree", path), target, {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
      mode: constants.COPYFILE_FICLONE,
    });
  }
  return [];
}
