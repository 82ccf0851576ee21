/** Figures over several workstreams: a whole portfolio, a project, a workflow, an owner. */
import type { DecisionId } from "../../model/ids.ts";
import type { Measured, Wait } from "./measure-item.ts";
import { medianOf, p85Of, ratioOf, spreadOf, sumOf } from "./spread.ts";
import type { BlockedFigures, FlowFigures, PeopleFigures, ReworkFigures } from "./types.ts";
import type { Window } from "./window.ts";

export const DAY_MS = 86_400_000;
const WEEK_DAYS = 7;

const present = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

/** Less than a day says nothing of what a day brings. */
function measureThroughput(completed: number, { from, to }: Window): FlowFigures["throughput"] {
  const days = (to - from) / DAY_MS;
  if (days < 1) return { perDay: null, perWeek: null };
  return { perDay: completed / days, perWeek: (WEEK_DAYS * completed) / days };
}

function measureWip(items: readonly Measured[], { from, to }: Window): FlowFigures["wip"] {
  const inProgressMs = sumOf(items.map(({ progressMs }) => progressMs ?? 0));
  return {
    now: items.filter(({ isInProgress }) => isInProgress).length,
    mean: ratioOf(inProgressMs, Math.max(0, to - from)),
  };
}

function rollUpRework(items: readonly Measured[]): ReworkFigures {
  const all = items.map(({ rework }) => rework);
  const tasks = sumOf(all.map((each) => each.tasks));
  const completions = sumOf(all.map((each) => each.completions));
  const workstreams = items.filter(
    ({ rework, reverts, redos }) => rework.returns + reverts + redos > 0,
  ).length;
  return {
    returns: sumOf(all.map(({ returns }) => returns)),
    tasks,
    completions,
    rate: ratioOf(tasks, completions),
    workMs: sumOf(all.map(({ workMs }) => workMs)),
    workstreams,
    share: ratioOf(workstreams, items.filter(({ progressMs }) => progressMs !== null).length),
  };
}

/** A decision that several workstreams asked counts once. */
export function rollUpPeople(items: readonly Pick<Measured, "waits">[]): PeopleFigures {
  const waits = new Map<DecisionId, Wait>();
  for (const item of items) for (const [id, wait] of item.waits) waits.set(id, wait);
  const all = [...waits.values()];
  const times = all.map(({ ms }) => ms);
  return {
    count: all.length,
    open: all.filter(({ isOpen }) => isOpen).length,
    sumMs: sumOf(times),
    medianMs: medianOf(times),
    p85Ms: p85Of(times),
  };
}

function rollUpBlocked(items: readonly Measured[]): BlockedFigures {
  const all = items.map(({ blocked }) => blocked).filter(({ count }) => count > 0);
  const times = all.map(({ sumMs }) => sumMs);
  const byType = [
    ...Map.groupBy(
      all.flatMap((each) => each.byType),
      ({ type }) => type,
    ),
  ];
  return {
    count: sumOf(all.map(({ count }) => count)),
    open: sumOf(all.map(({ open }) => open)),
    sumMs: sumOf(times),
    medianMs: medianOf(times),
    p85Ms: p85Of(times),
    share: ratioOf(sumOf(times), sumOf(items.map(({ openMs }) => openMs))),
    byType: byType
      .map(([type, some]) => ({
        type,
        count: sumOf(some.map(({ count }) => count)),
        ms: sumOf(some.map(({ ms }) => ms)),
      }))
      .sort((a, b) => (a.type < b.type ? -1 : 1)),
  };
}

function measureEfficiency(items: readonly Measured[]): number | null {
  const completed = items.filter(({ leadMs }) => leadMs !== null);
  return ratioOf(
    sumOf(completed.map(({ touchMs }) => touchMs)),
    sumOf(completed.map(({ leadMs }) => leadMs ?? 0)),
  );
}

export function rollUp(items: readonly Measured[], window: Window): FlowFigures {
  const completed = items.filter(({ isCompleted }) => isCompleted).length;
  return {
    workstreams: items.length,
    completed,
    leadTime: spreadOf(present(items.map(({ leadMs }) => leadMs))),
    flowTime: spreadOf(present(items.map(({ flowMs }) => flowMs))),
    throughput: measureThroughput(completed, window),
    wip: measureWip(items, window),
    rework: rollUpRework(items),
    people: rollUpPeople(items),
    blocked: rollUpBlocked(items),
    workMs: sumOf(items.map(({ workMs }) => workMs)),
    efficiency: measureEfficiency(items),
    reverts: sumOf(items.map(({ reverts }) => reverts)),
  };
}
