import type { Oid, WorkstreamId } from "../../core/model/ids.ts";
import type { Task, Workstream } from "../../core/model/work.ts";
import type { GitPort } from "../../git/types.ts";
import type { EffectContext } from "./context.ts";

/** Workstreams whose code a task was promised: those that its own stands on, and those that it waited to see landed. */
function listSources(task: Task, workstream: Workstream): readonly WorkstreamId[] {
  const landed = task.requires
    .filter((requirement) => requirement.startsWith("landed:"))
    .map((requirement) => requirement.slice("landed:".length) as WorkstreamId);
  return [...new Set([...workstream.stacksOn, ...landed])];
}

function commitOf({ integration, tip }: Workstream): Oid | null {
  return integration.kind === "landed" ? integration.commit : tip;
}

/**
 * Where an attempt starts: the tip of its workstream's work, or the base before there is one, with the code of every
 * workstream that the task was promised. A dependency in the middle of a workstream brings its code in here.
 */
export async function findStart(
  context: EffectContext,
  git: GitPort,
  { task, workstream }: { readonly task: Task; readonly workstream: Workstream },
): Promise<Oid> {
  const now = context.state.workstreams.get(workstream.id) ?? workstream;
  const { base } = context.projectState(now.project);
  // What comes after the merge looks at the base, which holds the work by then.
  if (task.stage === "after") return git.effectiveBase(base);
  let start = now.tip ?? (await git.effectiveBase(base));
  for (const id of listSources(task, now)) {
    const source = context.state.workstreams.get(id);
    const commit = source === undefined ? null : commitOf(source);
    if (source === undefined || commit === null || (await git.isAncestor(commit, start))) continue;
    const merged = await git.merge(start, commit);
    if (merged.conflicts.length > 0) {
      const paths = merged.conflicts.join(", ");
      throw new Error(
        `it starts from the work of ${source.name}, which conflicts with what is there in ${paths}`,
      );
    }
    start = await git.commit({
      tree: merged.tree,
      parents: [start, commit],
      message: `${now.name}: take in ${source.name}`,
      at: context.engine.ports.clock.now(),
    });
  }
  return start;
}
