/** What a signature and a merge stand on must be there to be read: else whoever looks later cannot see what was signed or merged. */
import { listSources } from "../../core/handoff/sources.ts";
import type { TaskId } from "../../core/model/ids.ts";
import type { State } from "../../core/model/state.ts";
import type { Task, Workstream } from "../../core/model/work.ts";
import { nameOfTask } from "../../core/report/words.ts";
import type { EffectContext } from "../effects/context.ts";
import type { ProjectPorts } from "../ports.ts";
import { collectHandoffs } from "./collect.ts";
import { readHandoffs, readTip } from "./read.ts";

/** A handoff that cannot be read. */
export interface HandoffFault {
  /** `a#T1` */
  readonly what: string;
  readonly fault: string;
}

/** Tasks that a review stands on: those that it comes after, and those whose handoff it was given. */
export function listReviewed(state: State, task: Task): readonly Task[] {
  const before = task.requires.flatMap((each) =>
    each.startsWith("task:") ? (state.tasks.get(each.slice("task:".length) as TaskId) ?? []) : [],
  );
  return [...new Set([...before, ...listSources(state, task)])];
}

/** Tasks whose work a merge brings into the base. */
export const listMerged = (state: State, { tasks }: Workstream): readonly Task[] =>
  tasks.flatMap((id) => state.tasks.get(id) ?? []).filter(({ stage }) => stage === "before");

/**
 * The first of the tasks' handoffs that cannot be read; null: all can. What only the history holds is collected first; where that fails, the
 * collector tries again later, and the history has it meanwhile.
 */
export async function findHandoffFault(
  context: EffectContext,
  project: ProjectPorts,
  tasks: readonly Task[],
): Promise<HandoffFault | null> {
  const left = tasks.filter(({ state, handoff }) => state.kind === "completed" && handoff !== null);
  if (left.some(({ id }) => context.state.uncollected.has(id)))
    await collectHandoffs(context, project).catch(() => undefined);
  const done = left.filter(({ id }) => !context.state.uncollected.has(id));
  if (done.length === 0) return null;
  const { git } = project;
  const paths = done.map(({ handoff }) => handoff?.path ?? "");
  const read = await readHandoffs(git, await readTip(git), paths);
  for (const [index, task] of done.entries()) {
    const found = read.get(paths[index] ?? "");
    if (found?.ok === false) return { what: nameOfTask(context.state, task.id), fault: found.fault };
  }
  return null;
}
