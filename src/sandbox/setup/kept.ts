import { readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const MARKER = "done.json";

const marker = z.object({
  version: z.literal(1),
  hash: z.string(),
  command: z.string(),
  paths: z.array(z.string()),
  env: z.record(z.string(), z.string()),
  path: z.array(z.string()),
});

/** A finished set-up, kept in `<setup folder>/<hash>`. */
export interface KeptSetup {
  readonly hash: string;
  readonly command: string;
  readonly folder: string;
  /** What belongs into a tree, relative to its root; the content is in `<folder>/tree/<path>`. */
  readonly paths: readonly string[];
  /** Variables for whoever works with it. */
  readonly env: Readonly<Record<string, string>>;
  /** Folders for the front of the PATH. */
  readonly path: readonly string[];
}

/** Finds a finished set-up; null where there is none, also where one was left half done. Using it keeps it from pruning. */
export async function findSetup(setupFolder: string, hash: string): Promise<KeptSetup | null> {
  const folder = join(setupFolder, hash);
  const file = join(folder, MARKER);
  try {
    const { version: _, ...content } = marker.parse(JSON.parse(await readFile(file, "utf8")));
    const now = new Date();
    await utimes(file, now, now);
    return { ...content, folder };
  } catch {
    return null; // Never made, or a crash came before the marker: it is made again.
  }
}

/** Marks a set-up as finished: the last write, so that a crash before it leaves nothing that counts. */
export async function finishSetup(kept: KeptSetup): Promise<void> {
  const { folder, ...content } = kept;
  const temporary = join(folder, `${MARKER}.new`);
  await writeFile(temporary, `${JSON.stringify({ version: 1, ...content }, null, 2)}\n`);
  await rename(temporary, join(folder, MARKER));
}

/**
 * Removes the set-ups that were not used for longest, beyond `countMax`, and half-done ones; never those in `keep` (hashes
 * in use or being made). Resolves to the hashes removed.
 */
export async function pruneSetups(
  setupFolder: string,
  options: { readonly keep: ReadonlySet<string>; readonly countMax: number },
): Promise<readonly string[]> {
  const names = await readdir(setupFolder).catch((): string[] => []);
  const candidates = names.filter((name) => /^[0-9a-f]{32}$/.test(name) && !options.keep.has(name));
  const dated = await Promise.all(
    candidates.map(async (hash) => {
      const info = await stat(join(setupFolder, hash, MARKER)).catch(() => null);
      return { hash, usedAt: info?.mtimeMs ?? 0 };
    }),
  );
  const room = Math.max(0, options.countMax - options.keep.size);
  const newest = dated.filter((entry) => entry.usedAt > 0).toSorted((a, b) => b.usedAt - a.usedAt);
  const spared = new Set(newest.slice(0, room).map((entry) => entry.hash));
  const removed = candidates.filter((hash) => !spared.has(hash)).sort();
  for (const hash of removed) await rm(join(setupFolder, hash), { recursive: true, force: true });
  return removed;
}
