/** Tokens and money for people: what is not known is said, never shown as 0. */
import type { Metering } from "../../core/budget/check.ts";
import { measureUsage } from "../../core/budget/usage.ts";
import {
  formatCostRange,
  formatLimit,
  formatMeasure,
  formatTokens,
  formatUsd,
} from "../../core/budget/words.ts";
import type { Usage } from "../../core/model/agent.ts";
import { type CostEstimate, type Limit, MEASURES, type Measure } from "../../core/model/budget.ts";
import type { PlannedOvershoot } from "../../core/plan/overshoots.ts";
import type { BudgetView, CostView } from "../../core/report/budgets.ts";
import type { RunReport } from "../../core/report/types.ts";
import { plural } from "../text/duration.ts";
import { renderTable } from "../text/table.ts";
import { indentWrapped } from "../text/width.ts";
import type { Page } from "../ui.ts";

/** `12.4k tokens (9k of them cached), $0.03, claude-sonnet-4-6`. */
export function describeUsage(usage: Usage): string {
  const { tokens, microUsd } = measureUsage(usage);
  const cached = usage.cachedTokens === null ? "" : ` (${formatTokens(usage.cachedTokens)} cached)`;
  const parts = [
    tokens === null ? "unknown tokens" : `${formatTokens(tokens)} tokens${cached}`,
    microUsd === null ? "unknown price" : formatUsd(microUsd),
    ...(usage.model === null ? [] : [usage.model]),
  ];
  return parts.join(", ");
}

/** `150k–800k tokens, $0.20–$1.60 (by size, without history), of 5M tokens and $20.00 for a run`. */
export function describeEstimatedCost(cost: CostEstimate, budget: Limit | undefined): string {
  const ranges = `${formatCostRange("tokens", cost.tokens)}, ${formatCostRange("microUsd", cost.microUsd)}`;
  const source = cost.source === "history" ? "as it was before" : "by size, without history";
  const limit = budget === undefined ? "" : `, of ${formatLimit(budget)} for a run`;
  return `${ranges} (${source})${limit}`;
}

const EXACTNESS: Readonly<Record<Metering, string>> = {
  exact: "exact to the request",
  request: "by the call",
  turn: "by the turn",
  never: "by its time and calls of tools, where it does not say what it uses",
};

/** `by the turn: may go over by up to 200k tokens, $0.40`; `exact to the request`. */
export function describeOvershoot({ metering, overshoot, isUnpriced, closedBy }: PlannedOvershoot): string {
  if (closedBy !== undefined) return `${nameClosed(closedBy)} is 0: it does not start`;
  const most = listAmounts(overshoot);
  const over = most.length === 0 ? "" : `: may go over by up to ${most.join(", ")}`;
  const price = isUnpriced === true ? "; no price is known for its model: its reservation counts" : "";
  return `${EXACTNESS[metering]}${over}${price}`;
}

const nameClosed = (scope: BudgetView["scope"]): string =>
  `the budget of ${scope === "run" ? "the run" : `its ${scope}`}`;

/** Tasks that a budget of 0 keeps from starting: `the budget of the run is 0: 2 tasks of agents do not start`; null: none. */
export function describeClosed(limits: readonly (PlannedOvershoot | undefined)[]): string | null {
  const closed = limits.flatMap((each) => each?.closedBy ?? []);
  if (closed.length === 0) return null;
  const scopes = [...new Set(closed)].map(nameClosed).join(", ");
  return `${scopes} is 0: ${closed.length === 1 ? "1 task that costs does" : `${closed.length} tasks that cost do`} not start; see budget in your config, or in the spec`;
}

/** Of all at once. */
export function describeOvershoots(overshoot: Limit, maxParallel: number): string {
  const most = listAmounts(overshoot);
  if (most.length === 0) return "exact to the request";
  return `may be exceeded by up to ${most.join(", ")}, with ${maxParallel} at once; why: osqr plan --why`;
}

/** What is more than nothing. */
const listAmounts = (overshoot: Limit): readonly string[] =>
  MEASURES.flatMap((measure) => {
    const most = overshoot[measure];
    return most === null || most === 0 ? [] : [formatMeasure(measure, most)];
  });

/** `12.4k tokens`, `at least 12.4k tokens`, `unknown tokens`; of money `unknown price`. */
function describeMeasure(cost: CostView, measure: Measure): string {
  const told = knownOf(cost, measure);
  if (told === null) return measure === "tokens" ? "unknown tokens" : "unknown price";
  return `${cost.unknown[measure] > 0 ? "at least " : ""}${formatMeasure(measure, told)}`;
}

/** Nothing, where some is unknown, tells nothing. */
const knownOf = (cost: CostView, measure: Measure): number | null =>
  cost[measure] === 0 && cost.unknown[measure] > 0 ? null : cost[measure];

/** `12.4k tokens, at least $0.30 (1 of 2 attempts unknown)`, `12.4k tokens (price of 4 unknown)`; empty where nothing cost. */
export function describeCost(cost: CostView): string {
  if (cost.attempts === 0) return "";
  const isUnpriced = knownOf(cost, "microUsd") === null && cost.unknown.tokens === 0;
  if (isUnpriced && cost.attempts > 1)
    return `${describeMeasure(cost, "tokens")} (price of ${cost.unknown.microUsd} unknown)`;
  const unknown = Math.max(cost.unknown.tokens, cost.unknown.microUsd);
  const isPart = unknown > 0 && cost.attempts > 1;
  const some = isPart ? ` (${unknown} of ${plural(cost.attempts, "attempt")} unknown)` : "";
  return `${describeMeasure(cost, "tokens")}, ${describeMeasure(cost, "microUsd")}${some}`;
}

/** The same with a word for nothing. */
export const describeTotal = (cost: CostView): string => describeCost(cost) || "no tokens used";

/** Limits with how much is used up, one line each, and what is saved. */
export function renderBudgets(budgets: readonly BudgetView[], { width }: Page): string[] {
  return budgets.flatMap((budget) => {
    const { scope, name, measure, charged, limit, percent, zone, savings } = budget;
    const what = scope === "run" ? "the run" : name;
    const mark = zone === "green" ? "" : "! ";
    const saved = savings.filter(({ isApplied }) => isApplied).map(({ text }) => text);
    const tips = savings.filter(({ isApplied }) => !isApplied).map(({ text }) => text);
    const lines = [
      `${mark}budget of ${what}: ${formatMeasure(measure, charged)} of ${formatMeasure(measure, limit)} (${percent} %${zone === "green" ? "" : `, ${zone}`})`,
      ...(saved.length === 0 ? [] : [`  saved now: ${saved.join("; ")}`]),
      ...(tips.length === 0 || scope !== "run" ? [] : [`  to save more: ${tips.join("; ")}`]),
    ];
    return lines.flatMap((line) => indentWrapped(line, 2, width));
  });
}

/** Tasks that the report names; the rest is in `--json`. */
const TASKS_MAX = 20;

/** What the dearest tasks cost, in the order of their workstreams; empty where nothing did. */
export function renderCosts(
  { workstreams }: Pick<RunReport, "workstreams">,
  { width, style }: Page,
): string[] {
  const all = workstreams.flatMap(({ name, items }) =>
    items.filter(({ cost }) => cost.attempts > 0).map(({ key, cost }) => ({ name: `${name}#${key}`, cost })),
  );
  const sorted = all.toSorted((a, b) => (b.cost.tokens ?? 0) - (a.cost.tokens ?? 0));
  const dearest = new Set(sorted.slice(0, TASKS_MAX));
  const rows = all
    .filter((each) => dearest.has(each))
    .map(({ name, cost }) => [
      name,
      describeMeasure(cost, "tokens"),
      describeMeasure(cost, "microUsd"),
      cost.attempts > 1 ? plural(cost.attempts, "attempt") : "",
    ]);
  if (rows.length === 0) return [];
  const untitled = { title: "" };
  const columns = [
    untitled,
    { title: "", align: "end" as const },
    { title: "", align: "end" as const },
    untitled,
  ];
  const more = all.length - rows.length;
  return [
    "  cost:",
    ...renderTable({ columns, rows, indent: 4, width, header: style.dim }),
    ...(more > 0 ? [`    and ${plural(more, "more task")}: osqr report --json`] : []),
  ];
}
