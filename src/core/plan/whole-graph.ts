import type { GraphRanks } from "../model/event.ts";
import type { TaskId, WorkstreamId } from "../model/ids.ts";
import type { Task, Workstream } from "../model/work.ts";
import { isSameValue } from "../same-value.ts";
import type { BuiltWorkstream } from "./build-tasks.ts";
import { estimateTask, type History } from "./estimates.ts";
import { buildGraph, type Graph, type GraphWorkstream } from "./graph.ts";
import type { PlanInput } from "./input.ts";
import { levelRanks, type Ordered, rankTasks, type TaskRank } from "./ranks.ts";
import { listStanding, type Scope } from "./scope.ts";
import type { Serialized } from "./serialize.ts";
import type { PlayedTask, PlayedWorkstream } from "./simulate.ts";
import type { Estimate } from "./types.ts";

/** A task in the graph, with where its estimate comes from. */
export interface WholeTask extends PlayedTask {
  readonly source: Estimate["source"];
}

/** New workstreams and all that are still open, as one graph. */
export interface Whole {
  readonly graph: Graph<WholeTask>;
  readonly byId: ReadonlyMap<TaskId, WholeTask>;
  readonly ranks: ReadonlyMap<TaskId, TaskRank>;
  readonly workstreams: ReadonlyMap<WorkstreamId, PlayedWorkstream & GraphWorkstream>;
}

export function buildWhole(
  scope: Scope,
  built: readonly BuiltWorkstream[],
  serialized: Serialized,
  history: History,
): Whole {
  const standing = listStanding(scope);
  const apart = listApart(scope, serialized);
  const tasks = [
    ...standing.flatMap((each) => listStandingTasks(scope.input, each, history)),
    ...built.flatMap(listBuiltTasks),
  ];
  const workstreams = [
    ...standing.map((each) => ({ ...each, apart: [...(apart.get(each.id)?.keys() ?? [])] })),
    ...built.map(({ registration: { workstream }, stacksOn }) => ({
      id: workstream.id,
      number: workstream.number,
      position: workstream.position,
      boost: 0,
      started: false,
      apart: [...(apart.get(workstream.id)?.keys() ?? [])],
      stacksOn,
    })),
  ];
  const graph = buildGraph(tasks, workstreams);
  return {
    graph,
    byId: new Map(tasks.map((task) => [task.id, task])),
    ranks: rankWhole(scope, built, graph),
    workstreams: new Map(workstreams.map((each) => [each.id, each])),
  };
}

/** Ranks of all open tasks; closed ones only take part in levelling those before them. */
function rankWhole(
  scope: Scope,
  built: readonly BuiltWorkstream[],
  graph: Graph<WholeTask>,
): ReadonlyMap<TaskId, TaskRank> {
  const raw = rankTasks(graph);
  const open = graph.tasks.map(({ id, workstream, order }, node): Ordered & { workstream: WorkstreamId } => ({
    id,
    workstream,
    order,
    ...(raw[node] as TaskRank),
  }));
  const byWorkstream = Map.groupBy(open, ({ workstream }) => workstream);
  const closed = new Map<WorkstreamId, readonly Ordered[]>();
  const { state } = scope.input;
  for (const { id, tasks } of listStanding(scope)) {
    const done = tasks.flatMap((task) => state.tasks.get(task) ?? []).filter(isClosed);
    closed.set(
      id,
      done.map(({ inheritedPriority: priority, ...task }) => ({ ...task, priority })),
    );
  }
  for (const { registration, tasks } of built) {
    const { id, priority } = registration.workstream;
    const done = tasks.filter(({ draft }) => draft.already);
    closed.set(
      id,
      done.map((task) => ({
        id: task.id,
        order: task.draft.order,
        tailMs: task.draft.estimateMs,
        priority,
      })),
    );
  }
  const all = [...byWorkstream].flatMap(([id, tasks]) => levelRanks([...tasks, ...(closed.get(id) ?? [])]));
  return new Map(all.map(({ id, tailMs, priority }) => [id, { tailMs, priority }]));
}

const isClosed = ({ state: { kind } }: Pick<Task, "state">): boolean =>
  kind === "completed" || kind === "cancelled";

function listBuiltTasks({ registration, tasks }: BuiltWorkstream): WholeTask[] {
  const { id, priority } = registration.workstream;
  return tasks.flatMap(({ id: task, draft, estimate }) => {
    if (draft.already) return [];
    const { phase, requires, order, uses, estimateMs } = draft;
    const times = { durationMs: estimateMs, ...estimate };
    return [{ id: task, workstream: id, phase, requires, priority, order, uses, ...times }];
  });
}

function listStandingTasks(
  { state, config }: PlanInput,
  workstream: Workstream,
  history: History,
): WholeTask[] {
  const open = workstream.tasks.flatMap((id) => state.tasks.get(id) ?? []).filter((task) => !isClosed(task));
  return open.map(({ id, phase, requires, order, uses, key, executor, script, estimateMs, state: now }) => {
    const spec = workstream.spec.path ?? workstream.name;
    const estimate = estimateTask(history, config, { spec, task: key, executor, script });
    const { priority } = workstream;
    // Ranks keep to the first estimate, so that they change only when the graph does.
    const times = { durationMs: estimateMs, ...(now.kind === "blocked" ? NEVER : estimate) };
    return { id, workstream: workstream.id, phase, requires, priority, order, uses, ...times };
  });
}

const NEVER = { lowMs: 0, highMs: 0, source: "default" } as const;

type Apart = ReadonlyMap<WorkstreamId, ReadonlyMap<WorkstreamId, readonly string[]>>;

/** Who is kept apart from whom, with the shared paths: what stood before and what this plan adds. */
export function listApart(scope: Scope, { apart }: Pick<Serialized, "apart">): Apart {
  const replaced = new Set<WorkstreamId>();
  for (const { id, replaces } of scope.fresh.values()) if (replaces) replaced.add(id);
  const all = new Map<WorkstreamId, Map<WorkstreamId, readonly string[]>>();
  const add = (from: WorkstreamId, to: WorkstreamId, paths: readonly string[]): void => {
    const list = all.get(from) ?? new Map<WorkstreamId, readonly string[]>();
    all.set(from, list.set(to, paths));
  };
  for (const { id, overlaps } of listStanding(scope)) {
    for (const { workstream, paths } of overlaps) if (!replaced.has(workstream)) add(id, workstream, paths);
  }
  for (const { a, b, paths } of apart) {
    add(a, b, paths);
    add(b, a, paths);
  }
  return all;
}

/** The overlaps to record: of new workstreams, and of those whose list changes with them. */
export function listChangedOverlaps(standing: readonly Workstream[], apart: Apart): GraphRanks["overlaps"] {
  const known = new Map(standing.map((each) => [each.id, each.overlaps]));
  const ids = new Set([...apart.keys(), ...known.keys()]);
  return [...ids].flatMap((id) => {
    const next = [...(apart.get(id) ?? [])].map(([workstream, paths]) => ({ workstream, paths }));
    const before = known.get(id) ?? [];
    const isSame = isSameValue(before, next);
    return isSame ? [] : [{ workstream: id, with: next }];
  });
}
