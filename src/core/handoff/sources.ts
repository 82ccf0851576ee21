/** What a task starts from, and what was decided on the way. */
import type { TaskId, WorkstreamId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Task, Workstream } from "../model/work.ts";

/** Handoffs that an attempt starts from at the most: they have to fit into its briefing. */
const SOURCES_MAX = 20;

/** Tasks with a handoff that a task starts from, in the order in which it names them. */
export function listSources(state: State, { knowledge }: Pick<Task, "knowledge">): readonly Task[] {
  const found = new Map<TaskId, Task>();
  for (const id of knowledge) {
    const own = state.tasks.get(id as TaskId);
    const ids = own === undefined ? (state.workstreams.get(id as WorkstreamId)?.tasks ?? []) : [own.id];
    for (const each of ids) {
      const task = state.tasks.get(each);
      if (task?.state.kind === "completed" && task.handoff !== null) found.set(each, task);
    }
  }
  return [...found.values()].slice(0, SOURCES_MAX);
}

/** A question of a workstream that was answered. */
export interface GivenAnswer {
  readonly id: string;
  readonly key: string;
  readonly option: string;
  readonly by: string;
}

/** Answers to the questions of a workstream, in the order of their ids. */
export function listAnswers(state: State, { id }: Pick<Workstream, "id">): readonly GivenAnswer[] {
  const isMine = (task: TaskId): boolean => state.tasks.get(task)?.workstream === id;
  const answers: GivenAnswer[] = [];
  for (const decision of state.decisions.values()) {
    const { subject, state: now } = decision;
    if (subject.kind !== "question" || now.kind !== "resolved") continue;
    if (decision.workstream !== id && !decision.askers.some(isMine)) continue;
    answers.push({ id: decision.id, key: subject.key, option: now.option, by: now.signer ?? now.by });
  }
  return answers;
}
