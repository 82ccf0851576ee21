import type { SpecProblem } from "../model/spec.ts";
import type { Fresh } from "./registry.ts";
import type { Scope } from "./scope.ts";
import { stopFor } from "./targets.ts";
import { pickWorkflow } from "./workflows.ts";

/** Gives every new spec its workflow: the one that it names, else the project's. One that is not there stops the spec. */
export function assignWorkflows(scope: Scope): void {
  for (const fresh of [...scope.fresh.values()]) {
    const found = pickWorkflow(scope.workflows, findWanted(scope, fresh), scope.input.now);
    if ("steps" in found) scope.assigned.set(fresh.spec.key, found);
    else stopFor(scope, found, [fresh.spec.key]);
  }
}

function findWanted(
  { input }: Scope,
  { spec }: Fresh,
): { readonly name: string; readonly location: SpecProblem["location"] } {
  const { workflow, path } = spec;
  if (workflow !== undefined) return { name: workflow.name, location: { path, line: workflow.line } };
  return { name: input.config.workflow, location: { path, line: 1 } };
}
