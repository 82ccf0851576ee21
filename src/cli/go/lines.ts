/** Finished lines: what has just happened in the run, one block per event that a person cares for. */
import type { Decision } from "../../core/model/decision.ts";
import type { Event } from "../../core/model/event.ts";
import { describeChange, listFiles } from "../render/details.ts";
import { describeGates, listOptions, type Mark, renderMark, shortOid, shortTask } from "../render/marks.ts";
import { formatDuration } from "../text/duration.ts";
import { cleanLine } from "../text/plain.ts";
import { displayWidth, indentWrapped, pad, tie, wrap } from "../text/width.ts";
import type { Page } from "../ui.ts";
import type { RunView } from "./run-view.ts";

export interface Line {
  readonly mark: Mark;
  /** `1 token-format`. */
  readonly subject: string;
  readonly cells: readonly string[];
  /** Further lines below it, indented. */
  readonly details: readonly string[];
  /** Only for a pipe: on a terminal the footer shows it. */
  readonly isStart: boolean;
}

const FILES_MAX = 3;
const CONTEXT_LINES_MAX = 8;
const FIRST_CELL_WIDTH_MAX = 44;
const SUBJECT_WIDTH_MAX = 28;

type Opened = Omit<Decision, "state" | "openedAt">;

function toLine(
  mark: Mark,
  subject: string,
  cells: readonly string[],
  details: readonly string[] = [],
): Line {
  return { mark, subject, cells: cells.filter(Boolean), details, isStart: false };
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
      return aboutTask(view, event.task, "waiting", `queued again: ${event.reason}`);
    case "attempt_ended": {
      const attempt = view.attempts.get(event.attempt);
      // A failure is told with its task.
      if (attempt === undefined || event.outcome === "failed") return [];
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

function taskCompleted(view: RunView, event: Extract<Event, { kind: "task_completed" }>): Line[] {
  if (event.how === "skipped") return aboutTask(view, event.task, "ended", "skipped");
  const subject = subjectOfTask(view, event.task);
  if (subject === null) return [];
  const attempt = event.attempt === null ? undefined : view.attempts.get(event.attempt);
  const title = titleOf(view, event.task);
  if (attempt === undefined) return [toLine("done", subject, [title])];
  const { workMs, added, deleted, files } = attempt;
  const change = files.length === 0 ? "no change" : describeChange(added, deleted);
  return [toLine("done", subject, [title, formatDuration(workMs), change, listFiles(files, FILES_MAX)])];
}

function keptAs(salvage: string, attempt: string): string {
  return `The work is kept: ${salvage} · log: osqr log ${attempt}`;
}

function contextOf(decision: Opened | undefined): string[] {
  const lines = (decision?.context ?? "").split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-CONTEXT_LINES_MAX).map((line) => `  ${line}`);
}

/** `D-2  retry · skip        osqr decide D-2 retry|skip`. */
function howToAnswer(decision: Opened): string {
  const labels = decision.options.map(({ label }) => label).join(" · ");
  return `${decision.id}  ${labels}   ${tie(`osqr decide ${decision.id} ${listOptions(decision)}`)}`;
}

function taskFailed(view: RunView, event: Extract<Event, { kind: "task_failed" }>): Line[] {
  const attempt = view.attempts.get(event.attempt);
  const decision = view.decisions.get(event.decision);
  const took = attempt === undefined || attempt.workMs === 0 ? "" : ` in ${formatDuration(attempt.workMs)}`;
  const log = `log: osqr log ${event.attempt}`;
  const details = [
    ...contextOf(decision),
    attempt?.salvage == null ? log : keptAs(attempt.salvage, event.attempt),
    ...(decision === undefined ? [`osqr inbox  shows ${event.decision}`] : [howToAnswer(decision)]),
  ];
  const subject = subjectOfTask(view, event.task);
  const text = `${titleOf(view, event.task)}: ${cleanLine(event.reason)}${took}`;
  return subject === null ? [] : [toLine("failed", subject, [text], details)];
}

/** Told with the event that follows it: a failure, a merge that stopped. */
function isToldOtherwise({ subject }: Opened): boolean {
  return subject.kind === "task_failed" || subject.kind === "integration";
}

function decisionOpened(view: RunView, decision: Opened): Line[] {
  const subject = subjectOf(view, decision.workstream);
  if (subject === null) return [];
  const askers = decision.askers.map((task) => shortTask(task, decision.workstream)).join(", ");
  const waits = !decision.blocksProgress
    ? "nothing waits for it"
    : askers === ""
      ? ""
      : `${askers} waits, the rest goes on`;
  const command = tie(`osqr decide ${decision.id} ${listOptions(decision)}`);
  return [toLine("asks", subject, [`${decision.id} ${cleanLine(decision.question)}`, command, waits])];
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
      const gates = describeGates(workstream.gates);
      if (event.held === null) return [toLine("done", subject, [`merged to ${view.base}`, gates, sha])];
      const held = `${view.base} did not move: ${cleanLine(event.held)}`;
      return [toLine("note", subject, [`merged, ${view.base} follows later`, gates, sha], [held])];
    }
    case "integration_stopped": {
      const decision = view.decisions.get(event.decision);
      const details = [...contextOf(decision), ...(decision === undefined ? [] : [howToAnswer(decision)])];
      return [toLine("failed", subject, [`not merged: ${cleanLine(event.reason)}`], details)];
    }
    case "workstream_restarted":
      return [toLine("waiting", subject, [`starts anew: ${cleanLine(event.reason)}`])];
    case "intent_set":
      return [toLine("ended", subject, [event.intent === "run" ? "resumed" : event.intent])];
    default:
      return [];
  }
}

/** A line with its details, aligned with its neighbours where there is room. */
export function renderLine(line: Line, view: RunView, page: Page): string[] {
  const { width, style } = page;
  const subjects = [...view.workstreams.values()].map(({ name, number }) =>
    displayWidth(`${number ?? ""} ${name}`),
  );
  const subjectWidth = Math.min(SUBJECT_WIDTH_MAX, Math.max(0, ...subjects));
  const firstWidth = Math.min(FIRST_CELL_WIDTH_MAX, view.titleWidth, Math.floor(width / 2.5));
  const mark = renderMark(line.mark, style);
  const [first = "", ...rest] = line.cells;
  const aligned = [
    `${mark} ${pad(line.subject, subjectWidth)}`,
    rest.length === 0 ? first : pad(first, firstWidth),
    ...rest,
  ].join("   ");
  const head =
    displayWidth(aligned) <= width
      ? wrap(aligned, width)
      : indentWrapped(`${mark} ${[line.subject, ...line.cells].join("  ")}`, 0, width, 4);
  return [...head, ...line.details.flatMap((detail) => indentWrapped(detail, 2, width))];
}
