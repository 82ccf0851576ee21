/** Views of workflows: what there is, what is in force, who changed what and why. */
import type { Migration } from "../model/flow.ts";
import type { EpochMs, ProjectId } from "../model/ids.ts";
import type { SpecProblem } from "../model/spec.ts";
import type { RecordedWorkflow, State } from "../model/state.ts";
import type { WorkflowChange, WorkflowDefinition, WorkflowStep } from "../model/workflow.ts";
import { isEnded } from "../status.ts";
import { BUILT_IN } from "../workflow/built-in.ts";
import { startOf } from "../workflow/select.ts";

/** One version in a list. */
export interface WorkflowVersionView {
  readonly name: string;
  readonly version: number;
  readonly title: string;
  /** Path in the repository, `built-in`, or that there is no file any more. */
  readonly source: string;
  /** ISO date from which new workstreams take it; null: at once. */
  readonly effective: string | null;
  /** New workstreams take this version now. */
  readonly inForce: boolean;
  readonly steps: readonly string[];
  /** Open workstreams that go through this version. */
  readonly workstreams: readonly string[];
  /** First taken into the history, ISO; null: not used yet, or built in. */
  readonly recordedAt: string | null;
  readonly change: WorkflowChange | null;
}

export interface WorkflowList {
  /** Workflow of specs that name none. */
  readonly default: string;
  readonly workflows: readonly WorkflowVersionView[];
  readonly problems: readonly SpecProblem[];
}

export interface WorkflowView extends WorkflowVersionView {
  readonly definition: readonly WorkflowStep[];
  readonly hash: string;
}

export interface WorkflowDiff {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Who made the newer version, why, and what it means; null: it says nothing of it. */
  readonly change: WorkflowChange | null;
  /** The newer version stands in the checkout alone. */
  readonly uncommitted: boolean;
  readonly lines: readonly string[];
}

interface Viewing {
  readonly state: State;
  readonly project: ProjectId;
  readonly all: readonly WorkflowDefinition[];
  readonly now: EpochMs;
  /** Hashes of what stands in files now; absent: all do. */
  readonly inFiles?: ReadonlySet<string>;
}

/** In place of a path: the history alone holds the version. */
export const NO_FILE = "recorded, no file any more";

function isInForce(definition: WorkflowDefinition, { all, now }: Viewing): boolean {
  const others = all.filter(({ name }) => name === definition.name);
  const inForce = others.filter((each) => startOf(each) <= now);
  return inForce.every(({ version }) => version <= definition.version) && startOf(definition) <= now;
}

function findRecord(
  { state, project }: Viewing,
  { name, version }: WorkflowDefinition,
): RecordedWorkflow | null {
  for (const record of state.workflows.values()) {
    const { definition } = record;
    if (record.project === project && definition.name === name && definition.version === version)
      return record;
  }
  return null;
}

/** Open workstreams by the workflow that they go through, `name@version`. */
function listUsers({ state, project }: Viewing): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  for (const id of state.projects.get(project)?.workstreams ?? []) {
    const workstream = state.workstreams.get(id);
    if (workstream === undefined || isEnded(workstream) || workstream.intent === "cancelled") continue;
    const key = `${workstream.workflow.name}@${workstream.workflow.version}`;
    users.set(key, [...(users.get(key) ?? []), workstream.name]);
  }
  return users;
}

/** All versions, by name, the newest first. */
export function viewWorkflows(viewing: Viewing): readonly WorkflowVersionView[] {
  const users = listUsers(viewing);
  const sorted = [...viewing.all].sort(
    (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) || b.version - a.version,
  );
  return sorted.map((definition) => viewVersion(viewing, definition, users));
}

function viewVersion(
  viewing: Viewing,
  definition: WorkflowDefinition,
  users: ReadonlyMap<string, readonly string[]>,
): WorkflowVersionView {
  const { name, version, title, effective, steps, change } = definition;
  const record = findRecord(viewing, definition);
  const isGone = record !== null && viewing.inFiles?.has(definition.hash) === false;
  const source = isGone ? NO_FILE : definition.source;
  return {
    name,
    version,
    title,
    source,
    effective,
    inForce: isInForce(definition, viewing),
    steps: steps.map(({ key }) => key),
    workstreams: users.get(`${name}@${version}`) ?? [],
    recordedAt: record === null ? null : new Date(record.at).toISOString(),
    change,
  };
}

/** One version in full. */
export function viewWorkflow(viewing: Viewing, definition: WorkflowDefinition): WorkflowView {
  const view = viewVersion(viewing, definition, listUsers(viewing));
  return { ...view, definition: definition.steps, hash: definition.hash };
}

/** What a look at the checkout's workflows found. */
export interface WorkflowCheck {
  readonly ok: boolean;
  /** How many were looked at. */
  readonly files: number;
  /** `name@version` of each that can be used. */
  readonly checked: readonly string[];
  /** Of these: not in the base yet, so that no plan takes them. */
  readonly uncommitted: readonly string[];
  /** Not in the history yet. */
  readonly unused: readonly string[];
  readonly problems: readonly SpecProblem[];
}

/** One line of a workflow's history. */
export interface WorkflowHistoryEntry {
  /** ISO; null: no work has used the version yet. */
  readonly at: string | null;
  readonly name: string;
  readonly version: number;
  /** `policy`: the rules of the project changed; then the name is `policy` and the version 0. */
  readonly kind: "recorded" | "migration" | "policy";
  readonly author: string;
  readonly reason: string;
  readonly impact: string;
  readonly effective: string | null;
  /** Of a migration: its id and what it moved. */
  readonly migration: string | null;
  readonly workstream: string | null;
}

export interface WorkflowHistory {
  readonly entries: readonly WorkflowHistoryEntry[];
}

type Ordered = WorkflowHistoryEntry & { readonly order: number };

/**
 * Versions as they were first seen, migrations between them, and changes of the rules that work is ordered by, the oldest first.
 * `name` null: of all workflows; rules belong to none.
 */
export function viewHistory(viewing: Viewing, name: string | null): WorkflowHistory {
  const { state, project } = viewing;
  const entries: Ordered[] = name === null ? listPolicyChanges(state, project) : [];
  for (const { project: owner, definition, at, brought } of state.workflows.values()) {
    if (owner !== project || (name !== null && definition.name !== name)) continue;
    const { version, change, effective } = definition;
    entries.push({
      order: at,
      at: new Date(at).toISOString(),
      name: definition.name,
      version,
      kind: "recorded",
      author: change?.author ?? brought?.author ?? "",
      reason: change?.reason ?? brought?.subject ?? "first version",
      impact: change?.impact ?? "",
      effective,
      migration: null,
      workstream: null,
    });
  }
  for (const migration of state.migrations.values()) {
    const workstream = state.workstreams.get(migration.workstream);
    const { from, to, by, reason, at, id } = migration;
    const isOurs = workstream?.project === project;
    if (!isOurs || (name !== null && to.workflow !== name && from.workflow !== name)) continue;
    entries.push({
      order: at,
      at: new Date(at).toISOString(),
      name: to.workflow,
      version: to.version,
      kind: "migration",
      author: by,
      reason,
      impact: sayImpact(migration),
      effective: null,
      migration: id,
      workstream: workstream.name,
    });
  }
  for (const definition of viewing.all) {
    const isOwn = definition.source !== BUILT_IN && (name === null || definition.name === name);
    if (isOwn && findRecord(viewing, definition) === null) entries.push(viewUnused(definition));
  }
  return { entries: entries.sort((a, b) => a.order - b.order).map(({ order: _, ...entry }) => entry) };
}

/** A version in the base that the history does not have: it comes last. */
function viewUnused({ name, version, change, effective }: WorkflowDefinition) {
  return {
    order: Number.MAX_SAFE_INTEGER,
    at: null,
    name,
    version,
    kind: "recorded" as const,
    author: change?.author ?? "",
    reason: change?.reason ?? "first version",
    impact: change?.impact ?? "",
    effective,
    migration: null,
    workstream: null,
  };
}

function listPolicyChanges(state: State, project: ProjectId): Ordered[] {
  const { policyChanges = [] } = state.projects.get(project) ?? {};
  return policyChanges.map(({ at, author, reason, changes }) => ({
    order: at,
    at: new Date(at).toISOString(),
    name: "policy",
    version: 0,
    kind: "policy",
    author,
    reason,
    impact: changes.join("; ") || "nothing that work is ordered by",
    effective: null,
    migration: null,
    workstream: null,
  }));
}

function sayImpact({ from, to, rollsBack }: Migration): string {
  const isText = from.specHash !== to.specHash;
  const isSame = from.workflow === to.workflow && from.version === to.version;
  return [
    ...(rollsBack === null ? [] : [`takes back ${rollsBack}`]),
    ...(isSame && isText ? [] : [`from ${from.workflow}@${from.version}`]),
    ...(isText ? ["another text of its spec"] : []),
  ].join("; ");
}
