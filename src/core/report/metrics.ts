import { needTask, needWorkstream, SLOTS } from "../evolve/draft.ts";
import type { EpochMs, TaskId, WorkstreamId } from "../model/ids.ts";
import type { Run } from "../model/run.ts";
import type { State } from "../model/state.ts";
import type { Task } from "../model/work.ts";
import type { RunMetrics } from "./types.ts";

/** Wall time of all attempts of a task, ms. */
function workOf(state: State, task: Task): number {
  return task.attempts.reduce((sum, id) => sum + (state.attempts.get(id)?.workMs ?? 0), 0);
}

/** Tasks that a requirement stands for. */
function tasksBehind(state: State, requirement: string): readonly TaskId[] {
  const colon = requirement.indexOf(":");
  const target = requirement.slice(colon + 1);
  switch (requirement.slice(0, colon)) {
    case "task":
      return [target as TaskId];
    case "phase": {
      const slash = target.lastIndexOf("/");
      const tasks = state.workstreams.get(target.slice(0, slash) as never)?.tasks ?? [];
      return tasks.filter((id) => state.tasks.get(id)?.phase === target.slice(slash + 1));
    }
    case "landed":
    case "done":
      return state.workstreams.get(target as never)?.tasks ?? [];
    case "artifact":
      return state.workstreams.get(target.slice(0, target.indexOf(":")) as never)?.tasks ?? [];
    default:
      return [];
  }
}

/** Time that the gates of a workstream took on its way into the base, ms. */
function gatesOf(state: State, id: WorkstreamId): number {
  const workstream = state.workstreams.get(id);
  if (workstream === undefined || workstream.integration.kind !== "landed") return 0;
  return workstream.gateReports.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

/** Longest chain of real work over what waited for what, gates included where something waited for a landing, ms. */
function longestChain(state: State, tasks: readonly TaskId[]): number {
  const ends = new Map<TaskId, number>();
  const visit = (start: TaskId): void => {
    const stack: { id: TaskId; before: readonly TaskId[] | null }[] = [{ id: start, before: null }];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const task = state.tasks.get(top.id);
      if (task === undefined || (ends.has(top.id) && top.before === null)) continue;
      if (top.before === null) {
        // A circle cannot be: it was reported when it was planned. The entry only ends the walk if it were there.
        ends.set(top.id, 0);
        const before = task.requires.flatMap((requirement) => tasksBehind(state, requirement));
        stack.push({ id: top.id, before });
        for (const id of before) if (!ends.has(id)) stack.push({ id, before: null });
        continue;
      }
      const landed = new Set(
        task.requires.filter((each) => each.startsWith("landed:")).map((each) => each.slice(7)),
      );
      const endOf = (id: TaskId): number => {
        const owner = state.tasks.get(id)?.workstream;
        const gates = owner !== undefined && landed.has(owner) ? gatesOf(state, owner) : 0;
        return (ends.get(id) ?? 0) + gates;
      };
      const latest = top.before.reduce((max, id) => Math.max(max, endOf(id)), 0);
      ends.set(top.id, latest + workOf(state, task));
    }
  };
  for (const id of tasks) visit(id);
  return tasks.reduce((max, id) => {
    const owner = state.tasks.get(id)?.workstream;
    return Math.max(max, (ends.get(id) ?? 0) + (owner === undefined ? 0 : gatesOf(state, owner)));
  }, 0);
}

/** Attempts that are open now, times the time since that number changed, ms. */
function sinceLastChange(state: State, run: Run, now: EpochMs): number {
  const open = state.inUse.get(`${run.project}/${SLOTS}`) ?? 0;
  return open * Math.max(0, now - (state.parallelSince.get(run.id) ?? run.resumedAt));
}

/** Figures of a run. `now` counts while it is active. */
export function measureRun(state: State, run: Run, now: EpochMs): RunMetrics {
  const tasks = run.workstreams.flatMap((id) => needWorkstream(state, id).tasks);
  const all = tasks.map((id) => needTask(state, id));
  const workMs = all.reduce((sum, task) => sum + workOf(state, task), 0);
  const attempts = all.reduce((sum, task) => sum + task.attempts.length, 0);
  const isActive = run.restedAt === null;
  const makespanMs = run.activeMs + (isActive ? Math.max(0, now - run.resumedAt) : 0);
  const parallelMs = run.parallelMs + (isActive ? sinceLastChange(state, run, now) : 0);
  const lowerBoundMs = Math.round(
    Math.max(longestChain(state, tasks), workMs / Math.max(1, run.maxParallel, run.parallelPeak)),
  );
  return {
    makespanMs,
    workMs,
    lowerBoundMs,
    planningMs: run.planningMs,
    gatesMs: run.gatesMs,
    attempts,
    maxParallel: run.parallelPeak,
    meanParallel: makespanMs === 0 ? 0 : Number((parallelMs / makespanMs).toFixed(2)),
  };
}

export const NO_METRICS: RunMetrics = {
  makespanMs: 0,
  workMs: 0,
  lowerBoundMs: 0,
  planningMs: 0,
  gatesMs: 0,
  attempts: 0,
  maxParallel: 0,
  meanParallel: 0,
};
