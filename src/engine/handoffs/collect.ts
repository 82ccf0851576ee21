/** The downstream collector (FR-029): commits in batches what those who finished tasks only wrote into the history. */
import { needWorkstream, SLOTS } from "../../core/evolve/draft.ts";
import type { ProjectId, TaskId } from "../../core/model/ids.ts";
import type { State } from "../../core/model/state.ts";
import type { EffectContext } from "../effects/context.ts";
import type { ProjectPorts } from "../ports.ts";
import type { Artifact } from "./place.ts";
import { BATCH_MAX, handoffsKey, writeHandoffs } from "./write.ts";

/** True where attempts of the project run, or results of it join. */
function isExecuting(state: State, project: ProjectId): boolean {
  if ((state.inUse.get(`${project}/${SLOTS}`) ?? 0) > 0) return true;
  for (const id of state.joining.values()) {
    const task = state.tasks.get(id);
    if (task !== undefined && needWorkstream(state, task.workstream).project === project) return true;
  }
  return false;
}

/** Tasks that a handoff is recorded for: the one that has it now, and the one that left it where that is gone. */
function listOwners(state: State, { path, task: by }: Artifact): readonly TaskId[] {
  const now = [...state.uncollected.keys()].filter((id) => state.tasks.get(id)?.handoff?.path === path);
  const isGone = by !== null && !state.tasks.has(by) && state.uncollected.has(by);
  const owners = isGone ? [...now, by] : now;
  // One that was done again before this was collected: it has another one.
  return owners.length > 0 || by === null ? owners : [by];
}

const listOutstanding = ({ engine, outstanding, state }: EffectContext, id: ProjectId) =>
  outstanding.list(engine.ports.log, state, id);

/** Commits all that is outstanding in a project, and records it. Repeatable: what a crash left half done is found again. */
export function collectHandoffs(context: EffectContext, { id, git }: ProjectPorts): Promise<void> {
  return context.mutex.run(handoffsKey(id), async () => {
    for (let all = listOutstanding(context, id); all.length > 0; all = listOutstanding(context, id)) {
      const batch = all.slice(0, BATCH_MAX);
      const commit = await writeHandoffs(git, batch);
      const collected = batch.flatMap((artifact) =>
        listOwners(context.state, artifact).map((task) => ({ task, path: artifact.path })),
      );
      const decided = await context.engine.submitResult({
        kind: "handoffs_collected",
        project: id,
        commit,
        tasks: collected.map(({ task }) => task),
        paths: collected.map(({ path }) => path),
      });
      // Told at the end of the process: the next one finds the commit and records it.
      if (!decided.ok) return;
    }
  });
}

/** Collects where nothing of the project runs or joins any more; whoever needs one before that collects by itself. */
export async function collectAtRest(context: EffectContext, id: ProjectId): Promise<void> {
  if (isExecuting(context.state, id) || listOutstanding(context, id).length === 0) return;
  await collectHandoffs(context, await context.engine.project(id));
}
