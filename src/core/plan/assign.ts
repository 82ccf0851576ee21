import type { SpecProblem } from "../model/spec.ts";
import type { Fresh } from "./registry.ts";
import type { Scope } from "./scope.ts";
import { stopFor } from "./targets.ts";
import { checkNames, checkRoles } from "./workflow-names.ts";
import { pickWorkflow } from "./workflows.ts";

/** Where roles are written if nothing else is known. */
const CONFIG = ".osqr/config.yaml";

/** Gives every new spec its workflow: the one that it names, else the project's. One that is not there stops the spec. */
export function assignWorkflows(scope: Scope): void {
  for (const fresh of [...scope.fresh.values()]) {
    const found = pickWorkflow(scope.workflows, findWanted(scope, fresh), scope.input.now);
    if ("steps" in found) scope.assigned.set(fresh.spec.key, found);
    else stopFor(scope, found, [fresh.spec.key]);
  }
  scope.problems.push(...listNameProblems(scope));
}

/** Roles and gates that the workflows in use name, and the project does not have. */
function listNameProblems({ input, assigned, workflows }: Scope): readonly SpecProblem[] {
  const { roles = {}, sources } = input.config;
  const names = {
    roles,
    gates: input.gates.map(({ name }) => name),
    config: sources?.roles ?? { path: CONFIG, line: 1 },
  };
  const used = [...new Set(assigned.values())];
  return used.length === 0
    ? []
    : [...checkNames(used, names, "warning"), ...checkRoles(workflows.all, names)];
}

function findWanted(
  { input }: Scope,
  { spec }: Fresh,
): { readonly name: string; readonly location: SpecProblem["location"] } {
  const { workflow, path } = spec;
  if (workflow !== undefined) return { name: workflow.name, location: { path, line: workflow.line } };
  const { workflow: name, sources } = input.config;
  return { name, location: sources?.workflow ?? { path, line: 1 } };
}
