import type { Spec, SpecProblem } from "../model/spec.ts";
import type { Workstream } from "../model/work.ts";
import { type DependencyEdge, type DependencyEnd, isNews } from "./dependencies.ts";
import { type Fresh, isOpen } from "./registry.ts";
import { describeProblem, type LeftOut, type Scope } from "./scope.ts";

/** What stands behind the spec that a dependency names. */
export type Target =
  /** Nothing to wait for; `workstream` is what built it, where osqr did. */
  | { readonly kind: "met"; readonly workstream: Workstream | null }
  | { readonly kind: "fresh"; readonly fresh: Fresh }
  | { readonly kind: "known"; readonly workstream: Workstream }
  /** It will not come with this plan. */
  | { readonly kind: "out"; readonly root: string };

export function findTarget(scope: Scope, key: string): Target {
  const fresh = scope.fresh.get(key);
  if (fresh !== undefined) return { kind: "fresh", fresh };
  const workstream = scope.registry.bySpec.get(key) ?? null;
  if (workstream !== null && isOpen(workstream)) {
    const isGoing = workstream.run !== null && workstream.intent === "run";
    if (scope.known.has(workstream.id) || isGoing) return { kind: "known", workstream };
  }
  const out = scope.out.get(key);
  if (out === undefined || out.isDone) return { kind: "met", workstream };
  return { kind: "out", root: out.root ?? out.reason };
}

/** True where the boxes of what is waited for are ticked already, though other parts of that spec are not. */
export function isTicked(spec: Spec | undefined, end: DependencyEnd): boolean {
  if (spec === undefined) return false;
  if (end.task !== null) return spec.tasks.some(({ key, checked }) => key === end.task && checked);
  if (end.phase === null) return false;
  return spec.tasks.every(({ phase, checked }) => phase !== end.phase || checked);
}

/** Leaves out what depends on something that will not come, and says through what. */
export function cascade(scope: Scope): void {
  const waiting = scope.check.edges.filter(({ dependency }) => !isNews(dependency));
  const byTarget = Map.groupBy(waiting, ({ to }) => to.spec);
  const queue = [...scope.out.keys()];
  for (const key of queue) {
    const target = findTarget(scope, key);
    if (target.kind !== "out") continue;
    for (const edge of byTarget.get(key) ?? []) {
      const { spec } = edge.from;
      if (!scope.fresh.has(spec) || isTicked(scope.specs.get(key), edge.to)) continue;
      const { line, path } = edge.dependency.location;
      const reason = `depends on ${key} (${path}:${line}), which is left out: ${target.root}`;
      exclude(scope, spec, { reason, root: target.root, line });
      queue.push(spec);
    }
  }
}

/** Takes a spec out of the plan for a reason that was found late. */
function exclude(scope: Scope, key: string, why: Omit<LeftOut, "isDone">): void {
  scope.fresh.delete(key);
  scope.out.set(key, { ...why, isDone: false });
}

/** Takes out every spec that a problem stops, and reports it. */
export function stopFor(scope: Scope, problem: SpecProblem, keys: Iterable<string>): void {
  scope.problems.push(problem);
  const reason = describeProblem(problem);
  for (const key of keys) exclude(scope, key, { reason, root: null, line: problem.location.line });
}

/** Edges of one spec's own text, and those that `blocks` of others turned on it. */
export function groupEdges(edges: readonly DependencyEdge[]): ReadonlyMap<string, readonly DependencyEdge[]> {
  return Map.groupBy(edges, ({ from }) => from.spec);
}
