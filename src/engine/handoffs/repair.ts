/** Makes handoffs again from the history where they are missing or cannot be read (`osqr handoff repair`). */
import type { Oid, TaskId } from "../../core/model/ids.ts";
import { nameOfTask, nameOfWorkstream } from "../../core/report/words.ts";
import { listMissingHandoffs } from "../../core/status.ts";
import type { GitPort } from "../../git/types.ts";
import type { EffectContext } from "../effects/context.ts";
import { HANDOFFS_REF, keepCommit } from "../effects/refs.ts";
import type { ProjectPorts } from "../ports.ts";
import { collectHandoffs } from "./collect.ts";
import { readArtifactsInTurns } from "./history.ts";
import type { Artifact } from "./place.ts";
import { readHandoff, readHandoffs, readTip } from "./read.ts";
import { BATCH_MAX, handoffsKey, writeHandoffs } from "./write.ts";

export interface RepairRequest {
  /** Which handoffs may be made again. */
  readonly isWanted: (artifact: Pick<Artifact, "workstream" | "task">) => boolean;
  readonly by: string;
}

export interface HandoffRepair {
  /** `a#T1`, or `a` where it is about the whole workstream. */
  readonly what: string;
  readonly path: string;
  /** What was wrong; null: it could be read, and only who waited for it was told. */
  readonly fault: string | null;
}

/** Line breaks that are added where an object of the same content is there and damaged. */
const ENDINGS_MAX = 3;

/** Looks at all wanted handoffs of the history, makes again what is wrong with them, and frees who waited. */
export async function repairHandoffs(
  context: EffectContext,
  project: ProjectPorts,
  request: RepairRequest,
): Promise<readonly HandoffRepair[]> {
  await collectHandoffs(context, project);
  const artifacts = (await readArtifactsInTurns(context.engine.ports, project.id)) ?? [];
  const all = new Map(artifacts.map((each) => [each.path, each]));
  const faults = await findFaults(project, [...all.values()].filter(request.isWanted));
  const broken = [...faults.keys()];
  await context.mutex.run(handoffsKey(project.id), async () => {
    await writeAll(project, broken, [...all.values()]);
    for (const artifact of broken) await writeUntilReadable(project, artifact);
  });
  const tip = await readTip(project.git);
  const repaired = broken.map((artifact) => toRepair(context, artifact, faults.get(artifact) ?? null));
  const freed = await freeWaiting(context, project, { broken, tip, request });
  return [...repaired, ...freed];
}

async function findFaults(
  { git }: ProjectPorts,
  artifacts: readonly Artifact[],
): Promise<ReadonlyMap<Artifact, string>> {
  const paths = artifacts.map(({ path }) => path);
  const read = await readHandoffs(git, await readTip(git), paths);
  const faults = new Map<Artifact, string>();
  for (const artifact of artifacts) {
    const found = read.get(artifact.path);
    if (found?.ok === false) faults.set(artifact, found.fault);
  }
  return faults;
}

/** Where the ref itself is damaged, so that nothing can be added to it, all that the history knows goes into a new one. */
async function writeAll(
  { git }: ProjectPorts,
  broken: readonly Artifact[],
  all: readonly Artifact[],
): Promise<void> {
  if (broken.length === 0) return;
  const batches = (list: readonly Artifact[]) =>
    Array.from({ length: Math.ceil(list.length / BATCH_MAX) }, (_, at) =>
      list.slice(at * BATCH_MAX, (at + 1) * BATCH_MAX),
    );
  try {
    for (const batch of batches(broken)) await writeHandoffs(git, batch);
  } catch {
    await setAside(git);
    for (const batch of batches(all)) await writeHandoffs(git, batch);
  }
}

/** What it held of this project is in the history; what another home has put there is kept where that can be read. */
async function setAside(git: GitPort): Promise<void> {
  const tip = await readTip(git);
  // Where its commit is gone there is nothing to keep.
  if (tip !== null) await keepCommit(git, "handoffs", tip).catch(() => undefined);
  await git.deleteRef(HANDOFFS_REF);
}

/** git does not write an object that it believes to have. The same content under another name is written. */
async function writeUntilReadable({ git }: ProjectPorts, artifact: Artifact): Promise<void> {
  for (let endings = 1; endings <= ENDINGS_MAX; endings += 1) {
    if ((await readHandoff(git, await readTip(git), artifact.path)).ok) return;
    await writeHandoffs(git, [artifact], "\n".repeat(endings));
  }
}

function toRepair({ state }: EffectContext, artifact: Artifact, fault: string | null): HandoffRepair {
  const { task, workstream, path } = artifact;
  return { what: task === null ? nameOfWorkstream(state, workstream) : nameOfTask(state, task), path, fault };
}

interface Freeing {
  readonly broken: readonly Artifact[];
  readonly tip: Oid | null;
  readonly request: RepairRequest;
}

/** Records each repair, and frees who waited: also for a handoff that can be read again without anybody's help. */
async function freeWaiting(
  context: EffectContext,
  { id, git }: ProjectPorts,
  { broken, tip, request }: Freeing,
): Promise<readonly HandoffRepair[]> {
  const { state } = context;
  const own = broken.flatMap(({ task, path }) =>
    task !== null && state.tasks.get(task)?.handoff?.path === path ? [task] : [],
  );
  const waited = (state.projects.get(id)?.workstreams ?? []).flatMap((each) => {
    const workstream = state.workstreams.get(each);
    return workstream === undefined ? [] : listMissingHandoffs(state, workstream);
  });
  const others = new Set<TaskId>(waited);
  for (const task of own) others.delete(task);
  const freed: HandoffRepair[] = [];
  for (const task of [...own, ...others]) {
    const found = state.tasks.get(task);
    if (found?.handoff == null || !request.isWanted({ workstream: found.workstream, task })) continue;
    const { path } = found.handoff;
    if (tip === null || !(await readHandoff(git, tip, path)).ok) continue;
    const handoff = { commit: tip, path };
    await context.engine.submitResult({ kind: "handoff_repaired", task, handoff, by: request.by });
    if (others.has(task)) freed.push({ what: nameOfTask(state, task), path, fault: null });
  }
  return freed;
}
