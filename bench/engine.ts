/** The engine on the durable log with an executor that does nothing, beside the bare log with the same commits. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "../src/engine/engine.ts";
import { openHome } from "../src/store/home.ts";
import { lockHome } from "../src/store/home-lock.ts";
import { openEventLog } from "../src/store/open.ts";
import type { AppendInput, EventLog } from "../src/store/types.ts";
import { createNullPorts, createNullProject } from "./support/null-ports.ts";
import { makeChain, makeIndependent, makeLayers, NO_RANKS, PROJECT, type Shape } from "./support/shapes.ts";

const SLOTS = 64;

interface Measured {
  readonly ms: number;
  readonly batches: readonly (readonly AppendInput[])[];
  readonly gapsMs: readonly number[];
}

function withLog<T>(work: (log: EventLog) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "osqr-bench-"));
  const lock = lockHome(openHome(join(folder, "home")), Date.now());
  const log = openEventLog(lock);
  return work(log).finally(() => {
    log.close();
    lock.release();
    rmSync(folder, { recursive: true, force: true });
  });
}

/** Records the batches that go through, so that the bare log can repeat them. */
function record(log: EventLog, batches: (readonly AppendInput[])[]): EventLog {
  return new Proxy(log, {
    get(target, name) {
      if (name === "append") {
        return (events: readonly AppendInput[]) => {
          batches.push(events);
          return target.append(events);
        };
      }
      if (name === "close") return () => undefined;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function runEngine(shape: Shape): Promise<Measured> {
  return withLog(async (log) => {
    const batches: (readonly AppendInput[])[] = [];
    const engine = new Engine(createNullPorts(record(log, batches), SLOTS));
    engine.adoptProject(createNullProject(PROJECT));
    const project = {
      id: PROJECT,
      root: "/",
      base: "main",
      policy: "fifo",
      maxParallel: SLOTS,
      resources: {},
    } as const;
    await engine.submit({ kind: "open_project", project });
    await engine.submit({
      kind: "register",
      project: PROJECT,
      registrations: shape.registrations,
      ranks: NO_RANKS,
    });
    batches.length = 0;
    const ended: number[] = [];
    const started = performance.now();
    const rested = new Promise<void>((resolve) => {
      engine.subscribe(({ kind }) => {
        if (kind === "task_completed") ended.push(performance.now());
        if (kind === "run_rested") resolve();
      });
    });
    const include = shape.registrations.map(({ workstream }) => workstream.id);
    await engine.submit({
      kind: "go",
      project: PROJECT,
      include,
      approve: [],
      approveAll: true,
      planningMs: 0,
      maxParallel: SLOTS,
      by: "bench",
    });
    await rested;
    const ms = performance.now() - started;
    await engine.close();
    return { ms, batches, gapsMs: ended.map((at, index) => at - (ended[index - 1] ?? started)) };
  });
}

function runBare(batches: Measured["batches"]): Promise<number> {
  return withLog(async (log) => {
    const started = performance.now();
    for (const batch of batches) log.append(batch);
    return performance.now() - started;
  });
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
const quantile = (values: readonly number[], q: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? 0;

export interface EngineFigure {
  readonly shape: string;
  readonly tasks: number;
  readonly tasksPerSecond: number;
  readonly limitTasksPerSecond: number;
  readonly ratio: number;
  readonly events: number;
  readonly commits: number;
  readonly overheadP50Ms: number;
  readonly overheadP99Ms: number;
}

/** Interleaves engine and bare log, so that a slow minute of the machine meets both. */
export async function measureEngine(shape: Shape, repetitions: number): Promise<EngineFigure> {
  const engineMs: number[] = [];
  const bareMs: number[] = [];
  let last: Measured | null = null;
  for (let index = 0; index < repetitions; index += 1) {
    last = await runEngine(shape);
    engineMs.push(last.ms);
    bareMs.push(await runBare(last.batches));
  }
  const ratios = engineMs.map((ms, index) => (bareMs[index] ?? 0) / ms);
  const gaps = last?.gapsMs ?? [];
  return {
    shape: shape.name,
    tasks: shape.tasks,
    tasksPerSecond: Math.round((1000 * shape.tasks) / median(engineMs)),
    limitTasksPerSecond: Math.round((1000 * shape.tasks) / median(bareMs)),
    ratio: Number(median(ratios).toFixed(2)),
    events: last?.batches.reduce((sum, batch) => sum + batch.length, 0) ?? 0,
    commits: last?.batches.length ?? 0,
    overheadP50Ms: Number(quantile(gaps, 0.5).toFixed(2)),
    overheadP99Ms: Number(quantile(gaps, 0.99).toFixed(2)),
  };
}

export const SHAPES: readonly Shape[] = [makeLayers(100, 10), makeChain(500), makeIndependent(1000)];
