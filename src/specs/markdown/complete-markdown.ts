import type { Spec, SpecTask } from "../../core/model/spec.ts";
import type { Completion } from "../reader.ts";
import { readStatus } from "../status.ts";
import { findBoldFields, findHead } from "./bold-fields.ts";
import { tickBox } from "./boxes.ts";
import { joinLines, type RawLine, splitLines } from "./lines.ts";
import { type MarkdownPlan, readMarkdown, readPlanOf } from "./read-markdown.ts";
import type { BoxGroup } from "./tasks.ts";

/** Ticks the boxes of done tasks and, where all is done, sets the status. Nothing else in the text changes. */
export function completeMarkdown(text: string, spec: Spec, completion: Completion): string {
  const plan = readPlanOf(spec.path, text);
  const lines = splitLines(text);
  for (const number of findTicks(plan, findDone(plan, spec, completion.taskKeys))) {
    const line = lines[number - 1];
    if (line) lines[number - 1] = { ...line, text: tickBox(line.text) };
  }
  if (!completion.done) return joinLines(lines);
  const named = setStatus(lines, plan);
  const result = joinLines(named);
  const read = readMarkdown({ path: spec.path, text: result, hash: "" });
  const isDone = read.kind === "spec" && read.spec.readiness === "done";
  return isDone ? result : joinLines(insertStatus(named, plan));
}

/** Lines of the boxes to tick: those of the tasks, and of each group whose tasks are all done. */
function findTicks(plan: MarkdownPlan, done: ReadonlySet<string>): readonly number[] {
  const lines = plan.tasks.filter((task) => done.has(task.key)).flatMap((task) => task.boxLines);
  const open = new Set<string>();
  const parents = new Map<string, string | null>(
    [...plan.tasks, ...plan.groups].map((box) => [box.key, box.parent]),
  );
  for (const task of plan.tasks) {
    if (done.has(task.key) || task.checked) continue;
    for (let key = task.parent; key !== null && !open.has(key); key = parents.get(key) ?? null) open.add(key);
  }
  const touched = new Set<string>();
  for (const task of plan.tasks) {
    if (!done.has(task.key)) continue;
    for (let key = task.parent; key !== null && !touched.has(key); key = parents.get(key) ?? null)
      touched.add(key);
  }
  const groups = plan.groups.filter((group: BoxGroup) => touched.has(group.key) && !open.has(group.key));
  return [...lines, ...groups.map((group) => group.line)];
}

/** The tasks of the text as it is now that the keys of the spec as it was read stand for. */
function findDone(plan: MarkdownPlan, spec: Spec, keys: Iterable<string>): ReadonlySet<string> {
  const old = new Map(spec.tasks.map((task) => [task.key, task]));
  const byKey = new Map(plan.tasks.map((task) => [task.key, task]));
  const byTitle = Map.groupBy(plan.tasks, (task) => task.title);
  const done = new Set<string>();
  for (const key of keys) {
    const was = old.get(key);
    const same = byKey.get(key);
    const titled = was ? byTitle.get(was.title) : undefined;
    if (same && (!was || same.title === was.title || isWritten(plan, same))) done.add(key);
    else if (titled?.length === 1 && titled[0]) done.add(titled[0].key);
  }
  return done;
}

/** The key stands in the document; otherwise it is only a position, which changes with the text above. */
function isWritten(plan: MarkdownPlan, task: SpecTask): boolean {
  const text = plan.text.lines[task.line - 1]?.text ?? "";
  return text.includes(task.key.replace(/~\d+$/, ""));
}

const DONE_WORD = "done";
const BYTE_ORDER_MARK = "\uFEFF";
const TITLE_LINES_MAX = 10;

function setStatus(lines: readonly RawLine[], plan: MarkdownPlan): RawLine[] {
  const named = [...lines];
  const isBold = setBoldStatus(named, plan);
  const region = plan.text.frontmatter;
  if (region?.language !== "yaml") return named;
  const at = named.findIndex(
    (line, index) => index >= region.open && index < region.close - 1 && STATUS_LINE.test(line.text),
  );
  if (at !== -1) replaceYamlStatus(named, at, region.close - 1);
  else if (!isBold) {
    const end = named[region.close - 1]?.end || named[0]?.end || "\n";
    named.splice(region.close - 1, 0, { text: `status: ${DONE_WORD}`, end });
  }
  return named;
}

const STATUS_LINE = /^(\s{0,1}["']?status["']?\s*:)(?:\s|$)/i;

function replaceYamlStatus(lines: RawLine[], at: number, close: number): void {
  const line = lines[at] as RawLine;
  const match = /^(\s{0,1}["']?status["']?\s*:)(\s*)(?:"([^"]*)"|'([^']*)'|(.*?))(\s+#.*|\s*)$/i.exec(
    line.text,
  );
  if (!match) return;
  const [, key = "", gap = "", double, single, plain = "", rest = ""] = match;
  const value = double ?? single ?? plain;
  if (readStatus(value) === "done") return;
  const quote = double !== undefined ? '"' : single !== undefined ? "'" : "";
  lines[at] = { ...line, text: `${key}${gap || " "}${quote}${DONE_WORD}${quote}${rest}` };
  // The lines of a folded value or of a list belong to the value that was replaced.
  const belongs = value.trim() === "" ? /^(?:\s+[^\s#]|-\s)/ : /^\s+[^\s#]/;
  let next = at + 1;
  while (next < close && belongs.test(lines[next]?.text ?? "")) next += 1;
  lines.splice(at + 1, next - at - 1);
}

/** True where the document has a bold status. */
function setBoldStatus(lines: RawLine[], plan: MarkdownPlan): boolean {
  let isBold = false;
  for (const field of findBoldFields(findHead(plan.text))) {
    const line = lines[field.line - 1];
    if (!line || !/^(?:status|状态)$/.test(field.name)) continue;
    isBold = true;
    if (readStatus(field.value) === "done") continue;
    // Columns count without the byte order mark of the first line.
    const shift = field.line === 1 && line.text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
    const before = line.text.slice(0, field.from + shift);
    const gap = field.from === field.to && /\S$/.test(before) ? " " : "";
    lines[field.line - 1] = {
      ...line,
      text: `${before}${gap}${DONE_WORD}${line.text.slice(field.to + shift)}`,
    };
  }
  return isBold;
}

/** A bold status below the title, or at the top: the only way to say it where there is nothing to set. */
function insertStatus(lines: readonly RawLine[], plan: MarkdownPlan): RawLine[] {
  const end = lines.find((line) => line.end !== "")?.end ?? "\n";
  const top = plan.text.frontmatter?.close ?? 0;
  const near = plan.text.lines.slice(top, top + TITLE_LINES_MAX).filter((line) => line.kind === "text");
  const first = near[0];
  const at = first && /^ {0,3}#\s/.test(first.text) ? first.number : top;
  const before = lines.slice(0, at).map((line) => (line.end === "" ? { ...line, end } : line));
  const after = lines.slice(at);
  const mark = at === 0 && after[0]?.text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
  if (mark && after[0]) after[0] = { ...after[0], text: after[0].text.slice(1) };
  const status: RawLine[] = [
    ...(at > 0 ? [{ text: "", end }] : []),
    { text: `${mark}**Status**: ${DONE_WORD}`, end },
    ...(after[0]?.text.trim() === "" ? [] : [{ text: "", end }]),
  ];
  return [...before, ...status, ...after];
}
