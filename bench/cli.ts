/** What a person feels: start-up, `status` with the daemon up, and what the idle daemon costs. Needs a build. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BIN = join(import.meta.dirname, "..", "bin", "osqr");
const IDLE_MS = 20_000;

export interface CliFigure {
  readonly versionMs: number;
  readonly versionLimitMs: number;
  readonly statusMs: number;
  readonly statusLimitMs: number;
  readonly idleMiB: number;
  readonly idleLimitMiB: number;
  /** Voluntary context switches of all its threads in 10 s: how often it woke. */
  readonly wakesPer10s: number;
}

function median(values: readonly number[]): number {
  return Math.round([...values].sort((a, b) => a - b)[values.length >> 1] ?? 0);
}

function time(args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(BIN, args, { ...options, encoding: "utf8" });
  if (status !== 0) throw new Error(`osqr ${args.join(" ")} ended with ${status}: ${stderr}`);
  return performance.now() - started;
}

function readNumber(path: string, name: string): number {
  const line = readFileSync(path, "utf8")
    .split("\n")
    .find((each) => each.startsWith(name));
  return Number(/\d+/.exec(line ?? "")?.[0] ?? 0);
}

/** Wakes of the thread that runs the loop. */
function countWakes(pid: number): number {
  return readNumber(`/proc/${pid}/task/${pid}/status`, "voluntary_ctxt_switches");
}

/** Linux only: memory and wakes are read from `/proc`. */
export async function measureCli(repetitions: number): Promise<CliFigure> {
  const folder = mkdtempSync(join(tmpdir(), "osqr-bench-cli-"));
  const root = join(folder, "repo");
  const env = {
    ...process.env,
    OSQR_HOME: join(folder, "home"),
    XDG_CONFIG_HOME: join(folder, "config"),
    OSQR_PORT: "0",
  };
  const options = { cwd: root, env };
  cpSync(join(import.meta.dirname, "..", "examples", "token-kit"), root, { recursive: true });
  const git = (...args: string[]) => execFileSync("git", ["-C", root, ...args], { stdio: "ignore" });
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "-qm", "start");
  try {
    const version = Array.from({ length: repetitions }, () => time(["--version"], options));
    time(["status"], options);
    const status = Array.from({ length: repetitions }, () => time(["status"], options));
    const { daemon } = JSON.parse(
      spawnSync(BIN, ["status", "--json"], { ...options, encoding: "utf8" }).stdout,
    ) as {
      daemon: { pid: number };
    };
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const before = countWakes(daemon.pid);
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    const wakes = countWakes(daemon.pid) - before;
    return {
      versionMs: median(version),
      versionLimitMs: 150,
      statusMs: median(status),
      statusLimitMs: 250,
      idleMiB: Math.round(readNumber(`/proc/${daemon.pid}/status`, "VmRSS") / 1024),
      idleLimitMiB: 120,
      wakesPer10s: Number(((10_000 * wakes) / IDLE_MS).toFixed(1)),
    };
  } finally {
    spawnSync(BIN, ["stop"], options);
    rmSync(folder, { recursive: true, force: true });
  }
}
