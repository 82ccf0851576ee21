/** What work cost and how near its limits are, as people and clients see it. */
import { EMPTY_LEDGER, isKnown } from "../budget/ledger.ts";
import { listLevels } from "../budget/limits.ts";
import { listSavings } from "../budget/savings.ts";
import { shareOf, type Zone, zoneOf } from "../budget/zones.ts";
import type { Amount, BudgetScope, Ledger, Measure, Spending } from "../model/budget.ts";
import type { RunId } from "../model/ids.ts";
import type { Run } from "../model/run.ts";
import type { State } from "../model/state.ts";
import { nameOfTask, nameOfWorkstream } from "./words.ts";

/** What work cost. Money in millionths of a US dollar. */
export interface CostView {
  /** Attempts that cost something; 0: none did. */
  readonly attempts: number;
  /** As far as it was told; null: nobody said, which is not 0. */
  readonly tokens: number | null;
  readonly microUsd: number | null;
  /** Attempts that have not said all of it: then the number above is the least. */
  readonly unknown: Amount;
  /** Kept for attempts that are under way. */
  readonly reserved: Amount;
}

/** How far one limit is used up. */
export interface BudgetView {
  readonly scope: BudgetScope["kind"];
  /** Of the run, workstream or task. */
  readonly name: string;
  readonly measure: Measure;
  /** Used, kept for what is under way, and counted as used of what was never told. */
  readonly charged: number;
  readonly limit: number;
  /** 0 and more, rounded down. */
  readonly percent: number;
  readonly zone: Zone;
  /** From the yellow zone on: what would cost less; `isApplied`: osqr does so already. */
  readonly savings: readonly { readonly text: string; readonly isApplied: boolean }[];
}

export function viewLedger(ledger: Ledger = EMPTY_LEDGER): CostView {
  const { attempts, used, unknown, reserved } = ledger;
  const told = (measure: Measure): number | null =>
    attempts > 0 && unknown[measure] === attempts && used[measure] === 0 ? null : used[measure];
  return { attempts, tokens: told("tokens"), microUsd: told("microUsd"), unknown, reserved };
}

/** Of one attempt. Absent spending: it costs nothing. */
export function viewSpending(spending: Spending | undefined): CostView {
  if (spending === undefined) return viewLedger();
  const { used, reserved, assumed } = spending;
  const isMissing = (measure: Measure): number => (isKnown(spending, measure) ? 0 : 1);
  const unknown = { tokens: isMissing("tokens"), microUsd: isMissing("microUsd") };
  return viewLedger({ used, reserved, assumed, attempts: 1, unknown, limit: null });
}

export const costOf = (state: State, id: string | null): CostView =>
  viewLedger(id === null ? undefined : state.ledgers.get(id));

/** Limits of a run: its own, and those of its workstreams and tasks that are in the yellow zone or beyond. */
export function viewBudgets(state: State, run: Run | null): readonly BudgetView[] {
  if (run === null) return [];
  const own = viewLevels(state, { kind: "run", id: run.id }, run.id);
  const parts = run.workstreams.flatMap((id) => [
    ...viewLevels(state, { kind: "workstream", id }, run.id),
    ...(state.workstreams.get(id)?.tasks ?? []).flatMap((task) =>
      state.ledgers.has(task) ? viewLevels(state, { kind: "task", id: task }, run.id) : [],
    ),
  ]);
  return [...own, ...parts.filter(({ zone, charged }) => zone !== "green" && charged > 0)];
}

function viewLevels(state: State, scope: BudgetScope, run: RunId): readonly BudgetView[] {
  return listLevels(state, [scope]).map((level) => {
    const zone = zoneOf(level);
    return {
      scope: scope.kind,
      name: nameOf(state, scope),
      measure: level.measure,
      charged: level.charged,
      limit: level.limit,
      percent: Math.floor(100 * shareOf(level)),
      zone,
      savings: listSavings(state, run, zone).map(({ text, isApplied }) => ({
        text,
        isApplied: isApplied && scope.kind === "run" && zone !== "yellow",
      })),
    };
  });
}

function nameOf(state: State, { kind, id }: BudgetScope): string {
  if (kind === "run") return id;
  return kind === "task" ? nameOfTask(state, id) : nameOfWorkstream(state, id);
}
