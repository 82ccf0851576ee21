/**
 * Turns the new specs of a scope into tasks with what they wait for. What cannot hold together is found here (circles
 * through the order of tasks, overlaps that would wait for each other); it is taken out with all that depends on it, and
 * the rest is worked out again, until nothing is left to take out.
 */

import { assert } from "../errors.ts";
import type { TaskFlow } from "../model/drafts.ts";
import type { StepDraft } from "../model/flow-event.ts";
import { type TaskId, toTaskId } from "../model/ids.ts";
import type { SpecTask } from "../model/spec.ts";
import type { ResourceUse } from "../model/work.ts";
import type { WorkflowDefinition } from "../model/workflow.ts";
import { type AppliedTask, applyWorkflow } from "../workflow/apply.ts";
import { findOrderCircles } from "./circles.ts";
import { type Need, toNeed } from "./needs.ts";
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
  /** No work of its own workstream comes before it; a person's word may. Ticked tasks are none. */
  readonly isRoot: boolean;
  /** What its workflow says of it. */
  readonly flow: TaskFlow;
  /** Document that it stands in: the spec, or the workflow. */
  readonly source: string;
  /** Resources that its step shares. */
  readonly uses: readonly ResourceUse[];
  /** What it or its step allows; null: what the config says. */
  readonly timeoutMs: number | null;
}

export interface DraftWorkstream {
  readonly fresh: Fresh;
  readonly workflow: WorkflowDefinition;
  readonly steps: readonly StepDraft[];
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
    const workflow = scope.assigned.get(fresh.spec.key);
    assert(workflow !== undefined, `no workflow was assigned to ${fresh.spec.key}`);
    drafts.push(draftOne(fresh, needs, workflow));
  }
  return drafts.sort((a, b) => a.fresh.number - b.fresh.number);
}

function draftOne(fresh: Fresh, needs: readonly Need[], workflow: WorkflowDefinition): DraftWorkstream {
  const applied = applyWorkflow(fresh.spec, workflow);
  const ofWhole = needs.filter(({ edge }) => edge?.from.task == null);
  const news = ofWhole.filter((need) => need.news === true);
  const byTask = Map.groupBy(needs, ({ edge }) => edge?.from.task ?? null);
  const behindWork = findBehindWork(applied.tasks);
  const tasks = applied.tasks.map(({ task, after, flow, source, uses, timeoutMs }): DraftTask => {
    const id = toTaskId(fresh.id, task.key);
    const rest = { id, task, flow, source, uses, timeoutMs };
    if (task.checked) return { ...rest, after: [], needs: [], isRoot: false };
    const own = byTask.get(task.key) ?? [];
    const isFirst = isWork(flow) && !behindWork.has(task.key);
    const isRoot = isFirst && !own.some((need) => need.on === fresh.id && need.news !== true);
    // What the whole waits for is there when its later tasks start; news may come to any of them.
    const ofAll = isRoot ? ofWhole : isWork(flow) ? news : [];
    return { ...rest, after, needs: [...ofAll, ...own], isRoot };
  });
  return { fresh, workflow, steps: applied.steps, tasks };
}

const isWork = ({ kind }: TaskFlow): boolean => (kind ?? "work") === "work";

/** Keys of tasks that come after a task that does work, directly or through others. */
function findBehindWork(tasks: readonly AppliedTask[]): ReadonlySet<string> {
  const next = new Map<string, string[]>();
  for (const { task, after } of tasks) {
    for (const key of after) (next.get(key) ?? addTo(next, key)).push(task.key);
  }
  const working = tasks.filter(({ task, flow }) => !task.checked && isWork(flow)).map(({ task }) => task.key);
  const behind = new Set<string>();
  for (const queue = [...working]; queue.length > 0; ) {
    for (const key of next.get(queue.pop() ?? "") ?? []) {
      if (behind.has(key)) continue;
      behind.add(key);
      queue.push(key);
    }
  }
  return behind;
}

function addTo(map: Map<string, string[]>, key: string): string[] {
  const list: string[] = [];
  map.set(key, list);
  return list;
}
