import type { Members } from "../terminate/members.ts";
import { countTasks } from "../terminate/process-table.ts";
import { measureDisk, sumFreeBytes } from "./disk.ts";

const TICK_MS = 150;
/** Age of a process table that is good enough for counting. */
const TABLE_AGE_MS_MAX = 100;
/** New tasks on the machine after which the members are counted again. */
const NEW_TASKS_MAX = 40;
/** Shortest time between two measurements of the disk while the free space hardly changes. */
const DISK_PAUSE_MS = 10_000;
/** Share of the time that measuring may take: a pause is so many times as long as the last measurement took. */
const DISK_PAUSE_FACTOR = 10;

export type LimitName = "processes" | "disk";

export interface LimitWatch {
  /** Bytes that the folders hold now are above the limit. */
  isDiskExceeded(): Promise<boolean>;
  /** Most memory that the members had together at one of the looks; null: there was no look. */
  readonly memoryPeakBytes: number | null;
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
  const { members, processesMax, onExceeded } = options;
  const processes = createProcessCheck(options);
  const disk = createDiskCheck(options);
  let isStopped = false;
  let memoryPeakBytes: number | null = null;

  const countMembers = (): number => {
    const alive = members.refresh(TABLE_AGE_MS_MAX);
    const bytes = alive.reduce((sum, entry) => sum + entry.memoryBytes, 0);
    if (alive.length > 0) memoryPeakBytes = Math.max(memoryPeakBytes ?? 0, bytes);
    return alive.length;
  };
  const exceed = (limit: LimitName): void => {
    if (isStopped) return;
    stop();
    onExceeded(limit);
  };
  const timer = setInterval(() => {
    if (processes.isDue() && countMembers() > processesMax) exceed("processes");
    else if (disk.isDue()) void disk.measure().then((isExceeded) => isExceeded && exceed("disk"));
  }, TICK_MS);
  const stop = (): void => {
    isStopped = true;
    clearInterval(timer);
  };
  return {
    isDiskExceeded: disk.measure,
    get memoryPeakBytes() {
      return memoryPeakBytes;
    },
    stop,
  };
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

/** Measures when the free space went down by a step, and now and then; at once when it went down by the whole limit. */
function createDiskCheck(options: LimitWatchOptions): { isDue(): boolean; measure(): Promise<boolean> } {
  const { folders, diskBytesMax } = options;
  const stepBytes = Math.min(diskBytesMax / 8, 64 * 1024 * 1024);
  let isMeasuring = false;
  let measuredAt = performance.now();
  let tookMs = 0;
  let freeBytes = sumFreeBytes(folders);
  return {
    isDue() {
      if (isMeasuring) return false;
      const free = sumFreeBytes(folders);
      const lost = free === null || freeBytes === null ? 0 : freeBytes - free;
      const pauseMs = performance.now() - measuredAt;
      const isRested = pauseMs >= tookMs * DISK_PAUSE_FACTOR;
      return lost >= diskBytesMax || (isRested && (lost >= stepBytes || pauseMs >= DISK_PAUSE_MS));
    },
    async measure() {
      isMeasuring = true;
      const startedAt = performance.now();
      freeBytes = sumFreeBytes(folders);
      const bytes = await measureDisk(folders);
      measuredAt = performance.now();
      tookMs = measuredAt - startedAt;
      isMeasuring = false;
      return bytes > diskBytesMax;
    },
  };
}
