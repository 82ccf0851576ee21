import type { BlockerReport, BlockerView } from "../../core/report/blockers.ts";
import { formatDuration, plural } from "../text/duration.ts";
import { indentWrapped, tie } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { joinSections } from "./plan.ts";

const TASKS_MAX = 6;

/** What was declared to be in the way; the first line is the answer. */
export function renderBlockers({ blockers, open, resolved }: BlockerReport, page: Page): string[] {
  const more = resolved === 0 ? "" : ` ${resolved} resolved.`;
  const isShown = blockers.length > open;
  const hint = resolved > 0 && !isShown ? ` All of them: ${tie("osqr blocker --all")}` : "";
  const head = open === 0 ? "No blocker is declared." : `${plural(open, "declared blocker")}.`;
  return joinSections([
    indentWrapped(`${page.style.bold(head)}${more}${hint}`, 0, page.width),
    ...blockers.map((blocker) => renderBlocker(blocker, page)),
  ]);
}

/** Open blockers below what has to be decided: they wait for a person too. None: no line. */
export function renderWaiting(blockers: readonly BlockerView[], { width, style }: Page): string[] {
  if (blockers.length === 0) return [];
  const lines = blockers.flatMap(({ id, workstream, task, owner, openMs, reason }) => {
    const inner = 2 + id.length + 2;
    const head = `${style.bold(id)}  ${task ?? workstream} · ${owner} has it · open ${formatDuration(openMs)}`;
    return [
      ...indentWrapped(head, 2, width),
      ...indentWrapped(reason, inner, width),
      ...indentWrapped(tie(`osqr blocker resolve ${id} --because <text>`), inner, width),
    ];
  });
  const verb = blockers.length === 1 ? "waits" : "wait";
  return [`${plural(blockers.length, "declared blocker")} ${verb} for a person`, ...lines];
}

/** One blocker with what it holds up, or how it was resolved. */
export function renderBlocker(blocker: BlockerView, { width, style }: Page): string[] {
  const { id, workstream, task, type, owner, openMs, resolvedAt, reason, by } = blocker;
  const how = resolvedAt === null ? "open" : "was open";
  const head = `${style.bold(id)}  ${task ?? workstream} · ${type} · ${owner} · ${how} ${formatDuration(openMs)}`;
  const lines = [
    `${reason} (${by})`,
    ...(resolvedAt === null ? describeEffect(blocker) : [describeEnd(blocker)]),
  ];
  return [
    ...indentWrapped(head, 2, width),
    ...lines.flatMap((line) => indentWrapped(line, 2 + id.length + 2, width)),
  ];
}

const describeEnd = ({ resolution, resolvedAt }: BlockerView): string =>
  `resolved ${(resolvedAt ?? "").slice(0, 10)}: ${resolution ?? ""}`;

function describeEffect({ id, tasks, workstreams, remainingMs, due }: BlockerView): string[] {
  const more = tasks.length - TASKS_MAX;
  const names = tasks.slice(0, TASKS_MAX).join(", ");
  const held =
    tasks.length === 0
      ? "nothing waits for it yet"
      : `${plural(tasks.length, "task")} in ${plural(workstreams.length, "workstream")} behind it, ${formatDuration(remainingMs)} of work in a row: ${names}${more > 0 ? ` and ${more} more` : ""}`;
  const late = due.map(({ workstream, due: date, earliest, isAtRisk }) =>
    isAtRisk
      ? `! ${workstream} is due ${date}: at risk, ${earliest.slice(0, 10)} at the earliest`
      : `${workstream} is due ${date}: can still be met`,
  );
  return [held, ...late, `when it is out of the way: ${tie(`osqr blocker resolve ${id} --because <text>`)}`];
}
