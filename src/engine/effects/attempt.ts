import type { Launch } from "../../core/model/event.ts";
import type { ExecutorSession } from "../../executors/types.ts";
import type { WorkspaceRef } from "../../git/types.ts";
import { admitHandoffs, type SourceHandoff } from "../handoffs/admit.ts";
import { collectAnswers, writeBriefing } from "./briefing.ts";
import { conclude } from "./conclude.ts";
import { type EffectContext, type LiveAttempt, toReason } from "./context.ts";
import { holds } from "./criteria.ts";
import { follow } from "./follow.ts";
import { hashInputs, takeEarlier } from "./reuse.ts";
import { begin, isOpen, type Running, report, stopReason, toEnd } from "./running.ts";
import { salvageWorkspace } from "./salvage.ts";
import { findStart } from "./start-commit.ts";

/** One attempt from its claim to its result. Never rejects: whatever goes wrong becomes a result with a reason. */
export async function runAttempt(context: EffectContext, launch: Launch): Promise<void> {
  const live: LiveAttempt = {
    session: null,
    workspace: null,
    abort: new AbortController(),
    stopped: null,
    asks: new Map(),
    toolCalls: 0,
    overBudget: null,
  };
  context.live.set(launch.attempt, live);
  try {
    const found = context.find(launch.task);
    if (found === null) return;
    await run({ context, project: await context.project(found.workstream), launch, live, ...found });
  } catch (error) {
    await reportFailure({ context, launch, live }, error);
  } finally {
    context.live.delete(launch.attempt);
  }
}

/** Nothing runs before what it starts from can be read and its criteria hold, nor where its result is known already. */
async function run(running: Running): Promise<void> {
  const { context, project, launch, live } = running;
  const handoffs = await admitHandoffs(context, project, running);
  if (handoffs === null) return;
  const start = await findStart(context, project.git, running);
  const looked = await holds(running, { side: "entry", commit: start, workMs: 0, keep: async () => null });
  if (looked === "ended") return;
  const inputHash = live.stopped === null ? await hashInputs(running, { start, handoffs }) : null;
  if (inputHash !== null && (await takeEarlier(running, { start, inputHash }))) return;
  if (live.stopped !== null) {
    await report(running, toEnd(live, stopReason(live)), null);
    return;
  }
  const workspace = await project.git.createWorkspace(launch.attempt, start);
  live.workspace = workspace;
  const session = await startSession(running, { workspace, handoffs, inputHash });
  if (session === null) {
    await report(running, toEnd(live, stopReason(live)), null);
    return;
  }
  const result = await follow(running, session);
  await session.close();
  await conclude(running, workspace, result);
}

interface Prepared {
  readonly workspace: WorkspaceRef;
  readonly handoffs: readonly SourceHandoff[];
  readonly inputHash: string | null;
}

/** Null: it was stopped before it started. */
async function startSession(
  running: Running,
  { workspace, handoffs, inputHash }: Prepared,
): Promise<ExecutorSession | null> {
  const { context, project, launch, live, task, workstream } = running;
  const executor = project.executors.get(launch.executor);
  if (executor === undefined) throw new Error(`no executor named ${launch.executor} is there`);
  const isApproved = context.isApproved(workstream.project, workstream.run);
  const { mounts, env } = await project.prepare(workspace, isApproved, live.abort.signal);
  const folder = await project.attemptFolder(launch.attempt);
  const briefing = await writeBriefing(context, project, { task, workstream, handoffs });
  if (!(await begin(running, { inputHash, sandbox: project.sandbox }))) return null;
  const session = await executor.start({
    attempt: launch.attempt,
    task: task.id,
    title: task.title,
    script: task.script,
    workspace,
    folder,
    briefing,
    answers: collectAnswers(context, workstream),
    env,
    mounts,
    network: project.network(),
    timeoutMs: task.timeoutMs,
    prompt: null,
    session: null,
    model: null,
  });
  live.session = session;
  if (live.stopped !== null) await session.cancel(live.stopped);
  return session;
}

/** Where the core has ended it already, whoever did cleans up. */
async function reportFailure(
  running: Pick<Running, "context" | "launch" | "live">,
  error: unknown,
): Promise<void> {
  if (!isOpen(running)) return;
  const { live } = running;
  const reason = live.stopped === null ? toReason(error) : stopReason(live);
  const tail =
    error instanceof Error && "tail" in error && Array.isArray(error.tail) ? error.tail.map(String) : [];
  await report(running, { ...toEnd(live, reason), tail }, await salvageFailed(running));
}

async function salvageFailed({
  context,
  launch,
  live,
}: Pick<Running, "context" | "launch" | "live">): Promise<string | null> {
  try {
    const found = context.find(launch.task);
    if (live.workspace === null || found === null) return null;
    const project = await context.project(found.workstream);
    return await salvageWorkspace(context, project, live.workspace, launch.attempt);
  } catch (failure) {
    // The workspace stays where it is: it is removed only after it was salvaged.
    context.engine.ports.report(`${launch.attempt}: its work could not be salvaged: ${toReason(failure)}`);
    return null;
  }
}
