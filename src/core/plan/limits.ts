import type { Dependency, Spec, SpecProblem } from "../model/spec.ts";
import type { Scope } from "./scope.ts";
import { stopFor } from "./targets.ts";

/** Finds what can never be: a file that no commit can hold stops its spec, more of a resource than there is does not. */
export function checkLimits(scope: Scope): void {
  for (const { spec } of [...scope.fresh.values()]) {
    const ofTasks = spec.tasks.flatMap(({ checked, dependsOn }) => (checked ? [] : dependsOn));
    for (const dependency of [...spec.dependsOn, ...ofTasks]) {
      const problem = judgeDependency(spec, dependency, scope.input.config.resources);
      if (problem?.severity === "error") stopFor(scope, problem, [spec.key]);
      else if (problem !== null) scope.problems.push(problem);
    }
  }
}

function judgeDependency(
  { key }: Spec,
  dependency: Dependency,
  resources: Readonly<Record<string, number>>,
): SpecProblem | null {
  const { location } = dependency;
  if (dependency.type === "resource") {
    const { resource, amount } = dependency;
    const capacity = resources[resource] ?? 1;
    if (amount <= capacity) return null;
    return {
      severity: "warning",
      code: "resource-too-large",
      message: `${key} uses ${amount} of ${resource}, of which there is ${capacity}: its tasks get all of it, alone`,
      location,
      found: String(amount),
      expected: `at most ${capacity}`,
      hint: `raise resources.${resource} in the config`,
    };
  }
  if (dependency.type !== "output" || !/\p{Cc}/u.test(dependency.artifact)) return null;
  return {
    severity: "error",
    code: "bad-artifact",
    message: `${key} waits for a file whose name has a control character: ${JSON.stringify(dependency.artifact)}`,
    location,
    found: JSON.stringify(dependency.artifact),
    expected: "the path of a file",
    hint: "write the path from the root of the repository",
  };
}
