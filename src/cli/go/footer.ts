import { type Mark, renderMark } from "../render/marks.ts";
import { formatDuration } from "../text/duration.ts";
import { cleanLine } from "../text/plain.ts";
import { displayWidth, pad, truncate } from "../text/width.ts";
import type { Page } from "../ui.ts";
import type { FollowedWorkstream, RunView } from "./run-view.ts";

export interface FooterOptions {
  readonly now: number;
  /** When this run was started or gone on with. */
  readonly startedAt: number;
  /** Lines at most; the rest is counted. */
  readonly rowsMax: number;
}

/** A row before it is laid out; `task` empty: the rest is one text. */
interface Row {
  readonly mark: Mark;
  readonly name: string;
  readonly task: string;
  readonly elapsed: string;
  readonly text: string;
}

const NAME_WIDTH_MIN = 12;
const TASK_WIDTH_MIN = 12;
const GAP = "  ";

function nameOf({ number, name }: FollowedWorkstream): string {
  return number === null ? name : `${number} ${name}`;
}

/** What is under way: one line per running attempt and merge, one per waiting workstream, totals. Never wider than the page. */
export function renderFooter(view: RunView, options: FooterOptions, page: Page): string[] {
  const rows = [...listBusy(view, options.now), ...listWaiting(view)];
  const room = Math.max(1, options.rowsMax - 2);
  const width = page.width - 1;
  const isCut = rows.length > room;
  const shown = layOut(isCut ? rows.slice(0, room - 1) : rows, width, page);
  const more = isCut ? [`  and ${rows.length - room + 1} more`] : [];
  const rule = page.style.dim("─".repeat(Math.max(1, width)));
  return [rule, ...shown, ...more, describeTotals(view, options)].map((line) => truncate(line, width));
}

const widest = (texts: readonly string[]) => Math.max(0, ...texts.map(displayWidth));

/** Columns as wide as what stands in them; where there is too little room, titles and then long names are cut. */
function layOut(rows: readonly Row[], width: number, { style }: Page): string[] {
  const busy = rows.filter(({ task }) => task !== "");
  const nameWidth = Math.min(
    widest(rows.map(({ name }) => name)),
    Math.max(NAME_WIDTH_MIN, Math.floor(width / 3)),
  );
  const elapsedWidth = widest(busy.map(({ elapsed }) => elapsed));
  const textWidth = widest(busy.map(({ text }) => text));
  const left = width - 2 - nameWidth - elapsedWidth - textWidth - 3 * GAP.length;
  const taskWidth = Math.min(widest(busy.map(({ task }) => task)), Math.max(TASK_WIDTH_MIN, left));
  return rows.map(({ mark, name, task, elapsed, text }) => {
    const head = `${renderMark(mark, style)} ${pad(truncate(name, nameWidth), nameWidth)}`;
    if (task === "") return `${head}${GAP}${text}`;
    const cells = [pad(truncate(task, taskWidth), taskWidth), pad(elapsed, elapsedWidth, "start"), text];
    return `${head}${GAP}${cells.join(GAP)}`.trimEnd();
  });
}

function listBusy(view: RunView, now: number): Row[] {
  const rows: Row[] = [];
  const running = view.listRunning();
  for (const workstream of view.workstreams.values()) {
    const row = { mark: "running", name: nameOf(workstream) } as const;
    for (const { task, startedAt, activity, workMs } of running) {
      if (view.taskOf(task).workstream !== workstream.name) continue;
      const { key, title } = view.taskOf(task);
      const elapsed = startedAt === null ? "starting" : formatDuration(Math.max(0, now - startedAt));
      const text = cleanLine(workMs > 0 ? "joining" : (activity ?? ""));
      rows.push({ ...row, task: cleanLine(`${key} ${title}`), elapsed, text });
    }
    if (workstream.phase === "merging") rows.push({ ...row, task: "", elapsed: "", text: "merging" });
  }
  return rows;
}

function listWaiting(view: RunView): Row[] {
  const busy = new Set(view.listRunning().map(({ task }) => view.taskOf(task).workstream));
  return [...view.workstreams.values()]
    .filter(({ name, phase, asks }) => phase === "open" && asks.size === 0 && !busy.has(name))
    .map((workstream) => {
      const text = workstream.waitsFor === "" ? "queued" : cleanLine(workstream.waitsFor);
      return { mark: "waiting", name: nameOf(workstream), task: "", elapsed: "", text };
    });
}

/** `2 of 4 built · 1 running · 1 merging · 1 needs you · 38 s`. */
function describeTotals(view: RunView, { now, startedAt }: FooterOptions): string {
  const all = [...view.workstreams.values()];
  const running = view.listRunning().length;
  const merging = all.filter(({ phase }) => phase === "merging").length;
  const asks = new Set(all.flatMap((workstream) => [...workstream.asks])).size;
  // What was closed as a duplicate is none of the work.
  const counted = all.filter(({ phase }) => phase !== "closed");
  const parts = [`${counted.filter(({ phase }) => phase === "built").length} of ${counted.length} built`];
  if (running > 0) parts.push(`${running} running`);
  if (merging > 0) parts.push(`${merging} merging`);
  if (asks > 0) parts.push(asks === 1 ? "1 needs you" : `${asks} need you`);
  return [...parts, formatDuration(now - startedAt)].join(" · ");
}
