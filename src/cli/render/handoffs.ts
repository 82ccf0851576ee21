import type { HandoffDetail, HandoffView } from "../../engine/flow-service.ts";
import type { HandoffRepair } from "../../engine/handoffs/repair.ts";
import { plural } from "../text/duration.ts";
import { renderTable } from "../text/table.ts";
import { indentWrapped, tie } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { type Mark, renderMark } from "./marks.ts";
import { joinSections } from "./plan.ts";

const MARKS: Readonly<Record<HandoffView["status"], Mark>> = {
  committed: "done",
  uncollected: "waiting",
  unreadable: "failed",
};

const EVENTS: Readonly<Record<string, string>> = {
  task_completed: "done",
  review_approved: "approved",
  work_returned: "returned",
  integrated: "integrated",
  reverted: "reverted",
};

const repairOf = ({ what }: HandoffView): string => `osqr handoff repair ${what}`;

const sayNext = ({ next, whose }: HandoffView): string =>
  next === null ? "" : whose === null ? next : `${next} (${whose})`;

function sayHead(handoffs: readonly HandoffView[]): string {
  if (handoffs.length === 0) return "No handoffs yet: the first task that ends leaves one.";
  const unreadable = handoffs.filter(({ status }) => status === "unreadable").length;
  const waiting = handoffs.filter(({ status }) => status === "uncollected").length;
  // Those of a workstream as a whole are all shown.
  const ofTasks = handoffs.filter(({ what }) => what.includes("#"));
  const older = ofTasks.reduce((sum, each) => sum + each.older, 0);
  const isShown = new Set(ofTasks.map(({ what }) => what)).size < ofTasks.length;
  const parts = [
    plural(handoffs.length, "handoff"),
    ...(older === 0 || isShown ? [] : [`${older} older: osqr handoff list --all`]),
    ...(waiting === 0 ? [] : [`${waiting} not committed yet`]),
    ...(unreadable === 0 ? [] : [`${unreadable} cannot be read: osqr handoff repair`]),
  ];
  return parts.join(", ");
}

const ROWS_MAX = 100;

/** The newest, in the order given; what cannot be read comes before all. */
function chooseShown(handoffs: readonly HandoffView[]): readonly HandoffView[] {
  if (handoffs.length <= ROWS_MAX) return handoffs;
  const byTime = handoffs.toSorted((a, b) => {
    const [one, other] = [a.at ?? "~", b.at ?? "~"];
    return one < other ? 1 : one > other ? -1 : 0;
  });
  const shown = new Set(byTime.slice(0, ROWS_MAX));
  return handoffs.filter((each) => shown.has(each));
}

/**
 * The handoffs, one row each.
 *
 * @param options.isAll however many there are. @default false: the newest 100
 */
export function renderHandoffs(
  all: readonly HandoffView[],
  { style, width }: Page,
  { isAll = false }: { readonly isAll?: boolean } = {},
): string[] {
  const head = indentWrapped(style.bold(sayHead(all)), 0, width);
  if (all.length === 0) return head;
  const handoffs = isAll ? all : chooseShown(all);
  const rest = all.length - handoffs.length;
  const table = renderTable({
    columns: [
      { title: "" },
      { title: "of" },
      { title: "id" },
      { title: "event" },
      { title: "by" },
      { title: "outcome", canWrap: true },
      { title: "next", canWrap: true },
    ],
    rows: handoffs.map((handoff) => [
      renderMark(MARKS[handoff.status], style),
      handoff.what,
      handoff.id,
      EVENTS[handoff.event ?? ""] ?? handoff.event ?? "–",
      handoff.actor ?? "–",
      handoff.outcome ?? handoff.fault ?? "–",
      handoff.outcome === null ? repairOf(handoff) : sayNext(handoff),
    ]),
    indent: 2,
    width,
    header: style.dim,
  });
  const more =
    rest === 0 ? [] : indentWrapped(`and ${rest} more: ${tie("osqr handoff list --all")}`, 2, width);
  return joinSections([head, table, more]);
}

/** Where the ones before it are; no line where there are none. */
function sayOlder({ what, older }: HandoffDetail): string[] {
  const [workstream = what, task] = what.split("#");
  const list = tie(`osqr handoff list ${workstream}${task === undefined ? "" : " --all"}`);
  return older === 0 ? [] : [`${older} older: ${list}`];
}

/** One handoff in full; where it cannot be read, why, and what to do. */
export function renderHandoff(handoff: HandoffDetail, { style, width }: Page): string[] {
  const { what, path, text, fault, status } = handoff;
  const where = status === "uncollected" ? "in the history alone" : `refs/osqr/handoffs:${path}`;
  const head = [...indentWrapped(`${style.bold(what)}  ${where}`, 0, width)];
  if (text === null) {
    const why = `${renderMark("failed", style)} cannot be read: ${fault ?? "it is gone"}`;
    return [
      ...head,
      ...indentWrapped(why, 2, width),
      ...indentWrapped(`made again from the history: ${repairOf(handoff)}`, 2, width),
    ];
  }
  const lines = text.trimEnd().split("\n");
  return joinSections([
    head,
    lines.map((line) => (line === "" ? "" : `  ${line}`)),
    sayOlder(handoff).flatMap((line) => indentWrapped(line, 2, width)),
  ]);
}

/** What a repair did. */
export function renderRepairs(repairs: readonly HandoffRepair[], { style, width }: Page): string[] {
  if (repairs.length === 0) return ["Nothing to repair: every handoff can be read."];
  const made = repairs.filter(({ fault }) => fault !== null);
  const head = `${plural(made.length, "handoff")} made again from the history.`;
  return [
    ...indentWrapped(style.bold(head), 0, width),
    ...repairs.flatMap(({ what, path, fault }) => {
      const why = fault === null ? "can be read again" : fault;
      return indentWrapped(`${renderMark("done", style)} ${what}  ${path}  (${why})`, 2, width);
    }),
  ];
}
