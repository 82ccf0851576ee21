/** Runs a gate that measures something, and reads what it measured. */

import { toLines } from "../parse.ts";
import { type GateOrder, readOutput, runGate } from "../run.ts";
import type { GateDefinition, GateRun, Measure, Measured } from "../types.ts";
import { parseAudit } from "./audits/parse.ts";
import { coveragePaths, parseCoverage } from "./coverage/formats.ts";
import { findWritten, readWritten, type Stamps, stampFiles } from "./files.ts";
import { describeMetric, readKey, readPattern } from "./metric.ts";

type Of<Kind extends Measure["kind"]> = Extract<Measure, { kind: Kind }>;

/** What was known of a tree before the first gate ran in it. */
export interface Before {
  /** Files at which a report of coverage may lie. */
  readonly reports: Stamps;
}

/** To be asked before any gate runs in a tree: a report that was committed was written by nobody here. */
export async function lookBefore(dir: string, gates: readonly GateDefinition[]): Promise<Before> {
  const wanted = gates.flatMap(({ measure }) => (measure?.kind === "coverage" ? [listReports(measure)] : []));
  return { reports: await stampFiles(dir, [...new Set(wanted.flat())]) };
}

const listReports = ({ report }: Of<"coverage">): readonly string[] =>
  report === null ? coveragePaths : [report];

/**
 * Runs any gate. `earlier` are those that ran in the same tree already: what one of them wrote is not made again.
 *
 * @throws whatever `sandbox.start` throws
 */
export async function runMeasured(
  order: GateOrder,
  { earlier, before }: { readonly earlier: ReadonlyMap<string, GateRun>; readonly before: Before },
): Promise<GateRun> {
  const { measure } = order.gate;
  switch (measure?.kind) {
    case undefined:
      return runGate(order);
    case "coverage": {
      const known = measure.after === null ? undefined : earlier.get(measure.after);
      const run =
        known === undefined ? await runGate(order) : { ...known, name: order.gate.name, durationMs: 0 };
      return { ...run, measured: await readCoverage(order.dir, measure, { run, before }) };
    }
    case "security": {
      const run = await runGate({ ...order, network: "open" });
      return { ...run, ...judgeAudit(run, await readOutput(order.logPath), measure) };
    }
    case "benchmark":
      return runBenchmark(order, measure);
  }
}

async function readCoverage(
  dir: string,
  measure: Of<"coverage">,
  { run, before }: { readonly run: GateRun; readonly before: Before },
): Promise<Measured> {
  const nothing = (problem: string, from: string | null = null): Measured => ({
    kind: "coverage",
    lines: null,
    from,
    problem,
  });
  const stamps = new Map([...before.reports].filter(([path]) => listReports(measure).includes(path)));
  const from = await findWritten(dir, stamps);
  if (from === null) {
    const where = measure.report ?? "coverage/lcov.info, coverage-summary.json, coverage.xml, coverage.out …";
    return nothing(
      `${run.command} wrote no report of coverage (looked for ${where}). Switch it on in the test runner ` +
        `(vitest --coverage, pytest --cov --cov-report=xml, go test -coverprofile=coverage.out, cargo llvm-cov --lcov --output-path lcov.info), ` +
        "or give gates.coverage.command and gates.coverage.report in the config.",
    );
  }
  const text = await readWritten(dir, from);
  const lines = text === null ? null : parseCoverage(text);
  if (lines === null)
    return nothing(
      `${from} is no report that can be read: expected lcov, cobertura, a go coverprofile, or JSON of istanbul, coverage.py or llvm-cov.`,
      from,
    );
  if (lines.total === 0)
    return nothing(`${from} names no line of code. See what the test runner is told to include.`, from);
  return { kind: "coverage", lines, from, problem: null };
}

/** Its exit code says that there is something, of whatever level; what counts are the findings. */
function judgeAudit(
  run: GateRun,
  output: string,
  { level }: Of<"security">,
): Pick<GateRun, "status" | "failures" | "measured"> {
  const isSilent = run.exitCode === 0 && output.trim() === "" && run.command.startsWith("yarn npm audit");
  const findings = isSilent ? [] : parseAudit(output, level);
  if (run.stoppedBy === null && findings !== null) {
    const status = findings.length === 0 ? "passed" : "failed";
    return { status, failures: findings, measured: { kind: "security", findings, problem: null } };
  }
  const measured: Measured = { kind: "security", findings: [], problem: explainAudit(run, output) };
  return { status: "failed", failures: [], measured };
}

const NO_NETWORK =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT|ENOTCACHED|Could not resolve|couldn't fetch advisory|dial tcp|audit endpoint returned an error|Max retries exceeded|Temporary failure in name resolution|failed to fetch|network is unreachable/i;

function explainAudit({ command, exitCode, stoppedBy, tail }: GateRun, output: string): string {
  if (stoppedBy !== null)
    return `not run: ${command} was stopped by ${stoppedBy}. Run it by hand, or raise gates.security.timeout.`;
  if (exitCode === 127 || exitCode === 126)
    return `not run: ${command.split(" ")[0] ?? command} is not installed, or cannot be run. Install it, or give gates.security.command in the config.`;
  if (NO_NETWORK.test(output))
    return `not run: ${command} could not reach its list of known holes. Run it again where the network is open.`;
  const last = tail.at(-1)?.trim().slice(0, 200) ?? "";
  return `not run: ${command} gave no report that can be read${last === "" ? "" : ` (${last})`}. Run it by hand to see why.`;
}

/** The runs one after the other; where one fails the rest tells nothing. */
async function runBenchmark(order: GateOrder, measure: Of<"benchmark">): Promise<GateRun> {
  const values: number[] = [];
  let durationMs = 0;
  for (let at = 0; ; at += 1) {
    const before = await lookForMetric(order.dir, measure);
    const run = await runGate(order);
    durationMs += run.durationMs;
    const failed = (problem: string): GateRun => ({
      ...run,
      durationMs,
      status: "failed",
      measured: { kind: "benchmark", values, problem },
    });
    if (run.status === "failed") return failed(`${run.command} failed, so it tells no number.`);
    const value = await readMetric(order, measure, before);
    if (value === null)
      return failed(
        `${run.command} told no number: expected ${describeMetric(measure.metric)}. See gates.benchmark in the config.`,
      );
    values.push(value);
    if (at + 1 >= measure.runs)
      return { ...run, durationMs, measured: { kind: "benchmark", values, problem: null } };
  }
}

const lookForMetric = (dir: string, { metric }: Of<"benchmark">): Promise<Stamps> =>
  stampFiles(dir, "file" in metric ? [metric.file] : []);

async function readMetric(
  { dir, logPath }: GateOrder,
  { metric }: Of<"benchmark">,
  before: Stamps,
): Promise<number | null> {
  if ("pattern" in metric) return readPattern(toLines(await readOutput(logPath), []), metric.pattern);
  if ((await findWritten(dir, before)) === null) return null;
  const text = await readWritten(dir, metric.file);
  return text === null ? null : readKey(text, metric.key);
}
