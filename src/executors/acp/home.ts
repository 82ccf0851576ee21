/** The private home of an agent: its config files, and its login where that is a file. */
import { lstat, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Mount, SandboxLevel } from "../../sandbox/types.ts";
import type { AgentFile } from "./preset-types.ts";

/** A file of the operator that an agent logs in with. */
export interface LoginFile {
  readonly source: string;
  /** Relative to the private home. */
  readonly path: string;
}

/**
 * Writes the files and gives the mounts. An agent of an earlier attempt may have left links in its home: none is followed.
 */
export async function furnishHome(
  home: string,
  parts: {
    readonly files: readonly AgentFile[];
    readonly login: LoginFile | null;
    readonly level: SandboxLevel;
  },
): Promise<readonly Mount[]> {
  for (const { path, content } of parts.files) {
    const target = await clearPath(home, path);
    // Renaming replaces whatever is there, a link too.
    await writeFile(`${target}.osqr`, content, { mode: 0o600, flag: "wx" });
    await rename(`${target}.osqr`, target);
  }
  if (parts.login === null) return [];
  const target = await clearPath(home, parts.login.path);
  if (parts.level !== "process") return [{ source: parts.login.source, target, mode: "read" }];
  // Without mounts the file is seen under its name in the private home by a link.
  await rm(target, { force: true });
  await symlink(parts.login.source, target);
  return [];
}

/** The absolute path, all its folders made and none of them a link; what would be in the way of writing is gone. */
async function clearPath(home: string, path: string): Promise<string> {
  const parts = path.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
  const target = join(home, ...parts);
  let folder = home;
  for (const part of parts.slice(0, -1)) {
    folder = join(folder, part);
    const info = await lstat(folder).catch(() => null);
    if (info !== null && !info.isDirectory()) await rm(folder, { force: true });
  }
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const info = await lstat(target).catch(() => null);
  if (info !== null && !info.isFile()) await rm(target, { recursive: true, force: true });
  await rm(`${target}.osqr`, { recursive: true, force: true });
  return target;
}
