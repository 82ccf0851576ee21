/** The pure core alone: one scheduling pass, and the cost of an event as the number of tasks grows. */
import { decide } from "../src/core/decide/decide.ts";
import type { Command } from "../src/core/model/command.ts";
import { emptyState, type State } from "../src/core/model/state.ts";
import { schedule } from "../src/core/schedule.ts";
import { makeBlocks, NO_RANKS, PROJECT } from "./support/shapes.ts";

const COMMIT = "c".repeat(40);

function apply(state: State, command: Command): State {
  const decided = decide(state, command, state.at + 1);
  if (!decided.ok) throw new Error(`${command.kind}: ${decided.refusal.message}`);
  return decided.state;
}

/** A run of `count` independent tasks, with `slots` of them running. */
function makeRunning(count: number, slots: number): State {
  const { registrations } = makeBlocks(count);
  const project = {
    id: PROJECT,
    root: "/",
    base: "main",
    policy: "dependency_first",
    maxParallel: slots,
    resources: {},
  } as const;
  let state = apply(emptyState(), { kind: "open_project", project });
  state = apply(state, { kind: "register", project: PROJECT, registrations, ranks: NO_RANKS });
  const include = registrations.map(({ workstream }) => workstream.id);
  state = apply(state, {
    kind: "go",
    project: PROJECT,
    include,
    approve: [],
    approveAll: true,
    planningMs: 0,
    maxParallel: slots,
    by: "bench",
  });
  return apply(state, { kind: "schedule", slots });
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** ms of one `schedule` with `count` tasks and `running` of them running, with room for `launches` more. */
export function measureSchedule(count: number, running: number, launches: number): number {
  const state = makeRunning(count, running);
  const project = state.projects.get(PROJECT);
  if (project === undefined) throw new Error("no project");
  const open = {
    ...state,
    projects: state.projects.set(PROJECT, { ...project, maxParallel: running + launches }),
  };
  const times: number[] = [];
  for (let repetition = 0; repetition < 30; repetition += 1) {
    const started = performance.now();
    const decision = schedule(open, { slots: running + launches });
    times.push(performance.now() - started);
    if (decision?.launches.length !== launches) throw new Error(`expected ${launches} launches`);
  }
  return median(times);
}

/**
 * µs per event over whole lives of tasks (claim to completion) in a project of `count` tasks: the best of several windows in
 * one run, the first thrown away.
 */
export function measureEventCost(count: number): number {
  const slots = 16;
  let state = makeRunning(count, slots);
  const lives = Math.max(5, Math.min(Math.floor((count - slots) / (WINDOWS + 1)), 500));
  const costs: number[] = [];
  for (let window = 0; window <= WINDOWS; window += 1) {
    const before = state.seq;
    const started = performance.now();
    for (let done = 0; done < lives; done += 1) state = liveOne(state, slots);
    costs.push((1000 * (performance.now() - started)) / Math.max(1, state.seq - before));
  }
  return Math.min(...costs.slice(1));
}

const WINDOWS = 5;

function liveOne(state: State, slots: number): State {
  const [attempt] = state.active.keys();
  if (attempt === undefined) return state;
  const fence = state.attempts.get(attempt)?.fence ?? 0;
  let next = apply(state, { kind: "attempt_started", attempt, fence, sandbox: "none" });
  next = apply(next, {
    kind: "attempt_succeeded",
    attempt,
    fence,
    commit: COMMIT,
    files: [],
    added: 0,
    deleted: 0,
    workMs: 1,
    warnings: [],
  });
  next = apply(next, { kind: "task_joined", attempt, fence, tip: COMMIT, handoff: null, artifacts: [] });
  return apply(next, { kind: "schedule", slots });
}
