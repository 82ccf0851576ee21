import type { AgentFailure } from "../../core/model/agent.ts";
import type { AttemptId, Oid } from "../../core/model/ids.ts";
import { countOf } from "../../core/plural.ts";
import type { WorkspaceRef } from "../../git/types.ts";
import type { ProcessResult } from "../../sandbox/types.ts";
import { findDangers } from "./agent/dangers.ts";
import { findLeak } from "./agent/leaks.ts";
import { findUnchanged } from "./agent/unchanged.ts";
import { validate } from "./agent/validate.ts";
import { holds } from "./criteria.ts";
import { sayMemory } from "./memory.ts";
import { isProtected, keepCommit } from "./refs.ts";
import { isOpen, type Running, report, stopReason, toEnd } from "./running.ts";
import { salvageWorkspace } from "./salvage.ts";
import { sayToolCalls } from "./usage.ts";

const FILES_MAX = 200;
const WARNINGS_MAX = 20;
/** Paths that a decision shows. */
const SHOWN_MAX = 40;
/** How often a result is looked at again because its criteria have changed under it. */
const LOOKS_MAX = 3;

/** What an attempt has made. */
export interface Result {
  readonly commit: Oid;
  /** At most 200 paths, those that need the operator's word first. */
  readonly files: readonly string[];
  readonly added: number;
  readonly deleted: number;
  readonly workMs: number;
  readonly warnings: readonly string[];
  /** What a person has to look at before it counts, in words; absent: nothing. */
  readonly dangers?: readonly string[];
  /** The attempt whose recorded result this is. */
  readonly reused?: AttemptId;
}

/** How a process, or all processes of an agent, came to their end. */
export interface Ended {
  readonly result: ProcessResult;
  /** What it made counts. */
  readonly isDone: boolean;
  /** Of an agent that did not come to an end of its own. */
  readonly failure: AgentFailure | null;
  /** `no`: a program made it. `now`: an agent has just ended. `before`: an earlier one made it; it is only checked. */
  readonly agent: "no" | "now" | "before";
}

/** The exit code of a program says whether its work counts. */
export const toEnded = (result: ProcessResult): Ended => ({
  result,
  isDone: result.exitCode === 0,
  failure: null,
  agent: "no",
});

/** `untold`: its agent has to be told something before its result counts. */
export type Concluded = "over" | "untold";

/** What an agent has made before is there: nothing runs. */
export const FINISHED_BEFORE: Ended = {
  result: {
    exitCode: 0,
    signal: null,
    timedOut: false,
    isCanceled: false,
    limitHit: null,
    outputTruncated: false,
    durationMs: 0,
    tail: [],
  },
  isDone: true,
  failure: null,
  agent: "before",
};

/** A finished process becomes a result: its work as a commit, or a failure with its work kept. */
export async function conclude(running: Running, workspace: WorkspaceRef, ended: Ended): Promise<Concluded> {
  const { context, project, launch, live, task } = running;
  const { result, isDone } = ended;
  // Whoever ended it keeps its work.
  if (!isOpen(running)) return "over";
  const workMs = Math.round(result.durationMs);
  // From now on a stop loses nothing but the checks.
  if (isDone && ended.agent === "now") await sayFinished(running);
  const how =
    isDone && live.stopped === null ? await succeed(running, workspace, { ...ended, workMs }) : "stopped";
  if (how !== "stopped") return how;
  const salvage = await salvageWorkspace(context, project, workspace, launch.attempt);
  const failure = live.stopped === null ? toFailure(ended, task.timeoutMs) : null;
  const reason =
    live.stopped === null ? (failure?.message ?? explainEnd(result, task.timeoutMs)) : stopReason(live);
  const tail = live.advice === null ? result.tail : [live.advice, ...result.tail];
  const end = { ...toEnd(live, reason, workMs), tail };
  await report(running, failure === null ? end : { ...end, failure }, salvage);
  return "over";
}

/** `stopped`: it was stopped before its result counted. */
async function succeed(
  running: Running,
  workspace: WorkspaceRef,
  { agent, workMs }: Pick<Ended, "agent"> & { readonly workMs: number },
): Promise<Concluded | "stopped"> {
  const { context, project, launch, live, task, workstream } = running;
  const message = `${workstream.name} ${task.key}: ${task.title}`;
  const snapshot = await project.git.snapshot(workspace, message, context.engine.ports.clock.now());
  const { commit, files, warnings } = snapshot;
  const keep = async (): Promise<string | null> =>
    commit === workspace.start ? null : keepCommit(project.git, launch.attempt, commit);
  if (task.stage === "after" && files.length > 0) {
    const changed = countOf(files.length, "file");
    const reason = `${task.key} comes after the merge and changed ${changed}: a step before the merge must do that`;
    const tail = files.slice(0, SHOWN_MAX).map(({ path }) => path);
    await report(running, { ...toEnd(live, reason, workMs), tail }, await keep());
    return "over";
  }
  const isAgents = agent !== "no";
  const unchanged = isAgents ? findUnchanged(running, snapshot) : null;
  if (unchanged !== null) {
    const { failure, tail } = unchanged;
    const end = { ...toEnd(live, failure.message, workMs), tail, failure, rounds: project.roundsMax() };
    await report(running, end, null);
    return "over";
  }
  const leak = await findLeak(running, { from: workspace.start, to: commit });
  if (leak !== null) {
    const failure = isAgents ? { failure: leak.failure, rounds: project.roundsMax() } : {};
    const end = { ...toEnd(live, leak.failure.message, workMs), tail: leak.tail, ...failure };
    await report(running, end, await keep());
    return "over";
  }
  const validated = isAgents ? await validate(running, commit) : "passed";
  if (validated === "stopped") return "stopped";
  if (validated !== "passed") {
    const { failure, tail } = validated;
    const end = { ...toEnd(live, failure.message, workMs), tail, failure, rounds: project.roundsMax() };
    await report(running, end, await keep());
    return "over";
  }
  const dangers = isAgents ? await findDangers(running, { start: workspace.start, commit, files }) : [];
  const result: Result = {
    ...(dangers.length === 0 ? {} : { dangers }),
    commit,
    files: listFiles(files.map(({ path }) => path)),
    added: files.reduce((sum, { added }) => sum + (added ?? 0), 0),
    deleted: files.reduce((sum, { deleted }) => sum + (deleted ?? 0), 0),
    workMs,
    warnings: warnings.slice(0, WARNINGS_MAX),
  };
  return deliver(running, result, keep);
}

async function sayFinished({ context, launch }: Running): Promise<void> {
  const { attempt, fence } = launch;
  await context.engine.submitResult({ kind: "work_finished", attempt, fence });
}

/**
 * Hands in a result once all that osqr can check of it holds. `stopped`: it was stopped before that.
 *
 * @param keep keeps the work where it does not hold, and says where
 */
export async function deliver(
  running: Running,
  result: Result,
  keep: () => Promise<string | null>,
): Promise<Concluded | "stopped"> {
  const { context, launch, live } = running;
  const { attempt, fence } = launch;
  const { commit, workMs } = result;
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    const looked = await holds(running, { side: "exit", commit, workMs, keep });
    if (looked !== "met") return looked === "ended" ? "over" : "stopped";
    const decided = await context.engine.submitResult({
      kind: "attempt_succeeded",
      attempt,
      fence,
      ...result,
      ...sayToolCalls(live),
      ...sayMemory(live),
    });
    if (decided.ok || decided.refusal.code !== "criteria-open")
      return !decided.ok && decided.refusal.code === "messages-untold" ? "untold" : "over";
  }
  throw new Error(`its criteria have changed ${LOOKS_MAX} times while they were looked at`);
}

/** The list is cut: what needs the operator's word is in it in any case. */
function listFiles(paths: readonly string[]): readonly string[] {
  const [others = [], guarded = []] = [false, true].map((is) =>
    paths.filter((path) => isProtected(path) === is),
  );
  return [...guarded, ...others].slice(0, FILES_MAX);
}

/** What kind of failure it was, for what is done about it; null: it was no agent's. */
function toFailure({ result, failure, isDone }: Ended, timeoutMs: number): AgentFailure | null {
  if (failure === null || isDone || !result.timedOut) return failure;
  return { kind: "timeout", message: explainEnd(result, timeoutMs), retryAt: null };
}

function explainEnd({ exitCode, signal, timedOut, limitHit }: ProcessResult, timeoutMs: number): string {
  if (timedOut) return `timed out (its limit is ${timeoutMs / 1000} s)`;
  if (limitHit !== null) return `stopped: limit of ${limitHit} reached`;
  if (exitCode === 0) return "nobody waits for its result any more";
  if (exitCode !== null) return `exit ${exitCode}`;
  return `ended by ${signal ?? "an unknown signal"}`;
}
