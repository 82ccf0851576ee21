import type { DecisionView } from "../../core/report/types.ts";
import { formatAge, formatDuration, plural } from "../text/duration.ts";
import { indentWrapped, pad, tie } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { recommendedOf, shortTask } from "./marks.ts";
import { joinSections } from "./plan.ts";

const GROUPS = ["critical", "blocking", "background"] as const;
const INDENT = 2;

export interface DecisionOptions {
  readonly now: number;
  /** Lines of context at most, from the end; the rest is one word. */
  readonly contextLinesMax: number;
}

/** All open decisions in their groups; the first line is the answer. */
export function renderInbox(decisions: readonly DecisionView[], now: number, page: Page): string[] {
  if (decisions.length === 0) return ["Nothing needs you."];
  const counts = GROUPS.map((group) => ({
    group,
    count: decisions.filter((decision) => decision.group === group).length,
  })).filter(({ count }) => count > 0);
  const verb = decisions.length === 1 ? "needs" : "need";
  const head = `${plural(decisions.length, "decision")} ${verb} you: ${counts.map(({ group, count }) => `${count} ${group}`).join(", ")}.`;
  const groups = counts.map(({ group }) => {
    const members = decisions.filter((decision) => decision.group === group);
    const blocks = members.map((decision) => renderDecision(decision, { now, contextLinesMax: 40 }, page));
    return [page.style.bold(group), ...joinSections(blocks)];
  });
  return joinSections([[page.style.bold(head)], ...groups]);
}

/** One decision: what it blocks, the question, the options, what happens without an answer, what to type. */
export function renderDecision(decision: DecisionView, options: DecisionOptions, page: Page): string[] {
  const { id, question, location, context } = decision;
  const { width, style } = page;
  const inner = INDENT + id.length + 2;
  const margin = " ".repeat(inner);
  const place = location === null ? "" : ` (${location})`;
  return [
    ...indentWrapped(`${style.bold(id)}  ${headOf(decision, options.now)}`, INDENT, width, inner - INDENT),
    ...indentWrapped(`${question}${place}`, inner, width, 0),
    ...renderContext(context, options.contextLinesMax).map((line) => style.dim(`${margin}│ ${line}`)),
    ...renderOptions(decision, inner, page),
    ...(decision.state === "open"
      ? [
          ...indentWrapped(describeSilence(decision, options.now), inner, width),
          ...indentWrapped(describeAnswer(decision), inner, width),
        ]
      : indentWrapped(describeOutcome(decision), inner, width)),
  ];
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

function renderContext(context: string, linesMax: number): string[] {
  const lines = context.replace(/\s+$/, "").split("\n");
  if (lines.length === 1 && lines[0] === "") return [];
  if (lines.length <= linesMax) return lines;
  return [`… ${plural(lines.length - linesMax, "line")} before`, ...lines.slice(-linesMax)];
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
function describeSilence(decision: DecisionView, now: number): string {
  const { autoResolveAt, defaultOption, deadline, blocksProgress, blocks, waitingBehind } = decision;
  const option = defaultOption ?? recommendedOf(decision);
  const due = deadline === null ? "" : ` · needed by ${deadline.slice(0, 10)}`;
  if (autoResolveAt !== null && option !== null) {
    const left = Date.parse(autoResolveAt) - now;
    return `without an answer: ${option} is taken ${left > 0 ? `in ${formatDuration(left)}` : "now"}${due}`;
  }
  if (!blocksProgress) return `without an answer: nothing waits${due}`;
  const count = Math.max(1, blocks.length) + waitingBehind;
  return `without an answer: ${blocks.length === 0 ? "the workstream waits" : `${plural(count, "task")} wait${count === 1 ? "s" : ""}`}, the rest goes on${due}`;
}

function describeAnswer(decision: DecisionView): string {
  const recommended = recommendedOf(decision);
  const first = recommended ?? decision.options[0]?.id ?? "…";
  const line = tie(`osqr decide ${decision.id} ${first}`);
  if (recommended === null) return line;
  return `${line}   or   ${tie(`osqr accept${decision.priority === "critical" ? " --critical" : ""}`)}`;
}

function describeOutcome({ answer, options, state }: DecisionView): string {
  if (answer === null) return state;
  const label = options.find(({ id }) => id === answer.option)?.label ?? answer.option;
  const why = answer.reasoning === "" ? "" : `: ${answer.reasoning}`;
  return `${answer.option} (${label}) by ${answer.by}${why}`;
}

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
