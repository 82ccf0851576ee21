import { OsqrError } from "../../../core/errors.ts";
import type { EpochMs, ProjectId, WorkstreamId } from "../../../core/model/ids.ts";
import type { State } from "../../../core/model/state.ts";
import { findNearestName } from "../../../core/nearest-name.ts";
import { buildFlow, isProject } from "../../../core/report/flow/build-flow.ts";
import { renderExport } from "../../../core/report/flow/export.ts";
import type { FlowFilter, FlowReport } from "../../../core/report/flow/types.ts";
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

type Place = Pick<LocalProject, "id" | "root"> | null;

/** Flow metrics of a project, or of all of the home. */
export function readMetrics(
  state: State,
  project: Place,
  { query, now }: { readonly query: FlowQuery; readonly now: EpochMs },
): FlowReport {
  const { names, detail, since, until, owner, workflow, status } = query;
  const asked = query.project === null ? null : checkProject(state, query.project);
  const filter: FlowFilter = { since, until, owner, workflow, status, project: project?.root ?? asked };
  const only = selectNamed(state, project?.id ?? null, names);
  return buildFlow(state, { filter, only, detail, now });
}

/** The same as the text of a file. */
export function exportMetrics(
  state: State,
  project: Place,
  { query, now }: { readonly query: ExportQuery; readonly now: EpochMs },
): string {
  const report = readMetrics(state, project, { query: { ...query, detail: true }, now });
  return renderExport(report, query.format, query.rows);
}
