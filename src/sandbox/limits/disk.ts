import { type Dirent, statfsSync } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Files that one measurement looks at; beyond them it says what it has seen so far. */
const ENTRIES_MAX = 300_000;

/** Bytes of disk that files and folders take, links not followed, hard links counted once. Missing ones take nothing. */
export async function measureDisk(paths: readonly string[]): Promise<number> {
  const queue = [...paths];
  const linked = new Set<number>();
  let bytes = 0;
  let seen = 0;
  for (let path = queue.pop(); path !== undefined && seen < ENTRIES_MAX; path = queue.pop()) {
    seen += 1;
    const info = await lstat(path).catch(() => null);
    if (info === null || linked.has(info.ino)) continue;
    if (info.nlink > 1 && !info.isDirectory()) linked.add(info.ino);
    bytes += info.blocks * 512;
    if (!info.isDirectory()) continue;
    const entries = await readdir(path, { withFileTypes: true }).catch((): Dirent[] => []);
    for (const entry of entries) queue.push(join(path, entry.name));
  }
  return bytes;
}

/** Free bytes of the file systems that hold the paths, summed over the paths; null where none can be asked. */
export function sumFreeBytes(paths: readonly string[]): number | null {
  let bytes: number | null = null;
  for (const path of paths) {
    try {
      const stats = statfsSync(path);
      bytes = (bytes ?? 0) + stats.bavail * stats.bsize;
    } catch {
      // Not there (any more): the measurement counts it as empty.
    }
  }
  return bytes;
}
