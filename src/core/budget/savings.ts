/** What costs less, and what of it osqr does by itself in the red zone (WO-7). */
import type { Amount } from "../model/budget.ts";
import type { RunId, TaskId } from "../model/ids.ts";
import type { RouteChoice } from "../model/route.ts";
import type { SavingKey } from "../model/scheduling.ts";
import type { State } from "../model/state.ts";
import type { Task } from "../model/work.ts";
import { isSameChoice } from "../routing/choice.ts";
import { doesCost, listLevels } from "./limits.ts";
import { reservationOf } from "./reserve.ts";
import { findWorst, isFrom, type Zone, zoneOf } from "./zones.ts";

/** Something that costs less. `isApplied`: osqr does it by itself in the red zone. */
export interface Saving {
  readonly key: SavingKey;
  /** For people. */
  readonly text: string;
  readonly isApplied: boolean;
}

/** What is saved now, by whoever it concerns. */
export interface AppliedSavings {
  readonly zone: Zone;
  /** The schedule: no new starts of low priority while other work goes on, cheaper routes, smaller briefings. */
  readonly isRed: boolean;
}

/**
 * Savings that are applied in a run: all in the red zone of its limit, none before.
 *
 * @param run null: no run, no limit
 */
export function savingsOf(state: State, run: RunId | null): AppliedSavings {
  const worst = run === null ? null : findWorst(state, [{ kind: "run", id: run }]);
  const zone = worst === null ? "green" : zoneOf(worst);
  return { zone, isRed: isFrom(zone, "red") };
}

/** The route that a start in the red zone takes in place of the task's own; null: its own. */
export function cheaperRouteOf(
  state: State,
  task: Pick<Task, "executor" | "model" | "route" | "resumes" | "failures">,
): RouteChoice | null {
  const cheaper = task.route?.cheaper;
  if (cheaper === undefined || isSameChoice(cheaper, task)) return null;
  // What has failed already is not tried with less.
  if (Object.keys(task.failures).length > 0 || (task.route?.tried ?? []).length > 0) return null;
  const last = task.resumes === null ? undefined : state.attempts.get(task.resumes);
  // Nobody but its own executor can take a conversation up again.
  return last !== undefined && last.executor !== cheaper.executor ? null : cheaper;
}

/** How much of it counts: what costs nothing to do comes before what somebody has to decide. */
const PRIORITIES: Readonly<Record<SavingKey, number>> = {
  low_priority: 3,
  cheaper_route: 2,
  small_briefing: 2,
  fewer_parallel: 1,
  drop_low_priority: 1,
};

const TEXTS: Readonly<Record<SavingKey, string>> = {
  low_priority: "work of low priority waits while other work goes on",
  cheaper_route: "new starts take the cheaper routes of the config",
  small_briefing: "briefings are cut to their smaller bound",
  fewer_parallel: "run fewer at once, so that less is reserved at a time: osqr go --max-parallel 1",
  drop_low_priority: "leave out work of low priority: osqr cancel <workstream>",
};

const NO_CHEAPER = "name cheaper routes for the red zone: cheaper.<executor> in your config";

/** What a cheaper route is taken to save of an attempt. */
const CHEAPER_SHARE = 0.5;
/** Tokens that a smaller briefing leaves out of one attempt, as it goes into each of its first requests. */
const BRIEFING_TOKENS = 8_000;

/** What can be saved from the yellow zone on, by priority times size, the largest first. Empty: there is no need, or no use. */
export function listSavings(state: State, run: RunId | null, zone: Zone): readonly Saving[] {
  if (!isFrom(zone, "yellow") || isClosed(state, run)) return [];
  const open = listOpen(state, run);
  const isLow = (task: Task): boolean => task.inheritedPriority === "low";
  const cheaper = open.filter((task) => cheaperRouteOf(state, task) !== null);
  const low = sum(open.filter(isLow));
  const sizes: Readonly<Record<SavingKey, number>> = {
    low_priority: low,
    cheaper_route: sum(cheaper) * CHEAPER_SHARE,
    small_briefing: open.length * BRIEFING_TOKENS,
    fewer_parallel: sumReserved(state, run),
    drop_low_priority: low,
  };
  const hasCheaper = cheaper.length > 0;
  return (Object.keys(TEXTS) as SavingKey[])
    .map((key) => ({
      key,
      text: key === "cheaper_route" && !hasCheaper ? NO_CHEAPER : TEXTS[key],
      isApplied:
        key === "low_priority" || key === "small_briefing" || (key === "cheaper_route" && hasCheaper),
    }))
    .sort((a, b) => sizes[b.key] * PRIORITIES[b.key] - sizes[a.key] * PRIORITIES[a.key]);
}

/** A limit of 0 lets nothing start, however little it costs. */
function isClosed(state: State, run: RunId | null): boolean {
  const levels = run === null ? [] : listLevels(state, [{ kind: "run", id: run }]);
  return levels.some(({ limit }) => limit === 0);
}

/** Tasks of a run that have not begun and cost something. */
function listOpen(state: State, run: RunId | null): readonly Task[] {
  const ids = run === null ? [] : (state.runs.get(run)?.workstreams ?? []);
  return ids.flatMap((id) =>
    (state.workstreams.get(id)?.tasks ?? []).flatMap((task: TaskId) => {
      const found = state.tasks.get(task);
      const isOpen = found?.state.kind === "pending" || found?.state.kind === "ready";
      return found !== undefined && isOpen && doesCost(found) ? [found] : [];
    }),
  );
}

const sum = (tasks: readonly Task[]): number =>
  tasks.reduce((total, task) => total + (reservationOf(task)?.tokens ?? 0), 0);

function sumReserved(state: State, run: RunId | null): number {
  const ledger: { readonly reserved: Amount } | undefined = run === null ? undefined : state.ledgers.get(run);
  return ledger?.reserved.tokens ?? 0;
}
