/** Which version of a workflow counts at a time (FR-016). */
import type { EpochMs } from "../model/ids.ts";
import type { SpecProblem } from "../model/spec.ts";
import type { WorkflowDefinition } from "../model/workflow.ts";
import { findNearestName } from "../nearest-name.ts";

/** The moment from which a version counts: midnight UTC of its date; 0: always. */
export function startOf({ effective }: Pick<WorkflowDefinition, "effective">): EpochMs {
  return effective === null ? 0 : Date.parse(`${effective}T00:00:00Z`);
}

/**
 * The version that new workstreams take: the highest whose date has come. A higher version counts from its date on, also where a
 * lower one has a later date.
 *
 * @returns A problem where no workflow has the name (`unknown-workflow`) or none counts yet (`workflow-not-effective`); its
 *   location is that of the workflow.
 */
export function findInForce(
  definitions: readonly WorkflowDefinition[],
  name: string,
  atMs: EpochMs,
): WorkflowDefinition | SpecProblem {
  const versions = definitions.filter((each) => each.name === name).sort((a, b) => b.version - a.version);
  const inForce = versions.find((each) => startOf(each) <= atMs);
  if (inForce !== undefined) return inForce;
  return versions.length === 0 ? sayUnknown(definitions, name) : sayTooEarly(versions, name, atMs);
}

function sayUnknown(definitions: readonly WorkflowDefinition[], name: string): SpecProblem {
  const names = [...new Set(definitions.map((each) => each.name))].sort();
  const nearest = findNearestName(name, names);
  return {
    severity: "error",
    code: "unknown-workflow",
    message: `no workflow is called "${name}"`,
    location: { path: ".osqr/workflows", line: 1 },
    found: name,
    expected: names.length === 0 ? "a workflow in .osqr/workflows" : names.join(", "),
    hint: nearest === null ? "list them: osqr workflow list" : `did you mean ${nearest}?`,
  };
}

function sayTooEarly(versions: readonly WorkflowDefinition[], name: string, atMs: EpochMs): SpecProblem {
  const [earliest] = versions.toSorted((a, b) => startOf(a) - startOf(b)) as [WorkflowDefinition];
  const { version, effective, source } = earliest;
  const today = new Date(atMs).toISOString().slice(0, 10);
  return {
    severity: "error",
    code: "workflow-not-effective",
    message: `no version of the workflow "${name}" counts on ${today}: version ${version} is the earliest, from ${effective} on (UTC)`,
    location: { path: source, line: 1 },
    found: versions.map((each) => `version ${each.version} from ${each.effective}`).join(", "),
    expected: `a version with a date up to ${today}, or none`,
    hint: `wait until ${effective}, set an earlier "effective", or name the version: ${name}@${version}`,
  };
}
