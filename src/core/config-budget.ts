/** The part of a config that says what work may cost. */
import { NO_LIMIT, TOOL_CALLS_MAX } from "./budget/amounts.ts";
import { formatMeasure } from "./budget/words.ts";
import type { ConfigLayer } from "./config-shape.ts";
import { type Budget, type Limit, MEASURES, type Measure } from "./model/budget.ts";

type Layer = ConfigLayer["budget"];
type Refuse = (key: string, reason: string) => void;

const LEVELS = ["run", "workstream", "task"] as const;
const KEYS: Readonly<Record<Measure, string>> = { tokens: "tokens", microUsd: "usd" };

/** Operator and project in one: the project can only lower, and it may limit where the operator does not. */
export function mergeBudget(operator: Layer, project: Layer, refuse: Refuse): Budget {
  const limits = LEVELS.map((level) => {
    const merged = MEASURES.map((measure) => {
      const most = read(operator, level, measure);
      const wanted = read(project, level, measure);
      const isHigher = most !== null && wanted !== null && wanted > most;
      if (isHigher)
        refuse(
          `budget.${level}.${KEYS[measure]}`,
          `a project can only lower it: ${formatMeasure(measure, most)} stays, the project asks for ${formatMeasure(measure, wanted)}`,
        );
      return [measure, isHigher ? most : (wanted ?? most)] as const;
    });
    return [level, { ...NO_LIMIT, ...Object.fromEntries(merged) }] as const;
  });
  const [run, workstream, task] = limits.map(([, limit]) => limit) as [Limit, Limit, Limit];
  return { run, workstream, task, toolCalls: mergeCalls(operator, project, refuse) };
}

function read(layer: Layer, level: (typeof LEVELS)[number], measure: Measure): number | null {
  const stated = layer?.[level];
  return (measure === "tokens" ? stated?.tokens : stated?.usd) ?? null;
}

function mergeCalls(operator: Layer, project: Layer, refuse: Refuse): number {
  const most = operator?.toolCalls ?? TOOL_CALLS_MAX;
  const wanted = project?.toolCalls ?? most;
  if (wanted <= most) return wanted;
  refuse("budget.toolCalls", `a project can only lower it: ${most} stays, the project asks for ${wanted}`);
  return most;
}
