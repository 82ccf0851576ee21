/** Status, metrics and export of a portfolio: from the state to what is printed, on both sides of the daemon. */

import { renderMetrics } from "../src/cli/render/metrics.ts";
import { renderStatus } from "../src/cli/render/status.ts";
import { cleanAnswer } from "../src/cli/text/plain.ts";
import { PLAIN_STYLE } from "../src/cli/text/style.ts";
import type { State } from "../src/core/model/state.ts";
import { viewLedger } from "../src/core/report/budgets.ts";
import { findLastRun, summarizeRun } from "../src/core/report/build-report.ts";
import { countInbox } from "../src/core/report/decisions.ts";
import { buildFlow, NO_FILTER } from "../src/core/report/flow/build-flow.ts";
import { renderExport } from "../src/core/report/flow/export.ts";
import type { FlowReport } from "../src/core/report/flow/types.ts";
import type { StatusReport } from "../src/core/report/types.ts";
import { viewWorkstreams } from "../src/core/report/workstreams.ts";
import { makePortfolio } from "./support/flow-state.ts";
import { PROJECT } from "./support/shapes.ts";

const PAGE = { width: 120, style: PLAIN_STYLE };

export interface FlowBench {
  readonly workstreams: number;
  readonly tasks: number;
  readonly attempts: number;
  readonly statusMs: number;
  readonly statusLimitMs: number;
  readonly metricsMs: number;
  readonly metricsLimitMs: number;
  /** The slowest format. */
  readonly exportMs: number;
  readonly exportLimitMs: number;
}

/** What the daemon answers with and what the command line makes of it. */
function overTheWire<T>(answer: T): T {
  return cleanAnswer(JSON.parse(JSON.stringify(answer))) as T;
}

/** As `readStatus` in `engine/local/queries.ts` for what is printed, without the disk. */
function makeStatus(state: State): StatusReport {
  const run = findLastRun(state, PROJECT);
  const workstreams = viewWorkstreams(state, [...state.workstreams.values()], { isBrief: true });
  const machine = {
    daemon: { pid: 1, port: 1 },
    disk: { workspaces: 0, usedBytes: 0, freeBytes: 0 },
    sandbox: { level: "bubblewrap", reason: null },
    cost: viewLedger(),
    budgets: [],
  };
  return {
    ...machine,
    project: { root: "/bench", base: "main", held: null },
    run: run === null ? null : { id: run.id, status: run.status },
    summary: summarizeRun(state, run, workstreams),
    workstreams,
    decisions: countInbox(state, PROJECT),
  };
}

function median(repetitions: number, work: () => unknown): number {
  work();
  const times = Array.from({ length: repetitions }, () => {
    const started = performance.now();
    work();
    return performance.now() - started;
  });
  return Math.round(times.sort((a, b) => a - b)[times.length >> 1] ?? 0);
}

/** Median ms over a portfolio of `workstreams` with `steps` tasks each. */
export function measureFlow(workstreams: number, steps: number, repetitions: number): FlowBench {
  const { state, now } = makePortfolio(workstreams, steps);
  const measure = (detail: boolean): FlowReport =>
    buildFlow(state, { filter: NO_FILTER, only: null, detail, isBrief: !detail, now });
  const status = (): unknown => renderStatus(overTheWire(makeStatus(state)), PAGE);
  const metrics = (): unknown => renderMetrics(overTheWire(measure(false)), null, PAGE);
  const formats = ["csv", "json", "md"] as const;
  const exports = formats.map((format) => () => renderExport(measure(true), format, "attempts"));
  if (state.tasks.size !== workstreams * steps) throw new Error(`expected ${workstreams * steps} tasks`);
  return {
    workstreams,
    tasks: state.tasks.size,
    attempts: state.attempts.size,
    statusMs: median(repetitions, status),
    statusLimitMs: 300,
    metricsMs: median(repetitions, metrics),
    metricsLimitMs: 500,
    exportMs: Math.max(...exports.map((each) => median(repetitions, each))),
    exportLimitMs: 2_000,
  };
}
