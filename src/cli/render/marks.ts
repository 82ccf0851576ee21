/** Signs and words that several renderings share. The sign, the word and the colour say the same. */
import type { DecisionView, WorkstreamView } from "../../core/report/types.ts";
import { plural } from "../text/duration.ts";
import type { Style } from "../text/style.ts";

export const SHORT_OID = 7;
export const shortOid = (oid: string) => oid.slice(0, SHORT_OID);

export type Mark = "done" | "asks" | "failed" | "running" | "waiting" | "ended" | "note";

const SIGNS: Readonly<Record<Mark, string>> = {
  done: "✓",
  asks: "?",
  failed: "✗",
  running: "●",
  waiting: "○",
  ended: "–",
  note: "!",
};

export function renderMark(mark: Mark, style: Style): string {
  const sign = SIGNS[mark];
  switch (mark) {
    case "done":
      return style.green(sign);
    case "asks":
    case "note":
      return style.yellow(sign);
    case "failed":
      return style.red(sign);
    case "running":
      return style.cyan(sign);
    case "waiting":
    case "ended":
      return style.dim(sign);
  }
}

export function markOf({ status, decisions }: Pick<WorkstreamView, "status" | "decisions">): Mark {
  switch (status) {
    case "completed":
      return "done";
    case "blocked":
      return decisions.length > 0 ? "asks" : "note";
    case "failed":
      return decisions.length > 0 ? "asks" : "failed";
    case "active":
    case "integrating":
      return "running";
    case "queued":
      return decisions.length > 0 ? "asks" : "waiting";
    case "paused":
    case "cancelled":
      return "ended";
  }
}

/** Something of it is under way: a task runs, or its work is merged. */
export function isMoving({ status, tasks }: Pick<WorkstreamView, "status" | "tasks">): boolean {
  return tasks.running > 0 || status === "integrating";
}

type Gate = WorkstreamView["gates"][number];

function describeGate(
  { name, status, counts, countsOnBase, newFailures, detail }: Gate,
  isShort: boolean,
): string {
  const ratio = counts === null || counts.total === 0 ? "" : ` ${counts.passed}/${counts.total}`;
  if (status === "not_verified") return `${name} not verified`;
  if (status === "failed") {
    const fresh = newFailures.length > 0 ? ` (${newFailures.length} new)` : "";
    return `${name} failed${ratio}${fresh}`;
  }
  if (detail !== undefined) return isShort ? name : `${name} (${detail})`;
  const more = counts !== null && countsOnBase !== null ? counts.total - countsOnBase.total : 0;
  return `${name}${ratio}${more > 0 ? ` (+${more})` : ""}`;
}

/** `tests 14/14 (+6) · lint · coverage (98 % of lines, target 95 %)`. No gate: nothing was verified, and that is said. */
export function describeGates(gates: readonly Gate[]): string {
  return gates.length === 0 ? "not verified" : gates.map((gate) => describeGate(gate, false)).join(" · ");
}

/** The same without what was measured, for a line that has to fit. */
export function listGates(gates: readonly Gate[]): string {
  return gates.length === 0 ? "not verified" : gates.map((gate) => describeGate(gate, true)).join(" · ");
}

/** `3 tasks`, or `2 of 3 tasks` where some are open. */
export function describeTasks({ total, completed }: WorkstreamView["tasks"]): string {
  return completed === total ? plural(total, "task") : `${completed} of ${plural(total, "task")}`;
}

/** `T3` for a task of that workstream, the whole id for one of another. */
export function shortTask(task: string, workstream: string): string {
  return task.startsWith(`${workstream}#`) ? task.slice(workstream.length + 1) : task;
}

/** Option ids for a command line: `a|b`. */
export function listOptions({ options }: { options: readonly { readonly id: string }[] }): string {
  return options.map(({ id }) => id).join("|");
}

export function recommendedOf({ options }: Pick<DecisionView, "options">): string | null {
  return options.find(({ recommended }) => recommended)?.id ?? null;
}

/** A line of a recipe that a person copies: it is never cut. */
export const isTyped = (line: string): boolean => /^\s*(?:git|cd|osqr) /.test(line);

const FILES_MAX = 8;

/** `+48 −2`. */
export function describeChange(added: number, deleted: number): string {
  return `+${added} −${deleted}`;
}

/** The first paths, and how many more there are. */
export function listFiles(files: readonly string[], max: number = FILES_MAX): string {
  const more = files.length - max;
  return more > 0 ? `${files.slice(0, max).join(" ")} and ${more} more` : files.join(" ");
}
