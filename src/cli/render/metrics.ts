import { type FlowRecord, listRecords } from "../../core/report/flow/records.ts";
import {
  NONE,
  sayAnswer,
  sayFigures,
  sayMs,
  sayNumber,
  sayShare,
  saySpread,
  saySum,
} from "../../core/report/flow/say.ts";
import type { FlowGroup, FlowItem, FlowReport } from "../../core/report/flow/types.ts";
import { plural } from "../text/duration.ts";
import { type Column, renderTable } from "../text/table.ts";
import { indentWrapped, tie } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { shortOid } from "./marks.ts";
import { joinSections } from "./plan.ts";

/** More workstreams are left to `osqr export`. */
const ITEMS_MAX = 20;
const RECORDS_MAX = 40;
const TRAIL_MAX = 3;
const FULL_OID = /\b(?:[0-9a-f]{40}|[0-9a-f]{64})\b/g;

export type By = "step" | "workflow" | "owner" | "project";

/** How work flows: the answer, the figures, one row per part, then the workstreams. */
export function renderMetrics(report: FlowReport, by: By | null, page: Page): string[] {
  const { items, total } = report;
  const answer = [page.style.bold(sayAnswer(report))];
  if (items.length === 0) return answer;
  const figures = sayFigures(total).map(([name, words]) => [name, words]);
  const isNamed = items.some(({ detail }) => detail !== null);
  return joinSections([
    answer,
    toTable([{ title: "" }, { title: "", canWrap: true }], figures, page),
    isNamed && by === null ? [] : renderPart(report, by ?? "step", page),
    isNamed || by !== null ? [] : renderItems(items, page),
    ...(isNamed ? items.map((item) => renderItem(item, page)) : []),
    indentWrapped(page.style.dim("what the figures mean: docs/metrics.md"), 2, page.width),
  ]);
}

function toTable(columns: readonly Column[], rows: readonly (readonly string[])[], { width, style }: Page) {
  return renderTable({ columns, rows, indent: 2, width, header: style.dim });
}

/** As `toTable`; where the room is bounded, a column in which no row says anything takes none of it. */
function toNarrowTable(columns: readonly Column[], rows: readonly (readonly string[])[], page: Page) {
  if (page.width === Number.POSITIVE_INFINITY) return toTable(columns, rows, page);
  const isTold = columns.map((_, index) => rows.some((row) => (row[index] ?? NONE) !== NONE));
  const keep = <Cell>(cells: readonly Cell[]): Cell[] => cells.filter((_, index) => isTold[index]);
  return toTable(keep(columns), rows.map(keep), page);
}

const sayCount = (count: number): string => (count === 0 ? NONE : String(count));

/** The column of that title may be broken. */
const wrapping = (columns: readonly Column[], title: string): readonly Column[] =>
  columns.map((column) => (column.title === title ? { ...column, canWrap: true } : column));

const titled = (...titles: readonly string[]): readonly Column[] => titles.map((title) => ({ title }));

function renderPart(report: FlowReport, by: By, page: Page): string[] {
  switch (by) {
    case "step":
      return renderSteps(report, page);
    case "workflow":
      return renderGroups("workflow", report.byWorkflow, page);
    case "owner":
      return renderGroups("owner", report.byOwner, page);
    case "project":
      return renderGroups("project", report.byProject, page);
  }
}

function renderSteps({ steps }: FlowReport, page: Page): string[] {
  // A step in which nothing happened says nothing.
  const hasFigures = ({ cycle, taskCycle, wip, returns, attempts }: FlowReport["steps"][number]): boolean =>
    cycle.count + taskCycle.count + wip + returns + attempts > 0;
  const rows = steps
    .filter(hasFigures)
    .map((each) => [
      each.step,
      each.workflow,
      saySpread(each.cycle),
      sayMs(each.taskCycle.medianMs),
      sayCount(each.wip),
      sayCount(each.returns),
      saySum(each.workMs),
    ]);
  if (rows.length === 0) return [];
  const columns = titled("step", "workflow", "cycle time", "per task", "in it now", "sent back", "work");
  return toNarrowTable(wrapping(columns, "cycle time"), rows, page);
}

function renderGroups(title: string, groups: readonly FlowGroup[], page: Page): string[] {
  const hasFigures = ({ completed, wip, rework, people, blocked, workMs }: FlowGroup["figures"]): boolean =>
    completed + wip.now + rework.completions + people.count + blocked.count + workMs > 0;
  const shown = groups.filter(({ figures }) => hasFigures(figures));
  if (shown.length === 0) return [];
  const rows = shown.map(({ key, figures }) => [
    key ?? NONE,
    String(figures.completed),
    String(figures.wip.now),
    saySpread(figures.leadTime),
    sayNumber(figures.throughput.perWeek),
    sayShare(figures.rework.rate),
    saySum(figures.people.sumMs),
    saySum(figures.blocked.sumMs),
  ]);
  const columns = titled(title, "built", "in progress", "lead time", "a week", "rework", "waited", "blocked");
  return toNarrowTable(wrapping(columns, "lead time"), rows, page);
}

function renderItems(items: readonly FlowItem[], page: Page): string[] {
  const rows = items
    .slice(0, ITEMS_MAX)
    .map((item) => [
      String(item.number),
      item.name,
      item.step === null ? item.status : `${item.status}, in ${item.step}`,
      item.owner ?? NONE,
      sayMs(item.leadMs),
      `${item.tasks.completed}/${item.tasks.total}`,
      sayShare(item.rework.rate),
      saySum(item.people.sumMs),
      saySum(item.blocked.sumMs),
    ]);
  const columns = titled(
    "#",
    "workstream",
    "state",
    "owner",
    "lead time",
    "tasks",
    "rework",
    "waited",
    "blocked",
  );
  const left = items.length - ITEMS_MAX;
  const more =
    left > 0 ? indentWrapped(`and ${left} more: ${tie("osqr export --format csv")}`, 2, page.width) : [];
  return [...toNarrowTable(wrapping(columns, "state"), rows, page), ...more];
}

/** One workstream with its steps, its records and where the rest is. */
function renderItem(item: FlowItem, page: Page): string[] {
  const { detail, owner, efficiency, leadMs, flowMs } = item;
  const head = [
    `#${item.number} ${item.name}`,
    item.status,
    item.workflow,
    owner === null ? "" : `owner ${owner}`,
  ];
  const times = [
    `lead time ${sayMs(leadMs)}`,
    `flow time ${sayMs(flowMs)}`,
    `work ${saySum(item.workMs)}`,
    `efficiency ${sayShare(efficiency)}`,
    `${item.rework.tasks} done again`,
    `waited ${saySum(item.people.sumMs)}`,
    `blocked ${saySum(item.blocked.sumMs)}`,
  ];
  const steps = item.steps.map((step) => [
    step.key,
    step.role ?? NONE,
    step.kind === "integrate" ? NONE : `${step.completed}/${step.total}`,
    sayMs(step.cycleMs),
  ]);
  return [
    page.style.bold(head.filter(Boolean).join(" · ")),
    ...indentWrapped(times.join(" · "), 2, page.width),
    ...toTable(titled("step", "role", "tasks", "cycle time"), steps, page),
    ...renderRecords(item, page),
    ...(detail === null ? [] : indentWrapped(describeTrail(detail), 2, page.width)),
  ];
}

/** By time: a decision stands where it was answered, and one that was signed is told by its signature. */
function listTold(item: FlowItem): readonly FlowRecord[] {
  const records = listRecords(item);
  const signed = new Set(records.filter(({ kind }) => kind === "sign-off").map(({ id }) => id));
  return records
    .filter(({ kind, id }) => kind !== "decision" || !signed.has(id))
    .map((record) => (record.kind === "decision" ? { ...record, at: record.until ?? record.at } : record))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

function renderRecords(item: FlowItem, page: Page): string[] {
  const records = listTold(item);
  if (records.length === 0) return [];
  const rows = records.slice(-RECORDS_MAX).map(({ at, kind, id, task, by, outcome, reason }) => [
    at.slice(0, 16).replace("T", " "),
    kind,
    id ?? (kind === "transfer" ? task : null) ?? "",
    by ?? "",
    [outcome, reason]
      .filter((part) => part !== null && part !== "")
      .join(": ")
      .replaceAll(FULL_OID, shortOid),
  ]);
  const columns = [...titled("time (UTC)", "what", "id", "by"), { title: "", canWrap: true }];
  return toTable(columns, rows, page);
}

/** Where the rest is; the last ones of what may be many. */
function describeTrail({ handoffs, history }: NonNullable<FlowItem["detail"]>): string {
  const output = history.attempts.slice(-TRAIL_MAX).map((id) => tie(`osqr log ${id}`));
  const last = handoffs.slice(-TRAIL_MAX).join(", ");
  const files = `${plural(handoffs.length, "handoff")} in refs/osqr/handoffs`;
  return [
    ...(handoffs.length === 0 ? [] : [`${files}${handoffs.length > TRAIL_MAX ? ", the last" : ""}: ${last}`]),
    ...(output.length === 0 ? [] : [`output: ${output.join(", ")}`]),
    `all: ${tie("osqr export --format json")}`,
  ].join(" · ");
}
