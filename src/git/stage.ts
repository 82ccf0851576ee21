import { GitError } from "./errors.ts";
import { noteCaseTwins, noteFilters, noteLink } from "./hazards.ts";
import type { IndexFile } from "./index-file.ts";
import { showPath } from "./names.ts";
import type { Notes } from "./notes.ts";
import { ensureGitDirectory } from "./own-directory.ts";
import type { Repository } from "./repository.ts";
import { firstLine } from "./run.ts";
import { type CopyOutcome, copyBeneath, copyLink } from "./safe-copy.ts";
import type { TreeChanges } from "./walk.ts";

/*
 * Takes changes into an index: copies what changed into a folder of our own and adds it from there. The folder holds
 * regular files and links that osqr wrote, so git may read it.
 */

export interface Stage {
  readonly repository: Repository;
  /** Real path of the attempt's tree. */
  readonly tree: string;
  /** Empty folder of our own, but for the `.gitignore` files of the tree. */
  readonly stage: string;
  /** Index of the start, to be changed. */
  readonly indexPath: string;
  readonly index: IndexFile;
  readonly changes: TreeChanges;
  readonly notes: Notes;
}

const timeoutMs = 15 * 60_000;

export async function stageChanges(input: Stage): Promise<void> {
  const { changes, notes, index, tree, stage } = input;
  const added: string[] = [];
  const removed = [...changes.deleted];
  const take = (path: string, outcome: CopyOutcome) => {
    if (outcome.kind === "copied") added.push(path);
    else if (outcome.kind === "unreadable")
      notes.add(path, `could not be read (${outcome.reason}): not taken in`);
    else if (index.entries.has(path)) removed.push(path);
  };
  for (const path of changes.files) take(path, await copyBeneath(tree, path, stage));
  // Links come last, so that no file is ever written through one.
  for (const path of changes.links) {
    const outcome = await copyLink(tree, path, stage);
    take(path, outcome);
    if (outcome.target !== undefined) await noteLink(tree, path, outcome.target, notes);
  }
  await removePaths(input, removed);
  await addPaths(input, added);
  noteCaseTwins(index, added, removed, notes);
  await noteFilters(input, added);
}

function toStdin(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\0`).join(""), "latin1");
}

async function removePaths({ repository, indexPath }: Stage, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  const none = "0".repeat(repository.objectFormat === "sha256" ? 64 : 40);
  await repository.own({
    args: ["update-index", "-z", "--index-info"],
    env: { GIT_INDEX_FILE: indexPath },
    stdin: toStdin(paths.map((path) => `0 ${none}\t${path}`)),
    timeoutMs,
  });
}

async function addPaths(input: Stage, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  try {
    await runAdd(input, paths, {});
  } catch (error) {
    if (!(error instanceof GitError) || error.code !== "git-failed") throw error;
    // A `.gitattributes` may ask for what is impossible, such as UTF-16 of bytes that are none. The work is kept as it is.
    await runAdd(input, paths, { GIT_DIR: await ensureRawDirectory(input.repository) });
    input.notes.addLine(
      `files were taken in byte for byte, without .gitattributes: ${firstLine(error.stderr)}`,
    );
  }
}

async function runAdd(
  { repository, stage, indexPath, notes }: Stage,
  paths: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const { stderr } = await repository.own({
    args: ["update-index", "--add", "--replace", "-z", "--stdin"],
    cwd: stage,
    env: { GIT_WORK_TREE: stage, GIT_INDEX_FILE: indexPath, ...env },
    stdin: toStdin(paths),
    timeoutMs,
  });
  // git says which paths it refuses, and goes on.
  for (const line of stderr.split("\n")) {
    const refused = /^Ignoring path (.*)$/.exec(line)?.[1];
    if (refused !== undefined) notes.addLine(`${showPath(refused)}: left out, git refuses the name`);
  }
}

/** A git directory like osqr's own, whose attributes switch every conversion off. */
function ensureRawDirectory(repository: Repository): Promise<string> {
  return ensureGitDirectory(repository.folder, "raw", {
    objectFormat: repository.objectFormat,
    alternates: [repository.objectStores[0]],
    head: null,
    bare: true,
    attributes: "* -text !eol -ident !filter !working-tree-encoding\n",
  });
}
