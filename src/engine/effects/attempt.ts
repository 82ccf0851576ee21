import { OsqrError } from "../../core/errors.ts";
import type { Launch } from "../../core/model/scheduling.ts";
import type { Attempt } from "../../core/model/work.ts";
import type { WorkspaceRef } from "../../git/types.ts";
import { admitHandoffs } from "../handoffs/admit.ts";
import { findLast } from "./agent/prompts.ts";
import { type Prepared, prepare, startSession } from "./agent/start.ts";
import { followAgent } from "./agent/turns.ts";
import { removeWorkspace } from "./cleanup.ts";
import { conclude, type Ended, toEnded } from "./conclude.ts";
import { type EffectContext, type LiveAttempt, toReason } from "./context.ts";
import { holds } from "./criteria.ts";
import { follow } from "./follow.ts";
import { hashInputs, takeEarlier } from "./reuse.ts";
import { isOpen, type Running, report, stopReason, toEnd } from "./running.ts";
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
    allowed: new Set(),
    told: [],
    wake: () => undefined,
    conversation: null,
    seen: async () => undefined,
    givenUp: null,
    toolCalls: 0,
    overBudget: null,
    purse: null,
    wanted: null,
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
  const kept = await findKept(running);
  const start = kept?.workspace.start ?? (await findStart(context, project.git, running));
  const looked = await holds(running, { side: "entry", commit: start, workMs: 0, keep: async () => null });
  if (looked === "ended") return;
  const inputHash = live.stopped === null ? await hashInputs(running, { start, handoffs }) : null;
  if (inputHash !== null && (await takeEarlier(running, { start, inputHash }))) return;
  if (live.stopped !== null) {
    await report(running, toEnd(live, stopReason(live)), null);
    return;
  }
  const workspace = kept?.workspace ?? (await project.git.createWorkspace(launch.attempt, start));
  live.workspace = workspace;
  const ended = await work(running, { workspace, handoffs, inputHash, last: kept?.last ?? null });
  if (ended === null) await report(running, toEnd(live, stopReason(live)), null);
  else await conclude(running, workspace, ended);
}

interface Kept {
  readonly workspace: WorkspaceRef;
  readonly last: Attempt;
}

/** The workspace that an earlier attempt left to go on in; null: it begins anew. What is left and cannot be used goes. */
async function findKept({ context, project, task, launch }: Running): Promise<Kept | null> {
  if (task.resumes === null) return null;
  const last = findLast(context, task);
  const workspace = await project.git.findWorkspace(task.resumes);
  if (last !== null && workspace !== null && last.executor === launch.executor) return { workspace, last };
  if (workspace !== null) await removeWorkspace(context, project, task.resumes);
  return null;
}

/** A program runs once. An agent may end its turn with questions open: it is started again when they are answered. Null: it was stopped before it started. */
async function work(running: Running, prepared: Prepared): Promise<Ended | null> {
  const { live } = running;
  const place = await prepare(running, prepared);
  let session = place === null ? null : await startSession(running, prepared, place);
  if (place === null || session === null) return null;
  for (let workMs = 0; ; ) {
    const { agent } = session;
    if (agent === null) return toEnded(await follow(running, session));
    const end = await followAgent(running, session, agent);
    workMs += end.result.durationMs;
    const result = { ...end.result, durationMs: workMs };
    if (!end.waits) return { ...end, result };
    if (!(await waitForAnswers(live))) return { ...end, result };
    session = await startSession(running, { ...prepared, answers: live.told.splice(0) }, place);
    if (session === null) return { ...end, result };
  }
}

/** False: it has to stop. */
async function waitForAnswers(live: LiveAttempt): Promise<boolean> {
  while (live.asks.size > 0 && live.stopped === null) {
    await new Promise<void>((resolve) => {
      live.wake = resolve;
    });
  }
  return live.stopped === null;
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
  const isMissing = live.stopped === null && error instanceof OsqrError && error.code === "agent-missing";
  const failure = isMissing ? { failure: { kind: "missing", message: reason, retryAt: null } as const } : {};
  await report(running, { ...toEnd(live, reason), tail, ...failure }, await salvageFailed(running));
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
