import { lstat, readdir, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { systemCode } from "./errors.ts";
import type { Repository } from "./repository.ts";
import { listWorkspaces, toWorkspacePaths } from "./workspaces.ts";

/** Entries looked at per workspace: a bound on time, so that a tree of a million files is not counted to its end. */
const entriesMax = 50_000;
/** Workspaces looked at side by side. */
const foldersAtOnce = 8;

/** Bytes that this project's workspaces take (at most 50,000 entries of each are counted), and bytes free there. */
export async function measureDisk(repository: Repository): Promise<{ usedBytes: number; freeBytes: number }> {
  const [names, freeBytes] = await Promise.all([
    listWorkspaces(repository),
    measureFree(repository.workFolder),
  ]);
  let usedBytes = 0;
  const left = names.values();
  const measureNext = async (): Promise<void> => {
    for (const name of left) {
      const bytes = await measureFolder(toWorkspacePaths(repository, name).folder);
      usedBytes += bytes;
    }
  };
  await Promise.all(Array.from({ length: Math.min(foldersAtOnce, names.length) }, measureNext));
  return { usedBytes, freeBytes };
}

async function measureFolder(top: string): Promise<number> {
  let bytes = 0;
  let left = entriesMax;
  let level = [top];
  while (level.length > 0 && left > 0) {
    const next: string[] = [];
    for (const folder of level) {
      const entries = await ignoreGone(readdir(folder, { withFileTypes: true }), []);
      const counted = entries.slice(0, Math.max(0, left));
      left -= counted.length;
      const sizes = counted.map(async (entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) next.push(path);
        const stats = await ignoreGone(lstat(path), null);
        return (stats?.blocks ?? 0) * 512;
      });
      for (const size of await Promise.all(sizes)) bytes += size;
    }
    level = next;
  }
  return bytes;
}

/** Attempts write and delete while we count; what is gone or closed to us counts nothing. */
async function ignoreGone<T>(found: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await found;
  } catch {
    return otherwise;
  }
}

/** Free bytes where workspaces are made; of the nearest folder above while there are none yet. */
async function measureFree(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    if (systemCode(error) !== "ENOENT" || dirname(folder) === folder) throw error;
    return measureFree(dirname(folder));
  }
}
