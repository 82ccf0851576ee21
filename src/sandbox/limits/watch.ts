import type { Members } from "../terminate/members.ts";
import { countTasks } from "../terminate/process-table.ts";
import { measureDisk, sumFreeBytes } from "./disk.ts";

const TICK_MS = 150;
/** New tasks on the machine after which the members are counted again. */
const NEW_TASKS_MAX = 40;
/** Longest time between two measurements of the disk while the free space hardly changes. */
const DISK_PAUSE_MS = 10_000;

export type LimitName = "processes" | "disk";

export interface LimitWatch {
  /** Bytes that the folders hold now are above the limit. */
  isDiskExceeded(): Promise<boolean>;
  stop(): void;
}

export interface LimitWatchOptions {
  readonly members: Members;
  readonly processesMax: number;
  /** Longest time between two looks at the members. */
  readonly membersPauseMs: number;
  readonly folders: readonly string[];
  readonly diskBytesMax: number;
  /** Called once, at the first limit that is exceeded. */
  readonly onExceeded: (limit: LimitName) => void;
}

/**
 * Watches what no kernel limit holds for everybody: the number of processes and the bytes on disk. A tick reads two numbers
 * (tasks and free space of the machine); the costly looks follow only where these moved, or after a pause.
 */
export function watchLimits(options: LimitWatchOptions): LimitWatch {
  const { members, processesMax, folders, diskBytesMax, onExceeded } = options;
  const processes = createProcessCheck(options);
  const diskStepBytes = Math.min(diskBytesMax / 8, 64 * 1024 * 1024);
  let isStopped = false;
  let isMeasuring = false;
  let measuredAt = performance.now();
  let freeBytes = sumFreeBytes(folders);

  const isDiskExceeded = async (): Promise<boolean> => (await measureDisk(folders)) > diskBytesMax;
  const checkDisk = async (): Promise<void> => {
    const free = sumFreeBytes(folders);
    const hasMoved = free !== null && freeBytes !== null && freeBytes - free >= diskStepBytes;
    if (isMeasuring || (!hasMoved && performance.now() - measuredAt < DISK_PAUSE_MS)) return;
    isMeasuring = true;
    freeBytes = free;
    const isExceeded = await isDiskExceeded();
    measuredAt = performance.now();
    isMeasuring = false;
    if (isExceeded) exceed("disk");
  };
  const exceed = (limit: LimitName): void => {
    if (isStopped) return;
    stop();
    onExceeded(limit);
  };
  const timer = setInterval(() => {
    if (processes.isDue() && members.refresh().length > processesMax) exceed("processes");
    else void checkDisk();
  }, TICK_MS);
  const stop = (): void => {
    isStopped = true;
    clearInterval(timer);
  };
  return { isDiskExceeded, stop };
}

function createProcessCheck(options: LimitWatchOptions): { isDue(): boolean } {
  let lookedAt = performance.now();
  let tasks = countTasks() ?? 0;
  return {
    isDue() {
      const now = performance.now();
      const count = countTasks();
      const hasGrown = count !== null && count - tasks >= NEW_TASKS_MAX;
      if (!hasGrown && now - lookedAt < options.membersPauseMs) return false;
      lookedAt = now;
      tasks = count ?? 0;
      return true;
    },
  };
}
