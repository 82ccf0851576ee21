/** Figures of one workstream in a window. The formulas are in docs/metrics.md. */

import type { Blocker } from "../../model/flow.ts";
import type { DecisionId, EpochMs } from "../../model/ids.ts";
import type { Attempt } from "../../model/work.ts";
import { type Facts, isDone } from "./facts.ts";
import { type Interval, lengthOf, ratioOf, sumOf, unionMs } from "./spread.ts";
import { type StepTimes, timeSteps } from "./step-times.ts";
import type { BlockedFigures, ReworkFigures } from "./types.ts";
import { clipAll, clipTo, isIn, isPast, type Window } from "./window.ts";

/** What roll-ups add up. Times in ms, null where there is none. */
export interface Measured {
  readonly facts: Facts;
  readonly steps: readonly StepTimes[];
  /** Completed in the window. */
  readonly isCompleted: boolean;
  /** Started and not ended at the end of the window. */
  readonly isInProgress: boolean;
  /** Time in progress in the window; null: never in it. */
  readonly progressMs: number | null;
  /** Time between registration and end in the window. */
  readonly openMs: number;
  /** Of those completed in the window. */
  readonly leadMs: number | null;
  readonly flowMs: number | null;
  /** Work of attempts that were claimed in the window. */
  readonly workMs: number;
  /** Time of its life in which an attempt worked. */
  readonly touchMs: number;
  readonly rework: Omit<ReworkFigures, "workstreams" | "share">;
  readonly waits: ReadonlyMap<DecisionId, Wait>;
  readonly blocked: Omit<BlockedFigures, "medianMs" | "p85Ms" | "share">;
  readonly reverts: number;
  /** How often the operator had all of it done again. */
  readonly redos: number;
}

/** A decision that was open in the window. */
export interface Wait {
  readonly ms: number;
  readonly isOpen: boolean;
}

/** An attempt's work, drawn from its claim on. */
const workOf = ({ claimedAt, workMs }: Attempt): Interval => [claimedAt, claimedAt + workMs];

export const workMsOf = (attempts: readonly Attempt[]): number => sumOf(attempts.map(({ workMs }) => workMs));

/** Results that were refused: by a return, a revert or a conflict. */
export const refusedIn = (window: Window, attempts: readonly Attempt[]): readonly Attempt[] =>
  attempts.filter(
    ({ state, commit }) => state.kind === "rework" && commit !== null && isIn(window, state.at),
  );

/** Tasks that had a result when the work was given up. What was found out about duplicates stays. */
function countUndone({ tasks, attempts }: Facts, at: EpochMs): number {
  const own = new Set(tasks.filter(({ kind }) => kind !== "intake").map(({ id }) => id));
  const before = attempts.filter(
    (each) => each.commit !== null && each.claimedAt <= at && own.has(each.task),
  );
  return new Set(before.map(({ task }) => task)).size;
}

/** When the operator had all of its work done again (`redo`), although it could not be merged as it was. */
function listRedos({ workstream, decisions }: Facts): readonly EpochMs[] {
  return decisions.flatMap(({ subject, state }) =>
    subject.kind === "integration" &&
    subject.workstream === workstream.id &&
    state.kind === "resolved" &&
    state.option === "redo"
      ? [state.at]
      : [],
  );
}

/** What comes after the merge was not done yet when the merge stopped. */
function countRedone(facts: Facts, at: EpochMs): number {
  return countUndone({ ...facts, tasks: facts.tasks.filter(({ stage }) => stage === "before") }, at);
}

function measureRework(facts: Facts, window: Window): Measured["rework"] {
  const { workstream, tasks, attempts } = facts;
  const returns = workstream.returns.filter(({ at }) => isIn(window, at));
  const reverts = workstream.reverts.filter(({ at }) => isIn(window, at));
  const redos = listRedos(facts).filter((at) => isIn(window, at));
  const undone =
    sumOf(returns.map((each) => each.tasks)) +
    sumOf(reverts.map(({ at }) => countUndone(facts, at))) +
    sumOf(redos.map((at) => countRedone(facts, at)));
  const done = tasks.filter((task) => isDone(task) && isIn(window, task.state.at)).length;
  return {
    returns: returns.length,
    tasks: undone,
    completions: done + undone,
    rate: ratioOf(undone, done + undone),
    workMs: workMsOf(refusedIn(window, attempts)),
  };
}

/** Decisions that people had to answer. What osqr answered itself nobody waited for. */
function measureWaits({ decisions }: Facts, window: Window): ReadonlyMap<DecisionId, Wait> {
  const waits = new Map<DecisionId, Wait>();
  for (const { id, openedAt, state } of decisions) {
    if (state.kind === "resolved" && state.by === "osqr") continue;
    const closedAt = state.kind === "open" ? null : state.at;
    const part = clipTo(window, [openedAt, closedAt ?? Number.POSITIVE_INFINITY]);
    if (part !== null) waits.set(id, { ms: lengthOf(part), isOpen: !isPast(window, closedAt) });
  }
  return waits;
}

const intervalOf = ({ declaredAt, resolvedAt }: Blocker): Interval => [
  declaredAt,
  resolvedAt ?? Number.POSITIVE_INFINITY,
];

/** Blockers count while the workstream is open; side by side they count once. */
function measureBlocked({ blockers }: Facts, life: Window, window: Window): Measured["blocked"] {
  const met = blockers.filter((blocker) => clipTo(life, intervalOf(blocker)) !== null);
  const msOf = (some: readonly Blocker[]): number => unionMs(clipAll(life, some.map(intervalOf)));
  const byType = [...Map.groupBy(met, ({ type }) => type)].map(([type, some]) => ({
    type,
    count: some.length,
    ms: msOf(some),
  }));
  return {
    count: met.length,
    open: met.filter(({ resolvedAt }) => !isPast(window, resolvedAt)).length,
    sumMs: msOf(met),
    byType: byType.sort((a, b) => (a.type < b.type ? -1 : 1)),
  };
}

/** The workstream's life, from registration to end, as far as it lies in the window. */
function lifeOf({ workstream: { addedAt }, endedAt }: Facts, window: Window): Window {
  const end = endedAt ?? window.to;
  return { from: Math.max(addedAt, window.from), to: Math.min(end, window.to), end: window.end };
}

/** Null: it was over before the window began, or came after it. */
export function measureItem(facts: Facts, window: Window): Measured | null {
  const { workstream, startedAt, completedAt, endedAt, attempts } = facts;
  const forever = Number.POSITIVE_INFINITY;
  const open = clipTo(window, [workstream.addedAt, endedAt ?? forever]);
  if (open === null && !isIn(window, endedAt)) return null;
  const progress = startedAt === null ? null : clipTo(window, [startedAt, endedAt ?? forever]);
  const isCompleted = isIn(window, completedAt);
  const claimed = attempts.filter(({ claimedAt }) => isIn(window, claimedAt));
  const life: Window = { from: workstream.addedAt, to: completedAt ?? window.to, end: forever };
  return {
    facts,
    steps: timeSteps(facts),
    isCompleted,
    isInProgress: isPast(window, startedAt) && !isPast(window, endedAt),
    progressMs: progress === null ? null : lengthOf(progress),
    openMs: open === null ? 0 : lengthOf(open),
    leadMs: isCompleted && completedAt !== null ? completedAt - workstream.addedAt : null,
    flowMs: isCompleted && completedAt !== null && startedAt !== null ? completedAt - startedAt : null,
    workMs: workMsOf(claimed),
    touchMs: unionMs(clipAll(life, attempts.map(workOf))),
    rework: measureRework(facts, window),
    waits: measureWaits(facts, window),
    blocked: measureBlocked(facts, lifeOf(facts, window), window),
    reverts: workstream.reverts.filter(({ at }) => isIn(window, at)).length,
    redos: listRedos(facts).filter((at) => isIn(window, at)).length,
  };
}
