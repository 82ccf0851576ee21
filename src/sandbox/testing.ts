/** Helpers of the tests that run real processes. Nothing here is used by osqr itself. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createSandbox } from "./create.ts";
import { type ProbedSandbox, probeSandbox } from "./probe.ts";
import type { Mount, ProcessResult, Sandbox, SandboxLevel, SandboxLimits, SandboxRequest } from "./types.ts";

/** What this machine can do; the tests of bubblewrap are skipped by name where it does not work. */
export const probed: ProbedSandbox = await probeSandbox({ wanted: null });
export const isBubblewrapWorking: boolean = probed.level === "bubblewrap";

export const TEST_LIMITS: SandboxLimits = {
  timeoutMs: 20_000,
  graceMs: 2_000,
  outputBytesMax: 100_000,
  diskBytesMax: 50_000_000,
  processesMax: 200,
};

/** A folder for one test file with a home of osqr, a tree and a private home. */
export interface TestPlace {
  readonly root: string;
  readonly osqrHome: string;
  readonly tree: string;
  readonly home: string;
  remove(): void;
}

export function createPlace(): TestPlace {
  const root = mkdtempSync(join(tmpdir(), "osqr-test-"));
  const osqrHome = join(root, "osqr");
  const tree = join(osqrHome, "workspaces/a-1");
  const home = join(osqrHome, "attempts/a-1/home");
  for (const folder of [tree, home]) mkdirSync(folder, { recursive: true });
  return { root, osqrHome, tree, home, remove: () => rmSync(root, { recursive: true, force: true }) };
}

export function createTestSandbox(level: SandboxLevel, place: TestPlace): Sandbox {
  const none = { level: "process", reason: "test", bubblewrap: null, container: null, hints: [] } as const;
  if (level === "container") throw new Error("containers have a helper of their own");
  return createSandbox({ probe: level === "bubblewrap" ? probed : none, homeFolder: place.osqrHome });
}

/** Parts of a request that a test sets itself. */
export type RequestParts = Partial<Omit<SandboxRequest, "limits" | "mounts">> & {
  readonly limits?: Partial<SandboxLimits>;
  readonly mounts?: readonly Mount[];
};

/** A request that runs a bash script in the place's tree. */
export function toRequest(place: TestPlace, script: string, parts: RequestParts = {}): SandboxRequest {
  const { limits, mounts, ...rest } = parts;
  const write = (path: string): Mount => ({ source: path, target: path, mode: "write" });
  return {
    label: "a-1",
    argv: ["bash", "-euo", "pipefail", "-c", script],
    cwd: place.tree,
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: place.home },
    network: "off",
    logPath: join(place.root, "output.log"),
    ...rest,
    mounts: [write(place.tree), write(place.home), ...(mounts ?? [])],
    limits: { ...TEST_LIMITS, ...limits },
  };
}

export async function runScript(
  sandbox: Sandbox,
  place: TestPlace,
  script: string,
  parts: RequestParts = {},
): Promise<ProcessResult> {
  const started = await sandbox.start(toRequest(place, script, parts));
  return started.result;
}

/** Pids of the processes that have the text in their command line, or exactly that command line. */
export function findProcesses(text: string, options: { readonly isExact?: boolean } = {}): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((name) => {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trimEnd();
        return options.isExact === true ? line === text : line.includes(text);
      } catch {
        return false; // Ended meanwhile.
      }
    })
    .map(Number);
}

/** Polls until the condition holds; fails with the name of what was waited for. */
export async function waitUntil(what: string, condition: () => boolean, timeoutMs = 15_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for: ${what}`);
    await delay(10);
  }
}
