import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Mount } from "../types.ts";
import { ASK_PROGRAM } from "./ask-program.ts";

/** What an attempt needs for `osqr-ask` and `osqr-progress`. */
export interface AskInstallation {
  /** Folder for the front of the PATH. */
  readonly folder: string;
  /** The folder and the Node binary that runs the program, read-only. */
  readonly mounts: readonly Mount[];
}

/**
 * Writes `osqr-ask` and `osqr-progress` into a folder. They run on the given Node binary (the daemon's own), so that a project
 * without Node, or with an old one, can ask too.
 */
export async function installAsk(folder: string, node: string): Promise<AskInstallation> {
  const program = join(folder, "osqr-door.mjs");
  await mkdir(folder, { recursive: true });
  await writeFile(program, ASK_PROGRAM, { mode: 0o644 });
  for (const mode of ["ask", "progress"]) {
    const script = `#!/bin/sh\nexec ${quote(node)} ${quote(program)} ${mode} "$@"\n`;
    await writeFile(join(folder, `osqr-${mode}`), script, { mode: 0o755 });
  }
  const toMount = (path: string): Mount => ({ source: path, target: path, mode: "read" });
  return { folder, mounts: [toMount(folder), toMount(node)] };
}

/** A word of a POSIX shell that stands for exactly this text. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
