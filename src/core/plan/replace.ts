import type { WorkstreamId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import { hasBegun } from "./registry.ts";
import type { LeftOut, Scope } from "./scope.ts";
import { isTicked } from "./targets.ts";

/** By spec key: those that must stay as they are registered, with what is wrong with the new text. */
export type Fixed = Map<string, LeftOut>;

/**
 * Registers anew what has not begun and no longer says what was registered: its text changed, or a new spec stands before
 * it. Who waits for such a workstream is registered anew with it, or removing the old one would ask about it; where that
 * cannot be, because it began or is not taken in, the old text stays.
 *
 * @returns Keys of the specs that are registered anew
 */
export function replaceOutdated(scope: Scope, fixed: Fixed): readonly string[] {
  const keys = new Map([...scope.registry.bySpec].map(([key, { id }]) => [id, key]));
  const outdated = findOutdated(scope, keys);
  for (const [key, out] of fixed) leaveFixed(scope, key, out);
  for (const id of outdated) {
    if (!scope.known.has(id)) continue;
    const all = closeOver(scope.input.state, id);
    const obstacle = all.find((each) => fixed.has(keys.get(each) ?? "") || !canReplace(scope, each, keys));
    if (obstacle === undefined) for (const each of all) makeFresh(scope, each, keys);
    else explain(scope, id, obstacle);
  }
  return [...scope.fresh].flatMap(([key, { replaces }]) => (replaces ? [key] : []));
}

/** With an old text that nobody wants any more it does not go on either. */
function leaveFixed(scope: Scope, key: string, out: LeftOut): void {
  const workstream = scope.registry.bySpec.get(key);
  if (workstream === undefined || !scope.changed.has(key)) return;
  scope.known.delete(workstream.id);
  scope.out.set(key, out);
}

function findOutdated(scope: Scope, keys: ReadonlyMap<WorkstreamId, string>): ReadonlySet<WorkstreamId> {
  const outdated = new Set<WorkstreamId>();
  for (const [id] of scope.known) if (scope.changed.has(keys.get(id) ?? "")) outdated.add(id);
  for (const { from, to } of scope.check.edges) {
    const workstream = scope.registry.bySpec.get(from.spec);
    if (workstream === undefined || !scope.known.has(workstream.id)) continue;
    if (!scope.fresh.has(to.spec) || isTicked(scope.specs.get(to.spec), to)) continue;
    if (!hasBegun(workstream)) outdated.add(workstream.id);
    else if (!scope.registry.bySpec.has(to.spec))
      scope.notes.push(`${workstream.name}: began before ${to.spec} was there and does not wait for it`);
  }
  return outdated;
}

/** The workstream and all that wait for it, directly or through others. */
function closeOver(state: State, id: WorkstreamId): readonly WorkstreamId[] {
  const found = new Set([id]);
  for (const each of found) for (const waiting of findWaiting(state, each)) found.add(waiting);
  return [...found];
}

/** Workstreams of which a task has an unmet requirement on this one, and those that start from its work. */
export function findWaiting(state: State, id: WorkstreamId): ReadonlySet<WorkstreamId> {
  const found = new Set<WorkstreamId>();
  const prefixes = [`landed:${id}\n`, `done:${id}\n`, `phase:${id}/`, `task:${id}#`, `artifact:${id}:`];
  for (const prefix of prefixes) {
    for (const [key, task] of state.waiters.entriesFrom(prefix)) {
      if (!key.startsWith(prefix)) break;
      const workstream = state.tasks.get(task)?.workstream;
      if (workstream !== undefined && workstream !== id) found.add(workstream);
    }
  }
  for (const [key, above] of state.stacked.entriesFrom(`${id}\n`)) {
    if (!key.startsWith(`${id}\n`)) break;
    found.add(above);
  }
  return found;
}

function canReplace(scope: Scope, id: WorkstreamId, keys: ReadonlyMap<WorkstreamId, string>): boolean {
  const workstream = scope.input.state.workstreams.get(id);
  const key = keys.get(id);
  if (workstream === undefined || key === undefined || hasBegun(workstream)) return false;
  if (scope.fresh.get(key)?.id === id) return true;
  const isReady = scope.specs.get(key)?.readiness === "ready" && !scope.check.stopped.has(key);
  return scope.known.has(id) && isReady && workstream.intent === "run";
}

function makeFresh(scope: Scope, id: WorkstreamId, keys: ReadonlyMap<WorkstreamId, string>): void {
  const key = keys.get(id);
  const spec = key === undefined ? undefined : scope.specs.get(key);
  const workstream = scope.known.get(id);
  if (key === undefined || spec === undefined || workstream === undefined) return;
  const { name, number } = workstream;
  scope.known.delete(id);
  scope.fresh.set(key, { spec, id, name, number, replaces: true });
}

function explain(scope: Scope, id: WorkstreamId, obstacle: WorkstreamId): void {
  const nameOf = (each: WorkstreamId): string => scope.input.state.workstreams.get(each)?.name ?? each;
  const other = scope.input.state.workstreams.get(obstacle);
  const why =
    obstacle === id
      ? "is paused"
      : other !== undefined && hasBegun(other)
        ? `${nameOf(obstacle)} waits for it and has begun`
        : `${nameOf(obstacle)} waits for it and is not taken in`;
  scope.notes.push(`${nameOf(id)}: changed since it was registered, but it keeps the old text: ${why}`);
}

/** The workstreams to remove before the new ones are registered, who waits before what it waits for. */
export function orderReplaced(scope: Scope): readonly WorkstreamId[] {
  const replaced = new Set<WorkstreamId>();
  for (const fresh of scope.fresh.values()) if (fresh.replaces) replaced.add(fresh.id);
  const ordered: WorkstreamId[] = [];
  const seen = new Set<WorkstreamId>();
  const visit = (id: WorkstreamId): void => {
    if (seen.has(id)) return;
    seen.add(id);
    for (const waiting of findWaiting(scope.input.state, id)) if (replaced.has(waiting)) visit(waiting);
    ordered.push(id);
  };
  for (const id of replaced) visit(id);
  return ordered;
}
