/** Where the handoffs of tasks are kept. */
import type { Event } from "../model/event.ts";
import type { TaskId } from "../model/ids.ts";
import type { Task } from "../model/work.ts";
import { type Draft, needTask } from "./draft.ts";

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

/** A task left a handoff. Where it has no commit yet, a collector has to make one. */
export function markHandoff(draft: Draft, id: TaskId, handoff: Task["handoff"]): void {
  if (handoff === null) return;
  draft.uncollected =
    handoff.commit === null ? draft.uncollected.set(id, true) : draft.uncollected.delete(id);
}

/** A task that has left another handoff since is still to be collected. */
export function collectHandoffs(draft: Draft, event: Of<"handoffs_collected">): void {
  event.tasks.forEach((id, index) => {
    const task = draft.tasks.get(id);
    const path = event.paths[index];
    if (task?.handoff?.commit === null && task.handoff.path === path)
      draft.tasks = draft.tasks.set(id, { ...task, handoff: { ...task.handoff, commit: event.commit } });
    // The task may be gone, or another one of its name be there; what it left is committed.
    const isOpen = draft.tasks.get(id)?.handoff?.commit === null;
    if (!isOpen) draft.uncollected = draft.uncollected.delete(id);
  });
}

export function repairHandoff(draft: Draft, event: Of<"handoff_repaired">): void {
  const task = needTask(draft, event.task);
  draft.tasks = draft.tasks.set(task.id, { ...task, handoff: event.handoff });
  markHandoff(draft, task.id, event.handoff);
}
