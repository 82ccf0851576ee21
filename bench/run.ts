/** `npm run bench`: every figure against its limit in one run. `--json` prints JSON, `--quick` fewer repetitions. */
import { cpus } from "node:os";
import { measureAgents } from "./agents.ts";
import { measureCli } from "./cli.ts";
import { measureEventCost, measureSchedule } from "./core.ts";
import { measureEngine, SHAPES } from "./engine.ts";
import { measureFlow } from "./flow.ts";
import { measureMakespan } from "./makespan.ts";
import { measurePlan } from "./plan.ts";
import { measurePortfolio } from "./portfolio.ts";

interface Row {
  readonly figure: string;
  readonly value: string;
  readonly limit: string;
  readonly met: boolean;
}

const quick = process.argv.includes("--quick");
const rows: Row[] = [];

function add(
  figure: string,
  value: number,
  limit: number,
  options: { unit: string; atLeast?: boolean },
): void {
  const met = options.atLeast === true ? value >= limit : value <= limit;
  const sign = options.atLeast === true ? "≥" : "≤";
  rows.push({ figure, value: `${value}${options.unit}`, limit: `${sign} ${limit}${options.unit}`, met });
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

for (const shape of SHAPES) {
  say(`engine: ${shape.name} …`);
  const figure = await measureEngine(shape, quick ? 3 : 9);
  const { tasksPerSecond, limitTasksPerSecond, overheadP50Ms, overheadP99Ms, commits } = figure;
  add(
    `${shape.name}: ${tasksPerSecond} of ${limitTasksPerSecond} tasks/s, ${commits} commits`,
    figure.ratio,
    0.6,
    { unit: "×", atLeast: true },
  );
  rows.push({
    figure: `${shape.name}: overhead per task p50, p99`,
    value: `${overheadP50Ms}, ${overheadP99Ms} ms`,
    limit: "–",
    met: true,
  });
}
say("core …");
add("schedule, 10,000 tasks, 1,000 running", Number(measureSchedule(10_000, 1_000, 16).toFixed(2)), 10, {
  unit: " ms",
});
measureEventCost(1_000); // The first one compiles.
const small = measureEventCost(1_000);
const large = measureEventCost(100_000);
add(
  `cost per event at 100,000 tasks ÷ at 1,000 (${large.toFixed(1)} ÷ ${small.toFixed(1)} µs)`,
  Number((large / small).toFixed(2)),
  3,
  { unit: "×" },
);
say("makespan …");
const makespan = measureMakespan(200, 1);
add("makespan ÷ lower bound, 200 random graphs", makespan.ratio, 1.05, { unit: "" });
rows.push({
  figure: "the same without estimates",
  value: String(makespan.ratioWithoutEstimates),
  limit: "–",
  met: true,
});
rows.push({
  figure: "the same with layer barriers",
  value: String(makespan.ratioOfBarriers),
  limit: "–",
  met: true,
});
say("plan …");
const plan = await measurePlan(200, quick ? 3 : 9);
add(`plan of ${plan.specs} specs, ${plan.tasks} tasks`, plan.medianMs, plan.limitMs, { unit: " ms" });
say("flow …");
const flow = measureFlow(1_000, 20, quick ? 3 : 9);
const portfolio = `${flow.workstreams} workstreams, ${flow.tasks} tasks, ${flow.attempts} attempts`;
add(`status of ${portfolio}`, flow.statusMs, flow.statusLimitMs, { unit: " ms" });
add("metrics of the same", flow.metricsMs, flow.metricsLimitMs, { unit: " ms" });
add("export of the same, slowest format", flow.exportMs, flow.exportLimitMs, { unit: " ms" });
const whole = await measurePortfolio(1_000, 20, quick ? 5 : 9);
add("osqr status of the same, whole process, daemon up", whole.statusMs, flow.statusLimitMs, { unit: " ms" });
add("osqr metrics of the same, whole process", whole.metricsMs, flow.metricsLimitMs, { unit: " ms" });
add("osqr export of the same, whole process, slowest format", whole.exportMs, flow.exportLimitMs, {
  unit: " ms",
});
say("command line …");
const cli = await measureCli(quick ? 5 : 15);
add("osqr --version", cli.versionMs, cli.versionLimitMs, { unit: " ms" });
add("osqr status, daemon up", cli.statusMs, cli.statusLimitMs, { unit: " ms" });
add("idle daemon, resident", cli.idleMiB, cli.idleLimitMiB, { unit: " MiB" });
add("idle daemon, wakes in 10 s", cli.wakesPer10s, 1, { unit: "" });
say("agents …");
const calm = await measureAgents(quick ? 20 : 100, { parallel: 1, napSeconds: 0 });
add(
  `an agent's turn, prompt to what is first recorded of it, p99 (p50 ${calm.turnP50Ms} ms)`,
  calm.turnP99Ms,
  20,
  { unit: " ms" },
);
const many = await measureAgents(50, { parallel: 50, napSeconds: 60 });
add(`daemon with ${many.together} agents at once, resident`, many.daemonMiB, many.daemonLimitMiB, {
  unit: " MiB",
});

if (process.argv.includes("--json")) {
  process.stdout.write(`${JSON.stringify({ cores: cpus().length, node: process.version, rows }, null, 2)}\n`);
} else {
  const width = Math.max(...rows.map(({ figure }) => figure.length));
  for (const { figure, value, limit, met } of rows) {
    process.stdout.write(`${met ? "✓" : "✗"} ${figure.padEnd(width)}  ${value.padEnd(16)} ${limit}\n`);
  }
}
process.exitCode = rows.every(({ met }) => met) ? 0 : 1;
