import type { AttemptId, Oid, WorkstreamId } from "../../core/model/ids.ts";
import type { Resolution } from "../../core/model/integration.ts";
import type { Attempt, Task, Workstream } from "../../core/model/work.ts";
import { leaveCompletion } from "../handoffs/leave.ts";
import type { ProjectPorts } from "../ports.ts";
import { type EffectContext, toReason } from "./context.ts";
import { isProtected, keepCommit, toRefPart, workRef } from "./refs.ts";

interface Join {
  readonly context: EffectContext;
  readonly project: ProjectPorts;
  readonly attempt: Attempt;
  readonly task: Task;
  readonly workstream: Workstream;
  readonly commit: Oid;
  readonly resolution: Resolution | null;
}

/** What works on a workstream's ref takes turns by this key. */
export const joinKey = (workstream: WorkstreamId): string => `join ${workstream}`;

/**
 * Brings an attempt's commit into its workstream's ref and leaves its handoff. Repeatable: after a crash it finds its commit in the ref and
 * only reports. One at a time per workstream.
 */
export function joinAttempt(context: EffectContext, id: AttemptId): Promise<void> {
  const { workstream } = context.attempt(id);
  return context.mutex.run(joinKey(workstream.id), async () => {
    try {
      await joinNow(context, id);
    } catch (error) {
      const { attempt } = context.attempt(id);
      const reason = `its work could not join: ${toReason(error)}`;
      const { fence, workMs } = attempt;
      await context.engine.submitResult({ kind: "join_failed", attempt: id, fence, reason, workMs });
    }
  });
}

async function joinNow(context: EffectContext, id: AttemptId): Promise<void> {
  const { attempt, task, workstream } = context.attempt(id);
  // Joined already, or asked about: to put it on the ref again would bring back what has been given up.
  if (attempt.state.kind !== "completed" || !context.state.joining.has(id)) return;
  const project = await context.project(workstream);
  const resolution = findResolution(context, task);
  const join: Join = {
    context,
    project,
    attempt,
    task,
    workstream,
    commit: attempt.state.commit,
    resolution,
  };
  const { fence } = attempt;
  const guarded = [...attempt.files.filter(isProtected), ...(attempt.dangers ?? [])];
  if (guarded.length > 0 && resolution !== "keep-work") {
    await context.engine.submitResult({
      kind: "join_conflicted",
      attempt: id,
      fence,
      paths: guarded,
      cause: "protected",
    });
    return;
  }
  const joined = bringsNothing(task) ? { tip: workstream.tip } : await moveRef(join);
  if ("conflicts" in joined) {
    const { conflicts: paths } = joined;
    await context.engine.submitResult({
      kind: "join_conflicted",
      attempt: id,
      fence,
      paths,
      cause: "conflict",
    });
    return;
  }
  const { tip } = joined;
  const left = await leaveCompletion(context, project, { attempt, task, workstream, tip });
  const artifacts = tip === null ? [] : await findArtifacts(join, tip);
  await context.engine.submitResult({
    kind: "task_joined",
    attempt: id,
    fence,
    tip,
    artifacts,
    ...left,
  });
}

/** A person's word and a look at what is in the base already bring nothing in: the work stays where it stands. */
const bringsNothing = ({ kind, stage }: Task): boolean => kind !== "work" || stage === "after";

/** What the operator said about this join, if it stopped before. */
function findResolution(context: EffectContext, task: Task): Resolution | null {
  if (task.state.kind !== "waiting") return null;
  const state = context.state.decisions.get(task.state.decision)?.state;
  return state?.kind === "resolved" && (state.option === "keep-base" || state.option === "keep-work")
    ? state.option
    : null;
}

async function moveRef(join: Join): Promise<{ tip: Oid } | { conflicts: readonly string[] }> {
  const { git } = join.project;
  const ref = workRef(join.workstream);
  for (let tries = 0; tries < 5; tries += 1) {
    const before = await git.readRef(ref);
    const tip = await findTip(join, before);
    const next = await combine(join, tip);
    if (typeof next !== "string") return next;
    if (next === before || (await git.updateRef(ref, next, before))) return { tip: next };
  }
  throw new Error(`${ref} keeps moving: somebody else writes to it`);
}

/**
 * Where the work stands: the recorded tip, or the ref where a crash came between its move and the record. Anything else
 * that the ref holds is of an earlier round, or a stranger's: it is kept aside.
 */
async function findTip(join: Join, at: Oid | null): Promise<Oid | null> {
  const { context, project, workstream, attempt } = join;
  const { git } = project;
  const { tip } = workstream;
  if (at === null || at === tip) return tip;
  const base = await git.effectiveBase(context.projectState(workstream.project).base);
  if (await git.isAncestor(at, base)) return tip;
  if ((tip === null || (await git.isAncestor(tip, at))) && (await holdsResult(join, at, base))) return at;
  await keepCommit(git, `${toRefPart(workstream.name)}-before-${attempt.id}`, at);
  return tip;
}

/** True where a result that is to be joined is in the ref already: this one's, or that of a task beside it. */
async function holdsResult({ context, project, workstream }: Join, at: Oid, base: Oid): Promise<boolean> {
  const { git } = project;
  const { tip } = workstream;
  for (const id of context.state.joining.keys()) {
    const other = context.state.attempts.get(id);
    if (other?.workstream !== workstream.id || other.state.kind !== "completed") continue;
    const { commit } = other.state;
    // A task that changed nothing has its start for a result, which any ref holds: the base, or where the work stood.
    if (tip !== null && (await git.isAncestor(commit, tip))) continue;
    if ((await git.isAncestor(commit, at)) && !(await git.isAncestor(commit, base))) return true;
  }
  return false;
}

async function combine(join: Join, tip: Oid | null): Promise<Oid | { conflicts: readonly string[] }> {
  const { git } = join.project;
  const { commit, task, workstream } = join;
  if (tip === null || (await git.isAncestor(tip, commit))) return commit;
  if (await git.isAncestor(commit, tip)) return tip;
  const merged = await git.merge(tip, commit);
  let { tree } = merged;
  if (merged.conflicts.length > 0) {
    if (join.resolution === null) return { conflicts: merged.conflicts };
    const side = join.resolution === "keep-base" ? tip : commit;
    tree = await git.takePaths(tree, side, merged.conflicts);
  }
  const message = `${workstream.name} ${task.key}: ${task.title}`;
  const at = join.context.engine.ports.clock.now();
  return git.commit({ tree, parents: [tip, commit], message, at });
}

/** Files that somebody waits for and that are there now. */
async function findArtifacts({ context, project, workstream }: Join, tip: Oid): Promise<readonly string[]> {
  const prefix = `artifact:${workstream.id}:`;
  const wanted = new Set<string>();
  for (const [key] of context.state.waiters.entriesFrom(prefix)) {
    if (!key.startsWith(prefix)) break;
    wanted.add(key.slice(prefix.length, key.indexOf("\n")));
  }
  const made: string[] = [];
  for (const path of wanted) if (await project.git.hasFile(tip, path)) made.push(path);
  return made;
}
