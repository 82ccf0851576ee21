import { renderMark } from "../render/marks.ts";
import { formatDuration } from "../text/duration.ts";
import { cleanLine } from "../text/plain.ts";
import { pad, truncate } from "../text/width.ts";
import type { Page } from "../ui.ts";
import type { FollowedWorkstream, RunView } from "./run-view.ts";

export interface FooterOptions {
  readonly now: number;
  /** When this run was started or gone on with. */
  readonly startedAt: number;
  /** Lines at most; the rest is counted. */
  readonly rowsMax: number;
}

const RULE_WIDTH_MAX = 60;
const NAME_WIDTH = 18;
const TASK_WIDTH = 24;

function nameOf({ number, name }: FollowedWorkstream): string {
  return number === null ? name : `${number} ${name}`;
}

/** What is under way: one line per running attempt and merge, one per waiting workstream, totals. Never wider than the page. */
export function renderFooter(view: RunView, options: FooterOptions, page: Page): string[] {
  const rows = [...listBusy(view, options.now, page), ...listWaiting(view, page)];
  const room = Math.max(1, options.rowsMax - 2);
  const shown =
    rows.length > room ? [...rows.slice(0, room - 1), `  and ${rows.length - room + 1} more`] : rows;
  const width = page.width - 1;
  const rule = page.style.dim("─".repeat(Math.min(RULE_WIDTH_MAX, Math.max(1, width))));
  return [rule, ...shown, describeTotals(view, options)].map((line) => truncate(line, width));
}

function listBusy(view: RunView, now: number, { style }: Page): string[] {
  const rows: string[] = [];
  for (const workstream of view.workstreams.values()) {
    const label = `${renderMark("running", style)} ${pad(nameOf(workstream), NAME_WIDTH)}`;
    for (const { task, startedAt, activity, workMs } of view.listRunning()) {
      if (view.taskOf(task).workstream !== workstream.name) continue;
      const { key, title } = view.taskOf(task);
      const elapsed = startedAt === null ? "starting" : formatDuration(Math.max(0, now - startedAt));
      const doing = workMs > 0 ? "joining" : (activity ?? "");
      rows.push(
        `${label}  ${pad(truncate(cleanLine(`${key} ${title}`), TASK_WIDTH), TASK_WIDTH)}  ${elapsed}  ${cleanLine(doing)}`,
      );
    }
    if (workstream.phase === "merging") rows.push(`${label}  merging`);
  }
  return rows;
}

function listWaiting(view: RunView, { style }: Page): string[] {
  const busy = new Set(view.listRunning().map(({ task }) => view.taskOf(task).workstream));
  return [...view.workstreams.values()]
    .filter(({ name, phase, asks }) => phase === "open" && asks.size === 0 && !busy.has(name))
    .map((workstream) => {
      const reason = workstream.waitsFor === "" ? "queued" : cleanLine(workstream.waitsFor);
      return `${renderMark("waiting", style)} ${pad(nameOf(workstream), NAME_WIDTH)}  ${reason}`;
    });
}

/** `2 of 4 built · 1 running · 1 needs you · 38 s`. */
function describeTotals(view: RunView, { now, startedAt }: FooterOptions): string {
  const all = [...view.workstreams.values()];
  const running = view.listRunning().length + all.filter(({ phase }) => phase === "merging").length;
  const asks = new Set(all.flatMap((workstream) => [...workstream.asks])).size;
  const parts = [`${all.filter(({ phase }) => phase === "built").length} of ${all.length} built`];
  if (running > 0) parts.push(`${running} running`);
  if (asks > 0) parts.push(asks === 1 ? "1 needs you" : `${asks} need you`);
  return [...parts, formatDuration(now - startedAt)].join(" · ");
}
