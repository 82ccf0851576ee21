/** Flow metrics over a state: the portfolio, its roll-ups and its workstreams. Pure: the clock is handed in. */
import type { EpochMs, WorkstreamId } from "../../model/ids.ts";
import type { State } from "../../model/state.ts";
import type { Workstream } from "../../model/work.ts";
import { statusOf } from "../../status.ts";
import { collectFacts } from "./facts.ts";
import { toIso } from "./iso.ts";
import { type Measured, measureItem } from "./measure-item.ts";
import { rollUp } from "./roll-up.ts";
import { rollUpSteps } from "./steps.ts";
import { FLOW_SCHEMA_VERSION, type FlowFilter, type FlowGroup, type FlowReport } from "./types.ts";
import { nameOfWorkflow, viewItem } from "./view-item.ts";
import { readWindow, type Window } from "./window.ts";

export interface FlowRequest {
  readonly filter: FlowFilter;
  /** Null: all. */
  readonly only: ReadonlySet<WorkstreamId> | null;
  /** With what stands behind the figures of each workstream. */
  readonly detail: boolean;
  /** Workstreams without their steps: for a table of many. @default false */
  readonly isBrief?: boolean;
  readonly now: EpochMs;
}

export const NO_FILTER: FlowFilter = {
  since: null,
  until: null,
  owner: null,
  workflow: null,
  status: null,
  project: null,
};

const lastPart = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Whether a text names a project: its id, its root, or the folder's name. */
export function isProject(state: State, { project: id }: Pick<Workstream, "project">, text: string): boolean {
  const root = state.projects.get(id)?.root ?? "";
  return text === id || text === root || text === lastPart(root);
}

function isOwned(state: State, { owner, tasks }: Workstream, name: string): boolean {
  return owner === name || tasks.some((id) => state.tasks.get(id)?.owner === name);
}

function isWanted(state: State, workstream: Workstream, { filter, only }: FlowRequest): boolean {
  const { owner, workflow, status, project } = filter;
  if (only !== null && !only.has(workstream.id)) return false;
  if (project !== null && !isProject(state, workstream, project)) return false;
  if (status !== null && statusOf(state, workstream) !== status) return false;
  if (owner !== null && !isOwned(state, workstream, owner)) return false;
  return (
    workflow === null ||
    workflow === workstream.workflow.name ||
    workflow === nameOfWorkflow(workstream.workflow)
  );
}

/** Groups in the order of their keys, those without a key last. */
function groupBy(
  items: readonly Measured[],
  window: Window,
  keyOf: (workstream: Workstream) => string | null,
): readonly FlowGroup[] {
  const groups = [...Map.groupBy(items, ({ facts }) => keyOf(facts.workstream))];
  return groups
    .sort(([a], [b]) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : 1))
    .map(([key, some]) => ({ key, figures: rollUp(some, window) }));
}

/**
 * Flow metrics (FR-013, FR-017).
 *
 * @throws OsqrError `bad-time`, `bad-window`
 */
export function buildFlow(state: State, request: FlowRequest): FlowReport {
  const { filter, now, detail, isBrief = false } = request;
  const facts = collectFacts(state, (workstream) => isWanted(state, workstream, request));
  const first = facts.reduce(
    (min, { workstream }) => Math.min(min, workstream.addedAt),
    Number.POSITIVE_INFINITY,
  );
  const window = readWindow(filter, now, facts.length === 0 ? null : first);
  const items = facts.flatMap((each) => measureItem(each, window) ?? []);
  const rootOf = ({ project }: Workstream): string => state.projects.get(project)?.root ?? project;
  return {
    schemaVersion: FLOW_SCHEMA_VERSION,
    generatedAt: toIso(now),
    window: { since: toIso(window.from), until: toIso(window.to), ms: Math.max(0, window.to - window.from) },
    filter,
    total: rollUp(items, window),
    steps: rollUpSteps(items, window),
    byProject: groupBy(items, window, rootOf),
    byWorkflow: groupBy(items, window, ({ workflow }) => nameOfWorkflow(workflow)),
    byOwner: groupBy(items, window, ({ owner }) => owner),
    items: items.map((item) => viewItem(state, item, { now, detail, isBrief })),
  };
}
