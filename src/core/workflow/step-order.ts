/** Which steps of a workflow come directly after which (FR-004, FR-005). */
import type { WorkflowStep } from "../model/workflow.ts";

/** By order; the key breaks ties (FR-005). */
export function compareSteps(
  a: Pick<WorkflowStep, "order" | "key">,
  b: Pick<WorkflowStep, "order" | "key">,
): number {
  return a.order - b.order || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}

/** What the order of steps is made of. */
export type OrderedStep = Pick<WorkflowStep, "key" | "order" | "kind" | "parallelizable" | "dependsOn">;

/**
 * The steps that each step comes after, by key; `dropImplied` leaves those directly before it. A step that is not parallelizable
 * joins all that was begun since the last such step; parallelizable neighbours come after the last one before them that is not; with `dependsOn` they come after those
 * alone. Whatever stands behind the integration comes after it in any case.
 *
 * Circles that an author wrote are still in it.
 */
export function listBefore(steps: readonly OrderedStep[]): ReadonlyMap<string, readonly string[]> {
  const before = new Map<string, readonly string[]>();
  let last: readonly string[] = [];
  let together: string[] = [];
  let integration: readonly string[] = [];
  for (const { key, kind, parallelizable, dependsOn } of [...steps].sort(compareSteps)) {
    const stated = dependsOn ?? [];
    if (parallelizable) {
      before.set(key, dependsOn === null ? last : [...new Set([...integration, ...stated])]);
      together.push(key);
      continue;
    }
    // One of its neighbours may not have waited for the last step: all of lower order are joined.
    before.set(key, [...new Set([...last, ...together, ...stated])]);
    last = [key];
    together = [];
    if (kind === "integrate") integration = last;
  }
  return before;
}

/** Steps of equal order that come one after the other because of their keys alone (FR-005): those before and those after. */
export function findTied(steps: readonly OrderedStep[]): ReadonlySet<string> {
  const byKey = new Map(steps.map((step) => [step.key, step]));
  const tied = new Set<string>();
  for (const [key, all] of listBefore(steps)) {
    const step = byKey.get(key);
    for (const each of all) {
      if (step === undefined || byKey.get(each)?.order !== step.order) continue;
      if (step.dependsOn?.includes(each) === true) continue;
      tied.add(key).add(each);
    }
  }
  return tied;
}

/** All steps that come before each step, directly or through others. Circles do no harm. */
export function listAncestors(
  before: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const ancestors = new Map<string, ReadonlySet<string>>();
  for (const key of before.keys()) {
    const found = new Set<string>();
    const open = [...(before.get(key) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (found.has(next)) continue;
      found.add(next);
      open.push(...(before.get(next) ?? []));
    }
    ancestors.set(key, found);
  }
  return ancestors;
}

/** `before` without the steps that another one of the same list comes after anyway. */
export function dropImplied(
  before: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, readonly string[]> {
  const ancestors = listAncestors(before);
  const isImplied = (key: string, all: readonly string[]): boolean =>
    all.some((other) => other !== key && ancestors.get(other)?.has(key) === true);
  return new Map([...before].map(([key, all]) => [key, all.filter((each) => !isImplied(each, all))]));
}
