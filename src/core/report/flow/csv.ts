/** Flow metrics as CSV (RFC 4180): one kind of row per file, so that a spreadsheet can sort it. */
import { UNSAFE } from "../../safe-text.ts";
import type { AttemptDetail, TaskDetail } from "./detail-types.ts";
import { listRecords } from "./records.ts";
import type { FlowItem, FlowReport } from "./types.ts";

/** What a row of a CSV file is. */
export type ExportRows = "workstreams" | "steps" | "tasks" | "attempts" | "records";
export const EXPORT_ROWS = ["workstreams", "steps", "tasks", "attempts", "records"] as const;

type Cell = string | number | null;
type Row = Readonly<Record<string, Cell>>;

/** A spreadsheet takes what begins like this for a formula and may run it. */
const FORMULA = /^[=+\-@\t\r]/;

/** A cell as RFC 4180 wants it. Texts that look like a formula get an apostrophe in front; numbers are numbers. */
export function toCell(value: Cell): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const isFormula = FORMULA.test(value);
  const plain = value.replaceAll("\r\n", "\n").replaceAll("\r", "\n").replace(UNSAFE, "");
  const text = isFormula || FORMULA.test(plain) ? `'${plain}` : plain;
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const toLine = (cells: readonly Cell[]): string => cells.map(toCell).join(",");

/** The head names the columns; every row has all of them. */
function toCsv(columns: readonly string[], rows: readonly Row[]): string {
  const lines = [toLine(columns), ...rows.map((row) => toLine(columns.map((column) => row[column] ?? null)))];
  return `${lines.join("\r\n")}\r\n`;
}

const ofItem = ({ project, name }: FlowItem): Row => ({ project, workstream: name });

function toWorkstreamRow(item: FlowItem): Row {
  const { tasks, rework, people, blocked } = item;
  return {
    ...ofItem(item),
    number: item.number,
    title: item.title,
    status: item.status,
    workflow: item.workflow,
    owner: item.owner,
    step: item.step,
    spec: item.spec,
    registeredAt: item.registeredAt,
    startedAt: item.startedAt,
    completedAt: item.completedAt,
    endedAt: item.endedAt,
    leadMs: item.leadMs,
    flowMs: item.flowMs,
    workMs: item.workMs,
    efficiency: item.efficiency,
    tasks: tasks.total,
    tasksCompleted: tasks.completed,
    attempts: item.attempts,
    returns: rework.returns,
    reworkTasks: rework.tasks,
    reworkRate: rework.rate,
    reworkMs: rework.workMs,
    decisions: people.count,
    waitMs: people.sumMs,
    blockers: blocked.count,
    blockedMs: blocked.sumMs,
    reverts: item.reverts,
    handoffs: item.detail?.handoffs.join(" ") ?? null,
  };
}

const toStepRows = (item: FlowItem): Row[] =>
  item.steps.map(({ key, ...step }) => ({ ...ofItem(item), workflow: item.workflow, step: key, ...step }));

function toTaskRow(item: FlowItem, { handoff, attempts, key: _, id, ...task }: TaskDetail): Row {
  return {
    ...ofItem(item),
    task: id,
    ...task,
    attempts: attempts.length,
    handoff: handoff?.path ?? null,
    handoffCommit: handoff?.commit ?? null,
  };
}

const toAttemptRow = (item: FlowItem, task: TaskDetail, { id, ...attempt }: AttemptDetail): Row => ({
  ...ofItem(item),
  task: task.id,
  attempt: id,
  step: task.step,
  ...attempt,
});

const tasksOf = ({ detail }: FlowItem): readonly TaskDetail[] => detail?.tasks ?? [];

/** Columns by kind of row; more may be added at the end. */
const COLUMNS: Readonly<Record<ExportRows, readonly string[]>> = {
  workstreams: words(
    "project workstream number title status workflow owner step spec registeredAt startedAt completedAt endedAt leadMs flowMs workMs efficiency",
    "tasks tasksCompleted attempts returns reworkTasks reworkRate reworkMs decisions waitMs blockers blockedMs reverts handoffs",
  ),
  steps: words(
    "project workstream workflow step title kind order role total completed startedAt completedAt cycleMs",
  ),
  tasks: words(
    "project workstream task title step kind stage role owner status startedAt completedAt cycleMs attempts handoff handoffCommit",
  ),
  attempts: words(
    "project workstream task attempt step executor status claimedAt endedAt workMs added deleted reason commit reused salvage tokens microUsd model",
  ),
  records: words("project workstream kind id task at until ms by outcome reason"),
};

function words(...lines: readonly string[]): readonly string[] {
  return lines.join(" ").split(" ");
}

function listRows({ items }: FlowReport, rows: ExportRows): readonly Row[] {
  switch (rows) {
    case "workstreams":
      return items.map(toWorkstreamRow);
    case "steps":
      return items.flatMap(toStepRows);
    case "tasks":
      return items.flatMap((item) => tasksOf(item).map((task) => toTaskRow(item, task)));
    case "attempts":
      return items.flatMap((item) =>
        tasksOf(item).flatMap((task) => task.attempts.map((attempt) => toAttemptRow(item, task, attempt))),
      );
    case "records":
      return items.flatMap((item) => listRecords(item).map((record) => ({ ...ofItem(item), ...record })));
  }
}

/** A report as CSV, with the details that it holds. */
export function renderCsv(report: FlowReport, rows: ExportRows): string {
  return toCsv(COLUMNS[rows], listRows(report, rows));
}
