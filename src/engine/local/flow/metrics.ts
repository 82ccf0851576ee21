import { OsqrError } from "../../../core/errors.ts";
import type { EpochMs, ProjectId, WorkstreamId } from "../../../core/model/ids.ts";
import type { State } from "../../../core/model/state.ts";
import { findNearestName } from "../../../core/nearest-name.ts";
import { buildFlow, isProject } from "../../../core/report/flow/build-flow.ts";
import { renderExport } from "../../../core/report/flow/export.ts";
import type { FlowFilter, FlowReport } from "../../../core/report/flow/types.ts";
import { listBuiltIns } from "../../../core/workflow/built-in.ts";
import type { ExportQuery, FlowQuery } from "../../flow-service.ts";
import { needNamed } from "../names.ts";
import type { LocalProject } from "../projects.ts";

/** Workstreams of that name in any project. @throws `unknown-workstream` */
function findEverywhere(state: State, name: string): WorkstreamId[] {
  const all = [...state.workstreams.values()];
  const found = all.filter((workstream) => workstream.name === name);
  if (found.length > 0) return found.map(({ id }) => id);
  const nearest = findNearestName(
    name,
    all.map((workstream) => workstream.name),
  );
  throw new OsqrError("unknown-workstream", `no workstream "${name}" in any project of this home`, {
    hints: nearest === null ? [] : [`did you mean ${nearest}?`],
  });
}

function selectNamed(
  state: State,
  project: ProjectId | null,
  names: readonly string[],
): ReadonlySet<WorkstreamId> | null {
  if (names.length === 0) return null;
  const findOne = (name: string): readonly WorkstreamId[] =>
    project === null ? findEverywhere(state, name) : [needNamed(state, project, name).id];
  return new Set(names.flatMap(findOne));
}

/** @throws `unknown-project` with what there is */
function checkProject(state: State, text: string): string {
  const known = [...state.projects.values()];
  if (known.some(({ id }) => isProject(state, { project: id }, text))) return text;
  const roots = known.map(({ root }) => root);
  throw new OsqrError("unknown-project", `no project "${text}"; there are: ${roots.join(", ") || "none"}`, {
    hints: ["name its root, or its folder"],
  });
}

const inScope = <Each extends { readonly project: ProjectId }>(
  each: Iterable<Each>,
  project: ProjectId | null,
): readonly Each[] => [...each].filter((one) => project === null || one.project === project);

/** Workflows by name and by `name@version`: used, in the history, built in, and those that the caller knows of. */
function listWorkflowNames(state: State, project: ProjectId | null, more: readonly string[]): string[] {
  const used = inScope(state.workstreams.values(), project).map(({ workflow }) => workflow);
  const seen = inScope(state.workflows.values(), project).map(({ definition }) => definition);
  const ids = [...used, ...seen, ...listBuiltIns()].map(({ name, version }) => `${name}@${version}`);
  return [...new Set([...ids, ...more].flatMap((id) => [id.slice(0, id.lastIndexOf("@")), id]))];
}

/** Everybody who owns something, has signed something, or has a role. */
function listPeople(state: State, project: ProjectId | null): string[] {
  const own = inScope(state.workstreams.values(), project);
  const ids = new Set(own.map(({ id }) => id));
  const tasks = [...state.tasks.values()].filter(({ workstream }) => ids.has(workstream));
  const blockers = [...state.blockers.values()].filter(({ workstream }) => ids.has(workstream));
  const projects = [...state.projects.values()].filter(({ id }) => project === null || id === project);
  const names = [...own, ...tasks, ...blockers].map(({ owner }) => owner);
  const signers = own.flatMap(({ signOffs }) => signOffs.map(({ by }) => by));
  const people = projects.flatMap(({ roles }) => Object.values(roles).flat());
  return [...new Set([...names.filter((name) => name !== null), ...signers, ...people])].sort();
}

const NAMES_MAX = 20;

/** @throws `unknown-workflow`, `unknown-owner` with the nearest name and what there is */
function checkKnown(code: string, what: string, text: string | null, known: readonly string[]): void {
  if (text === null || known.includes(text)) return;
  const nearest = findNearestName(text, known);
  const shown = known.filter((name) => !name.includes("@")).slice(0, NAMES_MAX);
  throw new OsqrError(code, `no ${what} "${text}" here or in the history`, {
    hints: [
      ...(nearest === null ? [] : [`did you mean ${nearest}?`]),
      shown.length === 0 ? "there is none yet" : `there are ${shown.join(", ")}`,
    ],
  });
}

type Place = Pick<LocalProject, "id" | "root"> | null;

/** Flow metrics of a project, or of all of the home. */
export function readMetrics(
  state: State,
  project: Place,
  asking: { readonly query: FlowQuery; readonly now: EpochMs; readonly workflows?: readonly string[] },
): FlowReport {
  const { query, now, workflows = [] } = asking;
  const { names, detail, isBrief = false, since, until, owner, workflow, status } = query;
  const asked = query.project === null ? null : checkProject(state, query.project);
  const filter: FlowFilter = { since, until, owner, workflow, status, project: project?.root ?? asked };
  const scope = project?.id ?? null;
  checkKnown("unknown-workflow", "workflow", workflow, listWorkflowNames(state, scope, workflows));
  checkKnown("unknown-owner", "owner", owner, listPeople(state, scope));
  const only = selectNamed(state, project?.id ?? null, names);
  return buildFlow(state, { filter, only, detail, isBrief, now });
}

/** The same as the text of a file. */
export function exportMetrics(
  state: State,
  project: Place,
  asking: { readonly query: ExportQuery; readonly now: EpochMs; readonly workflows?: readonly string[] },
): string {
  const { query } = asking;
  const report = readMetrics(state, project, { ...asking, query: { ...query, detail: true } });
  return renderExport(report, query.format, query.rows);
}
