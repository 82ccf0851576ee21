/** Workflows for tests, in the form of a file. */
import type { WorkflowDefinition } from "../model/workflow.ts";
import { parseWorkflow } from "./parse.ts";

/** A definition of these steps; what is wrong is thrown as `code: message`. */
export function workflow(
  steps: readonly object[],
  more: Readonly<Record<string, unknown>> = {},
): WorkflowDefinition {
  const place = { source: ".osqr/workflows/team.yaml", lineOf: () => 7 };
  const parsed = parseWorkflow({ name: "team", version: 1, steps, ...more }, place);
  if ("definition" in parsed) return parsed.definition;
  throw new Error(parsed.problems.map(({ code, message }) => `${code}: ${message}`).join("\n"));
}
