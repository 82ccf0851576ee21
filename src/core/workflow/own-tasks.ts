/** The tasks of one spec among themselves: their order in the list and what they say that they depend on. */
import type { Spec } from "../model/spec.ts";
import { orderTasks } from "../plan/own-order.ts";

/** Open tasks of a spec, by key. */
export interface OwnOrder {
  /** By the place in the list. */
  readonly after: ReadonlyMap<string, readonly string[]>;
  /** By what their author wrote. */
  readonly stated: ReadonlyMap<string, readonly string[]>;
}

export function orderOwnTasks(spec: Spec): OwnOrder {
  const open = spec.tasks.filter(({ checked }) => !checked);
  const keys = new Set(open.map(({ key }) => key));
  const stated = new Map<string, readonly string[]>();
  for (const { key, dependsOn } of open) {
    if (dependsOn.length === 0) continue;
    const found = dependsOn.flatMap((dependency) => {
      if (dependency.type === "approval" || dependency.type === "resource") return [];
      const { target } = dependency;
      if (target.spec !== spec.key || target.kind === "workstream") return [];
      if (target.kind === "task") return keys.has(target.task) ? [target.task] : [];
      return open.filter(({ phase }) => phase === target.phase).map((each) => each.key);
    });
    stated.set(
      key,
      found.filter((each) => each !== key),
    );
  }
  return { after: orderTasks(spec.tasks), stated };
}

/**
 * The open tasks that nothing of the spec comes before, and those that nothing of it comes after. Tasks that wait for each other in
 * a circle, which no plan lets pass, are all of them both.
 */
export function findEnds({ after, stated }: OwnOrder): {
  readonly first: readonly string[];
  readonly last: readonly string[];
} {
  const keys = [...after.keys()];
  const waitsFor = (key: string) => [...(after.get(key) ?? []), ...(stated.get(key) ?? [])];
  const awaited = new Set(keys.flatMap(waitsFor));
  const first = keys.filter((key) => waitsFor(key).length === 0);
  const last = keys.filter((key) => !awaited.has(key));
  return { first: first.length > 0 ? first : keys, last: last.length > 0 ? last : keys };
}
