import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** How often an ended cage is tried to be removed: the kernel lets go of its last process a moment later. */
const REMOVE_TRIES = 20;

/**
 * A control group that holds one sandboxed process with all it starts, where this user may make one (usually only root,
 * for whom the kernel's process limit does not count). Nothing leaves it, and forks beyond `tasksMax` fail.
 */
export interface Cage {
  /** A process that writes its pid (or 0) to this file is in. */
  readonly joinPath: string;
  /** Pids of all in it. */
  readPids(): readonly number[];
  /** Most memory that all in it had at once; null where this control group does not count memory. */
  readMemoryPeakBytes(): number | null;
  /** Removes it once it is empty; gives up silently after a second. */
  remove(): Promise<void>;
}

/** Null where no control group can be made. `name` must be unique; `tasksMax` counts threads. */
export function createCage(name: string, tasksMax: number): Cage | null {
  for (const parent of listParents()) {
    const folder = join(parent, name);
    try {
      mkdirSync(folder);
    } catch {
      continue; // Not ours to write.
    }
    try {
      writeFileSync(join(folder, "pids.max"), String(tasksMax), { flag: "r+" });
      return toCage(folder);
    } catch {
      removeEmpty(folder); // The controller is not on here.
    }
  }
  return null;
}

/** Removes empty cages that an earlier daemon left. */
export function removeOldCages(prefix: string): void {
  for (const parent of listParents()) {
    for (const name of listNames(parent)) {
      if (name.startsWith(prefix)) removeEmpty(join(parent, name));
    }
  }
}

function toCage(folder: string): Cage {
  const joinPath = join(folder, "cgroup.procs");
  return {
    joinPath,
    readPids() {
      try {
        return readFileSync(joinPath, "utf8").split("\n").filter(Boolean).map(Number);
      } catch {
        return []; // Removed already.
      }
    },
    readMemoryPeakBytes() {
      const bytes = Number.parseInt(readText(join(folder, "memory.peak")), 10);
      return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : null;
    },
    async remove() {
      for (let tries = 0; tries < REMOVE_TRIES && !removeEmpty(folder); tries += 1) await delay(50);
    },
  };
}

/** False where somebody is still in it. */
function removeEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

/** Folders in which a control group with a process limit may be made: the own one, else the top. */
function listParents(): string[] {
  const own = readText("/proc/self/cgroup").split("\n");
  const parents: string[] = [];
  for (const line of readText("/proc/self/mounts").split("\n")) {
    const [, target = "", type = "", options = ""] = line.split(" ");
    const isV1 = type === "cgroup" && options.split(",").includes("pids");
    if (!isV1 && type !== "cgroup2") continue;
    const entry = own.find((text) =>
      isV1 ? /^\d+:([^:]*,)?pids(,[^:]*)?:/.test(text) : text.startsWith("0::"),
    );
    const path = entry?.slice(entry.indexOf(":", entry.indexOf(":") + 1) + 1) ?? "/";
    parents.push(join(target, path), target);
  }
  return [...new Set(parents)];
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // No /proc: not Linux.
  }
}
