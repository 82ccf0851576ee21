/** How exactly the limits hold on what a plan starts: to the request, or by what is used between two words about it (design §4, rule 10). */
import { type Metering, overshootOf } from "../budget/check.ts";
import type { Budget, CostEstimate, Limit, Measure } from "../model/budget.ts";
import { MEASURES } from "../model/budget.ts";
import type { PlanInput } from "./input.ts";

/** Of one task whose work costs, while a limit holds. */
export interface PlannedOvershoot {
  readonly metering: Metering;
  /** What it may go beyond a limit by before it is ended; null: no limit holds on that, or no price is known. */
  readonly overshoot: Limit;
  /** Nobody knows what its model costs: of a limit in money its reservation counts. */
  readonly isUnpriced?: true;
}

const LEVELS = ["run", "workstream", "task"] as const;

/** What is limited at all, by the config or by the spec itself. */
function isHeld(measure: Measure, budget: Budget | undefined, own: Limit | undefined): boolean {
  const limits = [own, ...LEVELS.map((level) => budget?.[level])];
  return limits.some((limit) => limit?.[measure] != null);
}

/** Limits of the config that are 0: nothing that costs may start. */
export const listClosed = ({ budget }: PlanInput["config"]): readonly string[] =>
  LEVELS.filter((level) => MEASURES.some((measure) => budget?.[level][measure] === 0)).map(
    (level) => `budget.${level}`,
  );

/** Absent: it costs nothing, no limit holds, or one is 0 and it does not start. */
export function sayOvershoot(
  { config, executors }: Pick<PlanInput, "config" | "executors">,
  task: {
    readonly executor: string;
    readonly model: string | null;
    readonly cost?: CostEstimate | undefined;
  },
  own: Limit | undefined,
): { readonly limits?: PlannedOvershoot } {
  const { cost } = task;
  const held = MEASURES.filter((measure) => isHeld(measure, config.budget, own));
  if (cost === undefined || held.length === 0) return {};
  if (listClosed(config).length > 0 || MEASURES.some((measure) => own?.[measure] === 0)) return {};
  const executor = executors.find(({ name }) => name === task.executor);
  const metering = executor?.metering ?? "never";
  const isUnpriced = held.includes("microUsd") && executor?.isPriced?.(task.model) === false;
  const most = overshootOf(metering, cost);
  const find = (measure: Measure): number | null =>
    held.includes(measure) && !(measure === "microUsd" && isUnpriced) ? most[measure] : null;
  const overshoot = { tokens: find("tokens"), microUsd: find("microUsd") };
  return { limits: { metering, overshoot, ...(isUnpriced ? { isUnpriced } : {}) } };
}

/** Of all that may be under way at once: the largest, as many as there are slots. Absent: no limit holds. */
export function sumOvershoots(
  all: readonly (PlannedOvershoot | undefined)[],
  maxParallel: number,
): { readonly overshoot?: Limit } {
  const known = all.filter((each) => each !== undefined);
  if (known.length === 0) return {};
  const sum = (measure: Measure): number | null => {
    const found = known.flatMap(({ overshoot }) => overshoot[measure] ?? []);
    if (found.length === 0) return null;
    return found
      .sort((a, b) => b - a)
      .slice(0, maxParallel)
      .reduce((total, each) => total + each, 0);
  };
  return { overshoot: { tokens: sum("tokens"), microUsd: sum("microUsd") } };
}
