/** Puts pinned agents into a cache outside of the repository: `$OSQR_AGENTS_CACHE`, else `~/.cache/osqr-test-agents`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import type { PinnedAgent } from "./pins.ts";

/** Install scripts are not run: what is needed of them is done by the pins. */
const NPM_FLAGS = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--loglevel=error"];

export interface InstalledAgent extends PinnedAgent {
  /** Holds everything of it; nothing in there is written by the agent. */
  readonly folder: string;
  /** Absolute. */
  readonly path: string;
}

export function findCache(env: NodeJS.ProcessEnv = process.env): string {
  return env.OSQR_AGENTS_CACHE ?? join(homedir(), ".cache/osqr-test-agents");
}

/** Installs an agent where it is not there yet. An installation that was cut off leaves nothing that looks whole. */
export async function installAgent(pin: PinnedAgent, cache: string): Promise<InstalledAgent> {
  const folder = join(cache, `${basename(pin.package)}-${pin.version}`);
  const installed = { ...pin, folder, path: join(folder, pin.program) };
  if (existsSync(installed.path)) return installed;
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(join(cache, ".draft-"));
  try {
    await runNpm(["install", "--prefix", draft, ...NPM_FLAGS, `${pin.package}@${pin.version}`]);
    if (!existsSync(join(draft, pin.program)))
      throw new Error(`${pin.package} ${pin.version}: expected ${pin.program} in it, found none`);
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return installed;
}

async function runNpm(args: readonly string[]): Promise<void> {
  const child = spawn("npm", args, { stdio: ["ignore", "inherit", "inherit"] });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`npm ${args.join(" ")}: it ended with ${code}`);
}
