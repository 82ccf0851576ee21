import type { TaskId, WorkstreamId } from "../model/ids.ts";
import type { Workstream } from "../model/work.ts";
import type { BuiltWorkstream } from "./build-tasks.ts";
import { parseRequirement } from "./requirement.ts";
import type { Scope } from "./scope.ts";
import type { Serialized } from "./serialize.ts";
import type { PlannedEdge } from "./types.ts";

/** Who waits for whom among the workstreams of a plan; each pair once per type. */
export function listEdges(
  scope: Scope,
  built: readonly BuiltWorkstream[],
  known: readonly Workstream[],
  serialized: Serialized,
  order: readonly WorkstreamId[],
): readonly PlannedEdge[] {
  const edges = new Edges(new Set(order));
  for (const { from } of built) {
    for (const { task, needs } of from.tasks) {
      for (const { edge, on, news } of needs) {
        if (edge === null) continue;
        const { dependency, to } = edge;
        if (dependency.type === "approval" || dependency.type === "resource") continue;
        const what = dependency.type === "output" ? dependency.artifact : (to.task ?? to.phase ?? "");
        edges.add(
          from.fresh.id,
          on,
          news === true ? "news" : dependency.type,
          edge.from.task === null ? what : `${task.key}: ${what}`,
        );
      }
    }
  }
  for (const { tasks } of known) for (const id of tasks) addKnown(edges, scope, id);
  const place = new Map(order.map((id, index) => [id, index]));
  for (const { a, b, paths } of serialized.apart) {
    const isLater = (place.get(a) ?? 0) > (place.get(b) ?? 0);
    edges.add(isLater ? a : b, isLater ? b : a, "overlap", paths.join(", "));
  }
  for (const { a, b, paths } of serialized.ordered) edges.add(a, b, "overlap", paths.join(", "));
  return edges.list();
}

function addKnown(edges: Edges, scope: Scope, id: TaskId): void {
  const task = scope.input.state.tasks.get(id);
  if (task === undefined) return;
  for (const source of task.news ?? []) {
    const hash = source.indexOf("#");
    const on = (hash === -1 ? source : source.slice(0, hash)) as WorkstreamId;
    edges.add(task.workstream, on, "news", hash === -1 ? "" : source.slice(hash + 1));
  }
  for (const requirement of task.requires) {
    const parsed = parseRequirement(requirement);
    if (parsed === null || !("workstream" in parsed)) continue;
    const { kind, workstream } = parsed;
    if (kind === "artifact") edges.add(task.workstream, workstream, "output", parsed.path);
    else if (kind === "done") edges.add(task.workstream, workstream, "knowledge", "");
    else edges.add(task.workstream, workstream, "completion", "");
  }
}

class Edges {
  readonly #ids: ReadonlySet<WorkstreamId>;
  readonly #all = new Map<string, { edge: PlannedEdge; details: Set<string> }>();

  constructor(ids: ReadonlySet<WorkstreamId>) {
    this.#ids = ids;
  }

  add(from: WorkstreamId, to: WorkstreamId, type: PlannedEdge["type"], detail: string): void {
    if (from === to || !this.#ids.has(from) || !this.#ids.has(to)) return;
    const key = `${from}\n${to}\n${type}`;
    const found = this.#all.get(key) ?? { edge: { from, to, type, detail }, details: new Set<string>() };
    const text = detail.replace(/: $/, "");
    if (text !== "") found.details.add(text);
    this.#all.set(key, found);
  }

  list(): readonly PlannedEdge[] {
    return [...this.#all.values()].map(({ edge, details }) => ({
      ...edge,
      detail: [...details].slice(0, 10).join(", "),
    }));
  }
}
