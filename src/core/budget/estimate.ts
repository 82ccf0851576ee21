/** What an attempt will probably cost: from those before it, else from a table by size. */
import type { CostEstimate, CostRange, Measure } from "../model/budget.ts";
import { MEASURES } from "../model/budget.ts";
import type { ProjectId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import { isKnown } from "./ledger.ts";

/** What earlier attempts used, by executor, model and type of task, each of the last two or both left open; in the order of their ids. */
export type CostHistory = ReadonlyMap<string, Readonly<Record<Measure, readonly number[]>>>;

export interface CostQuestion {
  readonly executor: string;
  /** Null: the agent's own choice. */
  readonly model: string | null;
  /** Of the task, as routing names it; null: not known. */
  readonly type: string | null;
  /** Characters of the text that says what to do. */
  readonly specLength: number;
}

/** Fewer attempts than this say nothing of another one. */
const ATTEMPTS_MIN = 3;
/** The last so many attempts of a kind count. */
const ATTEMPTS_MAX = 200;

const range = (low: number, high: number): CostRange => ({ low, high });

/**
 * Where there is no history: by the length of the text. Nine tenths of an agent's input come from its cache, so a million tokens cost
 * one to five dollars with the models of today.
 */
export const DEFAULT_COSTS: readonly {
  readonly lengthMax: number;
  readonly tokens: CostRange;
  readonly microUsd: CostRange;
}[] = [
  { lengthMax: 500, tokens: range(40_000, 200_000), microUsd: range(50_000, 400_000) },
  { lengthMax: 2_000, tokens: range(80_000, 400_000), microUsd: range(100_000, 800_000) },
  { lengthMax: 8_000, tokens: range(150_000, 800_000), microUsd: range(200_000, 1_600_000) },
  {
    lengthMax: Number.POSITIVE_INFINITY,
    tokens: range(300_000, 1_600_000),
    microUsd: range(400_000, 3_200_000),
  },
];

const toKey = (executor: string, model: string | null, type: string | null): string =>
  [executor, model ?? "", type ?? ""].join("\n");

/** The narrowest first. */
function keysOf({
  executor,
  model,
  type,
}: Pick<CostQuestion, "executor" | "model" | "type">): readonly string[] {
  const keys = [
    toKey(executor, model, type),
    toKey(executor, null, type),
    toKey(executor, model, null),
    toKey(executor, null, null),
  ];
  return [...new Set(keys)];
}

/** Reads what attempts of a project used that gave a result and said all of it. */
export function readCostHistory(state: State, project: ProjectId): CostHistory {
  const found = new Map<string, Record<Measure, number[]>>();
  for (const { spending, state: now, workstream, executor, task } of state.attempts.values()) {
    if (spending === undefined || spending.isFree || now.kind !== "completed") continue;
    if (state.workstreams.get(workstream)?.project !== project) continue;
    const type = state.tasks.get(task)?.step ?? null;
    for (const key of keysOf({ executor, model: spending.model, type })) {
      const sums = found.get(key) ?? { tokens: [], microUsd: [] };
      found.set(key, sums);
      for (const measure of MEASURES)
        if (isKnown(spending, measure)) sums[measure].push(spending.used[measure]);
    }
  }
  return found;
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.ceil((sorted.length - 1) * share)] ?? 0;

/** From the median to the 85th percentile of the narrowest kind of which there are enough attempts; else the table. */
export function estimateCost(question: CostQuestion, history: CostHistory): CostEstimate {
  const stated = DEFAULT_COSTS.find(({ lengthMax }) => question.specLength <= lengthMax) ?? DEFAULT_COSTS[0];
  let source: CostEstimate["source"] = "default";
  const estimate = (measure: Measure): CostRange => {
    for (const key of keysOf(question)) {
      const known = (history.get(key)?.[measure] ?? []).slice(-ATTEMPTS_MAX).sort((a, b) => a - b);
      if (known.length < ATTEMPTS_MIN) continue;
      source = "history";
      return range(quantile(known, 0.5), Math.max(1, quantile(known, 0.85)));
    }
    return stated?.[measure] ?? range(0, 1);
  };
  const [tokens, microUsd] = [estimate("tokens"), estimate("microUsd")];
  return { tokens, microUsd, source };
}

/** The sum of estimates, for a workstream or a plan. Null: nothing of it costs. */
export function sumCosts(costs: readonly (CostEstimate | null | undefined)[]): CostEstimate | null {
  const known = costs.filter((cost) => cost != null);
  if (known.length === 0) return null;
  const sum = (measure: Measure): CostRange => ({
    low: known.reduce((total, cost) => total + cost[measure].low, 0),
    high: known.reduce((total, cost) => total + cost[measure].high, 0),
  });
  const source = known.every((cost) => cost.source === "history") ? "history" : "default";
  return { tokens: sum("tokens"), microUsd: sum("microUsd"), source };
}
