/** In which of its steps a workstream is at the end of a window: one item is where it is, however often it was sent back. */
import type { Attempt } from "../../model/work.ts";
import { findCurrent } from "../steps.ts";
import type { Measured } from "./measure-item.ts";
import { isPast, type Window } from "./window.ts";

/** Keys of the steps; none where it has not begun, or is over. */
export function listCurrent({ facts, steps, isInProgress }: Measured, window: Window): ReadonlySet<string> {
  if (!isInProgress) return new Set();
  const { workstream, tasks } = facts;
  if (window.to < window.end) return new Set(findCurrent(workstream, tasks).map(({ key }) => key));
  const merge = steps.find(({ step }) => step.kind === "integrate");
  const isMerging = isPast(window, merge?.startedAt ?? null) && !isPast(window, merge?.completedAt ?? null);
  return merge !== undefined && isMerging ? new Set([merge.step.key]) : listWorked(facts, window);
}

/** Where it was worked at the end of a window that is over; between two attempts, where it was worked last. */
function listWorked({ tasks, attempts }: Measured["facts"], window: Window): ReadonlySet<string> {
  const stepOf = new Map(tasks.map(({ id, step }) => [id, step]));
  const begun = attempts.filter((each) => stepOf.has(each.task) && isPast(window, each.claimedAt));
  const open = begun.filter((each) => !isPast(window, endOf(each)));
  const last = begun.reduce<Attempt | null>(
    (late, each) => (late === null || each.claimedAt >= late.claimedAt ? each : late),
    null,
  );
  const counted = open.length > 0 || last === null ? open : [last];
  return new Set(counted.flatMap(({ task }) => stepOf.get(task) ?? []));
}

/** When its work came to an end: what was refused later had ended before. Null: it has not. */
function endOf({ state, commit, claimedAt, workMs }: Attempt): number | null {
  if (!("at" in state)) return null;
  return state.kind === "rework" && commit !== null ? Math.min(state.at, claimedAt + workMs) : state.at;
}
