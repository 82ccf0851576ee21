/** Finished lines: what has just happened in the run, one block per event that a person cares for. */
import type { Decision } from "../../core/model/decision.ts";
import type { Event } from "../../core/model/event.ts";
import { toRefPart } from "../../engine/effects/refs.ts";
import {
  describeChange,
  isTyped,
  listFiles,
  listGates,
  listOptions,
  type Mark,
  renderMark,
  shortOid,
} from "../render/marks.ts";
import { formatAge, formatDuration, plural } from "../text/duration.ts";
import { cleanLine } from "../text/plain.ts";
import { displayWidth, indentWrapped, pad, tie, truncate } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { isToldWithTask, type RunView } from "./run-view.ts";

export interface Line {
  readonly mark: Mark;
  /** `1 token-format`. */
  readonly subject: string;
  readonly cells: readonly string[];
  /** Further lines below it, indented. */
  readonly details: readonly string[];
  /** Lines of a program, shown as they are: cut, not wrapped. */
  readonly quoted: readonly string[];
  /** Only for a pipe: on a terminal the footer shows it. */
  readonly isStart: boolean;
}

const FILES_MAX = 3;
const NAMED_TASKS_MAX = 3;
const CONTEXT_LINES_MAX = 8;
const FIRST_CELL_WIDTH_MAX = 44;
const SUBJECT_WIDTH_MAX = 28;

type Opened = Omit<Decision, "state" | "openedAt">;

function toLine(
  mark: Mark,
  subject: string,
  cells: readonly string[],
  details: readonly string[] = [],
  quoted: readonly string[] = [],
): Line {
  return { mark, subject, cells: cells.filter(Boolean), details, quoted, isStart: false };
}

function subjectOf(view: RunView, workstream: string): string | null {
  const found = view.find(workstream);
  if (found === undefined) return null;
  return found.number === null ? found.name : `${found.number} ${found.name}`;
}

function subjectOfTask(view: RunView, task: string): string | null {
  return subjectOf(view, task.slice(0, Math.max(0, task.indexOf("#"))));
}

function titleOf(view: RunView, task: string): string {
  const { key, title } = view.taskOf(task);
  return cleanLine(`${key} ${title}`);
}

/** The lines of an event; none where it is not of this run or not worth a line. */
export function toLines(view: RunView, event: Event): Line[] {
  switch (event.kind) {
    case "attempts_claimed":
      return event.launches.flatMap(({ task }) => {
        const subject = subjectOfTask(view, task);
        return subject === null
          ? []
          : [{ ...toLine("running", subject, [titleOf(view, task), "started"]), isStart: true }];
      });
    case "task_completed":
      return taskCompleted(view, event);
    case "task_failed":
      return taskFailed(view, event);
    case "task_blocked":
      return aboutTask(
        view,
        event.task,
        "note",
        `blocked: ${event.by.map(({ message }) => message).join("; ")}`,
      );
    case "task_requeued":
      // That it was lost is told already.
      return event.lost === true ? [] : taskRequeued(view, event);
    case "attempt_ended": {
      const attempt = view.attempts.get(event.attempt);
      if (attempt === undefined || isToldWithTask(attempt, event.outcome)) return [];
      const kept = event.salvage === null ? [] : [keptAs(event.salvage, event.attempt)];
      return aboutTask(view, attempt.task, "ended", `${event.outcome}: ${event.reason}`, kept);
    }
    case "decision_opened":
      return isToldOtherwise(event.decision) ? [] : decisionOpened(view, event.decision);
    case "decision_resolved":
      return decisionResolved(view, event);
    case "base_followed":
      return [toLine("done", view.base, [`followed to ${shortOid(event.commit)}`])];
    default:
      return aboutWorkstream(view, event);
  }
}

/** What was under way already when the run was joined. */
export function toRunningLines(view: RunView, now: number): Line[] {
  return view.listRunning().flatMap(({ task, startedAt }) => {
    const subject = subjectOfTask(view, task);
    if (subject === null) return [];
    const since =
      startedAt === null ? "starting" : `running since ${formatAge(Math.max(0, now - startedAt))}`;
    return [{ ...toLine("running", subject, [titleOf(view, task), since]), isStart: true }];
  });
}

function aboutTask(
  view: RunView,
  task: string,
  mark: Mark,
  text: string,
  details: readonly string[] = [],
): Line[] {
  const subject = subjectOfTask(view, task);
  return subject === null ? [] : [toLine(mark, subject, [titleOf(view, task), cleanLine(text)], details)];
}

function taskRequeued(view: RunView, event: Extract<Event, { kind: "task_requeued" }>): Line[] {
  const missed = view.findMissed(event.task);
  const kept = missed?.salvage == null ? [] : [keptAs(missed.salvage, missed.id)];
  return aboutTask(view, event.task, "waiting", `queued again: ${event.reason}`, kept);
}

function taskCompleted(view: RunView, event: Extract<Event, { kind: "task_completed" }>): Line[] {
  if (event.how === "skipped") return aboutTask(view, event.task, "ended", "skipped");
  const subject = subjectOfTask(view, event.task);
  if (subject === null) return [];
  const attempt = event.attempt === null ? undefined : view.attempts.get(event.attempt);
  const title = titleOf(view, event.task);
  if (attempt === undefined) return [toLine("done", subject, [title])];
  const { workMs, added, deleted, files, reused } = attempt;
  const took = reused === null ? formatDuration(workMs) : `as ${reused}`;
  const change = files.length === 0 ? "no change" : describeChange(added, deleted);
  return [toLine("done", subject, [title, took, change, listFiles(files, FILES_MAX)])];
}

function keptAs(salvage: string, attempt: string): string {
  return `The work is kept: ${salvage} · log: osqr log ${attempt}`;
}

function contextOf(decision: Opened | undefined): string[] {
  const lines = (decision?.context ?? "").split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-CONTEXT_LINES_MAX);
}

/** `D-2  retry · skip        osqr decide D-2 retry|skip`. */
function howToAnswer(decision: Opened): string {
  const labels = decision.options.map(({ label }) => label).join(" · ");
  return `${decision.id}  ${labels}   ${tie(`osqr decide ${decision.id} ${listOptions(decision)}`)}`;
}

function taskFailed(view: RunView, event: Extract<Event, { kind: "task_failed" }>): Line[] {
  const attempt = view.attempts.get(event.attempt);
  const decision = view.decisions.get(event.decision);
  const took =
    attempt === undefined || attempt.workMs === 0 ? "" : ` · after ${formatDuration(attempt.workMs)}`;
  const log = `log: osqr log ${event.attempt}`;
  const details = [
    ...(decision === undefined ? [`osqr inbox  shows ${event.decision}`] : [howToAnswer(decision)]),
    attempt?.salvage == null ? log : keptAs(attempt.salvage, event.attempt),
  ];
  const subject = subjectOfTask(view, event.task);
  const text = `${titleOf(view, event.task)}: ${cleanLine(event.reason)}${took}`;
  return subject === null ? [] : [toLine("failed", subject, [text], details, contextOf(decision))];
}

/** Told with the event that follows it: a failure, a merge that stopped. */
function isToldOtherwise({ subject }: Opened): boolean {
  return subject.kind === "task_failed" || subject.kind === "integration" || subject.kind === "revert";
}

function decisionOpened(view: RunView, decision: Opened): Line[] {
  const subject = subjectOf(view, decision.workstream);
  if (subject === null) return [];
  const command = tie(`osqr decide ${decision.id} ${listOptions(decision)}`);
  return [
    toLine("asks", subject, [
      `${decision.id} ${cleanLine(decision.question)}`,
      command,
      describeWaiting(view, decision),
    ]),
  ];
}

/** `3 tasks in 2 workstreams wait`, or their names where they are few and of one. */
function describeWaiting(view: RunView, { id, askers, blocksProgress }: Opened): string {
  if (!blocksProgress) return "nothing waits for it";
  const tasks = (view.waiting.get(id) ?? askers).map((task) => view.taskOf(task));
  const owners = new Set(tasks.map(({ workstream }) => workstream));
  if (owners.size > 1) return `${plural(tasks.length, "task")} in ${owners.size} workstreams wait`;
  if (tasks.length > NAMED_TASKS_MAX) return `${tasks.length} tasks wait`;
  return tasks.length === 0
    ? ""
    : `${tasks.map(({ key }) => key).join(", ")} wait${tasks.length === 1 ? "s" : ""}`;
}

function decisionResolved(view: RunView, event: Extract<Event, { kind: "decision_resolved" }>): Line[] {
  const decision = view.decisions.get(event.decision);
  const owner = decision?.workstream ?? findAsker(view, event.decision);
  const subject = owner === null ? null : subjectOf(view, owner);
  if (subject === null) return [];
  const who = event.by === "user" ? "" : ` by ${event.by}`;
  const why = event.reasoning === "" ? "" : `: ${cleanLine(event.reasoning)}`;
  return [toLine("done", subject, [`${event.decision} answered ${event.option}${who}${why}`])];
}

function findAsker(view: RunView, decision: string): string | null {
  for (const { name, asks } of view.workstreams.values()) if (asks.has(decision)) return name;
  return null;
}

function aboutWorkstream(view: RunView, event: Event): Line[] {
  if (!("workstream" in event) || typeof event.workstream !== "string") return [];
  const workstream = view.find(event.workstream);
  const subject = subjectOf(view, event.workstream);
  if (workstream === undefined || subject === null) return [];
  switch (event.kind) {
    case "workstream_landed": {
      if (event.commit === null) return [toLine("done", subject, ["nothing to merge"])];
      const sha = `${view.base} ${shortOid(event.commit)}`;
      const gates = listGates(workstream.gates);
      if (event.held === null) return [toLine("done", subject, [`merged to ${view.base}`, gates, sha])];
      const held = `${view.base} did not move: ${cleanLine(event.held)}`;
      return [toLine("note", subject, [`merged, ${view.base} follows later`, gates, sha], [held])];
    }
    case "integration_stopped": {
      const decision = view.decisions.get(event.decision);
      const work = event.revert === true ? [] : [`the work: refs/osqr/work/${toRefPart(workstream.name)}`];
      const details = [...(decision === undefined ? [] : [howToAnswer(decision)]), ...work];
      const text = `not ${event.revert === true ? "reverted" : "merged"}: ${cleanLine(event.reason)}`;
      return [toLine("failed", subject, [text], details, contextOf(decision))];
    }
    case "revert_requested":
      return [toLine("waiting", subject, [`to be reverted: ${cleanLine(event.reason)}`])];
    case "workstream_reverted":
      return workstreamReverted(view, subject, event);
    case "revert_abandoned":
      return [toLine("ended", subject, [`stays in ${view.base}: ${cleanLine(event.reason)}`])];
    case "workstream_returned":
      return [toLine("waiting", subject, [`sent back to ${event.to}: ${cleanLine(event.reason)}`])];
    case "workstream_restarted":
      return [toLine("waiting", subject, [`starts anew: ${cleanLine(event.reason)}`])];
    case "intent_set":
      return [toLine("ended", subject, [event.intent === "run" ? "resumed" : event.intent])];
    default:
      return [];
  }
}

function workstreamReverted(
  { base }: RunView,
  subject: string,
  { commit, held }: Extract<Event, { kind: "workstream_reverted" }>,
): Line[] {
  const sha = `${base} ${shortOid(commit)}`;
  if (held === null) return [toLine("ended", subject, [`taken out of ${base}`, sha])];
  const why = `${base} did not move: ${cleanLine(held)}`;
  return [toLine("note", subject, [`reverted, ${base} follows later`, sha], [why])];
}

/** A line with its details. Columns of done work stay where they are; a long title is cut before its numbers are lost. */
export function renderLine(line: Line, view: RunView, page: Page): string[] {
  const { width, style } = page;
  const mark = renderMark(line.mark, style);
  const isRecipe = line.quoted.some((quote) => /^\s*osqr decide \S+ by-hand$/.test(quote));
  const head = alignCells(line, view, width) ?? [line.subject, ...line.cells].join("  ");
  return [
    ...indentWrapped(`${mark} ${head}`, 0, width, 4),
    ...line.details.flatMap((detail) => indentWrapped(detail, 2, width)),
    ...line.quoted.map((quote) =>
      isRecipe && isTyped(quote) ? `    │ ${quote}` : truncate(`    │ ${quote}`, width),
    ),
  ];
}

const GAP = 3;
const TITLE_WIDTH_MIN = 16;

/** Null where there is no room for columns. */
function alignCells({ subject, cells }: Line, view: RunView, width: number): string | null {
  const subjectWidth = Math.min(SUBJECT_WIDTH_MAX, view.subjectWidth);
  const [first = "", ...rest] = cells;
  const own = pad(truncate(subject, SUBJECT_WIDTH_MAX), subjectWidth);
  const tail = rest.map((cell) => " ".repeat(GAP) + cell).join("");
  const room = width - 2 - subjectWidth - GAP;
  const column = Math.min(FIRST_CELL_WIDTH_MAX, view.titleWidth, Math.floor(width / 2.5));
  const title = rest.length === 0 ? first : pad(first, column);
  const whole = `${own}${" ".repeat(GAP)}${title}${tail}`;
  if (displayWidth(whole) + 2 <= width) return whole;
  if (rest.length === 0 || /osqr|…/.test(tail)) return null;
  // The paths go before the title does; the time and the size of the change stay.
  const kept = rest
    .slice(0, 2)
    .map((cell) => " ".repeat(GAP) + cell)
    .join("");
  const left = room - displayWidth(kept);
  if (left < TITLE_WIDTH_MIN) return null;
  const shown = pad(
    truncate(first, Math.min(left, Math.max(column, TITLE_WIDTH_MIN))),
    Math.min(left, column),
  );
  const paths = rest.slice(2).join("  ");
  const pathRoom = left - displayWidth(shown) - GAP;
  const more = paths !== "" && pathRoom >= TITLE_WIDTH_MIN ? " ".repeat(GAP) + truncate(paths, pathRoom) : "";
  return `${own}${" ".repeat(GAP)}${shown}${kept}${more}`;
}
