import { realpath } from "node:fs/promises";
import { posix } from "node:path";
import type { IndexFile } from "./index-file.ts";
import { type Notes, toText } from "./notes.ts";
import type { Repository } from "./repository.ts";
import { splitNul } from "./run.ts";
import { toPathBytes } from "./safe-copy.ts";
import { toFolders } from "./walk.ts";

/* What is taken into a snapshot, but somebody should know of. Paths have one character per byte. */

/** Notes a link that leads out of the tree, or that holds only on this machine. */
export async function noteLink(tree: string, path: string, target: Buffer, notes: Notes): Promise<void> {
  const text = target.toString("latin1");
  if (text.startsWith("/")) return notes.add(path, `is a link to an absolute path, ${toText(text)}`);
  const lexical = posix.join(posix.dirname(path), text);
  if (lexical === ".." || lexical.startsWith("../") || !(await resolvesInside(tree, path))) {
    notes.add(path, `is a link out of the tree, to ${toText(text)}`);
  }
}

/** False when the link, with all the links it leads through, ends outside. A dangling one leads nowhere. */
async function resolvesInside(tree: string, path: string): Promise<boolean> {
  try {
    const real = await realpath(toPathBytes(tree, path), { encoding: "buffer" });
    const top = Buffer.from(tree);
    return real.equals(top) || real.subarray(0, top.length + 1).equals(Buffer.from(`${tree}/`));
  } catch {
    return true;
  }
}

/** Notes new names that differ from another one only by case: some file systems can hold only one of them. */
export function noteCaseTwins(
  index: IndexFile,
  added: readonly string[],
  removed: readonly string[],
  notes: Notes,
): void {
  const fresh = added.filter((path) => !index.entries.has(path));
  if (fresh.length === 0) return;
  const removedPaths = new Set(removed);
  const kept = [...index.entries.keys()].filter((path) => !removedPaths.has(path));
  const firstOf = new Map<string, string>();
  for (const name of [...kept, ...toFolders(kept)]) firstOf.set(toText(name).toLowerCase(), name);
  for (const name of [...toFolders(fresh), ...fresh]) {
    const key = toText(name).toLowerCase();
    const other = firstOf.get(key);
    if (other === undefined) firstOf.set(key, name);
    else if (other !== name) notes.add(name, `differs from ${toText(other)} only by case`);
  }
}

const isAttributes = (path: string) => path === ".gitattributes" || path.endsWith("/.gitattributes");

/** Notes files that the project keeps through a filter (Git LFS …): osqr runs none, so their content is stored as it is. */
export async function noteFilters(
  input: {
    readonly repository: Repository;
    readonly stage: string;
    readonly indexPath: string;
    readonly index: IndexFile;
    readonly notes: Notes;
  },
  added: readonly string[],
): Promise<void> {
  const { repository, stage, index, indexPath, notes } = input;
  if (added.length === 0 || ![...index.entries.keys(), ...added].some(isAttributes)) return;
  const { stdout } = await repository.own({
    args: ["check-attr", "--stdin", "-z", "filter"],
    cwd: stage,
    env: { GIT_WORK_TREE: stage, GIT_INDEX_FILE: indexPath },
    stdin: Buffer.from(added.map((path) => `${path}\0`).join(""), "latin1"),
  });
  // path NUL attribute NUL value NUL
  const fields = splitNul(stdout, "latin1");
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const value = fields[at + 2] ?? "";
    if (value === "unspecified" || value === "unset") continue;
    notes.add(fields[at] ?? "", `was stored as it is, without the filter ${toText(value)}`);
  }
}
