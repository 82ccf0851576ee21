import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { systemCode } from "./errors.ts";

/*
 * osqr's own git directories. They have osqr's config alone and borrow the project's objects, so no filter, merge driver,
 * hook or textconv of the project's config can run in them. They are written by hand: a git directory is HEAD, config,
 * objects and refs, and `git init` would add templates.
 */

interface OwnDirectory {
  readonly objectFormat: "sha1" | "sha256";
  /** Object stores to borrow from. */
  readonly alternates: readonly string[];
  /** Commit that HEAD is detached at; null: an unborn branch. */
  readonly head: string | null;
  readonly bare: boolean;
  /** Content of `info/attributes`, which beats every `.gitattributes`. */
  readonly attributes?: string;
}

/** Writes a git directory into a new folder. */
export async function writeGitDirectory(folder: string, options: OwnDirectory): Promise<void> {
  await mkdir(join(folder, "objects", "info"), { recursive: true });
  await mkdir(join(folder, "refs", "heads"), { recursive: true });
  await mkdir(join(folder, "info"), { recursive: true });
  const sha256 = options.objectFormat === "sha256";
  const config = [
    "[core]",
    `\trepositoryformatversion = ${sha256 ? 1 : 0}`,
    "\tfilemode = true",
    `\tbare = ${options.bare}`,
    ...(sha256 ? ["[extensions]", "\tobjectformat = sha256"] : []),
    "[gc]",
    "\tauto = 0",
    "",
  ];
  await writeFile(join(folder, "config"), config.join("\n"));
  await writeFile(
    join(folder, "objects", "info", "alternates"),
    options.alternates.map(quoteAlternate).join(""),
  );
  if (options.attributes !== undefined)
    await writeFile(join(folder, "info", "attributes"), options.attributes);
  await writeFile(join(folder, "HEAD"), `${options.head ?? "ref: refs/heads/none"}\n`);
}

/** A line of `objects/info/alternates`; git reads C quoting there. */
function quoteAlternate(path: string): string {
  return /^["#]|[\n\\]/.test(path) ? `${JSON.stringify(path)}\n` : `${path}\n`;
}

/** Makes the git directory if it is not there. Two at once are fine: the later one finds the earlier one's. */
export async function ensureGitDirectory(
  parent: string,
  name: string,
  options: OwnDirectory,
): Promise<string> {
  const folder = join(parent, name);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const draft = await mkdtemp(join(parent, "new-"));
  try {
    await writeGitDirectory(draft, options);
    await rename(draft, folder);
  } catch (error) {
    const code = systemCode(error);
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

/** Depth to which git follows borrowed object stores. */
const depthMax = 5;

/** The object store and all that it borrows from, each once. */
export async function findObjectStores(objects: string): Promise<readonly [string, ...string[]]> {
  const found = new Set<string>();
  let level = [objects];
  for (let depth = 0; depth <= depthMax && level.length > 0; depth++) {
    const next: string[] = [];
    for (const store of level) {
      if (found.has(store)) continue;
      found.add(store);
      next.push(...(await readAlternates(store)));
    }
    level = next;
  }
  found.delete(objects);
  return [objects, ...found];
}

async function readAlternates(store: string): Promise<string[]> {
  try {
    const text = await readFile(join(store, "info", "alternates"), "utf8");
    return text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => (line.startsWith('"') ? String(JSON.parse(line)) : line))
      .map((path) => (isAbsolute(path) ? path : resolve(store, path)));
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  }
}
