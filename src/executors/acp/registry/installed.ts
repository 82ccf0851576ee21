/** The program of a package that is installed for the whole machine. */
import { open } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { findPrograms } from "../find-agent.ts";
import { pick, toObject, toText } from "../json.ts";

const MANIFEST_BYTES_MAX = 1024 * 1024;
const NAME = /^[\w@+][\w.@+-]{0,99}$/;

/** `@scope/name@1.2.3` → `@scope/name`. */
export const dropVersion = (name: string): string =>
  name.replace(/(?!^)(?:@|==).*$/, "").replace(/\[.*$/, "");

/** What npm would run of a package: its only program, else the one with its name. */
const toMainProgram = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

/**
 * Absolute path of the main program of an npm package that lies in a folder of the PATH, as `npm install -g` puts it there. Null: it
 * is not installed so, or it has no main program.
 */
export async function findNpmProgram(packageName: string, path: string): Promise<string | null> {
  const name = dropVersion(packageName);
  for (const folder of path.split(delimiter).filter((each) => isAbsolute(each))) {
    const manifest = await readJson(join(folder, "../lib/node_modules", name, "package.json"));
    const program = manifest === null ? null : chooseProgram(name, pick(manifest, "bin"));
    if (program === null) continue;
    const [found] = await findPrograms(join(folder, program), { path });
    if (found !== undefined) return found;
  }
  return null;
}

/** The name under which a package's program is looked for on the PATH. */
export const guessProgram = (packageName: string): string => toMainProgram(dropVersion(packageName));

function chooseProgram(name: string, bin: unknown): string | null {
  const main = toMainProgram(name);
  if (toText(bin) !== null) return NAME.test(main) ? main : null;
  const names = Object.keys(toObject(bin) ?? {}).filter((each) => NAME.test(each));
  if (names.includes(main)) return main;
  return names.length === 1 ? (names[0] ?? null) : null;
}

/** Null: it is not there, too large or no JSON. */
async function readJson(file: string): Promise<unknown> {
  const handle = await open(file, "r").catch(() => null);
  if (handle === null) return null;
  try {
    const { size } = await handle.stat();
    return size > MANIFEST_BYTES_MAX ? null : JSON.parse(await handle.readFile("utf8"));
  } catch {
    // A manifest that cannot be read names no program.
    return null;
  } finally {
    await handle.close();
  }
}
