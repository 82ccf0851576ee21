import type { RunMetrics, RunReport, WorkstreamView } from "../../core/report/types.ts";
import { formatBytes, formatDuration } from "../text/duration.ts";
import { naturalWidth, renderTable } from "../text/table.ts";
import { indentWrapped, tie } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { describeTotal, renderBudgets, renderCosts } from "./cost.ts";
import { type DecisionOptions, renderAnswered, renderDecision } from "./decisions.ts";
import { describeGates, describeTasks, markOf, renderMark, shortOid } from "./marks.ts";
import { joinSections } from "./plan.ts";
import { describeClosed, renderSignOffs } from "./reviews.ts";

const FAILURES_MAX = 5;

/** What a run has come to: the answer, one line per workstream, what needs a person, what it took. */
export function renderReport(report: RunReport, options: DecisionOptions, page: Page): string[] {
  const { style, width } = page;
  const decisions = report.decisions.map((decision) => renderDecision(decision, options, page));
  const made =
    report.madeForYou.length === 0
      ? []
      : ["  decided for you, to review:", ...renderAnswered(report.madeForYou, 4, page)];
  const notes = report.notes.flatMap((note) => indentWrapped(note, 2, width));
  return joinSections([
    [style.bold(report.summary)],
    report.workstreams.length === 0 ? [] : renderWorkstreams(report.workstreams, page),
    report.workstreams.flatMap((workstream) => renderTroubles(workstream, page)),
    report.workstreams.flatMap((workstream) => renderSignOffs(workstream, 2, page)),
    ...decisions,
    made,
    notes,
    renderCosts(report, page),
    renderBudgets(report.budgets, page),
    renderNextSteps(report, page),
    report.metrics.attempts === 0 ? [] : renderMetrics(report, page),
  ]);
}

function renderWorkstreams(workstreams: readonly WorkstreamView[], { width, style }: Page): string[] {
  const rows = workstreams.map((workstream) => {
    const { number, name, merged, status, tasks, gates } = workstream;
    return [
      `${renderMark(markOf(workstream), style)} ${name}`,
      merged === null ? `#${number}` : shortOid(merged),
      describeTasks(tasks),
      status === "completed" ? describeBuilt(workstream, describeGates(gates)) : describeOpen(workstream),
    ];
  });
  const untitled = { title: "" };
  const columns = [untitled, untitled, untitled, { title: "", canWrap: true }];
  const traces = workstreams.map(({ status, spec }) =>
    status === "completed" && spec !== null ? `osqr trace ${spec}` : "",
  );
  const traced = {
    columns: [...columns, untitled],
    rows: rows.map((row, index) => [...row, style.dim(traces[index] ?? "")]),
    indent: 2,
    width,
    header: style.dim,
  };
  const first = traces.find((trace) => trace !== "");
  if (first === undefined || naturalWidth(traced) <= width) return renderTable(traced);
  // The hint is worth a line, not a column that breaks all others.
  return [
    ...renderTable({ ...traced, columns, rows }),
    ...indentWrapped(style.dim(`each clause and its proof: ${tie(first)}`), 2, width),
  ];
}

function describeBuilt({ merged, held, waited }: WorkstreamView, gates: string): string {
  if (merged === null) return "nothing to merge";
  const waits = waited.map(({ ms, for: name }) => `waited ${formatDuration(ms)} for ${name}`);
  return [gates, ...waits, held === null ? "" : "not on the branch yet"].filter(Boolean).join(" · ");
}

/** The state in words, with what it waits for. */
export function describeOpen(workstream: WorkstreamView): string {
  const { status, closed, waitsFor, tasks, blockers, merged, reverting, reverts } = workstream;
  if (closed !== null) {
    const who = closed.by === null ? "" : ` by ${closed.by}`;
    const said = `${describeClosed(closed)}${who}${closed.reason === "" ? "" : `: ${closed.reason}`}`;
    return closed.isLeftAlone ? `${said} · ${describeLeftAlone(workstream)}` : said;
  }
  // What a person has to answer comes first: the name of the state alone would say that something is wrong.
  const asks = status === "blocked" ? waitsFor.filter((words) => /^D-\d+$/.test(words)) : [];
  const others = waitsFor.filter((words) => !asks.includes(words));
  const parts: string[] = asks.length > 0 ? [`waits for ${asks.join(", ")}`, status] : [status];
  const out = reverts.at(-1);
  if (status === "paused" && merged === null && out !== undefined)
    parts.push(`taken out of ${out.base}: ${out.reason}`);
  if (merged !== null && reverting === null) parts.push(`in the base already (${shortOid(merged)})`);
  if (tasks.running > 0) parts.push(`${tasks.running} running`);
  if (tasks.failed > 0) parts.push(`${tasks.failed} failed`);
  if (others.length > 0) parts.push(`waits for ${others.join(", ")}`);
  return [...parts, ...blockers].join(" · ");
}

/** Nobody does its work any more; the way back where its spec stands in a document. */
function describeLeftAlone({ closed, spec }: Pick<WorkstreamView, "closed" | "spec">): string {
  const what = closed?.end == null ? "what stood for it was removed" : `${closed.end} was cancelled`;
  return `${what}, nobody does it${spec === null ? "" : `: ${tie(`osqr add ${spec}`)}`}`;
}

/** What the notes of the report do not say: kept work, and gates that keep it from landing. */
function renderTroubles({ name, merged, salvage, gates }: WorkstreamView, { width }: Page): string[] {
  const lines: string[] = [];
  if (salvage.length > 0) lines.push(`! ${name}: unmerged work is kept: ${salvage.join(", ")}`);
  for (const gate of merged === null ? gates : []) {
    if (gate.status !== "failed") continue;
    const failures = gate.newFailures.slice(0, FAILURES_MAX).join("; ");
    lines.push(`✗ ${name}: ${gate.command}${failures === "" ? "" : `: ${failures}`}`);
    if (gate.recommendation !== null) lines.push(`  ${gate.recommendation}`);
  }
  return lines.flatMap((line) => indentWrapped(line, 2, width));
}

/** Steps that the decisions above do not show already. An answer sets the work going by itself: that is no step. */
function renderNextSteps({ nextSteps, decisions }: RunReport, { width }: Page): string[] {
  const isShown = (step: string) =>
    step.startsWith("osqr accept") || decisions.some(({ id }) => step.includes(`decide ${id} `));
  const others = nextSteps.filter((step) => step !== "osqr go" && (decisions.length === 0 || !isShown(step)));
  const lines = others.map((step) => `next: ${tie(step)}`);
  if (decisions.length > 0) {
    lines.push(`The work goes on by itself once you answer; follow it with ${tie("osqr go")}.`);
  } else if (others.length === 0 && nextSteps.includes("osqr go")) lines.push(`next: ${tie("osqr go")}`);
  return lines.flatMap((line) => indentWrapped(line, 2, width));
}

/** Most memory of one attempt, of those that were measured; with whose it was. */
function describeMemory(workstreams: readonly WorkstreamView[]): readonly string[] {
  const measured = workstreams.flatMap(({ items }) =>
    items.flatMap(({ id, memory }) => (memory === undefined ? [] : [{ id, bytes: memory.peakBytes }])),
  );
  const [most] = measured.sort((a, b) => b.bytes - a.bytes);
  return most === undefined ? [] : [`at most ${formatBytes(most.bytes)} of memory (${most.id})`];
}

function renderMetrics({ metrics, cost, workstreams }: RunReport, { width, style }: Page): string[] {
  const parts = [describeSpeed(metrics), `${metrics.maxParallel} at once`, ...describeMemory(workstreams)];
  parts.push(describeTotal(cost));
  return indentWrapped(parts.join(" · "), 2, width).map(style.dim);
}

/** Less work than this is no measure of speed, ms. */
const MEASURED_MS_MIN = 1_000;

/** Gates are work too: osqr runs them, and they take their time. */
function describeSpeed({ workMs, gatesMs, makespanMs, lowerBoundMs }: RunMetrics): string {
  const allMs = workMs + gatesMs;
  const total = `${formatDuration(allMs)} of work${gatesMs > 0 ? " and checks" : ""} in ${formatDuration(makespanMs)}`;
  if (allMs < MEASURED_MS_MIN || makespanMs <= 0 || allMs < makespanMs) return total;
  const factor = `${(allMs / makespanMs).toFixed(1)}×`;
  const best = gatesMs > 0 ? "without checks at best" : "best possible";
  const bound = formatDuration(lowerBoundMs);
  return bound === "0.0 s" ? `${total} (${factor})` : `${total} (${factor}; ${best} ${bound})`;
}
