/** Leaves a handoff behind what has happened: the notification that whoever goes on reads (FR-014). */
import { describeCompletion } from "../../core/handoff/build.ts";
import { serializeHandoff } from "../../core/handoff/shape.ts";
import type { Oid, ProjectId } from "../../core/model/ids.ts";
import type { State } from "../../core/model/state.ts";
import type { Attempt, HandoffPlace, Task, Workstream } from "../../core/model/work.ts";
import { isEnded } from "../../core/status.ts";
import type { EffectContext } from "../effects/context.ts";
import { HANDOFFS_REF, toRefPart } from "../effects/refs.ts";
import type { ProjectPorts } from "../ports.ts";
import { collectHandoffs } from "./collect.ts";
import { listEventPaths, readArtifactsInTurns, toOwner, toTitle } from "./history.ts";
import { type Artifact, completionPath, toJsonPath } from "./place.ts";
import { BATCH_MAX, handoffsKey, writeHandoffs } from "./write.ts";

interface Completion {
  readonly attempt: Attempt;
  readonly task: Task;
  readonly workstream: Workstream;
  /** Where the work stands with it; null: nothing has been made yet. */
  readonly tip: Oid | null;
}

/**
 * The handoff of a task that is about to be done, for its event. A producer commits it now; under a collector the event alone
 * holds it. Made again it is the same, and adds nothing.
 */
export async function leaveCompletion(
  context: EffectContext,
  project: ProjectPorts,
  { attempt, task, workstream, tip }: Completion,
): Promise<{ handoff: HandoffPlace; artifact: Artifact["content"] }> {
  const { commit } = attempt;
  const { integration } = workstream;
  const stands = task.stage === "after" && integration.kind === "landed" ? integration.commit : tip;
  const content = describeCompletion(context.state, { attempt: attempt.id, commit: stands });
  // What does not fit its own schema must not be in the history.
  const artifact: Artifact["content"] = JSON.parse(serializeHandoff(content));
  const path = completionPath(workstream, task, {
    attempt: attempt.id,
    commit: tip ?? commit ?? workstream.spec.commit,
  });
  if (project.handoffs() === "collector") return { handoff: { commit: null, path }, artifact };
  const at = Date.parse(content.timestamp);
  const made = {
    path,
    content: artifact,
    ...toOwner(workstream, task),
    title: toTitle(workstream, task),
    at,
  };
  const written = await context.mutex.run(handoffsKey(project.id), () => writeHandoffs(project.git, [made]));
  return { handoff: { commit: written, path }, artifact };
}

/** Commits the handoff of a return, a merge or a revert, behind those that the history has before it. */
export async function leaveArtifact(context: EffectContext, artifact: Artifact): Promise<void> {
  const workstream = context.state.workstreams.get(artifact.workstream);
  if (workstream === undefined) return;
  const project = await context.project(workstream);
  await collectHandoffs(context, project);
  await context.mutex.run(handoffsKey(project.id), () => writeHandoffs(project.git, [artifact]));
}

/** Workstreams that ended last and are looked at when a project is opened, beside all that have not ended. */
const ENDED_MAX = 20;

function listRecent(state: State, id: ProjectId): readonly Workstream[] {
  const all = (state.projects.get(id)?.workstreams ?? []).flatMap(
    (each) => state.workstreams.get(each) ?? [],
  );
  const hasEnded = (each: Workstream): boolean => isEnded(each) || each.intent === "cancelled";
  const ended = all.filter(hasEnded).sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0));
  return [...all.filter((each) => !hasEnded(each)), ...ended.slice(0, ENDED_MAX)];
}

/**
 * Leaves what a crash kept from being left: what was not collected, and handoffs of returns, merges and reverts, which no event
 * records. Those are found by comparing the state with the ref; the history is read only where one is missing.
 */
export async function recoverHandoffs(context: EffectContext, project: ProjectPorts): Promise<void> {
  await collectHandoffs(context, project);
  const recent = listRecent(context.state, project.id);
  const wanted = new Set(recent.flatMap((each) => listEventPaths(each)));
  if (wanted.size === 0) return;
  const { git } = project;
  await context.mutex.run(handoffsKey(project.id), async () => {
    const tip = await git.readRef(HANDOFFS_REF);
    const folders = [...new Set(recent.map(({ name }) => toRefPart(name)))];
    const files = tip === null ? [] : await git.listFiles(tip, folders);
    const present = new Set(files.map(({ path }) => path));
    for (const path of wanted) if (present.has(toJsonPath(path))) wanted.delete(path);
    if (wanted.size === 0) return;
    const { signal } = context.abort;
    const wants = (path: string): boolean => wanted.has(path);
    const missing = await readArtifactsInTurns(context.engine.ports, project.id, { wants, signal });
    // At the end of the process the next one looks again.
    for (let at = 0; missing !== null && at < missing.length && !signal.aborted; at += BATCH_MAX)
      await writeHandoffs(git, missing.slice(at, at + BATCH_MAX));
  });
}
