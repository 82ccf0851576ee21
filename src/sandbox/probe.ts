import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ContainerConfig } from "../core/config.ts";
import { type BubblewrapFeatures, toWallArguments } from "./bubblewrap-arguments.ts";
import type { ContainerFeatures } from "./container/features.ts";
import { probeContainer } from "./container/probe.ts";
import { findProgram } from "./find-program.ts";
import type { SandboxLevel, SandboxProbe } from "./types.ts";

const run = promisify(execFile);
const PROBE_TIMEOUT_MS = 10_000;
const PROBE_TMP_BYTES = 1 << 20;

/** What the probe found, with what it needs to make the sandbox. */
export interface ProbedSandbox extends SandboxProbe {
  /** Null at any other level. */
  readonly bubblewrap: BubblewrapFeatures | null;
  /** Null at any other level. */
  readonly container: ContainerFeatures | null;
  /** What to do where the level that was asked for does not work. */
  readonly hints: readonly string[];
}

export interface ProbeOptions {
  /** The level that the operator asks for; null: the strongest that works. */
  readonly wanted: SandboxLevel | null;
  /** @default the first `bwrap` on PATH */
  readonly bwrapPath?: string;
  /** @default process.env.PATH */
  readonly path?: string;
  /** What the operator says about containers, for level `container`. @default nothing */
  readonly container?: ContainerConfig | null;
  /** For the engine's client. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Finds out by running a real one whether the level that was asked for, or else bubblewrap, works here. Where it does not, the level is
 * `process` and `reason` says why; also where it was asked for, so the caller compares. Containers are taken only where they are asked for.
 */
export async function probeSandbox(options: ProbeOptions): Promise<ProbedSandbox> {
  if (options.wanted === "process") return toProcess("the operator's config asks for level process", []);
  return options.wanted === "container" ? probeForContainer(options) : probeForBubblewrap(options);
}

const toProcess = (reason: string, hints: readonly string[]): ProbedSandbox => ({
  level: "process",
  reason,
  bubblewrap: null,
  container: null,
  hints,
});

async function probeForContainer({ container, env, path }: ProbeOptions): Promise<ProbedSandbox> {
  const own = env ?? process.env;
  const probe = await probeContainer({
    setting: container ?? null,
    env: path === undefined ? own : { ...own, PATH: path },
  });
  if (probe.failure !== null) return toProcess(probe.failure, probe.hints);
  return { level: "container", reason: null, bubblewrap: null, container: probe.features, hints: [] };
}

async function probeForBubblewrap(options: ProbeOptions): Promise<ProbedSandbox> {
  const toNone = (reason: string) => toProcess(reason, ["install it: apt-get install bubblewrap"]);
  if (process.platform !== "linux") return toNone(`bubblewrap needs Linux, this is ${process.platform}`);
  const path = options.bwrapPath ?? findProgram("bwrap", options.path ?? process.env.PATH ?? "");
  if (path === null) return toNone("bubblewrap is not installed: no bwrap on PATH");
  const sizedTmpfs = await knowsSize(path);
  let reason = "";
  // Root can also go without a user namespace, where the kernel gives none.
  const variants = process.getuid?.() === 0 ? [true, false] : [true];
  for (const userNamespace of variants) {
    const features = { path, userNamespace, sizedTmpfs };
    const failure = await tryBubblewrap(features);
    if (failure === null)
      return { level: "bubblewrap", reason: null, bubblewrap: features, container: null, hints: [] };
    reason ||= failure;
  }
  return toNone(`bubblewrap does not work here: ${reason}`);
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
