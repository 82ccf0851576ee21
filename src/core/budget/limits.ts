import type { Amount, Budget, BudgetScope, Ledger, Limit, Measure } from "../model/budget.ts";
import { MEASURES } from "../model/budget.ts";
import type { RunId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Task } from "../model/work.ts";
import { lowerLimit, NO_LIMIT, TOOL_CALLS_MAX } from "./amounts.ts";
import { chargedOf, EMPTY_LEDGER } from "./ledger.ts";

/** Nothing is limited. */
export const NO_BUDGET: Budget = {
  run: NO_LIMIT,
  workstream: NO_LIMIT,
  task: NO_LIMIT,
  toolCalls: TOOL_CALLS_MAX,
};

/** True where both allow the same; none is as if nothing were limited. */
export function isSameBudget(a: Budget = NO_BUDGET, b: Budget = NO_BUDGET): boolean {
  const isSame = (one: Limit, other: Limit) => one.tokens === other.tokens && one.microUsd === other.microUsd;
  return (
    isSame(a.run, b.run) &&
    isSame(a.workstream, b.workstream) &&
    isSame(a.task, b.task) &&
    a.toolCalls === b.toolCalls
  );
}

/** Executors that cost nothing: a run block, and a person. */
const FREE_EXECUTORS: ReadonlySet<string> = new Set(["command", "person"]);

/** True for work that a budget counts. */
export const doesCost = ({ executor, kind }: Pick<Task, "executor" | "kind">): boolean =>
  kind === "work" && !FREE_EXECUTORS.has(executor);

/** Whose limits hold for a task: its own, that of its workstream, that of the run. The narrowest comes first. */
export function scopesOf(
  state: State,
  { id, workstream }: Task,
  ofRun?: RunId | null,
): readonly BudgetScope[] {
  const run = ofRun === undefined ? (state.workstreams.get(workstream)?.run ?? null) : ofRun;
  const own: BudgetScope[] = [
    { kind: "task", id },
    { kind: "workstream", id: workstream },
  ];
  return run === null ? own : [...own, { kind: "run", id: run }];
}

export const ledgerOf = (state: State, { id }: BudgetScope): Ledger => state.ledgers.get(id) ?? EMPTY_LEDGER;

/** The budget of the run that a scope belongs to; null: none was given. */
function budgetOf(state: State, scope: BudgetScope): Budget | null {
  const workstream =
    scope.kind === "run"
      ? undefined
      : state.workstreams.get(
          scope.kind === "workstream" ? scope.id : (state.tasks.get(scope.id)?.workstream ?? ("" as never)),
        );
  const run = scope.kind === "run" ? scope.id : (workstream?.run ?? null);
  return (run === null ? undefined : state.runs.get(run)?.budget) ?? null;
}

/** The limit in force: what a decision gave, else what the run's budget says, lowered by the spec's own. */
export function limitOf(state: State, scope: BudgetScope): Limit {
  const own = state.ledgers.get(scope.id)?.limit ?? null;
  if (own !== null) return own;
  const given = budgetOf(state, scope)?.[scope.kind] ?? NO_LIMIT;
  if (scope.kind !== "workstream") return given;
  return lowerLimit(given, state.workstreams.get(scope.id)?.budget ?? NO_LIMIT);
}

/** True where a limit may hold for something that is not done: else nobody needs to look. */
export function hasLimits({ projects, runs }: State): boolean {
  for (const { run: id } of projects.values()) {
    const run = id === null ? undefined : runs.get(id);
    if (run?.budget !== undefined || run?.isLimited === true) return true;
  }
  return false;
}

/** Begins the reason of a task that a budget keeps back. */
export const BUDGET_HOLD = "budget: ";

/** How far a limit is used up: what counts against it, of what is allowed. */
export interface Level {
  readonly scope: BudgetScope;
  readonly measure: Measure;
  /** Used, assumed and reserved. */
  readonly charged: number;
  readonly limit: number;
}

/** The levels of all limits that hold for the scopes. */
export function listLevels(state: State, scopes: readonly BudgetScope[]): readonly Level[] {
  return scopes.flatMap((scope) => {
    const limit = limitOf(state, scope);
    const charged = chargedOf(ledgerOf(state, scope));
    return MEASURES.flatMap((measure): Level[] => {
      const most = limit[measure];
      return most === null ? [] : [{ scope, measure, charged: charged[measure], limit: most }];
    });
  });
}

interface Wanted {
  readonly reserved: Amount;
  /** What this wave has reserved already, by id of the scope. */
  readonly given: ReadonlyMap<string, Amount>;
}

/** The first limit that a reservation does not fit, the narrowest first; null: it fits all. */
export const findFullLimit = (state: State, task: Task, wanted: Wanted): Level | null =>
  listFullLimits(state, task, wanted)[0] ?? null;

/** All limits that a reservation does not fit, the narrowest first. */
export function listFullLimits(state: State, task: Task, { reserved, given }: Wanted): readonly Level[] {
  return listLevels(state, scopesOf(state, task)).filter(({ scope, measure, charged, limit }) => {
    const wanted = charged + (given.get(scope.id)?.[measure] ?? 0) + reserved[measure];
    return reserved[measure] > 0 && wanted > limit;
  });
}
