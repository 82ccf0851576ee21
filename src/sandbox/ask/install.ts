import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RELAY_PROGRAM } from "../network/relay-program.ts";
import { quoteWord } from "../quote-word.ts";
import type { Mount } from "../types.ts";
import { ASK_PROGRAM } from "./ask-program.ts";
import { MCP_PROGRAM } from "./mcp-program.ts";

/** What an attempt needs for `osqr-ask`, `osqr-progress` and `osqr-mcp`. */
export interface AskInstallation {
  /** Folder for the front of the PATH. */
  readonly folder: string;
  /** Path of `osqr-mcp`, which an agent starts as a server. */
  readonly mcp: string;
  /** Program that carries connections of the loopback to the daemon (`network/relay.ts`); it runs on `node`. */
  readonly relay: string;
  readonly node: string;
  /** The folder and the Node binary that runs the program, read-only. */
  readonly mounts: readonly Mount[];
}

/**
 * Writes the programs that speak with the door into a folder. They run on the given Node binary (the daemon's own), so that a
 * project without Node, or with an old one, can ask too.
 */
export async function installAsk(folder: string, node: string): Promise<AskInstallation> {
  const programs = { door: join(folder, "osqr-door.mjs"), mcp: join(folder, "osqr-mcp.mjs") };
  const relay = join(folder, "osqr-relay.mjs");
  await mkdir(folder, { recursive: true });
  await writeFile(programs.door, ASK_PROGRAM, { mode: 0o644 });
  await writeFile(programs.mcp, MCP_PROGRAM, { mode: 0o644 });
  await writeFile(relay, RELAY_PROGRAM, { mode: 0o644 });
  const writeScript = async (name: string, words: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\nexec ${quoteWord(node)} ${words} "$@"\n`, { mode: 0o755 });
    return path;
  };
  await writeScript("osqr-ask", `${quoteWord(programs.door)} ask`);
  await writeScript("osqr-progress", `${quoteWord(programs.door)} progress`);
  const mcp = await writeScript("osqr-mcp", quoteWord(programs.mcp));
  const toMount = (path: string): Mount => ({ source: path, target: path, mode: "read" });
  return { folder, mcp, relay, node, mounts: [toMount(folder), toMount(node)] };
}
