/** What attempts need of the machine's memory, by what they were seen to need. Pure. */
import type { AttemptId } from "./model/ids.ts";
import type { State } from "./model/state.ts";
import { COMMAND } from "./routing/config.ts";

/** Resident memory of an attempt with all its processes, bytes; pages that they share count for each. */
export interface MemoryUse {
  /** At the last look; null: nothing of it runs now. */
  readonly lastBytes: number | null;
  /** The most that a look has found. */
  readonly peakBytes: number;
}

/** What is taken for memory when the next attempts start, bytes. */
export interface MemoryLoad {
  /** Attempts that hold a slot. */
  readonly running: number;
  /** What those are expected to take yet, beyond what they have. */
  readonly owedBytes: number;
  /** What one more is taken to need. */
  readonly perAttemptBytes: number;
}

const MB = 1024 ** 2;
/** Of an executor that nobody has seen at work yet. Agents were measured at 230 to 770 MiB. */
const COMMAND_BYTES = 256 * MB;
const AGENT_BYTES = 512 * MB;
/** However little was seen: its sandbox and its checks need some too. */
const NEED_BYTES_MIN = 64 * MB;
/** Attempts of an executor that are remembered. */
export const PEAKS_MAX = 20;
/** Tasks that may start next whose executors are looked at. */
const READY_MAX = 64;

/** The largest that one of its last attempts had; of one without history a default by its kind. */
export function memoryNeedOf({ peaks }: Pick<State, "peaks">, executor: string): number {
  const seen = peaks.get(executor);
  if (seen === undefined || seen.length === 0) return executor === COMMAND ? COMMAND_BYTES : AGENT_BYTES;
  return Math.max(NEED_BYTES_MIN, ...seen);
}

/** The most that one of several executors needs; of none the default of a program. */
export const largestNeedOf = (state: Pick<State, "peaks">, executors: Iterable<string>): number => {
  const needs = [...new Set(executors)].map((executor) => memoryNeedOf(state, executor));
  return needs.length === 0 ? COMMAND_BYTES : Math.max(...needs);
};

/** @param live what running attempts have now; one that is not in it has nothing yet */
export function measureLoad(
  state: Pick<State, "peaks" | "active" | "attempts" | "ready" | "tasks">,
  live: ReadonlyMap<AttemptId, MemoryUse>,
): MemoryLoad {
  let owedBytes = 0;
  for (const id of state.active.keys()) {
    const executor = state.attempts.get(id)?.executor ?? COMMAND;
    owedBytes += Math.max(0, memoryNeedOf(state, executor) - (live.get(id)?.lastBytes ?? 0));
  }
  const executors = new Set<string>();
  let looked = 0;
  for (const id of state.ready.values()) {
    if (looked === READY_MAX) break;
    looked += 1;
    executors.add(state.tasks.get(id)?.executor ?? COMMAND);
  }
  return { running: state.active.size, owedBytes, perAttemptBytes: largestNeedOf(state, executors) };
}
