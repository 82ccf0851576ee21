import type { RouteChoice, RouteFailure, TaskRoute, TriedRoute } from "../model/route.ts";
import { isSameChoice } from "./choice.ts";

/** What another executor would run into as well, or a person has to look at first: the money is spent, somebody said no, a limit was passed. */
const NOBODYS_FAULT: ReadonlySet<RouteFailure> = new Set(["budget", "permission", "gate"]);

/** What lies with the executor as a whole: another of its models would fail the same way. */
const WHOLE_EXECUTOR: ReadonlySet<RouteFailure> = new Set([
  "missing",
  "login",
  "protocol",
  "crashed",
  "mcp_lost",
  "rate_limit",
  "down",
]);

/** A task as far as the next route depends on it. */
export interface Rerouted {
  readonly executor: string;
  readonly model?: string | null;
  readonly route?: TaskRoute | null;
}

/**
 * Who takes over a task from an executor that could not do it: its own route where another one was taken to save, then the first of its
 * fallbacks that was not tried since somebody last decided on the task, whichever attempt tried it, and that does not share what failed.
 * Null: nobody.
 */
export function nextRoute(task: Rerouted, failed: TriedRoute): RouteChoice | null {
  if (NOBODYS_FAULT.has(failed.kind)) return null;
  const { route, executor, model = null } = task;
  const tried = [...(route?.tried ?? []), failed];
  const isSpent = (choice: RouteChoice): boolean =>
    tried.some((each) =>
      WHOLE_EXECUTOR.has(each.kind) ? each.executor === choice.executor : isSameChoice(each, choice),
    );
  return [{ executor, model }, ...(route?.fallbacks ?? [])].find((choice) => !isSpent(choice)) ?? null;
}
