import type { QuestionDraft } from "../../core/model/command.ts";
import type { Launch } from "../../core/model/event.ts";
import type { AttemptId, DecisionId } from "../../core/model/ids.ts";
import type { Task, Workstream } from "../../core/model/work.ts";
import { questionKey } from "../../core/plan/question-key.ts";
import type { AskedQuestion, ExecutorEvent, ExecutorSession } from "../../executors/types.ts";
import type { WorkspaceRef } from "../../git/types.ts";
import type { ProcessResult } from "../../sandbox/types.ts";
import type { ProjectPorts } from "../ports.ts";
import { collectAnswers, writeBriefing } from "./briefing.ts";
import { type EffectContext, type LiveAttempt, toReason } from "./context.ts";
import { isProtected, keepCommit } from "./refs.ts";
import { findStart } from "./start-commit.ts";

const FILES_MAX = 200;

interface Running {
  readonly context: EffectContext;
  readonly project: ProjectPorts;
  readonly launch: Launch;
  readonly live: LiveAttempt;
  readonly task: Task;
  readonly workstream: Workstream;
}

/** One attempt from its claim to its result. Never rejects: whatever goes wrong becomes a result with a reason. */
export async function runAttempt(context: EffectContext, launch: Launch): Promise<void> {
  const live: LiveAttempt = { session: null, abort: new AbortController(), stopped: null, asks: new Map() };
  context.live.set(launch.attempt, live);
  const found = context.find(launch.task);
  if (found === null) return;
  let workspace: WorkspaceRef | null = null;
  try {
    const project = await context.project(found.workstream);
    const running = { context, project, launch, live, ...found };
    workspace = await project.git.createWorkspace(
      launch.attempt,
      await findStart(context, project.git, found),
    );
    const session = await startSession(running, workspace);
    if (session === null) {
      await report(running, { outcome: "cancelled", reason: stopReason(live), tail: [], workMs: 0 }, null);
      return;
    }
    const result = await follow(running, session);
    await session.close();
    await conclude(running, workspace, result);
  } catch (error) {
    await reportFailure(context, launch, found, { workspace, error, live });
  } finally {
    context.live.delete(launch.attempt);
  }
}

function outcomeOf({ stopped }: LiveAttempt): End["outcome"] {
  return stopped === null ? "failed" : stopped === "shutdown" ? "lost" : "cancelled";
}

function stopReason({ stopped }: LiveAttempt): string {
  return stopped === "pause"
    ? "paused by the operator"
    : stopped === "shutdown"
      ? "osqr was stopped"
      : "cancelled by the operator";
}

/** Null: it was stopped before it started. */
async function startSession(running: Running, workspace: WorkspaceRef): Promise<ExecutorSession | null> {
  const { context, project, launch, live, task, workstream } = running;
  const executor = project.executors.get(launch.executor);
  if (executor === undefined) throw new Error(`no executor named ${launch.executor} is there`);
  const isApproved = context.isApproved(workstream.project, workstream.run);
  const { mounts, env } = await project.prepare(workspace, isApproved, live.abort.signal);
  const folder = await project.attemptFolder(launch.attempt);
  const briefing = await writeBriefing(context, project, { task, workstream });
  const { attempt, fence } = launch;
  if (live.stopped !== null) return null;
  const decided = await context.engine.submitResult({
    kind: "attempt_started",
    attempt,
    fence,
    sandbox: project.sandbox,
  });
  if (!decided.ok || live.stopped !== null) return null;
  const session = await executor.start({
    attempt,
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
  });
  live.session = session;
  if (live.stopped !== null) await session.cancel(live.stopped);
  return session;
}

/** Reads the stream to its end; questions and progress become commands. */
async function follow(running: Running, session: ExecutorSession): Promise<ProcessResult> {
  const { context, launch } = running;
  for await (const event of session.events) {
    if (event.kind === "ended") return event.result;
    if (event.kind === "asked") await askOperator(running, session, event);
    if (event.kind === "progress") {
      const { attempt, fence } = launch;
      await context.engine.submitResult({ kind: "attempt_progressed", attempt, fence, text: event.text });
    }
  }
  throw new Error("the executor's stream ended without saying how");
}

function toDraft({
  key,
  question,
  options,
  defaultOption,
  autoResolveMinutes,
}: AskedQuestion): QuestionDraft {
  return {
    contentKey: questionKey({ key, question, options }),
    type: "implementation",
    priority: "high",
    subject: { kind: "question", key },
    question,
    context: "",
    location: null,
    options,
    blocksProgress: true,
    deadline: null,
    defaultOption,
    autoResolveMinutes,
  };
}

async function askOperator(
  { context, launch, live, workstream }: Running,
  session: ExecutorSession,
  { ask, question }: Extract<ExecutorEvent, { kind: "asked" }>,
): Promise<void> {
  const { attempt, fence } = launch;
  const draft = toDraft(question);
  const decided = await context.engine.submitResult({
    kind: "attempt_asked",
    attempt,
    fence,
    question: draft,
  });
  if (!decided.ok) {
    await session.cancel("cancel");
    return;
  }
  const id = context.state.byContent.get(`${workstream.project}/${draft.contentKey}`);
  if (id !== undefined) {
    live.asks.set(ask, { decision: id, question: draft });
    await answerAsks(context, id);
  }
}

/** Hands a resolved decision to every live attempt that asked for it. */
export async function answerAsks(context: EffectContext, id: DecisionId): Promise<void> {
  const state = context.state.decisions.get(id)?.state;
  if (state?.kind !== "resolved") return;
  for (const [attempt, live] of context.live) {
    for (const [ask, { decision }] of [...live.asks]) {
      if (decision !== id || live.session === null) continue;
      live.asks.delete(ask);
      await resumeAttempt(context, attempt, live, id);
      await live.session.answer(ask, state.option);
    }
  }
}

/** Takes a slot again; where it asked more at once and that is still open, it goes on waiting for that. */
async function resumeAttempt(
  { engine, state }: EffectContext,
  attempt: AttemptId,
  live: LiveAttempt,
  answered: DecisionId,
): Promise<void> {
  const known = state.attempts.get(attempt);
  if (known?.state.kind !== "waiting" || known.state.decision !== answered) return;
  const { fence } = known;
  await engine.submitResult({ kind: "attempt_answered", attempt, fence });
  for (const { decision, question } of live.asks.values()) {
    if (engine.state.open.has(decision)) {
      await engine.submitResult({ kind: "attempt_asked", attempt, fence, question });
      return;
    }
  }
}

/** A finished process becomes a result: its work as a commit, or a failure with its work kept. */
async function conclude(running: Running, workspace: WorkspaceRef, result: ProcessResult): Promise<void> {
  const { context, project, launch, live, task } = running;
  const message = `${running.workstream.name} ${task.key}: ${task.title}`;
  const workMs = Math.round(result.durationMs);
  if (result.exitCode === 0 && live.stopped === null) {
    const snapshot = await project.git.snapshot(workspace, message, context.engine.ports.clock.now());
    const { commit, files, warnings } = snapshot;
    await context.engine.submitResult({
      kind: "attempt_succeeded",
      attempt: launch.attempt,
      fence: launch.fence,
      commit,
      files: listFiles(files.map(({ path }) => path)),
      added: files.reduce((sum, { added }) => sum + (added ?? 0), 0),
      deleted: files.reduce((sum, { deleted }) => sum + (deleted ?? 0), 0),
      workMs,
      warnings: warnings.slice(0, 20),
    });
    return;
  }
  const salvage = await salvageWorkspace(context, project, workspace, launch.attempt);
  const outcome = outcomeOf(live);
  const reason = live.stopped === null ? explainEnd(result, task.timeoutMs) : stopReason(live);
  await report(running, { outcome, reason, tail: result.tail, workMs }, salvage);
}

/** The list is cut: what needs the operator's word is in it in any case. */
function listFiles(paths: readonly string[]): readonly string[] {
  const [others = [], guarded = []] = [false, true].map((is) =>
    paths.filter((path) => isProtected(path) === is),
  );
  return [...guarded, ...others].slice(0, FILES_MAX);
}

function explainEnd({ exitCode, signal, timedOut, limitHit }: ProcessResult, timeoutMs: number): string {
  if (timedOut) return `timed out (its limit is ${timeoutMs / 1000} s)`;
  if (limitHit !== null) return `stopped: limit of ${limitHit} reached`;
  if (exitCode !== null) return `exit ${exitCode}`;
  return `ended by ${signal ?? "an unknown signal"}`;
}

/** Keeps what a workspace holds beyond its start. Null: there was nothing. */
export async function salvageWorkspace(
  context: EffectContext,
  { git }: ProjectPorts,
  workspace: WorkspaceRef,
  attempt: string,
): Promise<string | null> {
  const { commit } = await git.snapshot(
    workspace,
    `salvaged from ${attempt}`,
    context.engine.ports.clock.now(),
  );
  if (commit === workspace.start) return null;
  return keepCommit(git, attempt, commit);
}

interface End {
  readonly outcome: "failed" | "cancelled" | "lost";
  readonly reason: string;
  readonly tail: readonly string[];
  readonly workMs: number;
}

async function report({ context, launch }: Running, end: End, salvage: string | null): Promise<void> {
  const { attempt, fence } = launch;
  await context.engine.submitResult({ kind: "attempt_failed", attempt, fence, ...end, salvage });
}

async function reportFailure(
  context: EffectContext,
  launch: Launch,
  { workstream }: { workstream: Workstream },
  { workspace, error, live }: { workspace: WorkspaceRef | null; error: unknown; live: LiveAttempt },
): Promise<void> {
  let salvage: string | null = null;
  try {
    if (workspace !== null) {
      salvage = await salvageWorkspace(context, await context.project(workstream), workspace, launch.attempt);
    }
  } catch (failure) {
    // The workspace stays where it is: it is removed only after it was salvaged.
    context.engine.ports.report(`${launch.attempt}: its work could not be salvaged: ${toReason(failure)}`);
  }
  const { attempt, fence } = launch;
  const details =
    error instanceof Error && "tail" in error && Array.isArray(error.tail) ? error.tail.map(String) : [];
  // What breaks because it was stopped has not failed.
  const reason = live.stopped === null ? toReason(error) : stopReason(live);
  const end: End = { outcome: outcomeOf(live), reason, tail: details, workMs: 0 };
  await context.engine.submitResult({ kind: "attempt_failed", attempt, fence, ...end, salvage });
}
