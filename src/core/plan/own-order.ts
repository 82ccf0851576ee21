import type { SpecTask } from "../model/spec.ts";

/** By order; the key breaks ties (FR-005). */
export function compareTasks(a: Pick<SpecTask, "order" | "key">, b: Pick<SpecTask, "order" | "key">): number {
  return a.order - b.order || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}

/**
 * Which open tasks of a spec each open task comes after by its place in the list (FR-005): one after the other; neighbours
 * marked `[P]` run together after the last one before them that is not, and the next one that is not joins them all.
 * Ticked tasks wait for nothing and nobody waits for them.
 */
export function orderTasks(tasks: readonly SpecTask[]): ReadonlyMap<string, readonly string[]> {
  const after = new Map<string, readonly string[]>();
  let before: readonly string[] = [];
  let together: string[] = [];
  for (const { key, parallel, checked } of [...tasks].sort(compareTasks)) {
    if (checked) continue;
    if (parallel) {
      after.set(key, before);
      together.push(key);
      continue;
    }
    after.set(key, together.length > 0 ? together : before);
    before = [key];
    together = [];
  }
  return after;
}
