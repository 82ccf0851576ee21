/** How exactly the limits hold on what a plan starts: to the request, or by what is used between two words about it (design §4, rule 10). */
import { type Metering, overshootOf } from "../budget/check.ts";
import type { Budget, BudgetScope, CostEstimate, Limit, Measure } from "../model/budget.ts";
import { MEASURES } from "../model/budget.ts";
import type { TaskId, WorkstreamId } from "../model/ids.ts";
import type { PlanInput } from "./input.ts";

/** Of one task whose work costs, while a limit holds. */
export interface PlannedOvershoot {
  readonly metering: Metering;
  /** What it may go beyond a limit by before it is ended; null: no limit holds on that, or no price is known. */
  readonly overshoot: Limit;
  /** Nobody knows what its model costs: of a limit in money its reservation counts. */
  readonly isUnpriced?: true;
  /** A limit of 0 holds: it does not start. */
  readonly closedBy?: BudgetScope["kind"];
}

const LEVELS = ["run", "workstream", "task"] as const;

/** What is limited at all, by the config or by the spec itself. */
function isHeld(measure: Measure, budget: Budget | undefined, own: Limit | undefined): boolean {
  const limits = [own, ...LEVELS.map((level) => budget?.[level])];
  return limits.some((limit) => limit?.[measure] != null);
}

/** What the task or workstream may use is 0, and no decision gave it more; null: something may be used. */
function findClosed(
  { config, state, project }: Pick<PlanInput, "config" | "state" | "project">,
  { id, workstream }: { readonly id: TaskId; readonly workstream: WorkstreamId },
  own: Limit | undefined,
): BudgetScope["kind"] | null {
  const ids = { run: state.projects.get(project.id)?.run, workstream, task: id };
  const isClosed = (limit: Limit | undefined): boolean => limit?.tokens === 0 || limit?.microUsd === 0;
  const found = LEVELS.find((level) => {
    const given = state.ledgers.get(ids[level] ?? "")?.limit ?? null;
    if (given !== null) return isClosed(given);
    return isClosed(config.budget?.[level]) || (level === "workstream" && isClosed(own));
  });
  return found ?? null;
}

/** Absent: it costs nothing, or no limit holds. */
export function sayOvershoot(
  input: Pick<PlanInput, "config" | "executors" | "state" | "project">,
  task: {
    readonly id: TaskId;
    readonly workstream: WorkstreamId;
    readonly executor: string;
    readonly model: string | null;
    readonly cost?: CostEstimate | undefined;
  },
  own: Limit | undefined,
): { readonly limits?: PlannedOvershoot } {
  const { cost } = task;
  const { config, executors } = input;
  const held = MEASURES.filter((measure) => isHeld(measure, config.budget, own));
  if (cost === undefined || held.length === 0) return {};
  const executor = executors.find(({ name }) => name === task.executor);
  const metering = executor?.metering ?? "never";
  const closedBy = findClosed(input, task, own);
  if (closedBy !== null) return { limits: { metering, overshoot: { tokens: 0, microUsd: 0 }, closedBy } };
  const isUnpriced = held.includes("microUsd") && executor?.isPriced?.(task.model) === false;
  const most = overshootOf(metering, cost);
  const find = (measure: Measure): number | null =>
    held.includes(measure) && !(measure === "microUsd" && isUnpriced) ? most[measure] : null;
  const overshoot = { tokens: find("tokens"), microUsd: find("microUsd") };
  return { limits: { metering, overshoot, ...(isUnpriced ? { isUnpriced } : {}) } };
}

/** Of all that may be under way at once: the largest, as many as there are slots. Absent: no limit holds on what may start. */
export function sumOvershoots(
  all: readonly (PlannedOvershoot | undefined)[],
  maxParallel: number,
): { readonly overshoot?: Limit } {
  const known = all.flatMap((each) => (each === undefined || each.closedBy !== undefined ? [] : [each]));
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
