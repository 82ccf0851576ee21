import type { DecisionView } from "../../core/report/types.ts";
import { toRefPart } from "../../engine/effects/refs.ts";
import type { Evidence } from "../evidence.ts";
import { formatAge, formatDuration, plural } from "../text/duration.ts";
import { indentWrapped, pad, tie, truncate } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { isTyped, listOptions, recommendedOf, shortTask } from "./marks.ts";
import { joinSections } from "./plan.ts";
import { renderReview } from "./reviews.ts";

const GROUPS = ["critical", "blocking", "background"] as const;
const INDENT = 2;

export interface DecisionOptions {
  readonly now: number;
  /** Lines of context at most, from the end; the rest is counted. */
  readonly contextLinesMax: number;
  /** Something else is under way while it is open. */
  readonly isRestRunning: boolean;
  readonly evidence: Evidence;
}

const NO_EVIDENCE: Evidence = new Map();
const INBOX_LINES_MAX = 12;
/** What is approved is looked at first. */
const APPROVAL_LINES_MAX = 48;

/** Options where nothing more is known. */
export function toDecisionOptions(
  now: number,
  changes: Partial<Omit<DecisionOptions, "now">> = {},
): DecisionOptions {
  return { now, contextLinesMax: INBOX_LINES_MAX, isRestRunning: false, evidence: NO_EVIDENCE, ...changes };
}

/** All open decisions in their groups; the first line is the answer. */
export function renderInbox(
  decisions: readonly DecisionView[],
  options: DecisionOptions,
  page: Page,
): string[] {
  if (decisions.length === 0) return ["Nothing needs you."];
  const counts = GROUPS.map((group) => ({
    group,
    count: decisions.filter((decision) => decision.group === group).length,
  })).filter(({ count }) => count > 0);
  const verb = decisions.length === 1 ? "needs" : "need";
  const head = `${plural(decisions.length, "decision")} ${verb} you: ${counts.map(({ group, count }) => `${count} ${group}`).join(", ")}.`;
  const groups = counts.map(({ group }) => {
    const members = decisions.filter((decision) => decision.group === group);
    const blocks = members.map((decision) => renderDecision(decision, options, page));
    return [page.style.bold(group), ...joinSections(blocks)];
  });
  return joinSections([[page.style.bold(head)], ...groups]);
}

/**
 * One decision: what it blocks, the question, the options, what happens without an answer, what to type. Of an error what to do
 * comes first and its last words below it; else the context is what the answer is made from.
 */
export function renderDecision(decision: DecisionView, options: DecisionOptions, page: Page): string[] {
  const { id, question, location, type } = decision;
  const { width, style } = page;
  const inner = INDENT + id.length + 2;
  const place = location === null ? "" : ` (${location})`;
  const linesMax =
    type === "approval" ? Math.max(APPROVAL_LINES_MAX, options.contextLinesMax) : options.contextLinesMax;
  const context = renderContext(decision, linesMax, inner, page);
  const isError = type === "error";
  return [
    ...indentWrapped(`${style.bold(id)}  ${headOf(decision, options.now)}`, INDENT, width, inner - INDENT),
    ...indentWrapped(`${question}${place}`, inner, width, 0),
    ...(isError ? [] : context),
    ...decision.notes.flatMap((note) => indentWrapped(`! ${note}`, inner, width)),
    ...renderReview(decision, inner, page),
    ...renderOptions(decision, inner, page),
    ...(decision.state === "open"
      ? [
          ...indentWrapped(describeSilence(decision, options), inner, width),
          ...indentWrapped(describeAnswer(decision), inner, width),
        ]
      : indentWrapped(describeOutcome(decision), inner, width)),
    ...listPlaces(decision, options.evidence).flatMap((line) => indentWrapped(line, inner, width)),
    ...(isError ? context : []),
  ];
}

/** Where to look further: the attempt, the kept work, the commands in full. */
function listPlaces(decision: DecisionView, evidence: Evidence): string[] {
  const { id, workstream, state } = decision;
  const places: string[] = [];
  const attempt = evidence.get(id);
  if (attempt !== undefined) {
    places.push(`attempt ${attempt.id}: ${tie(`osqr log ${attempt.id}`)}`);
    if (attempt.salvage !== null) places.push(`its work is kept: ${attempt.salvage}`);
  }
  if (isOfIntegration(decision)) places.push(`the work: refs/osqr/work/${toRefPart(workstream)}`);
  if (isOfCommands(decision) && state === "open")
    places.push(`every command in full: ${tie("osqr plan --commands")}`);
  return places;
}

/** A merge that stopped: no task waits for the answer, the workstream does. */
function isOfIntegration({ type, blocks, options }: DecisionView): boolean {
  return (
    (type === "error" || type === "conflict") &&
    blocks.length === 0 &&
    options.some(({ id }) => id === "redo")
  );
}

/** The approval of commands, not one that a spec asks for: that one has its place in the spec. */
export function isOfCommands({ type, location, options, step }: DecisionView): boolean {
  return (
    step === null && type === "approval" && location === null && options.some(({ id }) => id === "approve")
  );
}

function headOf(decision: DecisionView, now: number): string {
  const { group, workstream, blocks, waitingBehind, openedAt, state } = decision;
  const tasks = blocks.map((task) => shortTask(task, workstream)).join(", ");
  const behind = waitingBehind > 0 ? ` and ${waitingBehind} behind` : "";
  const parts = [
    group,
    workstream,
    tasks === "" ? "" : `blocks ${tasks}${behind}`,
    state === "open" ? `since ${formatAge(now - Date.parse(openedAt))}` : state,
  ];
  return parts.filter(Boolean).join(" · ");
}

/** Quoted as it is: a line that is too long is cut, because a wrapped one is no quotation. */
function renderContext(
  { context, options }: DecisionView,
  linesMax: number,
  inner: number,
  { width, style }: Page,
): string[] {
  const lines = context.replace(/\s+$/, "").split("\n");
  if (lines.length === 1 && lines[0] === "") return [];
  const more = lines.length - linesMax;
  const shown = more > 0 ? [`… ${plural(more, "line")} before`, ...lines.slice(-linesMax)] : lines;
  // What is to be typed is shown whole, however long it is.
  const isRecipe = options.some(({ id }) => id === "by-hand");
  return shown.map((line) => {
    const quoted = `${" ".repeat(inner)}│ ${line}`;
    return style.dim(isRecipe && isTyped(line) ? quoted : truncate(quoted, width));
  });
}

function renderOptions({ options }: DecisionView, inner: number, { width, style }: Page): string[] {
  const idWidth = Math.max(...options.map(({ id }) => id.length));
  const textIndent = inner + idWidth + 2;
  return options.flatMap(({ id, label, description, implications, recommended }) => {
    const text = [label === id && description !== "" ? "" : label, description].filter(Boolean).join(": ");
    const lines = indentWrapped(recommended ? `${text}  (recommended)` : text, textIndent, width, 0);
    const [first = "", ...rest] = lines;
    return [
      `${" ".repeat(inner)}${style.bold(pad(id, idWidth))}  ${first.trimStart()}`,
      ...rest,
      ...implications.flatMap((implication) => indentWrapped(`– ${implication}`, textIndent, width)),
    ];
  });
}

/** What happens when nobody answers. */
function describeSilence(decision: DecisionView, { now, isRestRunning }: DecisionOptions): string {
  const { autoResolveAt, defaultOption, deadline, blocksProgress, blocks, waitingBehind } = decision;
  const option = defaultOption ?? recommendedOf(decision);
  // When it is settled by itself is said in a better way.
  const due = deadline === null || deadline === autoResolveAt ? "" : ` · needed by ${deadline.slice(0, 10)}`;
  if (autoResolveAt !== null && option !== null) {
    const left = Date.parse(autoResolveAt) - now;
    return `without an answer: ${option} is taken ${left > 0 ? `in ${formatDuration(left)}` : "now"}${due}`;
  }
  if (!blocksProgress) return `without an answer: nothing waits${due}`;
  const count = Math.max(1, blocks.length) + waitingBehind;
  const waits =
    blocks.length === 0 ? "the workstream waits" : `${plural(count, "task")} wait${count === 1 ? "s" : ""}`;
  return `without an answer: ${waits}${isRestRunning ? ", the rest goes on" : ""}${due}`;
}

/** Where nothing is recommended no option is put into the mouth. */
function describeAnswer(decision: DecisionView): string {
  const recommended = recommendedOf(decision);
  if (recommended === null) {
    const because = decision.step === null ? "" : " --because <text>";
    return tie(`osqr decide ${decision.id} ${listOptions(decision)}${because}`);
  }
  const line = tie(`osqr decide ${decision.id} ${recommended}`);
  return `${line}   or   ${tie(`osqr accept${decision.priority === "critical" ? " --critical" : ""}`)}`;
}

/** `approved by dana (reviewer): reads well`. */
export function describeOutcome({ answer, options, state, step, role }: DecisionView): string {
  if (answer === null) return state;
  const label = options.find(({ id }) => id === answer.option)?.label ?? answer.option;
  const why = answer.reasoning === "" ? "" : `: ${answer.reasoning}`;
  const name = answer.signer ?? answer.by;
  const who = step === null || role === null || answer.by !== "user" ? name : `${name} (${role})`;
  const word = WORDS[answer.option.replace(/^reject-.*/, "reject")];
  if (step !== null && word !== undefined) return `${word} by ${who}${why}`;
  const answered = step === null ? "" : "answered ";
  return `${answered}${answer.option}${label === answer.option ? "" : ` (${label})`} by ${who}${why}`;
}

/** Answers to reviews in the form in which they are told afterwards. */
const WORDS: Readonly<Record<string, string>> = { approve: "approved", reject: "rejected", met: "confirmed" };

/** Decisions as a list of one line each: `D-4 b (hosted model) by timeout: …`. */
export function renderAnswered(
  decisions: readonly DecisionView[],
  indent: number,
  { width }: Page,
): string[] {
  return decisions.flatMap((decision) =>
    indentWrapped(`${decision.id}  ${describeOutcome(decision)}`, indent, width),
  );
}
