/** Who is there of an agent: looked for in the whole process table, whatever session and parent a process has by now. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface AgentTraces {
  /** Where the agent is installed: in its command line, or where its program lies. Some call themselves by a short name. */
  readonly folder: string;
  /** Where the private homes of attempts are: in the environment of all that was started for one. */
  readonly homes: string;
}

const toPids = (isIt: (pid: string) => boolean): readonly number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid) && isIt(name))
    .map(Number);

/** `kill -9` of the agent itself; what it has started is left. */
export function killPrograms(traces: AgentTraces): void {
  const pids = toPids((pid) => isProgram(pid, traces));
  assert.ok(pids.length > 0, "its processes are found");
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Its parent went first and took it along.
    }
  }
}

/** The agent and all that was started for its attempts: commands, their children, and those that left for a session of their own. */
export function findAgentProcesses(traces: AgentTraces): readonly number[] {
  return toPids((pid) => isProgram(pid, traces) || readProc(pid, "environ").includes(`=${traces.homes}/`));
}

/** Memory that they hold together, in MiB; pages that several share count once. */
export function measureMemory(pids: readonly number[]): number {
  const kib = pids.map((pid) => Number(/^Pss: *(\d+) kB/m.exec(readProc(String(pid), "smaps_rollup"))?.[1]));
  return Math.round(kib.filter(Number.isFinite).reduce((total, each) => total + each, 0) / 1024);
}

/** One that shows in its environment that it works for another attempt is somebody else's. */
function isProgram(pid: string, { folder, homes }: AgentTraces): boolean {
  const isOfAgent = readProc(pid, "cmdline").includes(folder) || readProgram(pid).startsWith(folder);
  if (!isOfAgent) return false;
  const briefing = /\0OSQR_BRIEFING=([^\0]*)/.exec(`\0${readProc(pid, "environ")}`)?.[1];
  return briefing === undefined || briefing.startsWith(`${homes}/`);
}

function readProc(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1");
  } catch {
    return ""; // Ended meanwhile, or another user's.
  }
}

function readProgram(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return ""; // Ended meanwhile, or a process of the kernel.
  }
}
