/** Flow metrics as Markdown, for people who read them elsewhere. */
import { UNSAFE } from "../../safe-text.ts";
import { listRecords } from "./records.ts";
import { NONE, sayAnswer, sayFigures, sayMs, sayNumber, sayShare, saySpread, saySum } from "./say.ts";
import type { FlowGroup, FlowItem, FlowReport } from "./types.ts";

/** Text of specs and people as text: no table, link, mention, picture, heading or HTML comes out of it. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\r\n\t]+/g, " ")
    .replace(UNSAFE, "")
    .replace(/[\\`*_[\]|~$@]|^[-+#]|:(?=\/\/)|(?<=www)\./gi, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

type Cell = string | number | null;

const toCell = (cell: Cell): string =>
  cell === null || cell === "" ? NONE : typeof cell === "number" ? String(cell) : escapeMarkdown(cell);

/** Empty where there are no rows. */
function toTable(columns: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  if (rows.length === 0) return [];
  const toLine = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = columns.map(() => "---");
  return [toLine(columns), toLine(rule), ...rows.map((row) => toLine(row.map(toCell))), ""];
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [title, "", ...lines];

function renderGroups(title: string, groups: readonly FlowGroup[]): string[] {
  const columns = [
    title,
    "workstreams",
    "completed",
    "lead time",
    "in progress",
    "rework",
    "waited",
    "blocked",
  ];
  const rows = groups.map(({ key, figures }): readonly Cell[] => [
    key,
    figures.workstreams,
    figures.completed,
    saySpread(figures.leadTime),
    figures.wip.now,
    sayShare(figures.rework.rate),
    saySum(figures.people.sumMs),
    saySum(figures.blocked.sumMs),
  ]);
  return section(`## By ${title}`, toTable(columns, rows));
}

function renderSteps({ steps }: FlowReport): string[] {
  const columns = ["workflow", "step", "cycle time", "per task", "in it now", "sent back to it", "work"];
  const rows = steps.map((each): readonly Cell[] => [
    each.workflow,
    each.step,
    saySpread(each.cycle),
    saySpread(each.taskCycle),
    each.wip,
    each.returns,
    saySum(each.workMs),
  ]);
  return section("## By step", toTable(columns, rows));
}

function renderItems({ items }: FlowReport): string[] {
  const columns = [
    "#",
    "workstream",
    "state",
    "workflow",
    "owner",
    "step",
    "lead time",
    "tasks",
    "rework",
    "waited",
  ];
  const rows = items.map((item): readonly Cell[] => [
    item.number,
    item.name,
    item.status,
    item.workflow,
    item.owner,
    item.step,
    sayMs(item.leadMs),
    `${item.tasks.completed} of ${item.tasks.total}`,
    sayShare(item.rework.rate),
    saySum(item.people.sumMs),
  ]);
  return section("## Workstreams", toTable(columns, rows));
}

function renderItem(item: FlowItem): string[] {
  const { detail } = item;
  if (detail === null) return [];
  const tasks = detail.tasks.map((task): readonly Cell[] => [
    task.key,
    task.title,
    task.step,
    task.owner ?? task.role,
    task.status,
    sayMs(task.cycleMs),
    task.attempts.map(({ id, status }) => `${id} ${status}`).join(", "),
    task.handoff?.path ?? null,
  ]);
  const records = listRecords(item).map((each): readonly Cell[] => [
    each.at,
    each.kind,
    each.id,
    each.task,
    each.by,
    each.outcome,
    each.reason,
    sayMs(each.ms),
  ]);
  const columns = ["task", "title", "step", "who", "state", "cycle time", "attempts", "handoff"];
  return [
    `### ${item.number} ${escapeMarkdown(item.name)}: ${escapeMarkdown(item.title)}`,
    "",
    `${escapeMarkdown(item.project)}, registered ${item.registeredAt}, completed ${item.completedAt ?? NONE}`,
    "",
    ...toTable(columns, tasks),
    ...toTable(["time", "what", "id", "task", "by", "outcome", "reason", "lasted"], records),
  ];
}

/** A report as Markdown: the answer, the figures, the roll-ups, each workstream with its tasks and records. */
export function renderMarkdown(report: FlowReport): string {
  const { window, filter, total } = report;
  const chosen = Object.entries(filter).flatMap(([name, value]) =>
    value === null ? [] : [`${name} ${escapeMarkdown(value)}`],
  );
  const mean = `${sayNumber(total.wip.mean)} in progress on average`;
  const lines = [
    "# Flow",
    "",
    `${sayAnswer(report)} ${window.since} to ${window.until}; ${mean}.`,
    "",
    ...(chosen.length === 0 ? [] : [`Only: ${chosen.join(", ")}.`, ""]),
    ...toTable(["figure", "value"], sayFigures(total)),
    ...renderSteps(report),
    ...renderGroups("workflow", report.byWorkflow),
    ...renderGroups("owner", report.byOwner),
    ...(report.byProject.length > 1 ? renderGroups("project", report.byProject) : []),
    ...renderItems(report),
    ...report.items.flatMap(renderItem),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}
