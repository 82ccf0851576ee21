import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { type BubblewrapFeatures, toWallArguments } from "./bubblewrap-arguments.ts";
import type { SandboxLevel, SandboxProbe } from "./types.ts";

const run = promisify(execFile);
const PROBE_TIMEOUT_MS = 10_000;
const PROBE_TMP_BYTES = 1 << 20;

/** What the probe found, with what it needs to make the sandbox. */
export interface ProbedSandbox extends SandboxProbe {
  /** Null at level `process`. */
  readonly bubblewrap: BubblewrapFeatures | null;
}

export interface ProbeOptions {
  /** The level that the operator asks for; null: the strongest that works. */
  readonly wanted: SandboxLevel | null;
  /** @default the first `bwrap` on PATH */
  readonly bwrapPath?: string;
  /** @default process.env.PATH */
  readonly path?: string;
}

/**
 * Finds out by running a real one whether bubblewrap works here. Where it does not, the level is `process` and `reason` says
 * why; also where bubblewrap was asked for, so the caller compares.
 */
export async function probeSandbox(options: ProbeOptions): Promise<ProbedSandbox> {
  const toProcess = (reason: string): ProbedSandbox => ({ level: "process", reason, bubblewrap: null });
  if (options.wanted === "process") return toProcess("the operator's config asks for level process");
  if (process.platform !== "linux") return toProcess(`bubblewrap needs Linux, this is ${process.platform}`);
  const path = options.bwrapPath ?? findProgram("bwrap", options.path ?? process.env.PATH ?? "");
  if (path === null) return toProcess("bubblewrap is not installed: no bwrap on PATH");
  const sizedTmpfs = await knowsSize(path);
  let reason = "";
  // Root can also go without a user namespace, where the kernel gives none.
  const variants = process.getuid?.() === 0 ? [true, false] : [true];
  for (const userNamespace of variants) {
    const features = { path, userNamespace, sizedTmpfs };
    const failure = await tryBubblewrap(features);
    if (failure === null) return { level: "bubblewrap", reason: null, bubblewrap: features };
    reason ||= failure;
  }
  return toProcess(`bubblewrap does not work here: ${reason}`);
}

/** First executable file of that name in a PATH, null where there is none. */
export function findProgram(name: string, path: string): string | null {
  for (const folder of path.split(delimiter)) {
    if (!folder.startsWith("/")) continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

async function knowsSize(path: string): Promise<boolean> {
  try {
    const { stdout, stderr } = await run(path, ["--help"], { timeout: PROBE_TIMEOUT_MS });
    return `${stdout}${stderr}`.includes("--size");
  } catch {
    return false; // The trial that follows tells what is wrong with it.
  }
}

/** Null where a command ran behind the full walls, else the first line of what went wrong. */
async function tryBubblewrap(features: BubblewrapFeatures): Promise<string | null> {
  const walls = toWallArguments(features, { network: "off", tmpBytesMax: PROBE_TMP_BYTES });
  const command = ["/bin/sh", "-c", "read -r line < /proc/self/stat && : > /tmp/probe && echo works"];
  try {
    const { stdout } = await run(features.path, [...walls, "--remount-ro", "/", "--", ...command], {
      timeout: PROBE_TIMEOUT_MS,
      env: {},
      cwd: "/",
    });
    return stdout === "works\n" ? null : "a trial command printed nothing";
  } catch (error) {
    const stderr = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    const message = stderr || (error instanceof Error ? error.message : String(error));
    return message.split("\n")[0] ?? message;
  }
}
