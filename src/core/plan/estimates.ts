import type { ProjectId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { PlanConfig, Range } from "./input.ts";
import type { Estimate } from "./types.ts";

/** How long work took before: wall times of attempts that gave a result, ms. */
export interface History {
  /** By spec (path, or name without one) and task key. */
  readonly byTask: ReadonlyMap<string, readonly number[]>;
  /** Median by executor, over the project. */
  readonly byExecutor: ReadonlyMap<string, number>;
}

const FALLBACK: Range = { lowMs: 5_000, highMs: 60_000 };

const toTaskKey = (spec: string, task: string): string => `${spec}#${task}`;

export function readHistory(state: State, project: ProjectId): History {
  const byTask = new Map<string, number[]>();
  const byExecutor = new Map<string, number[]>();
  for (const attempt of state.attempts.values()) {
    if (attempt.state.kind !== "completed" || attempt.workMs === 0) continue;
    const workstream = state.workstreams.get(attempt.workstream);
    if (workstream?.project !== project) continue;
    const task = state.tasks.get(attempt.task);
    if (task === undefined) continue;
    push(byTask, toTaskKey(workstream.spec.path ?? workstream.name, task.key), attempt.workMs);
    push(byExecutor, attempt.executor, attempt.workMs);
  }
  const medians = [...byExecutor].map(([executor, times]) => [executor, median(times)] as const);
  return { byTask, byExecutor: new Map(medians) };
}

function push(map: Map<string, number[]>, key: string, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

/**
 * The same task's own times where there are some, a fifth wider on each side; else half to twice the median of the executor
 * in this project; else what the config states.
 */
export function estimateTask(
  history: History,
  config: Pick<PlanConfig, "estimates">,
  work: { readonly spec: string; readonly task: string; readonly executor: string },
): Estimate {
  const own = history.byTask.get(toTaskKey(work.spec, work.task));
  if (own !== undefined) {
    const lowMs = Math.round(Math.min(...own.slice(-20)) * 0.8);
    return { lowMs, highMs: Math.round(Math.max(...own.slice(-20)) * 1.2), source: "history" };
  }
  const usual = history.byExecutor.get(work.executor);
  if (usual !== undefined) {
    return { lowMs: Math.round(usual / 2), highMs: usual * 2, source: "history" };
  }
  const { lowMs, highMs } = config.estimates[work.executor] ?? config.estimates.default ?? FALLBACK;
  return { lowMs, highMs, source: "default" };
}

/** The one number that ranks are made of: the middle of the range. */
export const middleOf = ({ lowMs, highMs }: Range): number => Math.round((lowMs + highMs) / 2);
