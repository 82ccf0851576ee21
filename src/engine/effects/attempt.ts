import { OsqrError } from "../../core/errors.ts";
import { findUser } from "../../core/evolve/attempts.ts";
import { listPending } from "../../core/messages/pending.ts";
import type { Launch } from "../../core/model/scheduling.ts";
import type { Attempt } from "../../core/model/work.ts";
import type { ExecutorSession } from "../../executors/types.ts";
import type { WorkspaceRef } from "../../git/types.ts";
import { admitHandoffs } from "../handoffs/admit.ts";
import { takeMessages } from "./agent/messages.ts";
import { takeOver } from "./agent/next-task.ts";
import { findLast } from "./agent/prompts.ts";
import { type Prepared, prepare, startSession } from "./agent/start.ts";
import { followAgent } from "./agent/turns.ts";
import { removeWorkspace } from "./cleanup.ts";
import { conclude, type Ended, FINISHED_BEFORE, toEnded } from "./conclude.ts";
import { type EffectContext, type LiveAttempt, toReason } from "./context.ts";
import { holds } from "./criteria.ts";
import { follow } from "./follow.ts";
import { watchAttempt } from "./guard.ts";
import { hashInputs, takeEarlier } from "./reuse.ts";
import { begin, isOpen, type Running, report, stopReason, toEnd } from "./running.ts";
import { salvageWorkspace } from "./salvage.ts";
import { findStart } from "./start-commit.ts";

/** One attempt from its claim to its result. Never rejects: whatever goes wrong becomes a result with a reason. */
export async function runAttempt(context: EffectContext, launch: Launch): Promise<void> {
  const live: LiveAttempt = {
    session: null,
    workspace: null,
    home: null,
    abort: new AbortController(),
    stopped: null,
    asks: new Map(),
    handing: new Set(),
    told: [],
    wake: () => undefined,
    conversation: null,
    seen: async () => undefined,
    givenUp: null,
    refused: null,
    toolCalls: 0,
    calls: [],
    pid: null,
    memory: null,
    advice: null,
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
  const taken = kept === null ? await takeOver(running) : null;
  const name = taken?.before?.home ?? launch.attempt;
  const workspace = kept?.workspace ?? (await project.git.createWorkspace(name, start));
  live.workspace = workspace;
  const prepared = { workspace, handoffs, inputHash, last: kept?.last ?? null, taken };
  if (kept?.isFinished === true) await takeAsItIs(running, prepared);
  else await work(running, prepared);
}

interface Kept {
  readonly workspace: WorkspaceRef;
  readonly last: Attempt;
  /** Nobody has to work on it any more: it is only checked. */
  readonly isFinished: boolean;
}

/** The workspace that an earlier attempt left to go on in; null: it begins anew. What is left and cannot be used goes. */
async function findKept({ context, project, task, launch }: Running): Promise<Kept | null> {
  if (task.resumes === null) return null;
  const last = findLast(context, task);
  const workspace = await project.git.findWorkspace(task.resumes);
  if (last !== null && workspace !== null && last.executor === launch.executor) {
    const user = findUser(context.state, task, task.resumes);
    const isTold = listPending(context.state, task, { id: launch.attempt }).length === 0;
    const isFinished = user?.finished === true && (isTold || user.asItIs === true);
    return { workspace, last, isFinished };
  }
  if (workspace !== null) await removeWorkspace(context, project, task.resumes);
  return null;
}

/** It was stopped when its agent had come to its end: that is not done again. */
async function takeAsItIs(running: Running, { workspace, inputHash, last }: Prepared): Promise<void> {
  const continues = last === null ? {} : { continues: last.home };
  const start = { inputHash, sandbox: "", onlyChecks: true, ...continues } as const;
  const isBegun = await begin(running, start);
  if (isBegun) await conclude(running, workspace, FINISHED_BEFORE);
  else await report(running, toEnd(running.live, stopReason(running.live)), null);
}

/**
 * A program runs once. An agent may end its turn with questions open: it is started again when they are answered. So it is where it
 * has to be told something before its result counts.
 */
async function work(running: Running, prepared: Prepared): Promise<void> {
  const { live } = running;
  const place = await prepare(running, prepared);
  let session = place === null ? null : await startSession(running, prepared, place);
  let ended: Ended | null = null;
  let workMs = 0;
  while (place !== null && session !== null) {
    const { waits, ...end } = await followOnce(running, session);
    workMs += end.result.durationMs;
    ended = { ...end, result: { ...end.result, durationMs: workMs } };
    const isAnswered = waits && (await waitForAnswers(live));
    if (!isAnswered && (await conclude(running, prepared.workspace, ended)) === "over") return;
    const messages = await takeMessages(running);
    const told = { answers: live.told.splice(0), messages };
    session = await startSession(running, { ...prepared, told }, place);
  }
  if (ended === null) await report(running, toEnd(live, stopReason(live)), null);
  else await conclude(running, prepared.workspace, ended);
}

/** Follows it to its end, or to where it waits, and watches it meanwhile. */
async function followOnce(
  running: Running,
  session: ExecutorSession,
): Promise<Ended & { readonly waits: boolean }> {
  const stop = watchAttempt(running, session);
  try {
    if (session.agent !== null)
      return { ...(await followAgent(running, session, session.agent)), agent: "now" };
    const ended = toEnded(await follow(running, session));
    return { ...ended, failure: running.live.givenUp, waits: false };
  } finally {
    stop();
  }
}

/** False: it has to stop. */
async function waitForAnswers(live: LiveAttempt): Promise<boolean> {
  while (live.asks.size > 0 && live.stopped === null) {
    await new Promise<void>((resolve) => {
      live.wake = resolve;
    });
  }
  await Promise.allSettled([...live.handing]);
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
