import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pruneSetups } from "../../sandbox/setup/kept.ts";
import type { HomePaths } from "../../store/home.ts";

/** Set-ups kept over all projects, the least used go first. */
const SETUPS_MAX = 16;
/** Trees per project whose gate results and output are kept. */
const TREES_MAX = 200;

/** Gives back the disk of caches that are old. Before there is work: nothing of them is in use. */
export async function pruneCaches(home: HomePaths): Promise<void> {
  await pruneSetups(home.setups, { keep: new Set(), countMax: SETUPS_MAX });
  for (const project of await list(home.gates)) await pruneTrees(join(home.gates, project));
}

async function pruneTrees(folder: string): Promise<void> {
  const names = await list(folder);
  if (names.length <= TREES_MAX) return;
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  );
  const old = dated.toSorted((a, b) => b.at - a.at).slice(TREES_MAX);
  for (const { name } of old) await rm(join(folder, name), { recursive: true, force: true });
}

/** Empty where the folder was never made. */
async function list(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
