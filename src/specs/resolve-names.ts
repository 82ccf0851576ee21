/** Replaces the names that authors wrote for other specs (ids, paths, titles) by their keys, once all specs are known. */

import type { Dependency, DependencyTarget, Spec } from "../core/model/spec.ts";
import { toSlug } from "./names.ts";
import { OWN_SPEC } from "./reader.ts";

interface Directory {
  readonly byName: ReadonlyMap<string, string>;
  readonly byTitle: ReadonlyMap<string, string>;
  readonly byPath: ReadonlyMap<string, string>;
  /** Keys that begin with a slug and `-`; null where several do. */
  readonly byPrefix: ReadonlyMap<string, string | null>;
  readonly parts: ReadonlyMap<string, Parts>;
}

/** The same specs with every target named by the final key. Names that nobody has stay as written. */
export function resolveNames(specs: readonly Spec[]): readonly Spec[] {
  const directory = buildDirectory(specs);
  return specs.map((spec) => {
    const resolve = (dependency: Dependency): readonly Dependency[] =>
      resolveDependency(dependency, spec, directory);
    return {
      ...spec,
      dependsOn: spec.dependsOn.flatMap(resolve),
      tasks: spec.tasks.map((task) =>
        task.dependsOn.length === 0 ? task : { ...task, dependsOn: task.dependsOn.flatMap(resolve) },
      ),
      blocks: spec.blocks.map((block) => ({
        ...block,
        spec: findKey(block.spec, spec, directory) ?? block.spec,
      })),
    };
  });
}

function buildDirectory(specs: readonly Spec[]): Directory {
  const byName = new Map<string, string>();
  const byTitle = new Map<string, string>();
  const byPath = new Map<string, string>();
  const byPrefix = new Map<string, string | null>();
  const addFirst = (map: Map<string, string>, name: string, key: string): void => {
    if (name !== "" && !map.has(name)) map.set(name, key);
  };
  for (const { key } of specs) addFirst(byName, key.toLowerCase(), key);
  for (const { key, path, title } of specs) {
    const file = path.split("/").at(-1) ?? "";
    addFirst(byName, toSlug(key), key);
    addFirst(byTitle, toSlug(title), key);
    for (const name of [path, dropEnding(path), file, dropEnding(file)])
      addFirst(byPath, name.toLowerCase(), key);
    for (const prefix of new Set([dropEnding(file), key].flatMap(listPrefixes))) {
      byPrefix.set(prefix, byPrefix.has(prefix) ? null : key);
    }
  }
  return {
    byName,
    byTitle,
    byPath,
    byPrefix,
    parts: new Map(specs.map((spec) => [spec.key, indexParts(spec)])),
  };
}

/** `001-user-login` -> `001`, `001-user`. */
function listPrefixes(name: string): string[] {
  const words = toSlug(name).split("-").slice(0, 6);
  return words.slice(1).map((_, index) => words.slice(0, index + 1).join("-"));
}

function dropEnding(path: string): string {
  return path.replace(/\.(?:md|markdown)$/i, "");
}

/** In order: key, path in any form, title, then a number or phase that only one file name begins with (`23`, `Phase 3`). */
function findKey(name: string, from: Spec, directory: Directory): string | null {
  if (name === OWN_SPEC) return from.key;
  const plain = decodePath(name.trim()).toLowerCase();
  const slug = toSlug(plain);
  const exact = directory.byName.get(plain);
  if (exact !== undefined) return exact;
  for (const path of toPaths(plain, from.path.toLowerCase())) {
    const key = directory.byPath.get(path);
    if (key !== undefined) return key;
  }
  const named = directory.byName.get(slug) ?? directory.byTitle.get(slug);
  if (named !== undefined) return named;
  return /\d/.test(slug) ? (directory.byPrefix.get(slug) ?? null) : null;
}

function decodePath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone % is part of the name.
    return text;
  }
}

/** A written path seen from the document's folder, from the root, and as a bare file name. */
function toPaths(name: string, from: string): readonly string[] {
  const clean = name.replace(/^(?:\.?\/)+/, "");
  const folder = from.split("/").slice(0, -1);
  const parts: string[] = [...folder];
  for (const part of name.replace(/^\//, "").split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  const isBare = !clean.includes("/");
  return [
    parts.join("/"),
    clean,
    ...(isBare || name.startsWith(".") ? [clean.split("/").at(-1) ?? clean] : []),
  ];
}

function resolveDependency(dependency: Dependency, from: Spec, directory: Directory): readonly Dependency[] {
  if (dependency.type === "approval" || dependency.type === "resource") return [dependency];
  const { target } = dependency;
  const key = findKey(target.spec, from, directory);
  if (key === null) return [dependency];
  const there = directory.parts.get(key);
  const targets = there ? resolveParts({ ...target, spec: key }, there) : [{ ...target, spec: key }];
  return targets.map((resolved) => ({ ...dependency, target: resolved }));
}

/** Phases and tasks by key in any case or by title; a group stands for all tasks in it. */
function resolveParts(target: DependencyTarget, there: Parts): readonly DependencyTarget[] {
  if (target.kind === "workstream") return [target];
  const name = target.kind === "phase" ? target.phase : target.task;
  const { spec } = target;
  const task = there.tasks.get(name) ?? there.tasks.get(name.toLowerCase());
  const phase = there.phases.get(toSlug(name));
  if (task !== undefined && (target.kind === "task" || phase === undefined))
    return [{ kind: "task", spec, task }];
  if (phase !== undefined) return [{ kind: "phase", spec, phase }];
  const inGroup = there.groups.get(name) ?? [];
  return inGroup.length > 0 ? inGroup.map((key) => ({ kind: "task", spec, task: key })) : [target];
}

/** The parts of one spec by every name that they may be called by. */
interface Parts {
  readonly tasks: ReadonlyMap<string, string>;
  readonly phases: ReadonlyMap<string, string>;
  /** Keys of the tasks in each group. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

function indexParts({ tasks, phases }: Spec): Parts {
  const groups = new Map<string, string[]>();
  for (const { key, parent } of tasks) {
    if (parent === null) continue;
    // Of nested groups only the innermost is known; ids say what they are in: 2.1 is in 2.
    const words = parent.split(".");
    for (let count = 1; count <= Math.min(words.length, 6); count += 1) {
      const name = words.slice(0, count).join(".");
      const list = groups.get(name);
      if (list) list.push(key);
      else groups.set(name, [key]);
    }
  }
  const lower = tasks.map(({ key }) => [key.toLowerCase(), key] as const).reverse();
  const titles = phases.map(({ key, title }) => [toSlug(title), key] as const).reverse();
  return {
    tasks: new Map([...lower, ...tasks.map(({ key }) => [key, key] as const)]),
    phases: new Map([...titles, ...phases.map(({ key }) => [toSlug(key), key] as const)]),
    groups,
  };
}
