import type { Event, TaskDraft } from "../model/event.ts";
import { type DecisionId, type TaskId, toTaskId, type WorkstreamId } from "../model/ids.ts";
import type { Intent, PhaseCount, Requirement, Task, Workstream } from "../model/work.ts";
import { isRefusal } from "../refusal.ts";
import {
  awaitRequirement,
  type Draft,
  needTask,
  needWorkstream,
  putTask,
  putWorkstream,
  refreshTask,
  refreshWorkstream,
  satisfy,
} from "./draft.ts";

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

/** True where a requirement is already met by what the state holds. Artifacts are judged when they are made. */
export function isMet(draft: Draft, requirement: Requirement): boolean {
  const colon = requirement.indexOf(":");
  const target = requirement.slice(colon + 1);
  switch (requirement.slice(0, colon)) {
    case "task": {
      const task = draft.tasks.get(target as TaskId);
      return task?.state.kind === "completed";
    }
    case "phase": {
      const slash = target.lastIndexOf("/");
      const workstream = draft.workstreams.get(target.slice(0, slash) as WorkstreamId);
      const phase = workstream?.phases.find(({ key }) => key === target.slice(slash + 1));
      return phase !== undefined && phase.completed === phase.total;
    }
    case "done": {
      const counts = draft.workstreams.get(target as WorkstreamId)?.counts;
      return counts !== undefined && counts.completed === counts.total;
    }
    case "landed": {
      const kind = draft.workstreams.get(target as WorkstreamId)?.integration.kind;
      return kind === "landed" || kind === "nothing";
    }
    case "decision": {
      const decision = draft.decisions.get(target as DecisionId);
      return decision?.state.kind === "resolved" && !isRefusal(decision, decision.state.option);
    }
    default:
      return false;
  }
}

function newTask(workstream: WorkstreamId, { already, ...draft }: TaskDraft): Task {
  return {
    ...draft,
    id: toTaskId(workstream, draft.key),
    workstream,
    tailMs: draft.estimateMs,
    inheritedPriority: "medium",
    unmet: 0,
    unmetDecisions: 0,
    state: already ? { kind: "completed", how: "already", at: 0 } : { kind: "pending" },
    attempts: [],
    lost: 0,
    handoff: null,
  };
}

function countPhases(
  phases: readonly Pick<PhaseCount, "key" | "title">[],
  tasks: readonly TaskDraft[],
): readonly PhaseCount[] {
  const total = new Map<string, number>();
  const completed = new Map<string, number>();
  for (const { phase, already } of tasks) {
    if (phase === null) continue;
    total.set(phase, (total.get(phase) ?? 0) + 1);
    if (already) completed.set(phase, (completed.get(phase) ?? 0) + 1);
  }
  return phases.map(({ key, title }) => ({
    key,
    title,
    total: total.get(key) ?? 0,
    completed: completed.get(key) ?? 0,
  }));
}

export function addWorkstream(draft: Draft, event: Of<"workstream_added">): void {
  const { workstream, tasks } = event;
  const ids = tasks.map(({ key }) => toTaskId(workstream.id, key));
  const completed = tasks.filter(({ already }) => already).length;
  const added: Workstream = {
    ...workstream,
    boost: 0,
    intent: "run",
    run: null,
    overlaps: [],
    stacksOn: [],
    tasks: ids,
    phases: countPhases(workstream.phases, tasks),
    counts: { total: ids.length, completed, failed: 0, waiting: 0, running: 0, blocked: 0, cancelled: 0 },
    integration: { kind: "none" },
    gateReports: [],
    tip: null,
    started: false,
    round: 1,
    addedAt: event.at,
    endedAt: null,
  };
  draft.workstreams = draft.workstreams.set(added.id, added);
  const project = draft.projects.get(added.project);
  if (project !== undefined) {
    draft.projects = draft.projects.set(project.id, {
      ...project,
      workstreams: [...project.workstreams, added.id],
    });
  }
  for (const task of tasks) {
    const made = newTask(added.id, task);
    draft.tasks = draft.tasks.set(made.id, { ...made, inheritedPriority: added.priority });
  }
  for (const task of tasks) {
    if (task.already) continue;
    const id = toTaskId(added.id, task.key);
    for (const requirement of task.requires) {
      if (!isMet(draft, requirement)) awaitRequirement(draft, id, requirement);
    }
  }
  for (const id of ids) refreshTask(draft, id, event.kind);
}

export function editWorkstream(draft: Draft, event: Of<"workstream_edited">): void {
  putWorkstream(draft, event.workstream, event.changes);
  if (event.changes.priority !== undefined) {
    for (const id of needWorkstream(draft, event.workstream).tasks) {
      const task = needTask(draft, id);
      draft.tasks = draft.tasks.set(id, { ...task, inheritedPriority: event.changes.priority });
    }
  }
  refreshWorkstream(draft, event.workstream, event.kind);
}

export function removeWorkstream(draft: Draft, event: Of<"workstream_removed">): void {
  const workstream = needWorkstream(draft, event.workstream);
  for (const id of workstream.tasks) {
    const task = needTask(draft, id);
    if (task.state.kind === "ready") draft.ready = draft.ready.delete(task.state.rank);
    for (const requirement of task.requires) draft.waiters = draft.waiters.delete(`${requirement}\n${id}`);
    draft.tasks = draft.tasks.delete(id);
  }
  draft.workstreams = draft.workstreams.delete(workstream.id);
  const project = draft.projects.get(workstream.project);
  if (project !== undefined) {
    draft.projects = draft.projects.set(project.id, {
      ...project,
      workstreams: project.workstreams.filter((id) => id !== workstream.id),
    });
  }
  if (workstream.run !== null) {
    const run = draft.runs.get(workstream.run);
    if (run !== undefined) {
      draft.runs = draft.runs.set(run.id, {
        ...run,
        workstreams: run.workstreams.filter((id) => id !== workstream.id),
      });
    }
  }
}

/** All work of the workstream is given up and starts anew: its own requirements are unmet again. */
export function restartWorkstream(draft: Draft, event: Of<"workstream_restarted">): void {
  const workstream = needWorkstream(draft, event.workstream);
  for (const id of workstream.tasks) {
    const task = needTask(draft, id);
    const { kind } = task.state;
    const already = task.state.kind === "completed" && task.state.how === "already";
    if (already || kind === "running" || (task.state.kind === "waiting" && task.state.attempt !== null))
      continue;
    if (kind !== "pending") putTask(draft, task, { kind: "pending" }, event.kind);
  }
  const own = [`task:${workstream.id}#`, `phase:${workstream.id}/`];
  for (const id of workstream.tasks) {
    if (needTask(draft, id).state.kind !== "pending") continue;
    for (const requirement of needTask(draft, id).requires) {
      const isOwn = own.some((prefix) => requirement.startsWith(prefix));
      if (isOwn && !isMet(draft, requirement)) awaitRequirement(draft, id, requirement);
    }
  }
  putWorkstream(draft, workstream.id, {
    phases: workstream.phases.map((phase) => ({
      ...phase,
      completed: countAlready(draft, workstream, phase.key),
    })),
    integration: { kind: "none" },
    gateReports: [],
    tip: null,
    started: false,
    round: workstream.round + 1,
  });
  draft.holding = draft.holding.delete(workstream.id);
  refreshWorkstream(draft, workstream.id, event.kind);
}

function countAlready(draft: Draft, workstream: Workstream, phase: string): number {
  return workstream.tasks.filter((id) => {
    const task = needTask(draft, id);
    return task.phase === phase && task.state.kind === "completed";
  }).length;
}

export function rankGraph(draft: Draft, event: Of<"graph_ranked">): void {
  for (const { task: id, tailMs, priority } of event.tasks) {
    const task = draft.tasks.get(id);
    if (task === undefined) continue;
    draft.tasks = draft.tasks.set(id, { ...task, tailMs, inheritedPriority: priority });
    if (task.state.kind === "ready") refreshTask(draft, id, event.kind);
  }
  for (const { workstream, with: overlaps } of event.overlaps) putWorkstream(draft, workstream, { overlaps });
  for (const { workstream, on } of event.stacks) {
    putWorkstream(draft, workstream, { stacksOn: on });
    for (const below of on) draft.stacked = draft.stacked.set(`${below}\n${workstream}`, workstream);
  }
}

export function setIntent(draft: Draft, event: Of<"intent_set">): void {
  const workstream = putWorkstream(draft, event.workstream, { intent: event.intent });
  if (event.intent === "cancelled") cancelTasks(draft, workstream, event);
  refreshWorkstream(draft, workstream.id, event.kind);
}

function cancelTasks(draft: Draft, workstream: Workstream, event: Event & { intent?: Intent }): void {
  for (const id of workstream.tasks) {
    const task = needTask(draft, id);
    const { state } = task;
    const busy = state.kind === "running" || (state.kind === "waiting" && state.attempt !== null);
    if (busy || state.kind === "completed" || state.kind === "cancelled") continue;
    putTask(draft, task, { kind: "cancelled", reason: "the workstream was cancelled" }, event.kind);
  }
  putWorkstream(draft, workstream.id, { endedAt: event.at });
  for (const [key, id] of draft.mergeQueue) {
    if (id === workstream.id) draft.mergeQueue = draft.mergeQueue.delete(key);
  }
  draft.holding = draft.holding.delete(workstream.id);
}

export function raisePriority(draft: Draft, event: Of<"priority_raised">): void {
  putWorkstream(draft, event.workstream, { boost: event.boost });
  refreshWorkstream(draft, event.workstream, event.kind);
}

export function replaceRequirement(draft: Draft, event: Of<"requirement_replaced">): void {
  const task = needTask(draft, event.task);
  const requires = [...task.requires.filter((requirement) => requirement !== event.from), event.to];
  draft.tasks = draft.tasks.set(task.id, { ...task, requires });
  awaitRequirement(draft, task.id, event.to);
  const key = `${event.from}\n${task.id}`;
  if (draft.waiters.has(key)) {
    draft.waiters = draft.waiters.delete(key);
    const now = needTask(draft, task.id);
    draft.tasks = draft.tasks.set(task.id, { ...now, unmet: now.unmet - 1 });
  }
  refreshTask(draft, task.id, event.kind);
}

/** A task is done or skipped: its workstream, its phase and everybody who waits for it move on. */
export function completeTask(draft: Draft, event: Of<"task_completed">): void {
  const task = needTask(draft, event.task);
  if (event.attempt !== null) draft.joining = draft.joining.delete(event.attempt);
  const done = { ...task, handoff: event.handoff ?? task.handoff, lost: 0 };
  putTask(draft, done, { kind: "completed", how: event.how, at: event.at }, event.kind);
  const workstream = needWorkstream(draft, task.workstream);
  const phases = workstream.phases.map((phase) =>
    phase.key === task.phase ? { ...phase, completed: phase.completed + 1 } : phase,
  );
  putWorkstream(draft, workstream.id, { phases, tip: event.tip ?? workstream.tip });
  for (const requirement of task.requires) draft.waiters = draft.waiters.delete(`${requirement}\n${task.id}`);
  satisfy(draft, `task:${task.id}`, event.kind);
  const phase = phases.find(({ key }) => key === task.phase);
  if (phase !== undefined && phase.completed === phase.total) {
    satisfy(draft, `phase:${workstream.id}/${phase.key}`, event.kind);
  }
  for (const path of event.artifacts) satisfy(draft, `artifact:${workstream.id}:${path}`, event.kind);
  const { counts } = needWorkstream(draft, workstream.id);
  if (counts.completed === counts.total) satisfy(draft, `done:${workstream.id}`, event.kind);
}
