import type { Dependency, RunBlock, SpecTask } from "../../core/model/spec.ts";
import { type OwnNames, parseDependencies, readResources } from "../dependency-syntax.ts";
import { toSlug } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import { readStatus } from "../status.ts";
import { listTexts } from "../values.ts";
import {
  type Annotations,
  noAnnotations,
  readAnnotationLine,
  readAnnotationsInTitle,
} from "./annotations.ts";
import { findBoldFields, toFieldValue } from "./bold-fields.ts";
import type { ScannedText } from "./lines.ts";
import type { Phases } from "./phases.ts";
import type { RunFence } from "./run-blocks.ts";
import { joinWishes } from "./session-field.ts";
import type { TreeNode } from "./task-tree.ts";
import { readPhaseHeading, readTitle, toTitle } from "./titles.ts";

/** A box that only groups others: it is ticked when all tasks in it are done. */
export interface BoxGroup {
  readonly key: string;
  readonly parent: string | null;
  /** Line of its box. */
  readonly line: number;
}

export interface TaskList {
  readonly tasks: readonly SpecTask[];
  readonly groups: readonly BoxGroup[];
  readonly own: OwnNames;
}

export interface TaskInput {
  readonly path: string;
  readonly text: ScannedText;
  readonly nodes: readonly TreeNode[];
  readonly runs: readonly RunFence[];
  readonly phases: Phases;
  readonly problems: ProblemList;
}

const DETAILS_CHARS_MAX = 4_000;

/** Gives the tasks their keys, reads what is written under them, and resolves names inside the spec. */
export function makeTasks(input: TaskInput): TaskList {
  const keys = assignKeys(input.nodes, input.problems);
  const taskNodes = input.nodes.filter((node) => node.kind === "task");
  const own = nameOwn(input.nodes, keys, input.phases);
  const runs = assignNamedRuns(input, taskNodes, keys);
  const runLines = findRunLines(input.runs);
  const allNotes = new Map(input.nodes.map((node) => [node, readNotes(node, input)]));
  const tasks = taskNodes.map((node, index) => {
    const notes = inheritNotes(node, allNotes);
    return {
      key: keys.get(node) ?? "",
      order: index + 1,
      title: notes.title,
      phase: input.phases.of(node.section),
      parent: node.parent ? (keys.get(node.parent) ?? null) : null,
      boxLines: findBoxLines(node),
      line: node.line,
      checked: isChecked(node) || notes.isDone,
      parallel: node.parts.parallel,
      critical: notes.said.critical && node.item?.box?.star !== true,
      run: joinRuns(runs.get(node) ?? [], notes.said.timeoutMs),
      executor: notes.said.executor,
      ...(notes.said.model === null ? {} : { model: notes.said.model }),
      ...(notes.said.type === null ? {} : { type: notes.said.type }),
      ...(notes.said.session === null ? {} : { session: notes.said.session }),
      ...toOwnTime(runs.get(node) ?? [], notes.said.timeoutMs),
      details: readDetails(node, { text: input.text, runLines }, notes.lines),
      dependsOn: readDependencies(notes.said, own, input),
    };
  });
  return { tasks, groups: toGroups(input.nodes, keys), own };
}

function toGroups(nodes: readonly TreeNode[], keys: ReadonlyMap<TreeNode, string>): readonly BoxGroup[] {
  return nodes
    .filter((node) => node.kind === "group")
    .map((node) => ({
      key: keys.get(node) ?? "",
      parent: node.parent ? (keys.get(node.parent) ?? null) : null,
      line: node.line,
    }));
}

/** Written ids stay; a repeated one gets `~2`; tasks without get `T<position>`, or the next number that is free. */
function assignKeys(nodes: readonly TreeNode[], problems: ProblemList): ReadonlyMap<TreeNode, string> {
  const keys = new Map<TreeNode, string>();
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const { id } = node.parts;
    if (id === null) continue;
    const count = (counts.get(id) ?? 0) + 1;
    counts.set(id, count);
    const key = count === 1 ? id : `${id}~${count}`;
    keys.set(node, key);
    if (count > 1) reportDuplicate(node.line, id, key, problems);
  }
  const taken = new Set(keys.values());
  const free = { T: 1, G: 1 };
  let position = 0;
  for (const node of nodes) {
    if (node.kind === "task") position += 1;
    if (keys.has(node)) continue;
    const letter = node.kind === "task" ? "T" : "G";
    free[letter] = Math.max(free[letter], letter === "T" ? position : 1);
    while (taken.has(`${letter}${free[letter]}`)) free[letter] += 1;
    keys.set(node, `${letter}${free[letter]}`);
    taken.add(`${letter}${free[letter]}`);
  }
  return keys;
}

function reportDuplicate(line: number, id: string, key: string, problems: ProblemList): void {
  problems.add(line, {
    severity: "warning",
    code: "duplicate-id",
    message: `${id} is the id of more than one task: this one is ${key}`,
    found: id,
    expected: "ids that are unique in the spec",
    hint: `dependencies on ${id} mean the first one`,
  });
}

function nameOwn(nodes: readonly TreeNode[], keys: ReadonlyMap<TreeNode, string>, phases: Phases): OwnNames {
  const leaves = new Map<string, string[]>();
  const add = (name: string, key: string): void => {
    const list = leaves.get(name);
    if (list) list.push(key);
    else leaves.set(name, [key]);
  };
  for (const node of nodes) {
    if (node.kind !== "task") continue;
    const key = keys.get(node) ?? "";
    add(key, key);
    for (let around = node.parent; around; around = around.parent) {
      if (around.kind === "group") add(keys.get(around) ?? "", key);
    }
  }
  const byLower = new Map([...leaves.keys()].toReversed().map((key) => [key.toLowerCase(), key]));
  const phaseByName = new Map(
    phases.list.flatMap((phase) => [
      [toSlug(phase.title), phase.key],
      [phase.key, phase.key],
    ]),
  );
  return {
    findTasks: (name) => leaves.get(name) ?? leaves.get(byLower.get(name.toLowerCase()) ?? "") ?? [],
    findPhase: (name) =>
      phaseByName.get(readPhaseHeading(name)?.key ?? name.toLowerCase()) ??
      phaseByName.get(toSlug(name)) ??
      null,
  };
}

/** Blocks with `task=T3` go to the task of that key, also where the key is only a position. */
function assignNamedRuns(
  { runs, problems }: TaskInput,
  nodes: readonly TreeNode[],
  keys: ReadonlyMap<TreeNode, string>,
): ReadonlyMap<TreeNode, readonly RunFence[]> {
  const byKey = new Map(nodes.map((node) => [keys.get(node) ?? "", node]));
  const all = new Map<TreeNode, RunFence[]>(nodes.map((node) => [node, [...node.runs]]));
  const placed = new Set(nodes.flatMap((node) => node.runs));
  for (const run of runs) {
    if (run.task === null || placed.has(run)) continue;
    const node = byKey.get(run.task);
    if (node) all.get(node)?.push(run);
    else {
      problems.add(run.block.line, {
        severity: "needs_detail",
        code: "unknown-task",
        message: `the run block names task "${run.task}", which this spec does not have`,
        found: [...byKey.keys()].slice(0, 10).join(", ") || "no tasks",
        expected: "the id of a task of this spec",
        hint: "correct the id, or move the block under its task",
      });
    }
  }
  return all;
}

/** A task without a run block has its time for itself. */
const toOwnTime = (runs: readonly RunFence[], saidMs: number | null): { readonly timeoutMs?: number } =>
  runs.length > 0 || saidMs === null ? {} : { timeoutMs: saidMs };

/** Several blocks of one task run one after the other, in one script. */
function joinRuns(runs: readonly RunFence[], saidMs: number | null): RunBlock | null {
  const [first] = runs;
  if (!first) return null;
  const timeouts = runs.flatMap((run) => run.block.timeoutMs ?? []);
  const longestMs = timeouts.length > 0 ? Math.max(...timeouts) : null;
  return {
    script: runs.map((run) => run.block.script).join("\n"),
    line: first.block.line,
    timeoutMs: saidMs ?? longestMs,
  };
}

interface Notes {
  readonly title: string;
  readonly said: Annotations;
  /** A heading that is a task may have a status line of its own. */
  readonly isDone: boolean;
  /** Lines that hold nothing but annotations. */
  readonly lines: ReadonlySet<number>;
}

/** What is said of a group holds for every task in it. */
function inheritNotes(node: TreeNode, all: ReadonlyMap<TreeNode, Notes>): Notes {
  const notes = all.get(node) ?? {
    title: node.parts.title,
    said: noAnnotations(),
    isDone: false,
    lines: new Set(),
  };
  const said = { ...notes.said, dependsOn: [...notes.said.dependsOn], uses: [...notes.said.uses] };
  for (let group = node.parent; group?.kind === "group"; group = group.parent) {
    const above = all.get(group)?.said ?? noAnnotations();
    said.dependsOn.push(...above.dependsOn);
    said.uses.push(...above.uses);
    // A model goes with the executor that it was written for.
    if (said.executor === null) said.model ??= above.model;
    said.executor ??= above.executor;
    said.type ??= above.type;
    said.session = joinWishes(said.session, above.session);
    said.timeoutMs ??= above.timeoutMs;
    said.critical &&= above.critical && group.item?.box?.star !== true;
  }
  return { ...notes, said };
}

function readNotes(node: TreeNode, { text, problems }: TaskInput): Notes {
  const said = noAnnotations();
  const lines = new Set<number>();
  const take = (line: { text: string; line: number }): void => {
    if (readAnnotationLine(line, said, problems)) lines.add(line.line);
  };
  const { item } = node;
  if (!item) {
    const isDone = node.line === node.section.line && readHeadingFields(node, text, take);
    const title = readAnnotationsInTitle({ text: node.parts.title, line: node.line }, said, problems);
    return { title: toTitle(title) || node.parts.title, said, isDone, lines };
  }
  for (const line of item.body) take({ text: line.text, line: line.number });
  for (const child of item.children) if (!child.box) take({ text: child.text, line: child.line });
  const title = readAnnotationsInTitle({ text: item.text, line: item.line }, said, problems);
  return { title: readTitle(title).title || node.parts.title || item.text, said, isDone: false, lines };
}

/** Takes `**Depends on:** T1` and the like below a heading that is a task. True where its `**Status:**` says done. */
function readHeadingFields(
  node: TreeNode,
  text: ScannedText,
  take: (line: { text: string; line: number }) => void,
): boolean {
  let isDone = false;
  for (const field of findBoldFields(text.lines.slice(node.section.line, node.section.to))) {
    const value = listTexts(toFieldValue(field)).map((part) => part.text);
    take({ text: `${field.name.replaceAll("_", " ")}: ${value.join(", ")}`, line: field.line });
    if (field.name === "status") isDone = /^`?\[x\]/i.test(field.value) || readStatus(field.value) === "done";
  }
  return isDone;
}

function readDependencies(
  said: Annotations,
  own: OwnNames,
  { path, problems }: TaskInput,
): readonly Dependency[] {
  const depends = said.dependsOn.flatMap(({ value, style }) =>
    parseDependencies(value, { path, style, own, problems }),
  );
  const uses = said.uses.flatMap((value) =>
    value.kind === "text" ? readResources(value.text, { path, line: value.line }, problems) : [],
  );
  return [...depends, ...uses];
}

function findBoxLines(node: TreeNode): readonly number[] {
  const own = node.item
    ? [node.item.line]
    : /^\[[ xX]\]\s/.test(node.section.rawTitle) && node.line === node.section.line
      ? [node.line]
      : [];
  return [...own, ...node.details.map((item) => item.line)].sort((a, b) => a - b);
}

function isChecked(node: TreeNode): boolean {
  if (node.item) return node.item.box?.state === "done";
  if (node.line !== node.section.line) return false;
  if (/^\[[xX]\]\s/.test(node.section.rawTitle)) return true;
  if (node.details.length > 0) return node.details.every((item) => item.box?.state === "done");
  return /^(?:✅|☑️?|✔️?)|[(\s-](?:done|complete|completed)\)?$/i.test(node.section.rawTitle);
}

interface DetailsInput {
  readonly text: ScannedText;
  readonly runLines: ReadonlySet<number>;
}

function findRunLines(runs: readonly RunFence[]): ReadonlySet<number> {
  const lines = new Set<number>();
  for (const { fence } of runs) {
    for (let line = fence.open; line <= (fence.close ?? fence.open); line += 1) lines.add(line);
  }
  return lines;
}

/** The lines below a task without run blocks and annotations, dedented. */
function readDetails(
  node: TreeNode,
  { text, runLines }: DetailsInput,
  leaveOut: ReadonlySet<number>,
): string {
  const { item, section } = node;
  const end = item ? item.last : node.line === section.line ? section.end : section.to;
  const from = item ? item.line + 1 : section.from;
  const columns = item ? item.indent + 2 : 0;
  const parts: string[] = [];
  let length = 0;
  for (let number = from; number <= end && length <= DETAILS_CHARS_MAX; number += 1) {
    const line = text.lines[number - 1];
    if (!line || line.kind === "comment" || leaveOut.has(number) || runLines.has(number)) continue;
    const part = line.text.slice(Math.min(columns, line.text.length - line.text.trimStart().length));
    parts.push(part);
    length += part.length + 1;
  }
  const details = parts
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
  return details.length > DETAILS_CHARS_MAX ? `${details.slice(0, DETAILS_CHARS_MAX - 1)}…` : details;
}
