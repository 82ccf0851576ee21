import type { RouteChoice, TaskType } from "../model/route.ts";
import { TASK_TYPES } from "../model/route.ts";
import type { RoutingLayer } from "./check.ts";
import { COMMAND, NO_ROUTING, type RoutingConfig } from "./config.ts";

type LeaveOut = (key: string, reason: string) => void;

const NOBODY = "the operator's config names no executors to choose from";

/**
 * The operator says who may run; a project only chooses among those whom the operator has named.
 *
 * @param leaveOut is told each key of the project that is not taken over, with the reason
 */
export function mergeRouting(
  operator: RoutingLayer,
  project: RoutingLayer,
  leaveOut: LeaveOut,
): RoutingConfig {
  for (const key of ["executors", "fallbacks", "cheaper"] as const) {
    if (Object.keys(project[key] ?? {}).length > 0)
      leaveOut(key, "only the operator's config says who may run");
  }
  if (project.registry != null) leaveOut("registry", "only the operator's config says who may run");
  const executors = sortKeys(operator.executors ?? {});
  const named = Object.keys(executors);
  const isNamed = ({ executor }: RouteChoice): boolean => executor === COMMAND || named.includes(executor);
  const sayNot = ({ executor }: RouteChoice): string =>
    named.length === 0 ? NOBODY : `the operator's config has no executor ${executor}: ${named.join(", ")}`;
  const own = project.executor ?? null;
  if (own !== null && !isNamed(own)) leaveOut("executor", sayNot(own));
  const routes: Partial<Record<TaskType, readonly RouteChoice[]>> = {};
  for (const type of TASK_TYPES) {
    const wanted = project.routes?.[type] ?? [];
    for (const choice of wanted) if (!isNamed(choice)) leaveOut(`routes.${type}`, sayNot(choice));
    const possible = wanted.filter(isNamed);
    const chosen = possible.length > 0 ? possible : operator.routes?.[type];
    if (chosen !== undefined) routes[type] = chosen;
  }
  return {
    executor: own !== null && isNamed(own) ? own : (operator.executor ?? NO_ROUTING.executor),
    executors,
    ...(operator.registry == null ? {} : { registry: operator.registry }),
    routes,
    fallbacks: sortKeys(operator.fallbacks ?? {}),
    cheaper: sortKeys(operator.cheaper ?? {}),
  };
}

const sortKeys = <T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
