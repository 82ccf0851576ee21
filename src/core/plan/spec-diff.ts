/**
 * What differs between two texts of a spec, as far as work depends on it: tasks, dependencies, criteria, questions, gates, declared
 * paths. Ticks, places in the document and prose that no task is told are no difference.
 */

import type { Dependency, DependencyTarget, Spec, SpecTask } from "../model/spec.ts";
import { countOf } from "../plural.ts";
import { isSameValue } from "../same-value.ts";
import { matchKeys } from "./mapping.ts";

export interface SpecDifference {
  readonly added: readonly SpecTask[];
  readonly removed: readonly SpecTask[];
  /** The same key with another title, text, run block, executor or dependency. */
  readonly changed: readonly {
    readonly was: SpecTask;
    readonly task: SpecTask;
    readonly what: readonly string[];
  }[];
  /** Keys of tasks that stand in another order, or beside others where they stood alone, or in another phase. */
  readonly moved: readonly string[];
  /** `touches`, `depends_on`, `criteria`, `questions`, `gates`, `workflow`, `executor` */
  readonly other: readonly string[];
}

export function diffSpecs(before: Spec, after: Spec): SpecDifference {
  const matched = matchKeys(before.tasks, after.tasks);
  const origins = new Map([...matched].map(([from, to]) => [to, from]));
  const old = new Map(before.tasks.map((task) => [task.key, task]));
  const added = after.tasks.filter(({ key }) => !origins.has(key));
  const removed = before.tasks.filter(({ key }) => !matched.has(key));
  const changed = after.tasks.flatMap((task) => {
    const was = old.get(origins.get(task.key) ?? "");
    const what = was === undefined ? [] : listTaskChanges(was, task);
    return was === undefined || what.length === 0 ? [] : [{ was, task, what }];
  });
  const moved = listMoved(before, after, matched);
  return { added, removed, changed, moved, other: listOther(before, after) };
}

/** Nothing that work depends on is different. */
export function isSameSpec({ added, removed, changed, moved, other }: SpecDifference): boolean {
  return [added, removed, changed, moved, other].every((list) => list.length === 0);
}

const toWords = (text: string): string => text.replace(/\s+/g, " ").trim();

function listTaskChanges(a: SpecTask, b: SpecTask): string[] {
  const isReworded = toWords(a.title) !== toWords(b.title) || toWords(a.details) !== toWords(b.details);
  return [
    ...(isReworded ? ["reworded"] : []),
    ...(a.run?.script === b.run?.script && a.run?.timeoutMs === b.run?.timeoutMs
      ? []
      : ["run block changed"]),
    ...(a.executor === b.executor ? [] : ["another executor"]),
    ...(a.model === b.model ? [] : ["another model"]),
    ...(a.timeoutMs === b.timeoutMs ? [] : ["another time"]),
    ...(a.critical === b.critical ? [] : [b.critical ? "no longer optional" : "optional now"]),
    ...(isSameValue(a.dependsOn.map(describe), b.dependsOn.map(describe)) ? [] : ["other dependencies"]),
  ];
}

/** Without the place where it is written. */
function describe(dependency: Dependency): string {
  const { type } = dependency;
  if (type === "approval") return `approval ${dependency.subject} ${toWords(dependency.question)}`;
  if (type === "resource") return `resource ${dependency.resource} ${dependency.amount}`;
  const artifact = type === "output" ? ` ${dependency.artifact}` : "";
  return `${type} ${nameTarget(dependency.target)}${artifact}`;
}

function nameTarget(target: DependencyTarget): string {
  if (target.kind === "workstream") return target.spec;
  return target.kind === "phase" ? `${target.spec}#${target.phase}` : `${target.spec}#${target.task}`;
}

/** Of the tasks that both have: the order among them, marks to run beside others, phases. */
function listMoved(before: Spec, after: Spec, matched: ReadonlyMap<string, string>): string[] {
  const kept = new Set(matched.values());
  const inOrder = (tasks: readonly SpecTask[]) => tasks.toSorted((a, b) => a.order - b.order);
  const old = inOrder(before.tasks.filter(({ key }) => matched.has(key)));
  const now = inOrder(after.tasks.filter(({ key }) => kept.has(key)));
  return now.flatMap((task, index) => {
    const was = old[index];
    const isThere = was !== undefined && matched.get(was.key) === task.key;
    return isThere && was.parallel === task.parallel && was.phase === task.phase ? [] : [task.key];
  });
}

function listOther(before: Spec, after: Spec): string[] {
  const questionOf = (spec: Spec) =>
    spec.questions.map(({ key, question, options, defaultOption, blocks }) => [
      key,
      toWords(question),
      options.map(({ id, label }) => [id, toWords(label)]),
      defaultOption,
      blocks,
    ]);
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ["touches", before.touches, after.touches],
    ["depends_on", before.dependsOn.map(describe), after.dependsOn.map(describe)],
    ["blocks", before.blocks.map(({ spec }) => spec), after.blocks.map(({ spec }) => spec)],
    [
      "criteria",
      before.criteria.map(({ text }) => toWords(text)),
      after.criteria.map(({ text }) => toWords(text)),
    ],
    ["questions", questionOf(before), questionOf(after)],
    ["gates", before.gates, after.gates],
    ["executor", before.executor, after.executor],
    ["workflow", before.workflow?.name, after.workflow?.name],
  ];
  return pairs.flatMap(([name, a, b]) => (isSameValue(a, b) ? [] : [name]));
}

const LINES_MAX = 40;

/** The first line says all in short, the others name each difference; at most 40. Empty: nothing that matters. */
export function summarizeDifference(difference: SpecDifference): readonly string[] {
  if (isSameSpec(difference)) return [];
  const { added, removed, changed, moved, other } = difference;
  const short = [
    ...(added.length === 0 ? [] : [`+${countOf(added.length, "task")}`]),
    ...changed.slice(0, 3).map(({ task, what }) => `${task.key} ${what.join(" and ")}`),
    ...(changed.length > 3 ? [`${changed.length - 3} more changed`] : []),
    ...(removed.length === 0
      ? []
      : [
          `${removed
            .map(({ key }) => key)
            .slice(0, 5)
            .join(", ")} removed`,
        ]),
    ...(moved.length === 0 ? [] : ["another order"]),
    ...(other.length === 0 ? [] : [`${other.join(", ")} changed`]),
  ];
  const lines = [
    ...added.map(({ key, title }) => `+ ${key} ${title}`),
    ...removed.map(({ key, title }) => `- ${key} ${title}`),
    ...changed.map(({ task, what }) => `~ ${task.key} ${task.title}: ${what.join(", ")}`),
    ...(moved.length === 0 ? [] : [`~ order: ${moved.slice(0, 20).join(", ")}`]),
    ...other.map((name) => `~ ${name}`),
  ];
  return [short.join(", "), ...lines].slice(0, LINES_MAX);
}
