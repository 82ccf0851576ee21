import type { FlowFilter } from "../core/report/flow/types.ts";
import type { CommandInput } from "./options.ts";
import { UsageError } from "./usage-error.ts";

type Input = Pick<CommandInput<"metrics">, keyof FlowFilter | "all">;

/** What a command line asks of flow metrics. `isHome`: of all projects, or of another one than where it was called. */
export function toFlowFilter(input: Input): { readonly filter: FlowFilter; readonly isHome: boolean } {
  const { since, until, owner, workflow, status, project, all } = input;
  if (all && project !== null) {
    throw new UsageError("--all and --project: expected one of them", ["osqr metrics --project shop"]);
  }
  return { filter: { since, until, owner, workflow, status, project }, isHome: all || project !== null };
}
