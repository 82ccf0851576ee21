import type { StatusReport, WorkstreamView } from "../../core/report/types.ts";
import { formatBytes, plural } from "../text/duration.ts";
import { renderTable } from "../text/table.ts";
import { indentWrapped, truncate } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { describeCost, renderBudgets } from "./cost.ts";
import { listGates, markOf, renderMark, shortOid } from "./marks.ts";
import { joinSections } from "./plan.ts";
import { describeOpen } from "./report.ts";

/** What an agent says of its work may be long. */
const ACTIVITY_WIDTH_MAX = 80;

/** How things stand: the answer, the table, and what a person has to know. */
export function renderStatus(status: StatusReport, page: Page): string[] {
  const { workstreams } = status;
  return joinSections([
    [page.style.bold(describeTotals(status))],
    workstreams.length === 0
      ? []
      : renderTable({ ...toTable(workstreams, page), indent: 2, width: page.width }),
    renderRemarks(status, page),
  ]);
}

/** `2 of 4 built · 1 running · 1 needs you`. */
export function describeTotals({ workstreams, decisions }: StatusReport): string {
  if (workstreams.length === 0) return "Nothing is planned yet. Start: osqr go";
  const count = (statuses: readonly WorkstreamView["status"][]) =>
    workstreams.filter(({ status }) => statuses.includes(status)).length;
  const ended = count(["cancelled"]);
  const parts = [`${count(["completed"])} of ${workstreams.length - ended} built`];
  const add = (number: number, text: string) => {
    if (number > 0) parts.push(`${number} ${text}`);
  };
  add(
    workstreams.reduce((sum, { tasks }) => sum + tasks.running, 0),
    "running",
  );
  add(count(["integrating"]), "merging");
  add(count(["paused"]), "paused");
  add(count(["failed"]), "failed");
  const duplicates = workstreams.filter(({ closed }) => closed !== null).length;
  add(ended - duplicates, "cancelled");
  add(duplicates, duplicates === 1 ? "duplicate" : "duplicates");
  if (decisions > 0) parts.push(`${plural(decisions, "decision")} need${decisions === 1 ? "s" : ""} you`);
  return `${parts.join(" · ")}.`;
}

function toTable(workstreams: readonly WorkstreamView[], { style }: Page) {
  const rows = workstreams.map((workstream) => {
    const { number, name, status, tasks, priority, merged } = workstream;
    return [
      `${renderMark(markOf(workstream), style)} ${number}`,
      name,
      `${tasks.completed}/${tasks.total}`,
      status === "completed" ? describeLanded(workstream) : describeNow(workstream),
      merged === null && priority !== "medium" ? priority : "",
    ];
  });
  return {
    columns: [
      { title: "  #" },
      { title: "workstream" },
      { title: "tasks" },
      { title: "state", canWrap: true },
      { title: "" },
    ],
    rows,
    header: style.dim,
  };
}

function describeLanded({ merged, gates, held }: WorkstreamView): string {
  if (merged === null) return "completed · nothing to merge";
  const place = held === null ? shortOid(merged) : `${shortOid(merged)}, not on the branch yet`;
  return `completed · ${place} · ${listGates(gates)}`;
}

function describeNow(workstream: WorkstreamView): string {
  const doing = workstream.items.flatMap(({ key, activity, memory }) => {
    if (activity === null) return [];
    const bytes = memory?.lastBytes == null ? "" : ` (${formatBytes(memory.lastBytes)})`;
    return [`${key} ${truncate(activity, ACTIVITY_WIDTH_MAX)}${bytes}`];
  });
  return [describeOpen(workstream), ...doing].join(" · ");
}

function renderRemarks(status: StatusReport, page: Page): string[] {
  const { width, style } = page;
  const { project, sandbox, disk, workstreams, decisions, daemon } = status;
  const lines: string[] = [];
  if (decisions > 0) lines.push("See what needs you: osqr inbox");
  if (project?.held != null) lines.push(`! ${project.base} did not move: ${project.held}`);
  for (const { name, salvage } of workstreams) {
    if (salvage.length > 0) lines.push(`! ${name}: unmerged work is kept: ${salvage.join(", ")}`);
  }
  if (sandbox.level === "process") {
    lines.push(
      `! sandbox: process only, a weaker promise${sandbox.reason === null ? "" : `: ${sandbox.reason}`}`,
    );
  }
  lines.push(
    ...(describeCost(status.cost) === "" ? [] : [`used in the last run: ${describeCost(status.cost)}`]),
  );
  const space = `${plural(disk.workspaces, "workspace")} use${disk.workspaces === 1 ? "s" : ""} ${formatBytes(disk.usedBytes)}, ${formatBytes(disk.freeBytes)} free`;
  const facts = style.dim(`${space} · daemon ${daemon.pid} on port ${daemon.port}`);
  return [
    ...lines.flatMap((line) => indentWrapped(line, 2, width)),
    ...renderBudgets(status.budgets, page),
    ...indentWrapped(facts, 2, width),
  ];
}
