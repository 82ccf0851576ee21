import type { Amount, CostEstimate } from "../model/budget.ts";
import type { Task } from "../model/work.ts";
import { mapAmount } from "./amounts.ts";
import { estimateCost } from "./estimate.ts";
import { doesCost } from "./limits.ts";

const NO_HISTORY = new Map();

/** What is kept for an attempt of a task: the high end of its estimate, or more where a request of it had no room. Null: it costs nothing. */
export function reservationOf(
  task: Pick<Task, "executor" | "kind" | "cost" | "title" | "wanted">,
): Amount | null {
  if (!doesCost(task)) return null;
  const estimate = task.cost ?? guessCost(task);
  return mapAmount((measure) => Math.max(estimate[measure].high, task.wanted?.[measure] ?? 0));
}

/** Of a task that was registered without an estimate. */
const guessCost = ({ executor, title }: Pick<Task, "executor" | "title">): CostEstimate =>
  estimateCost({ executor, model: null, type: null, specLength: title.length }, NO_HISTORY);
