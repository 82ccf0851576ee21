/**
 * Turns the new specs of a scope into tasks with what they wait for. What cannot hold together is found here (circles
 * through the order of tasks, overlaps that would wait for each other); it is taken out with all that depends on it, and
 * the rest is worked out again, until nothing is left to take out.
 */

import { type TaskId, toTaskId } from "../model/ids.ts";
import type { SpecTask } from "../model/spec.ts";
import { findOrderCircles } from "./circles.ts";
import { type Need, toNeed } from "./needs.ts";
import { orderTasks } from "./own-order.ts";
import type { Fresh } from "./registry.ts";
import type { Scope } from "./scope.ts";
import { type Serialized, serializeOverlaps } from "./serialize.ts";
import { cascade, groupEdges, stopFor } from "./targets.ts";

/** A task of a new workstream. */
export interface DraftTask {
  readonly id: TaskId;
  readonly task: SpecTask;
  /** Keys of the open tasks of its own list that it comes after. */
  readonly after: readonly string[];
  readonly needs: readonly Need[];
  /** Nothing of its own workstream comes before it. Ticked tasks are none. */
  readonly isRoot: boolean;
}

export interface DraftWorkstream {
  readonly fresh: Fresh;
  readonly tasks: readonly DraftTask[];
}

/** `drafts` with all requirements, and the overlaps that stay to be kept apart while they run. */
export function settle(scope: Scope): Serialized {
  for (;;) {
    cascade(scope);
    const drafts = draftAll(scope);
    const circles = findOrderCircles(scope, drafts);
    for (const { problem, keys } of circles) stopFor(scope, problem, keys);
    if (circles.length > 0) continue;
    const serialized = serializeOverlaps(scope, drafts);
    for (const { problem, keys } of serialized.deadlocks) stopFor(scope, problem, keys);
    if (serialized.deadlocks.length === 0) return serialized;
  }
}

function draftAll(scope: Scope): readonly DraftWorkstream[] {
  const edges = groupEdges(scope.check.edges);
  const drafts: DraftWorkstream[] = [];
  for (const fresh of scope.fresh.values()) {
    const needs = (edges.get(fresh.spec.key) ?? []).flatMap((edge) => toNeed(scope, fresh, edge) ?? []);
    drafts.push(draftOne(fresh, needs));
  }
  return drafts.sort((a, b) => a.fresh.number - b.fresh.number);
}

function draftOne(fresh: Fresh, needs: readonly Need[]): DraftWorkstream {
  const order = orderTasks(fresh.spec.tasks);
  const ofWhole = needs.filter(({ edge }) => edge?.from.task == null);
  const byTask = Map.groupBy(needs, ({ edge }) => edge?.from.task ?? null);
  const tasks = fresh.spec.tasks.map((task): DraftTask => {
    const id = toTaskId(fresh.id, task.key);
    if (task.checked) return { id, task, after: [], needs: [], isRoot: false };
    const after = order.get(task.key) ?? [];
    const own = byTask.get(task.key) ?? [];
    const isRoot = after.length === 0 && !own.some((need) => need.on === fresh.id);
    return { id, task, after, needs: isRoot ? [...ofWhole, ...own] : own, isRoot };
  });
  return { fresh, tasks };
}
