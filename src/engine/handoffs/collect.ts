/** The downstream collector (FR-029): commits in batches what those who finished tasks only wrote into the history. */
import { needWorkstream, SLOTS } from "../../core/evolve/draft.ts";
import type { ProjectId } from "../../core/model/ids.ts";
import type { State } from "../../core/model/state.ts";
import type { EffectContext } from "../effects/context.ts";
import type { ProjectPorts } from "../ports.ts";
import { listUncollected } from "./outstanding.ts";
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

/** Commits all that is outstanding in a project, and records it. Repeatable: what a crash left half done is found again. */
export function collectHandoffs(context: EffectContext, project: ProjectPorts): Promise<void> {
  return context.mutex.run(handoffsKey(project.id), async () => {
    const { engine, outstanding } = context;
    while (listUncollected(context.state, project.id).length > 0) {
      const batch = outstanding.list(engine.ports.log, context.state, project.id).slice(0, BATCH_MAX);
      if (batch.length === 0) return;
      const commit = await writeHandoffs(project.git, batch);
      const decided = await engine.submitResult({
        kind: "handoffs_collected",
        project: project.id,
        commit,
        tasks: batch.flatMap(({ task }) => task ?? []),
        paths: batch.map(({ path }) => path),
      });
      // Told at the end of the process: the next one finds the commit and records it.
      if (!decided.ok) return;
    }
  });
}

/** Collects where nothing of the project runs or joins any more; whoever needs one before that collects by itself. */
export async function collectAtRest(context: EffectContext, id: ProjectId): Promise<void> {
  if (isExecuting(context.state, id) || listUncollected(context.state, id).length === 0) return;
  await collectHandoffs(context, await context.engine.project(id));
}
