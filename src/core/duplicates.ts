/**
 * What stands for what. A duplicate may be closed into one that is closed itself later: the work of all of them goes over to the
 * one at the end. Read from the side of what is closed, so that it survives that the one at the end is registered anew.
 */
import type { WorkstreamId } from "./model/ids.ts";
import type { State } from "./model/state.ts";
import type { Workstream } from "./model/work.ts";
import { isLanded } from "./status.ts";

/** A workstream that another one stands for. */
export interface Duplicate {
  readonly workstream: Workstream;
  readonly how: NonNullable<Workstream["closed"]>["how"];
  /** Why it was closed. */
  readonly reason: string;
  /** What it was closed into, where that was closed itself later; null: it was closed into the one that stands for it. */
  readonly through: Workstream | null;
}

/** What was closed into a workstream and still is, in the order of the names. */
export function listClosedInto(state: State, into: WorkstreamId): readonly Workstream[] {
  const found: Workstream[] = [];
  const prefix = `${into}\n`;
  for (const [key, id] of state.duplicates.entriesFrom(prefix)) {
    if (!key.startsWith(prefix)) break;
    const workstream = state.workstreams.get(id);
    if (workstream?.closed?.into === into) found.push(workstream);
  }
  return found;
}

/** Everything that a workstream stands for, each followed by what that stood for before. */
export function listDuplicates(state: State, id: WorkstreamId): readonly Duplicate[] {
  const found = new Map<WorkstreamId, Duplicate>();
  const add = (into: WorkstreamId, through: Workstream | null): void => {
    for (const workstream of listClosedInto(state, into)) {
      const { closed } = workstream;
      if (closed === null || workstream.id === id || found.has(workstream.id)) continue;
      found.set(workstream.id, { workstream, how: closed.how, reason: reasonOf(workstream), through });
      add(workstream.id, workstream);
    }
  };
  add(id, null);
  return [...found.values()];
}

/** Why a workstream was closed; empty where nobody has said. */
export function reasonOf({ closed, links }: Workstream): string {
  return links.findLast(({ workstream }) => workstream === closed?.into)?.reason ?? "";
}

/** The workstream that does the work of a closed one, at the end of the chain; null: it is gone. */
export function findStandIn(state: State, workstream: Workstream): Workstream | null {
  const seen = new Set<WorkstreamId>([workstream.id]);
  let last = workstream;
  while (last.closed !== null) {
    const next = state.workstreams.get(last.closed.into);
    if (next === undefined || seen.has(next.id)) return null;
    seen.add(next.id);
    last = next;
  }
  return last;
}

/**
 * It was closed as a duplicate, and what stood for it was cancelled or removed: nobody does its work. False once its spec was
 * registered again, whatever became of that.
 */
export function isLeftAlone(state: State, workstream: Workstream): boolean {
  if (workstream.closed === null) return false;
  const end = findStandIn(state, workstream);
  const isGone = end === null || (end.intent === "cancelled" && !isLanded(end));
  return isGone && findSuccessor(state, workstream) === null;
}

/** What was registered later for the same spec, or for the same text where it stands in no document; null: nothing. */
export function findSuccessor(state: State, { project, number, spec }: Workstream): Workstream | null {
  for (const id of state.projects.get(project)?.workstreams ?? []) {
    const other = state.workstreams.get(id);
    if (other === undefined || other.number <= number || other.spec.path !== spec.path) continue;
    if (spec.path !== null || other.spec.hash === spec.hash) return other;
  }
  return null;
}

/** The command that brings a cancelled workstream back. */
export const wayBack = ({ path }: Workstream["spec"]): string =>
  path === null ? "osqr add <text> --run <command>" : `osqr add ${path}`;
