/** Who is concerned when a landed workstream is taken out of the base. */
import { isOnLandingOf, isOnWorkOf } from "../evolve/requirements.ts";
import { revertOf } from "../evolve/reverts.ts";
import type { WorkstreamId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Workstream } from "../model/work.ts";
import { isLanded } from "../status.ts";

/** When it came into the base; null: it is not there. */
function landedAt(workstream: Workstream): number | null {
  const { integration } = workstream;
  return integration.kind === "landed" ? integration.at : (revertOf(workstream)?.landedAt ?? null);
}

/** True where a task of it, or the whole of it, was made to come after another one's work. */
function dependsOn(state: State, workstream: Workstream, on: WorkstreamId): boolean {
  if (workstream.stacksOn.includes(on)) return true;
  return workstream.tasks.some((id) =>
    state.tasks.get(id)?.requires.some((each) => isOnWorkOf(each, on) || isOnLandingOf(each, on)),
  );
}

/** Workstreams that landed after it and depend on it, directly or through others, in the order in which they landed. */
export function listOnTop(state: State, below: Workstream): readonly Workstream[] {
  const since = landedAt(below);
  if (since === null) return [];
  const later = [...state.workstreams.values()]
    .filter((each) => each.project === below.project && each.id !== below.id)
    .flatMap((each) => {
      const at = landedAt(each);
      return at === null || at < since ? [] : [{ each, at }];
    })
    .sort((a, b) => a.at - b.at || (a.each.id < b.each.id ? -1 : 1));
  const found: Workstream[] = [];
  for (const { each } of later) {
    if ([below, ...found].some(({ id }) => dependsOn(state, each, id))) found.push(each);
  }
  return found;
}

/** Workstreams that have not landed and depend on it: what of them has not begun waits for it again. */
export function listWaitingAgain(state: State, below: Workstream): readonly Workstream[] {
  return [...state.workstreams.values()].filter(
    (each) =>
      each.project === below.project &&
      each.id !== below.id &&
      each.intent !== "cancelled" &&
      !isLanded(each) &&
      revertOf(each) === null &&
      dependsOn(state, each, below.id),
  );
}
