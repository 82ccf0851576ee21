import type { Spec } from "../model/spec.ts";
import type { Workstream } from "../model/work.ts";
import type { PlanInput } from "./input.ts";
import { type Named, needName } from "./names.ts";
import { type Fresh, isOpen, type Registry } from "./registry.ts";

/** What the operator's selection takes in. */
export interface Selected {
  hasSpec(spec: Spec): boolean;
  hasWorkstream(workstream: Workstream): boolean;
  /** Why a spec is not taken in. */
  reasonFor(spec: Spec): string;
}

interface Item extends Named {
  readonly spec: string | null;
  readonly workstream: string | null;
}

/** @throws OsqrError `unknown-name` for a word that means nothing */
export function select(
  { selection, project }: PlanInput,
  registry: Registry,
  found: { specs: readonly Spec[]; fresh: ReadonlyMap<string, Fresh> },
): Selected {
  const items = listItems(registry, found);
  const find = (words: readonly string[]) =>
    new Set(words.flatMap((word) => needName(word, items, project.root)));
  const only = selection.only === null ? null : find(selection.only);
  const skip = find(selection.skip);
  const isIn = (item: Item | undefined): boolean =>
    item !== undefined && (only === null || only.has(item)) && !skip.has(item);
  const bySpec = new Map(items.map((item) => [item.spec, item]));
  const byWorkstream = new Map(items.map((item) => [item.workstream, item]));
  const isSkipped = (item: Item | undefined) => item !== undefined && skip.has(item);
  return {
    hasSpec: (spec) => isIn(bySpec.get(spec.key)),
    hasWorkstream: (workstream) => isIn(byWorkstream.get(workstream.id)),
    reasonFor: (spec) => (isSkipped(bySpec.get(spec.key)) ? "skipped" : "not selected"),
  };
}

function listItems(
  registry: Registry,
  { specs, fresh }: { specs: readonly Spec[]; fresh: ReadonlyMap<string, Fresh> },
): readonly Item[] {
  const items: Item[] = [];
  const matched = new Set<string>();
  for (const { key, path } of specs) {
    const workstream = registry.bySpec.get(key);
    if (workstream !== undefined) matched.add(workstream.id);
    const next = fresh.get(key);
    const names = [key, ...(next === undefined ? [] : [next.name]), ...(workstream ? [workstream.name] : [])];
    const number = next?.number ?? workstream?.number ?? null;
    items.push({ names, number, path, spec: key, workstream: workstream?.id ?? null });
  }
  for (const workstream of registry.workstreams) {
    if (matched.has(workstream.id) || !isOpen(workstream)) continue;
    const { name, number, spec, id } = workstream;
    items.push({ names: [name], number, path: spec.path, spec: null, workstream: id });
  }
  return items;
}
