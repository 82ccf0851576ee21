/** What `osqr workflow` asks: which workflows there are, what they say, how they changed. */
import { OsqrError } from "../../../core/errors.ts";
import type { SpecProblem } from "../../../core/model/spec.ts";
import type { WorkflowDefinition } from "../../../core/model/workflow.ts";
import { findNearestName } from "../../../core/nearest-name.ts";
import { summarizeProblems } from "../../../core/plan/broken-workflows.ts";
import { checkNames, checkRoles } from "../../../core/plan/workflow-names.ts";
import { listWorkflows, pickWorkflow, type Workflows } from "../../../core/plan/workflows.ts";
import {
  viewHistory,
  viewWorkflow,
  viewWorkflows,
  type WorkflowCheck,
  type WorkflowDiff,
  type WorkflowHistory,
  type WorkflowList,
  type WorkflowView,
} from "../../../core/report/workflow-views.ts";
import { diffWorkflows } from "../../../core/workflow/diff.ts";
import { readWorkflowFiles, readWorkflowsOf } from "../discovery.ts";
import { findGates } from "../gates.ts";
import { type LoadedProject, PROJECT_CONFIG } from "../projects.ts";
import type { ServiceParts } from "../service.ts";

interface Loaded {
  readonly project: LoadedProject;
  readonly workflows: Workflows;
  readonly parts: ServiceParts;
  /** Hashes of the definitions in the base. */
  readonly inFiles: ReadonlySet<string>;
}

async function load(parts: ServiceParts, root: string): Promise<Loaded> {
  const project = await parts.projects.load(root);
  const { state } = parts.engine;
  const found = await readWorkflowFiles(project.files);
  const inFiles = new Set(found.definitions.map(({ hash }) => hash));
  return { project, parts, inFiles, workflows: listWorkflows({ workflows: found, state, project }) };
}

const toViewing = ({ project, parts: { engine }, workflows: { all }, inFiles }: Loaded) => ({
  inFiles,
  state: engine.state,
  project: project.id,
  all,
  now: engine.ports.clock.now(),
});

export async function listProjectWorkflows(parts: ServiceParts, root: string): Promise<WorkflowList> {
  const loaded = await load(parts, root);
  return {
    default: loaded.project.config.workflow,
    workflows: viewWorkflows(toViewing(loaded)),
    problems: summarizeProblems(loaded.workflows.problems),
  };
}

/** @throws OsqrError `unknown-workflow`, `workflow-not-effective` */
export async function showWorkflow(parts: ServiceParts, root: string, name: string): Promise<WorkflowView> {
  const loaded = await load(parts, root);
  return viewWorkflow(toViewing(loaded), pick(loaded, name));
}

function pick({ workflows, parts, project }: Loaded, name: string): WorkflowDefinition {
  const wanted = { name, location: { path: project.root, line: 1 } };
  const found = pickWorkflow(workflows, wanted, parts.engine.ports.clock.now());
  if ("steps" in found) return found;
  throw toError(found);
}

const toError = ({ code, message, hint }: SpecProblem): OsqrError =>
  new OsqrError(code, message, { hints: hint === null ? [] : [hint] });

/**
 * Looks at the workflows of the checkout, committed or not: what is wrong is found before it counts.
 *
 * @throws OsqrError where the folder cannot be read
 */
export async function checkWorkflows(parts: ServiceParts, root: string): Promise<WorkflowCheck> {
  const project = await parts.projects.load(root);
  const found = await readWorkflowsOf(project.root);
  const { state } = parts.engine;
  const workflows = listWorkflows({ workflows: found, state, project });
  const { fresh, all } = workflows;
  const { config, sources } = project;
  const gates = await findGates(project.files, config.gates);
  const names = {
    roles: config.roles,
    gates: gates.map(({ name }) => name),
    config: sources.roles ?? { path: PROJECT_CONFIG, line: 1 },
  };
  const wanted = { name: config.workflow, location: sources.workflow ?? { path: PROJECT_CONFIG, line: 1 } };
  const usual = pickWorkflow(workflows, wanted, parts.engine.ports.clock.now());
  const problems = [
    ...workflows.problems,
    ...checkNames(found.definitions, names, "error"),
    ...checkRoles(all, names),
    ...("steps" in usual ? [] : [usual]),
  ];
  const committed = await readWorkflowFiles(project.files);
  const known = new Set(committed.definitions.map(({ hash }) => hash));
  const named = (each: WorkflowDefinition): string => `${each.name}@${each.version}`;
  return {
    ok: problems.every(({ severity }) => severity !== "error"),
    files: new Set([
      ...found.definitions.map(({ source }) => source),
      ...found.problems.map(({ location }) => location.path),
    ]).size,
    checked: found.definitions.map(named),
    // What was edited in place is a fault, and no new version.
    uncommitted: found.definitions.filter((each) => !known.has(each.hash) && all.includes(each)).map(named),
    unused: fresh.map(named),
    problems,
  };
}

/**
 * The difference of two versions; one of the checkout counts too, committed or not. Without numbers: of the newest and the one
 * before it.
 *
 * @throws OsqrError `unknown-workflow`
 */
export async function diffWorkflowVersions(
  parts: ServiceParts,
  root: string,
  { name, from, to }: { readonly name: string; readonly from: number | null; readonly to: number | null },
): Promise<WorkflowDiff> {
  const { workflows, project } = await load(parts, root);
  const own = workflows.all.filter((each) => each.name === name);
  const drafts = (await readWorkflowsOf(project.root)).definitions.filter(
    (each) => each.name === name && !own.some(({ version }) => version === each.version),
  );
  const versions = [...own, ...drafts].sort((a, b) => a.version - b.version);
  const newest = versions.at(-1);
  if (newest === undefined) throw sayNoWorkflow(workflows, name);
  const after = to === null ? newest : findVersion(versions, to);
  const previous = versions.filter(({ version }) => version < after.version).at(-1);
  const before = from === null ? previous : findVersion(versions, from);
  if (before === undefined) {
    throw new OsqrError(
      "unknown-workflow",
      `${name} has one version alone, ${after.version}: nothing to compare`,
      {
        hints: [`osqr workflow show ${name}`],
      },
    );
  }
  const { lines } = diffWorkflows(before, after);
  const uncommitted = drafts.includes(after);
  return { name, from: before.version, to: after.version, change: after.change, uncommitted, lines };
}

function findVersion(versions: readonly WorkflowDefinition[], wanted: number): WorkflowDefinition {
  const found = versions.find(({ version }) => version === wanted);
  if (found !== undefined) return found;
  const there = versions.map(({ version }) => version).join(", ");
  const [{ name }] = versions as [WorkflowDefinition];
  throw new OsqrError("unknown-workflow", `${name} has no version ${wanted}; it has ${there}`, {
    hints: ["osqr workflow history"],
  });
}

function sayNoWorkflow({ all }: Workflows, name: string): OsqrError {
  const nearest = findNearestName(name, [...new Set(all.map((each) => each.name))]);
  const hint = nearest === null ? "osqr workflow list" : `did you mean ${nearest}?`;
  return new OsqrError("unknown-workflow", `no workflow is called "${name}"`, { hints: [hint] });
}

/** Who changed which workflow when, why and with what effect (FR-022). `name` null: of all. */
export async function readWorkflowHistory(
  parts: ServiceParts,
  root: string,
  name: string | null,
): Promise<WorkflowHistory> {
  const loaded = await load(parts, root);
  if (name !== null && !loaded.workflows.all.some((each) => each.name === name))
    throw sayNoWorkflow(loaded.workflows, name);
  return viewHistory(toViewing(loaded), name);
}
