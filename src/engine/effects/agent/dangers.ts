/** What an agent really changed is looked at, whether it asked or not: permissions are cooperation, the diff is a fact. */
import { listAllowedPaths } from "../../../core/autonomy/allowed-paths.ts";
import { findDangersOfResult } from "../../../core/autonomy/judge-changes.ts";
import { isJudgedByText } from "../../../core/autonomy/manifests.ts";
import type { Oid } from "../../../core/model/ids.ts";
import type { FileChange } from "../../../git/types.ts";
import type { Running } from "../running.ts";
import { readPlaces } from "./permissions.ts";

/** Files of a result that are looked at; of more, the rest counts as one danger. */
const FILES_MAX = 5_000;
const DANGERS_MAX = 40;

const CHANGES = { added: "create", modified: "edit", deleted: "delete" } as const;

/** What a person has to look at before a result counts, in words; empty: nothing. What a person has allowed already is left out. */
export async function findDangers(
  running: Running,
  {
    start,
    commit,
    files,
  }: { readonly start: Oid; readonly commit: Oid; readonly files: readonly FileChange[] },
): Promise<readonly string[]> {
  const { project, context, task } = running;
  const allowed = listAllowedPaths(context.state, task.id);
  const looked = files.filter(({ path }) => !allowed.has(path)).slice(0, FILES_MAX);
  const changes = await Promise.all(
    looked.map(async ({ path, kind }) => {
      const isText = isJudgedByText(path);
      const read = (at: Oid) => (isText ? project.git.readFile(at, path) : Promise.resolve(null));
      const [before, after] = await Promise.all([read(start), read(commit)]);
      return { change: CHANGES[kind], path, before, after };
    }),
  );
  const { specs } = await readPlaces(running, []);
  const found = findDangersOfResult(changes, { specs }).map(({ text }) => text);
  const more = files.length > FILES_MAX ? [`${files.length} files changed: not all were looked at`] : [];
  return [...more, ...found].slice(0, DANGERS_MAX);
}
