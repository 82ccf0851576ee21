/** Which version of which workflow a new workstream goes through. */
import type { SpecProblem } from "../model/spec.ts";
import type { State } from "../model/state.ts";
import type { WorkflowDefinition } from "../model/workflow.ts";
import { findNearestName } from "../nearest-name.ts";
import { listBuiltIns } from "../workflow/built-in.ts";
import { findInForce } from "../workflow/select.ts";
import { explainBroken } from "./broken-workflows.ts";
import type { PlanInput } from "./input.ts";

/** The workflows of a project: built in, in its files, and those that its history has seen. */
export interface Workflows {
  readonly all: readonly WorkflowDefinition[];
  /** Of the files, not yet in the history. */
  readonly fresh: readonly WorkflowDefinition[];
  readonly problems: readonly SpecProblem[];
}

const idOf = ({ name, version }: WorkflowDefinition): string => `${name}@${version}`;

/** A version that was used once stays as it was: a file that says something else under the same number is a mistake. */
export function listWorkflows({
  workflows,
  state,
  project,
}: Pick<PlanInput, "workflows" | "state"> & {
  readonly project: Pick<PlanInput["project"], "id">;
}): Workflows {
  const recorded = listRecorded(state, project.id);
  const known = new Map(recorded.map((each) => [idOf(each), each]));
  const fresh: WorkflowDefinition[] = [];
  const problems = [...workflows.problems];
  for (const definition of workflows.definitions) {
    const before = known.get(idOf(definition));
    if (before === undefined) fresh.push(definition);
    else if (before.hash !== definition.hash) problems.push(sayChanged(definition));
  }
  return { all: [...listBuiltIns(), ...recorded, ...fresh], fresh, problems };
}

/** Every version of a project's own workflows that its history has seen, by name and version. */
export function listRecorded(
  state: State,
  project: PlanInput["project"]["id"],
): readonly WorkflowDefinition[] {
  const prefix = `${project}\n`;
  const found: WorkflowDefinition[] = [];
  for (const [key, { definition }] of state.workflows.entriesFrom(prefix)) {
    if (!key.startsWith(prefix)) break;
    found.push(definition);
  }
  return found;
}

function sayChanged(definition: WorkflowDefinition): SpecProblem {
  return {
    severity: "warning",
    code: "workflow-changed",
    message: `${idOf(definition)} has changed since it was first used; the first text counts`,
    location: { path: definition.source, line: 1 },
    found: `version: ${definition.version} with another content`,
    expected: "a higher version, with change: {author, reason, impact}",
    hint: `set version: ${definition.version + 1}`,
  };
}

/** The version that a name stands for now: `name`, or `name@version`. */
export function pickWorkflow(
  { all, problems }: Workflows,
  wanted: { readonly name: string; readonly location: SpecProblem["location"] },
  now: number,
): WorkflowDefinition | SpecProblem {
  const [name = "", version] = wanted.name.split("@");
  const named = all.filter((each) => each.name === name);
  if (named.length === 0) return explainBroken(problems, name, wanted.location) ?? sayUnknown(all, wanted);
  if (version !== undefined) {
    const exact = named.find((each) => each.version === Number(version));
    return exact ?? sayUnknownVersion(named, wanted);
  }
  const inForce = findInForce(named, name, now);
  return "steps" in inForce ? inForce : { ...inForce, location: wanted.location };
}

type Wanted = Parameters<typeof pickWorkflow>[1];

function sayUnknown(all: readonly WorkflowDefinition[], { name, location }: Wanted): SpecProblem {
  const names = [...new Set(all.map((each) => each.name))].sort();
  const nearest = findNearestName(name, names);
  return {
    severity: "error",
    code: "unknown-workflow",
    message: `no workflow "${name}" is built in or in .osqr/workflows`,
    location,
    found: name,
    expected: names.filter((each) => !each.includes(".")).join(", "),
    hint: nearest === null ? "osqr workflow list" : `did you mean ${nearest}?`,
  };
}

function sayUnknownVersion(named: readonly WorkflowDefinition[], { name, location }: Wanted): SpecProblem {
  const versions = named.map(({ version }) => version).join(", ");
  return {
    severity: "error",
    code: "unknown-workflow",
    message: `the workflow "${name}" has no such version; it has ${versions}`,
    location,
    found: name,
    expected: versions,
    hint: "osqr workflow history",
  };
}
