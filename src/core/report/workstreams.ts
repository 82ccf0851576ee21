import { needTask } from "../evolve/draft.ts";
import type { AttemptId, TaskId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Attempt, Task, Workstream } from "../model/work.ts";
import { progressOf, statusOf } from "../status.ts";
import { toActiveForm } from "./active-form.ts";
import type { TaskView, WorkstreamView } from "./types.ts";
import { listHolders, nameOfTask, nameOfWorkstream, wordsOfWait } from "./words.ts";

function lastAttempt(state: State, task: Task): Attempt | undefined {
  return state.attempts.get(task.attempts.at(-1) as AttemptId);
}

const isToDo = ({ state: { kind } }: Task): boolean => kind === "pending" || kind === "ready";

export function viewTask(state: State, task: Task): TaskView {
  const attempt = lastAttempt(state, task);
  const skipped = task.state.kind === "completed" && task.state.how === "skipped";
  return {
    id: nameOfTask(state, task.id),
    key: task.key,
    title: task.title,
    status: skipped ? "skipped" : task.state.kind,
    phase: task.phase,
    attempts: task.attempts.length,
    workMs: isToDo(task) ? 0 : (attempt?.workMs ?? 0),
    added: attempt?.added ?? 0,
    deleted: attempt?.deleted ?? 0,
    files: attempt?.files ?? [],
    warnings: attempt?.warnings ?? [],
    waitsFor: wordsOfWait(state, task),
    activity: task.state.kind === "running" ? toActiveForm(task.title) : null,
  };
}

function currentPhase(workstream: Workstream): string | null {
  return workstream.phases.find(({ completed, total }) => completed < total)?.title ?? null;
}

function listOwnDecisions(state: State, workstream: Workstream): readonly string[] {
  const found: string[] = [];
  for (const id of state.open.keys()) {
    const decision = state.decisions.get(id);
    const isMine = (task: TaskId): boolean => state.tasks.get(task)?.workstream === workstream.id;
    if (decision?.workstream === workstream.id || decision?.askers.some(isMine)) found.push(id);
  }
  return found;
}

/** Impediments that are no decision: blocked tasks, work below that has to land first, a base that is held. */
function listBlockers(state: State, workstream: Workstream): readonly string[] {
  const blockers: string[] = [];
  for (const id of workstream.tasks) {
    const task = needTask(state, id);
    if (task.state.kind === "blocked")
      blockers.push(...task.state.by.map(({ message }) => `${task.key}: ${message}`));
  }
  const { counts, integration } = workstream;
  if (integration.kind === "none" && counts.completed === counts.total) {
    for (const below of workstream.stacksOn) blockers.push(`lands after ${nameOfWorkstream(state, below)}`);
  }
  return blockers;
}

/** What its tasks wait for outside of it. What blocks a task is in the blockers. */
function waitsOf(state: State, workstream: Workstream, items: readonly TaskView[]): readonly string[] {
  const own = `${workstream.name}#`;
  const waiting = items.filter(({ status }) => status !== "blocked");
  const all = waiting.flatMap(({ waitsFor }) => waitsFor).filter((words) => !words.startsWith(own));
  const holders = listHolders(state, workstream).map(({ name, paths }) => `${name} (${paths.join(", ")})`);
  const { integration } = workstream;
  const stopped = integration.kind === "waiting" ? [integration.decision] : [];
  return [...new Set([...stopped, ...all, ...holders])];
}

export function viewWorkstream(state: State, workstream: Workstream): WorkstreamView {
  const items = workstream.tasks.map((id) => viewTask(state, needTask(state, id)));
  const { integration, counts } = workstream;
  const attempts = workstream.tasks.flatMap((id) => needTask(state, id).attempts);
  return {
    id: workstream.name,
    number: workstream.number,
    name: workstream.name,
    title: workstream.title,
    status: statusOf(state, workstream),
    spec: workstream.spec.path,
    phase: currentPhase(workstream),
    progress: progressOf(workstream),
    priority: workstream.priority,
    executor: workstream.executor,
    tags: workstream.tags,
    tasks: {
      total: counts.total,
      completed: counts.completed,
      failed: counts.failed,
      waiting: counts.waiting,
      running: counts.running,
    },
    merged: integration.kind === "landed" ? integration.commit : null,
    held: integration.kind === "landed" ? integration.held : null,
    gates: workstream.gateReports.map(({ tail: _, durationMs: __, ...gate }) => gate),
    decisions: listOwnDecisions(state, workstream),
    blockers: listBlockers(state, workstream),
    waitsFor: waitsOf(state, workstream, items),
    waited: workstream.waited.map(({ workstream: other, ms }) => ({
      ms,
      for: nameOfWorkstream(state, other),
      paths: workstream.overlaps.find((each) => each.workstream === other)?.paths ?? [],
    })),
    salvage: attempts.map((id) => state.attempts.get(id)?.salvage ?? null).filter((ref) => ref !== null),
    items,
  };
}
