import { readdirSync, readFileSync } from "node:fs";

/** One process of the machine. Together, `pid` and `startTicks` name it for good: pids come back, start times do not. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Clock ticks since boot. */
  readonly startTicks: number;
  /** Resident memory; pages that it shares with others count in full. */
  readonly memoryBytes: number;
  /** True for a process that is dead and waits to be reaped. */
  readonly isZombie: boolean;
}

/** Null where there is no such process. */
export function readProcess(pid: number): ProcessEntry | null {
  const stat = readProcFile(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The name, in parentheses, may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    pid,
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    startTicks: Number(fields[19]),
    memoryBytes: Number(fields[21]) * readPageBytes(),
    isZombie: fields[0] === "Z" || fields[0] === "X",
  };
}

let pageBytes: number | null = null;

/** Bytes of a page of memory: the runtime knows its own size in bytes, the kernel tells it in pages. */
function readPageBytes(): number {
  if (pageBytes !== null) return pageBytes;
  const pages = Number(readProcFile("/proc/self/statm")?.split(" ")[1]);
  const exact = process.memoryUsage.rss() / pages;
  pageBytes = Number.isFinite(exact) && exact > 0 ? 2 ** Math.round(Math.log2(exact)) : 4096;
  return pageBytes;
}

let lastTable: { readonly entries: readonly ProcessEntry[]; readonly readAt: number } | null = null;

/**
 * All processes of the machine; empty where there is no `/proc`. Those who only watch share a table that is up to
 * `ageMsMax` old, so that many watchers cost as much as one.
 */
export function readProcessTable(ageMsMax: number): readonly ProcessEntry[] {
  const now = performance.now();
  if (lastTable !== null && now - lastTable.readAt < ageMsMax) return lastTable.entries;
  lastTable = { entries: readEntries(), readAt: now };
  return lastTable.entries;
}

function readEntries(): ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const name of readProcFolder()) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const entry = readProcess(pid);
    if (entry !== null) entries.push(entry);
  }
  return entries;
}

/** Value of a variable in the environment that a process was started with; null where unset or not ours to read. */
export function readProcessVariable(pid: number, name: string): string | null {
  const environ = readProcFile(`/proc/${pid}/environ`);
  if (environ === null) return null;
  const found = environ.split("\0").find((entry) => entry.startsWith(`${name}=`));
  return found === undefined ? null : found.slice(name.length + 1);
}

/** Processes and threads on the machine: one cheap read. Null where unknown. */
export function countTasks(): number | null {
  const match = /\/(\d+) /.exec(readProcFile("/proc/loadavg") ?? "");
  return match === null ? null : Number(match[1]);
}

function readProcFolder(): string[] {
  try {
    return readdirSync("/proc");
  } catch {
    return []; // No /proc: not Linux.
  }
}

function readProcFile(path: string): string | null {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return null; // Ended meanwhile, or another user's.
  }
}
