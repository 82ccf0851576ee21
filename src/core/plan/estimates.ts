import type { ProjectId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { PlanConfig, Range } from "./input.ts";
import type { Estimate } from "./types.ts";

/** How long work took before: wall times of attempts that gave a result, ms. */
export interface History {
  /** By spec (path, or name without one) and task key. */
  readonly byTask: ReadonlyMap<string, readonly number[]>;
  /** By executor, over the project, where it did enough different tasks to say something of another one. */
  readonly byExecutor: ReadonlyMap<string, { readonly medianMs: number; readonly p90Ms: number }>;
}

/** Fewer different tasks than this say nothing of one that never ran. */
const TASKS_MIN = 5;

const FALLBACK: Range = { lowMs: 5_000, highMs: 60_000 };
/** A run block is rarely long: what the config states for all executors is made for agents. */
const SCRIPT: Range = { lowMs: 1_000, highMs: 20_000 };

const toTaskKey = (spec: string, task: string): string => `${spec}#${task}`;

export function readHistory(state: State, project: ProjectId): History {
  const byTask = new Map<string, number[]>();
  const byExecutor = new Map<string, Map<string, number>>();
  for (const attempt of state.attempts.values()) {
    if (attempt.state.kind !== "completed" || attempt.workMs === 0) continue;
    const workstream = state.workstreams.get(attempt.workstream);
    if (workstream?.project !== project) continue;
    const task = state.tasks.get(attempt.task);
    if (task === undefined) continue;
    const key = toTaskKey(workstream.spec.path ?? workstream.name, task.key);
    push(byTask, key, attempt.workMs);
    const last = byExecutor.get(attempt.executor) ?? new Map<string, number>();
    byExecutor.set(attempt.executor, last.set(key, attempt.workMs));
  }
  const usual = [...byExecutor].flatMap(([executor, times]) => {
    const sorted = [...times.values()].sort((a, b) => a - b);
    const range = { medianMs: quantile(sorted, 0.5), p90Ms: quantile(sorted, 0.9) };
    return sorted.length < TASKS_MIN ? [] : [[executor, range] as const];
  });
  return { byTask, byExecutor: new Map(usual) };
}

function push(map: Map<string, number[]>, key: string, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor((sorted.length - 1) * share)] ?? 0;

/**
 * The same task's own times where there are some, a fifth wider on each side; else a wide range around what the executor
 * took for other tasks of this project, where there were enough; else what the config states.
 */
export function estimateTask(
  history: History,
  config: Pick<PlanConfig, "estimates">,
  work: {
    readonly spec: string;
    readonly task: string;
    readonly executor: string;
    readonly script: string | null;
  },
): Estimate {
  const own = history.byTask.get(toTaskKey(work.spec, work.task));
  if (own !== undefined) {
    const lowMs = Math.round(Math.min(...own.slice(-20)) * 0.8);
    return { lowMs, highMs: Math.round(Math.max(...own.slice(-20)) * 1.2), source: "history" };
  }
  const stated = statedFor(config, work);
  const usual = history.byExecutor.get(work.executor);
  if (usual !== undefined) {
    const highMs = Math.max(usual.p90Ms * 2, stated.lowMs);
    return { lowMs: Math.round(usual.medianMs / 2), highMs, source: "history" };
  }
  return { ...stated, source: "default" };
}

function statedFor(
  { estimates }: Pick<PlanConfig, "estimates">,
  { executor, script }: { readonly executor: string; readonly script: string | null },
): Range {
  const own = estimates[executor];
  if (own !== undefined) return own;
  const isScript = executor === "command" && script !== null;
  return isScript ? SCRIPT : (estimates.default ?? FALLBACK);
}

/** The one number that ranks are made of: the middle of the range. */
export const middleOf = ({ lowMs, highMs }: Range): number => Math.round((lowMs + highMs) / 2);
