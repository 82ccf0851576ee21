import type { Handoff } from "../../core/handoff/shape.ts";
import { listSources } from "../../core/handoff/sources.ts";
import type { Launch } from "../../core/model/scheduling.ts";
import type { Task } from "../../core/model/work.ts";
import type { EffectContext } from "../effects/context.ts";
import type { ProjectPorts } from "../ports.ts";
import { collectHandoffs } from "./collect.ts";
import { readHandoff, readTip } from "./read.ts";

/** A handoff that an attempt starts from. */
export interface SourceHandoff {
  readonly path: string;
  readonly handoff: Handoff;
}

/**
 * Reads the handoffs that an attempt starts from; what only the history holds is collected first. Null: one of them cannot be
 * read, and the attempt has ended: its task is blocked until the handoff is made again.
 */
export async function admitHandoffs(
  context: EffectContext,
  project: ProjectPorts,
  { launch, task }: { readonly launch: Launch; readonly task: Task },
): Promise<readonly SourceHandoff[] | null> {
  const sources = listSources(context.state, task);
  if (sources.length === 0) return [];
  if (sources.some(({ id }) => context.state.uncollected.has(id))) await collectHandoffs(context, project);
  const { git } = project;
  const tip = await readTip(git);
  const found: SourceHandoff[] = [];
  for (const { id: source, handoff } of sources) {
    if (handoff === null) continue;
    const { path } = handoff;
    const read = await readHandoff(git, tip, path);
    if (!read.ok) {
      const { attempt, fence } = launch;
      const message = read.fault;
      await context.engine.submitResult({ kind: "handoff_missing", attempt, fence, source, message });
      return null;
    }
    found.push({ path, handoff: read.handoff });
  }
  return found;
}
