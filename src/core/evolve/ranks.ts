import type { Event } from "../model/event.ts";
import type { WorkstreamId } from "../model/ids.ts";
import type { Task } from "../model/work.ts";
import { type Draft, needTask, needWorkstream, PRIORITY_RANK, putWorkstream, refreshTask } from "./draft.ts";

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

export function rankGraph(draft: Draft, event: Of<"graph_ranked">): void {
  const changed = new Set<WorkstreamId>();
  for (const { task: id, tailMs, priority } of event.tasks) {
    const task = draft.tasks.get(id);
    if (task === undefined) continue;
    draft.tasks = draft.tasks.set(id, { ...task, tailMs, inheritedPriority: priority });
    changed.add(task.workstream);
  }
  for (const id of changed) levelRanks(draft, id);
  for (const id of changed) refreshReady(draft, id, event.kind);
  for (const { workstream, with: overlaps } of event.overlaps) {
    if (draft.workstreams.has(workstream)) putWorkstream(draft, workstream, { overlaps });
  }
  for (const { workstream, on } of event.stacks) setStacks(draft, workstream, on);
}

function refreshReady(draft: Draft, id: WorkstreamId, event: string): void {
  for (const task of needWorkstream(draft, id).tasks) {
    if (needTask(draft, task).state.kind === "ready") refreshTask(draft, task, event);
  }
}

/**
 * Inside a workstream the order counts (FR-005), whatever the policy between workstreams is: no task ranks behind a later
 * one. So each takes the longest tail and the best priority of itself and of those with the same or a higher order.
 */
export function levelRanks(draft: Draft, id: WorkstreamId): void {
  const tasks = needWorkstream(draft, id).tasks.map((task) => needTask(draft, task));
  const orders = [...new Set(tasks.map(({ order }) => order))].sort((a, b) => b - a);
  const byOrder = Map.groupBy(tasks, ({ order }) => order);
  let tailMs = 0;
  let inheritedPriority: Task["inheritedPriority"] = "low";
  for (const order of orders) {
    const group = byOrder.get(order) ?? [];
    for (const task of group) {
      tailMs = Math.max(tailMs, task.tailMs);
      if (PRIORITY_RANK[task.inheritedPriority] < PRIORITY_RANK[inheritedPriority])
        inheritedPriority = task.inheritedPriority;
    }
    for (const task of group) {
      if (task.tailMs === tailMs && task.inheritedPriority === inheritedPriority) continue;
      draft.tasks = draft.tasks.set(task.id, { ...task, tailMs, inheritedPriority });
    }
  }
}

/** Sets what a workstream stands on, with the index of it. What was cancelled or removed holds nothing up. */
export function setStacks(draft: Draft, id: WorkstreamId, on: readonly WorkstreamId[]): void {
  const workstream = draft.workstreams.get(id);
  if (workstream === undefined) return;
  for (const below of workstream.stacksOn) draft.stacked = draft.stacked.delete(`${below}\n${id}`);
  const isComing = (below: WorkstreamId): boolean =>
    (draft.workstreams.get(below)?.intent ?? "cancelled") !== "cancelled";
  const known = on.filter(isComing);
  for (const below of known) draft.stacked = draft.stacked.set(`${below}\n${id}`, id);
  putWorkstream(draft, id, { stacksOn: known });
}
