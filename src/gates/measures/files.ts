/** Files that a run left in a tree: read as what a stranger wrote. */
import { constants } from "node:fs";
import { lstat, open, realpath } from "node:fs/promises";
import { join, sep } from "node:path";

/** A longer report is not read. */
export const fileBytesMax = 64 * 1024 ** 2;

/** State of files before a run, by path in the tree; null: not there. */
export type Stamps = ReadonlyMap<string, string | null>;

export async function stampFiles(dir: string, paths: readonly string[]): Promise<Stamps> {
  const stamps = await Promise.all(paths.map(async (path) => [path, await stamp(dir, path)] as const));
  return new Map(stamps);
}

async function stamp(dir: string, path: string): Promise<string | null> {
  const info = await lstat(join(dir, path), { bigint: true }).catch(() => null);
  return info === null ? null : `${info.ino} ${info.size} ${info.mtimeNs}`;
}

/** The first of the paths that is there and was not, or was another one, before the run; null: none. */
export async function findWritten(dir: string, before: Stamps): Promise<string | null> {
  for (const [path, known] of before) {
    const now = await stamp(dir, path);
    if (now !== null && now !== known) return path;
  }
  return null;
}

/** Text of a regular file of the tree; null: it is none, lies outside through a link, or is too long. */
export async function readWritten(dir: string, path: string): Promise<string | null> {
  const root = await realpath(dir);
  const place = await realpath(join(dir, path)).catch(() => null);
  if (place === null || !place.startsWith(`${root}${sep}`)) return null;
  // A pipe in the file's place would wait for a writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(place, flags).catch(() => null);
  if (file === null) return null;
  try {
    const info = await file.stat();
    if (!info.isFile() || info.size > fileBytesMax) return null;
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}
