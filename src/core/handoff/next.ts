/** What has to happen next to a workstream, and whose it is. */
import { needTask, needWorkstream } from "../evolve/draft.ts";
import type { TaskId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Task, Workstream } from "../model/work.ts";
import { isLanded } from "../status.ts";
import { cutOrNull, cutText, HANDOFF_LIMITS, type Handoff } from "./shape.ts";

/** What comes next; `task` null: no task does. */
export interface Coming {
  readonly next: Handoff["next"];
  readonly task: Task | null;
}

const isOpen = ({ state }: Task): boolean => state.kind !== "completed" && state.kind !== "cancelled";

function wordsFor({ kind, key, title }: Task): string {
  if (kind === "review") return `sign off ${title}`;
  return kind === "intake" ? `say whether it is a duplicate (${key})` : `${key} ${title}`;
}

/** The next step's task as whoever does it reads it. */
export function comingTask(
  { owner }: Pick<Workstream, "owner">,
  task: Task,
  action = wordsFor(task),
): Coming {
  const { key, step, role } = task;
  return {
    task,
    next: {
      action: cutText(action),
      step: cutText(step),
      task: cutText(key),
      role: cutOrNull(role),
      owner: cutOrNull(task.owner ?? owner),
    },
  };
}

/** Of the open tasks the one that waits for `done`, else the next in order, else the first. One pass, as far as it has to. */
function pickOpen(open: Iterable<Task>, done: Task | null): Task | undefined {
  let first: Task | undefined;
  let next: Task | undefined;
  for (const task of open) {
    if (done === null || task.requires.includes(`task:${done.id}`)) return task;
    const { order, key } = task;
    if (order > done.order || (order === done.order && key > done.key)) next ??= task;
    first ??= task;
  }
  return next ?? first;
}

function* listOpen(state: State, { tasks }: Workstream, done: TaskId | null): Generator<Task> {
  for (const id of tasks) {
    const task = id === done ? null : needTask(state, id);
    if (task !== null && isOpen(task)) yield task;
  }
}

function* listBefore(open: Iterable<Task>): Generator<Task> {
  for (const task of open) if (task.stage === "before") yield task;
}

/**
 * What comes after a task, or, where `done` is null, what comes now.
 *
 * @param done counts as completed, whatever the state says of it
 */
export function findComing(state: State, workstream: Workstream, done: TaskId | null): Coming {
  const last = done === null ? null : needTask(state, done);
  const before = pickOpen(listBefore(listOpen(state, workstream, done)), last);
  if (before !== undefined) return comingTask(workstream, before);
  if (!isLanded(workstream)) return { next: comingMerge(state, workstream), task: null };
  const after = pickOpen(listOpen(state, workstream, done), last);
  if (after !== undefined) return comingTask(workstream, after);
  const nothing = { action: "nothing: all is done", step: null, task: null, role: null };
  return { next: { ...nothing, owner: cutOrNull(workstream.owner) }, task: null };
}

function comingMerge(state: State, { steps, project, owner }: Workstream): Handoff["next"] {
  const step = steps.find(({ kind }) => kind === "integrate");
  const base = state.projects.get(project)?.base ?? "the base";
  const action = cutText(`integrate into ${base}`);
  const role = cutOrNull(step?.role ?? null);
  return { action, step: step?.key ?? null, task: null, role, owner: cutOrNull(owner) };
}

/** Exit criteria of a task that are not met yet. */
export function listOpenCriteria(task: Task | null): Handoff["openCriteria"] {
  const open = task?.exit.filter(({ met }) => !met) ?? [];
  return open.slice(0, HANDOFF_LIMITS.criteria).map(({ key, text }) => ({
    task: cutText(task?.key ?? ""),
    key: cutText(key),
    text: cutText(text),
  }));
}

/** The step of a task; what the workflow does not know stands for itself. */
export function stepOf({ steps }: Pick<Workstream, "steps">, { step: key, order }: Task): Handoff["step"] {
  const step = steps.find((each) => each.key === key);
  return {
    key: cutText(key),
    title: cutText(step?.title ?? key),
    order: step?.order ?? order,
    role: cutOrNull(step?.role ?? null),
    definitionOfDone: cutOrNull(step?.definitionOfDone ?? null, HANDOFF_LIMITS.reason),
  };
}

/** The step that is the merge; a workflow that does not name it has it at its end. */
export function mergeStepOf(state: State, { id }: Pick<Workstream, "id">): Handoff["step"] {
  const { steps } = needWorkstream(state, id);
  const step = steps.find(({ kind }) => kind === "integrate");
  const last = Math.max(0, ...steps.map(({ order }) => order));
  return {
    key: step?.key ?? "integrate",
    title: cutText(step?.title ?? "the merge into the base"),
    order: step?.order ?? last + 1,
    role: cutOrNull(step?.role ?? null),
    definitionOfDone: cutOrNull(step?.definitionOfDone ?? null, HANDOFF_LIMITS.reason),
  };
}
