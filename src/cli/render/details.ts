import { adviseOnRefused } from "../../core/refused-hosts.ts";
import type { AgentView, TaskView, WorkstreamView } from "../../core/report/types.ts";
import type {
  AttemptView,
  BriefingView,
  Explanation,
  RecoveryView,
  Shown,
  Trace,
  VerifyReport,
} from "../../engine/service.ts";
import { formatBytes, formatDuration, plural } from "../text/duration.ts";
import { cleanLine } from "../text/plain.ts";
import { renderTable } from "../text/table.ts";
import { indentWrapped } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { describeCost } from "./cost.ts";
import { type DecisionOptions, renderDecision } from "./decisions.ts";
import {
  describeChange,
  describeGates,
  describeTasks,
  listFiles,
  type Mark,
  markOf,
  renderMark,
  shortOid,
} from "./marks.ts";
import { renderMessages } from "./messages.ts";
import { joinSections } from "./plan.ts";
import { describeOpen } from "./report.ts";
import { renderSignOffs } from "./reviews.ts";
import { describeStep, renderCriteria, renderRemaining } from "./steps.ts";

/** One workstream, task, attempt or decision in full. */
export function renderShown(shown: Shown, options: DecisionOptions, page: Page): string[] {
  switch (shown.kind) {
    case "workstream":
      return joinSections([
        renderWorkstream(shown.workstream, page),
        ...shown.decisions.map((decision) => renderDecision(decision, options, page)),
      ]);
    case "task":
      return joinSections([
        renderTask(shown.task, shown.workstream, page),
        shown.attempts.flatMap((attempt) => renderAttempt(attempt, page)),
        renderMessages(shown.messages, page),
        shown.handoff === null ? [] : ["  handoff", ...toBlock(shown.handoff)],
      ]);
    case "attempt":
      return joinSections([renderAttempt(shown.attempt, page), toBlock(shown.log)]);
    case "decision":
      return renderDecision(shown.decision, { ...options, contextLinesMax: Number.POSITIVE_INFINITY }, page);
  }
}

/** Not broken into lines of the page: it is read as it is, or goes on to another program. */
export function renderBriefing({ text, goOn }: BriefingView): string[] {
  const first = text.trimEnd().split("\n");
  if (goOn === null) return first;
  const again =
    "The next attempt goes on with a conversation; where that can be taken up again, it is told only this:";
  return [...first, "", "─".repeat(40), again, "", ...goOn.trimEnd().split("\n")];
}

function toBlock(text: string): string[] {
  const lines = text.replace(/\s+$/, "").split("\n");
  return lines.length === 1 && lines[0] === "" ? [] : lines.map((line) => `    ${line}`);
}

function renderWorkstream(workstream: WorkstreamView, page: Page): string[] {
  const { number, name, title, status, merged, tasks, spec, gates, priority, tags } = workstream;
  const { style, width } = page;
  const state = status === "completed" ? "completed" : describeOpen(workstream);
  const facts = [
    `${describeTasks(tasks)} · priority ${priority}${tags.length > 0 ? ` · ${tags.join(", ")}` : ""}`,
    spec === null ? "no spec" : spec,
    describeStep(workstream),
    workstream.owner === null ? "" : `owner: ${workstream.owner}`,
    describeAutonomy(workstream),
    ...workstream.transfers.map(describeTransfer),
    ...workstream.links
      .filter(({ workstream: other }) => other !== workstream.closed?.into)
      .map(
        ({ workstream: other, how, reason, through }) =>
          `${how === "related" ? "linked with" : `${workstream.closed === null ? "stands" : "stood"} for (${how})`} ${other}${through === null ? "" : `, through ${through}`}: ${reason}`,
      ),
    merged === null ? "" : `merged as ${shortOid(merged)} · ${describeGates(gates)}`,
    workstream.held === null ? "" : `the branch did not move: ${workstream.held}`,
    ...describeReverts(workstream),
    describeCost(workstream.cost),
    ...workstream.salvage.map((ref) => `unmerged work is kept: ${ref}`),
  ].filter(Boolean);
  return [
    ...indentWrapped(`${style.bold(`#${number} ${name}`)}  ${title}`, 0, width),
    ...indentWrapped(`${renderMark(markOf(workstream), style)} ${state}`, 2, width),
    ...facts.flatMap((fact) => indentWrapped(fact, 4, width)),
    ...renderTasks(workstream.items, page),
    ...renderRemaining(workstream, page),
    ...renderSignOffs(workstream, 4, page),
  ];
}

function describeAutonomy({ autonomy: { tier, trust } }: WorkstreamView): string {
  const parts = [
    tier === null ? "" : `at most ${tier}`,
    trust === null ? "" : `trust: ${trust.level} (${trust.reason})`,
  ].filter(Boolean);
  return parts.length === 0 ? "" : `autonomy: ${parts.join(" · ")}`;
}

function describeTransfer({ task, from, to, by, reason, at }: WorkstreamView["transfers"][number]): string {
  const what = `${task ?? "owner"} ${from === null ? "given" : `from ${from}`} to ${to} by ${by}`;
  return `${what}, ${at.slice(0, 16).replace("T", " ")} UTC${reason === "" ? "" : `: ${reason}`}`;
}

/** What was landed and taken out again, and what is on its way out. */
function describeReverts({ reverts, reverting }: WorkstreamView): string[] {
  const done = reverts.map(
    ({ of, commit, by, reason }) => `${shortOid(of)} was reverted as ${shortOid(commit)} by ${by}: ${reason}`,
  );
  return reverting === null
    ? done
    : [...done, `${shortOid(reverting.of)} is being reverted for ${reverting.by}: ${reverting.reason}`];
}

const TASK_MARKS: Readonly<Record<string, Mark>> = {
  completed: "done",
  passed: "done",
  skipped: "ended",
  not_verified: "note",
  running: "running",
  waiting: "asks",
  failed: "failed",
  blocked: "note",
  cancelled: "ended",
};

function renderTasks(tasks: readonly TaskView[], { style, width }: Page): string[] {
  if (tasks.length === 0) return [];
  const untitled = { title: "" };
  return renderTable({
    columns: [untitled, untitled, { title: "", canWrap: true }, untitled, { title: "", canWrap: true }],
    rows: tasks.map((task) => [
      renderMark(TASK_MARKS[task.status] ?? "waiting", style),
      task.key,
      task.title,
      task.workMs > 0 ? formatDuration(task.workMs) : "",
      describeTask(task),
    ]),
    indent: 2,
    width,
    header: style.dim,
  });
}

/** `skipped by dana: no time; not met: the tests pass`. */
function describeSkip({ skip, entry, exit }: Pick<TaskView, "skip" | "entry" | "exit">): string {
  const open = [...entry, ...exit].filter(({ met }) => !met).map(({ text }) => text);
  const why = skip === null || skip.reason === "" ? "" : `: ${skip.reason}`;
  return `skipped${skip === null ? "" : ` by ${skip.by}${why}`}${open.length === 0 ? "" : `; not met: ${open.join(", ")}`}`;
}

function describeTask(task: TaskView): string {
  return task.owner === null ? describeWork(task) : `${describeWork(task)} · owner: ${task.owner}`;
}

function describeWork(task: TaskView): string {
  const { status, activity, waitsFor, added, deleted, files, reused } = task;
  if (status === "skipped") return describeSkip(task);
  if (activity !== null) return activity;
  if (waitsFor.length > 0) return `${status} · waits for ${waitsFor.join(", ")}`;
  if (status !== "completed" || files.length === 0) return status;
  const earlier = reused === null ? "" : ` (as before: ${reused})`;
  return `${describeChange(added, deleted)}  ${listFiles(files)}${earlier}`;
}

function renderTask(task: TaskView, workstream: string, page: Page): string[] {
  const { style, width } = page;
  const responsible = describeResponsible(task);
  return [
    ...indentWrapped(`${style.bold(`${workstream}#${task.key}`)}  ${task.title}`, 0, width),
    ...indentWrapped(
      `${renderMark(TASK_MARKS[task.status] ?? "waiting", style)} ${task.status === "skipped" ? describeSkip(task) : task.status}${task.waitsFor.length > 0 ? ` · waits for ${task.waitsFor.join(", ")}` : ""}`,
      2,
      width,
    ),
    ...(responsible === "" ? [] : indentWrapped(responsible, 4, width)),
    ...(task.cost.attempts === 0 ? [] : indentWrapped(describeCost(task.cost), 4, width)),
    ...renderCriteria(task, page),
  ];
}

/** Empty where nobody is named. */
function describeResponsible({ owner, role }: TaskView): string {
  if (owner !== null) return `owner: ${owner}${role === null ? "" : ` (${role})`}`;
  return role === null ? "" : `role: ${role}`;
}

const CONVERSATIONS: Readonly<Record<AgentView["how"], string>> = {
  new: "a new conversation",
  resumed: "its conversation taken up again",
  loaded: "its conversation taken up again",
  fresh: "a fresh conversation with a summary of the old one",
};

/** `scripted-agent 1.0.0 · a new conversation · 2 turns`. */
function describeAgent({ agent, how, turns }: AgentView): string {
  return `${agent} · ${CONVERSATIONS[how]} · ${plural(turns, "turn")}`;
}

const describeConversation = ({ from, reason }: NonNullable<AttemptView["conversation"]>): string =>
  from === null ? `began its own conversation: ${reason}` : `went on with that of ${from}: ${reason}`;

const RECOVERIES: Readonly<Record<RecoveryView["step"], string>> = {
  resume: "was tried again",
  wait: "waits",
  ask: "you were asked",
};

function describeRecovery({ failure, step, until, reason }: RecoveryView): string {
  const when = until === null ? "" : ` until ${until.slice(0, 19).replace("T", " ")} UTC`;
  return `after ${failure.replace("_", " ")}: ${RECOVERIES[step]}${when}: ${reason}`;
}

/** `memory: 310 MB now, 612 MB at most`; empty where nobody has measured. */
function describeMemory(memory: AttemptView["memory"]): string {
  if (memory === undefined) return "";
  const { lastBytes, peakBytes } = memory;
  const now = lastBytes === null ? "" : `${formatBytes(lastBytes)} now, `;
  return `memory: ${now}${formatBytes(peakBytes)} at most`;
}

function renderAttempt(attempt: AttemptView, { style, width }: Page): string[] {
  const { agent, recovery } = attempt;
  const { id, task, executor, status, workMs, reason, commit, salvage, files, reused } = attempt;
  const { cost, model, toolCalls, conversation, saves = [] } = attempt;
  const facts = [
    reused === null ? "" : `took the result of ${reused}: nothing it depends on has changed`,
    `${status}${reason === null ? "" : `: ${reason}`} · ${executor} · ${formatDuration(workMs)}`,
    agent === null ? "" : describeAgent(agent),
    conversation === null ? "" : describeConversation(conversation),
    recovery === null ? "" : describeRecovery(recovery),
    cost.attempts === 0
      ? ""
      : [
          describeCost(cost),
          ...(model === null ? [] : [model]),
          ...(toolCalls === null ? [] : [`${plural(toolCalls, "call")} of tools`]),
        ].join(" · "),
    describeMemory(attempt.memory),
    adviseOnRefused(attempt) ?? "",
    ...(attempt.watched ?? []).map((finding) => `! ${finding}`),
    saves.length === 0
      ? ""
      : `begun with less, as nearly all of the run's budget was used: ${saves.map((key) => key.replace("_", " ")).join(", ")}`,
    commit === null ? "" : `result ${shortOid(commit)}  ${listFiles(files)}`,
    salvage === null ? "" : `unmerged work is kept: ${salvage}`,
    `its output: osqr log ${id}`,
  ].filter(Boolean);
  return [`  ${style.bold(id)}  ${task}`, ...facts.flatMap((fact) => indentWrapped(fact.trim(), 4, width))];
}

/** The answer in the first sentence, the rest below it. */
export function renderExplanation({ sentences }: Explanation, { width, style }: Page): string[] {
  const [first = "Nothing is known of that.", ...rest] = sentences;
  return [
    ...indentWrapped(style.bold(first), 0, width, 0),
    ...rest.flatMap((sentence) => indentWrapped(sentence, 2, width, 0)),
  ];
}

/** Work that is done and that the base does not have yet. What was ticked before has made no commit. */
function isUnmerged({ status, commit, merged }: Trace["lines"][number]): boolean {
  return status === "completed" && commit !== null && merged === null;
}

type TraceLine = Trace["lines"][number];

/** How much of the spec is done, and of the steps around it. */
function sayTraced({ spec, workstream, lines }: Trace): string {
  const clauses = lines.filter(({ kind }) => kind === "clause");
  const steps = lines.filter(({ kind }) => kind === "step");
  const isDone = ({ status }: TraceLine): boolean => status === "completed";
  const done = clauses.filter(isDone);
  const unmerged = done.filter(isUnmerged).length;
  const rest =
    unmerged === 0 ? "" : `, ${unmerged === done.length ? "none" : done.length - unmerged} of them merged`;
  const around =
    steps.length === 0 ? "" : `; ${steps.filter(isDone).length} of ${plural(steps.length, "step")} around it`;
  return `${spec}: ${done.length} of ${plural(clauses.length, "clause")} done${rest}${around} (${workstream}).`;
}

/** `12` in the spec itself, `<file>:<line>` in the workflow. */
function describePlace({ kind, source, line }: TraceLine): string {
  const number = line > 0 ? String(line) : "";
  return kind === "step" && source !== null ? [source, number].filter(Boolean).join(":") : number;
}

/** A review says who signed it. */
function describeClause({ text, signed }: TraceLine): string {
  if (signed === null) return cleanLine(text);
  const role = signed.role === null ? "" : ` (${signed.role})`;
  return cleanLine(`${text}: ${signed.outcome} by ${signed.by}${role}`);
}

function describeMerged(clause: TraceLine): string {
  if (clause.merged !== null) return shortOid(clause.merged);
  return isUnmerged(clause) ? "done, not merged" : "–";
}

/** A spec clause by clause: what became of it, the command that proves it, and what its tasks were told of the work of others. */
export function renderTrace(trace: Trace, page: Page): string[] {
  const { lines } = trace;
  const { width, style } = page;
  const head = sayTraced(trace);
  if (lines.length === 0) return [style.bold(head)];
  const table = renderTable({
    columns: [
      { title: "  line" },
      { title: "clause", canWrap: true },
      { title: "attempt" },
      { title: "merged" },
      { title: "proof", canWrap: true },
    ],
    rows: lines.map((clause) => [
      `${renderMark(isUnmerged(clause) ? "waiting" : (TASK_MARKS[clause.status] ?? "waiting"), style)} ${describePlace(clause)}`.trimEnd(),
      describeClause(clause),
      clause.attempt ?? "–",
      describeMerged(clause),
      clause.proof ?? "–",
    ]),
    indent: 2,
    width,
    header: style.dim,
  });
  const told = lines.flatMap(({ text, messages = [] }) =>
    renderMessages(messages, page, cleanLine(`messages to ${text}`)),
  );
  return [style.bold(head), "", ...table, ...(told.length === 0 ? [] : ["", ...told])];
}

/** Whether the history is as it was written. */
export function renderVerify(
  { ok, events, firstBad, reason }: VerifyReport,
  { width, style }: Page,
): string[] {
  if (ok) return [`The history is as it was written: ${plural(events, "event")}, every hash fits.`];
  const place = firstBad === null ? "" : ` from event ${firstBad} on`;
  return [
    style.bold(`The history is not as it was written${place}.`),
    ...(reason === null ? [] : indentWrapped(reason, 2, width)),
    ...indentWrapped(`${plural(events, "event")} were read.`, 2, width),
  ];
}
