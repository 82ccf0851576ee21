import type { Event } from "../model/event.ts";
import type { DecisionId, TaskId, WorkstreamId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Requirement, Task, Workstream } from "../model/work.ts";
import { isRefusal } from "../refusal.ts";
import { isEnded } from "../status.ts";
import { awaitRequirement, type Draft, isWorkDone, needTask, putTask, refreshTask } from "./draft.ts";
import { reopen } from "./steps.ts";

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

/** True where a requirement is already met by what the state holds. Artifacts are judged when they are made. */
export function isMet(
  state: Pick<State, "tasks" | "workstreams" | "decisions">,
  requirement: Requirement,
): boolean {
  const colon = requirement.indexOf(":");
  const target = requirement.slice(colon + 1);
  switch (requirement.slice(0, colon)) {
    case "task": {
      const task = state.tasks.get(target as TaskId);
      return task?.state.kind === "completed";
    }
    case "phase": {
      const slash = target.lastIndexOf("/");
      const workstream = state.workstreams.get(target.slice(0, slash) as WorkstreamId);
      const phase = workstream?.phases.find(({ key }) => key === target.slice(slash + 1));
      return phase !== undefined && phase.completed === phase.total;
    }
    case "done": {
      const workstream = state.workstreams.get(target as WorkstreamId);
      return workstream !== undefined && isWorkDone(workstream);
    }
    case "integrated":
    case "landed": {
      const kind = state.workstreams.get(target as WorkstreamId)?.integration.kind;
      return kind === "landed" || kind === "nothing";
    }
    case "decision": {
      const decision = state.decisions.get(target as DecisionId);
      return decision?.state.kind === "resolved" && !isRefusal(decision, decision.state.option);
    }
    default:
      return false;
  }
}

/** True where a requirement is one on the work of this workstream before it lands. */
export function isOnWorkOf(requirement: Requirement, workstream: WorkstreamId): boolean {
  return (
    requirement.startsWith(`task:${workstream}#`) ||
    requirement.startsWith(`phase:${workstream}/`) ||
    requirement === `done:${workstream}` ||
    requirement.startsWith(`artifact:${workstream}:`)
  );
}

/** The workstream that meets a requirement; null: it is a decision, or none that is known. */
function toNeeded(requirement: Requirement): WorkstreamId | null {
  const colon = requirement.indexOf(":");
  const target = requirement.slice(colon + 1);
  switch (requirement.slice(0, colon)) {
    case "task":
      return target.slice(0, target.indexOf("#")) as WorkstreamId;
    case "phase":
      return target.slice(0, target.lastIndexOf("/")) as WorkstreamId;
    case "artifact":
      return target.slice(0, target.indexOf(":")) as WorkstreamId;
    case "done":
    case "landed":
    case "integrated":
      return target as WorkstreamId;
    default:
      return null;
  }
}

/** Whose work a task needs, for the index of it. Nobody needs to be told that a workstream needs itself. */
export function listNeeds({ workstream, requires }: Task): readonly (readonly [string, WorkstreamId])[] {
  return requires.flatMap((each) => {
    const needed = toNeeded(each);
    return needed === null || needed === workstream
      ? []
      : [[`${needed}\n${workstream}`, workstream] as const];
  });
}

export function noteNeeds(draft: Draft, task: Task): void {
  for (const [key, workstream] of listNeeds(task)) {
    if (!draft.needs.has(key)) draft.needs = draft.needs.set(key, workstream);
  }
}

/** Tells requirements on a workstream, landed or not, from all others. For many of them. */
function matchAll(workstream: WorkstreamId): (requirement: Requirement) => boolean {
  const beginnings = [`task:${workstream}#`, `phase:${workstream}/`, `artifact:${workstream}:`];
  const whole = new Set(["done", "landed", "integrated"].map((kind) => `${kind}:${workstream}`));
  return (requirement) => whole.has(requirement) || beginnings.some((each) => requirement.startsWith(each));
}

/** True where a requirement is on the base holding the work of this workstream. */
export const isOnLandingOf = (requirement: Requirement, workstream: WorkstreamId): boolean =>
  requirement === `landed:${workstream}` || requirement === `integrated:${workstream}`;

/** True for a task that has neither ended nor an attempt of its own: what it requires still counts. */
export function isWaitingToStart({ state }: Task): boolean {
  return (
    state.kind === "pending" ||
    state.kind === "ready" ||
    state.kind === "blocked" ||
    (state.kind === "waiting" && state.attempt === null)
  );
}

/** What was confirmed before work that has not begun is open again where all of it is done anew. */
export function reopenWaiting(draft: Draft, task: Task, event: string): void {
  const again = reopen(task);
  if (again === task) return;
  if (task.state.kind === "ready") putTask(draft, again, { kind: "pending" }, event);
  else draft.tasks = draft.tasks.set(task.id, again);
}

/** A task that is to start anew waits again for what is not there (any more). Made artifacts count as made. */
export function awaitMissing(draft: Draft, id: TaskId): void {
  for (const requirement of needTask(draft, id).requires) {
    if (!requirement.startsWith("artifact:") && !isMet(draft, requirement))
      awaitRequirement(draft, id, requirement);
  }
}

/** The work of a workstream is given up: whoever has not started and needs it waits for it again. */
export function awaitWorkAgain(draft: Draft, workstream: WorkstreamId, event: string): void {
  const isOf = matchAll(workstream);
  awaitAgain(draft, { workstream, isAsked: isOf }, event);
}

/** The base is about to lose the work of a workstream: whoever has not started and needs it there waits for it again. */
export function awaitLandingAgain(draft: Draft, workstream: WorkstreamId, event: string): void {
  awaitAgain(draft, { workstream, isAsked: (requirement) => isOnLandingOf(requirement, workstream) }, event);
}

interface Lost {
  readonly workstream: WorkstreamId;
  readonly isAsked: (requirement: Requirement) => boolean;
}

/** Costs its own tasks and those of the workstreams that need it: nothing else can wait. */
function awaitAgain(draft: Draft, { workstream, isAsked }: Lost, event: string): void {
  const affected: TaskId[] = [];
  for (const id of listOpenTasks(draft, workstream)) {
    const task = needTask(draft, id);
    if (!isWaitingToStart(task)) continue;
    const missing = task.requires.filter((each) => isAsked(each) && !isMet(draft, each));
    for (const requirement of missing) awaitRequirement(draft, id, requirement);
    if (missing.length > 0) affected.push(id);
  }
  for (const id of affected) refreshTask(draft, id, event);
}

/** Tasks of a workstream and of those that need it, where these are still under way. */
function listOpenTasks(draft: Draft, workstream: WorkstreamId): readonly TaskId[] {
  return [workstream, ...listNeeding(draft, workstream)].flatMap((id) => {
    const each = draft.workstreams.get(id);
    return each === undefined || each.intent === "cancelled" || isEnded(each) ? [] : each.tasks;
  });
}

/** Workstreams of which a task requires something of this one, or has done so; some may be gone. */
function listNeeding(draft: Draft, workstream: WorkstreamId): readonly WorkstreamId[] {
  const prefix = `${workstream}\n`;
  const found: WorkstreamId[] = [];
  for (const [key, id] of draft.needs.entriesFrom(prefix)) {
    if (!key.startsWith(prefix)) break;
    found.push(id);
  }
  return found;
}

/** A workstream is removed: what was met by it stays met, and is not looked for again. */
export function forgetWorkOf(draft: Draft, workstream: WorkstreamId): void {
  for (const [id, task] of draft.tasks) {
    const requires = task.requires.filter(
      (each) =>
        !(isOnWorkOf(each, workstream) || each === `landed:${workstream}`) ||
        draft.waiters.has(`${each}\n${id}`),
    );
    if (requires.length < task.requires.length) draft.tasks = draft.tasks.set(id, { ...task, requires });
  }
}

export function replaceRequirement(draft: Draft, event: Of<"requirement_replaced">): void {
  const { from, to } = event;
  const task = needTask(draft, event.task);
  const key = `${from}\n${task.id}`;
  const wasAwaited = draft.waiters.has(key);
  const ofDecisions = from.startsWith("decision:") ? 1 : 0;
  draft.waiters = draft.waiters.delete(key);
  draft.tasks = draft.tasks.set(task.id, {
    ...task,
    requires: [...task.requires.filter((requirement) => requirement !== from), to],
    unmet: task.unmet - (wasAwaited ? 1 : 0),
    unmetDecisions: task.unmetDecisions - (wasAwaited ? ofDecisions : 0),
  });
  noteNeeds(draft, needTask(draft, task.id));
  if (!isMet(draft, to)) awaitRequirement(draft, task.id, to);
  refreshTask(draft, task.id, event.kind);
}

/** Tasks of the workstream that wait for one of these, directly or through others; these first. */
export function listDependents(
  state: Pick<State, "tasks">,
  { id, tasks }: Pick<Workstream, "id" | "tasks">,
  first: readonly TaskId[],
): readonly TaskId[] {
  const found = new Set(first);
  const phases = new Set<string>();
  const all = tasks.map((task) => needTask(state, task));
  const isOn = (requirement: Requirement): boolean =>
    (requirement.startsWith("task:") && found.has(requirement.slice(5) as TaskId)) || phases.has(requirement);
  // The tasks stand in order: what a task waits for comes before it, but for what a workflow turned round.
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const task of all) {
      if (task.requires.some(isOn)) found.add(task.id);
      if (found.has(task.id) && task.phase !== null) phases.add(`phase:${id}/${task.phase}`);
    }
  }
  return [...found];
}
