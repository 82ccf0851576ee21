import { rankTask } from "../../../src/core/evolve/draft.ts";
import { isMet } from "../../../src/core/evolve/requirements.ts";
import type { State } from "../../../src/core/model/state.ts";
import type { Task, Workstream } from "../../../src/core/model/work.ts";
import { isOpenAttempt } from "./claims.ts";

/** Each task is in the state that its attempts, its requirements and the operator's intent call for. */
export function checkTasks(state: State): string[] {
  const problems: string[] = [];
  for (const task of state.tasks.values()) {
    const workstream = state.workstreams.get(task.workstream);
    if (workstream === undefined) {
      problems.push(`${task.id} belongs to no workstream`);
      continue;
    }
    problems.push(...checkReason(state, task), ...checkReadiness(state, workstream, task));
    problems.push(...checkRequirements(state, task));
  }
  return problems;
}

/** Waiting carries a decision that is open or whose answer is on its way; blocked carries a reason. */
function checkReason(state: State, task: Task): string[] {
  const { state: now } = task;
  if (now.kind === "blocked") {
    const reasons = now.by.filter(({ message }) => message.trim() !== "");
    return reasons.length > 0 ? [] : [`${task.id} is blocked without a reason`];
  }
  if (now.kind === "failed") {
    const open = state.decisions.get(now.decision)?.state.kind === "open";
    return open ? [] : [`${task.id} failed and ${now.decision} asks nobody what to do`];
  }
  if (now.kind === "running") {
    const attempt = state.attempts.get(now.attempt);
    const joining = attempt?.state.kind === "completed" && state.joining.has(now.attempt);
    const at = attempt?.state.kind;
    return at === "claimed" || at === "running" || joining
      ? []
      : [`${task.id} runs, ${now.attempt} is ${at}`];
  }
  if (now.kind !== "waiting") return [];
  const decision = state.decisions.get(now.decision);
  if (decision === undefined) return [`${task.id} waits for ${now.decision}, which does not exist`];
  const attempt = now.attempt === null ? null : state.attempts.get(now.attempt);
  if (attempt === undefined) return [`${task.id} waits with ${now.attempt}, which does not exist`];
  if (decision.state.kind === "open") return [];
  const isCancelled = state.workstreams.get(task.workstream)?.intent === "cancelled";
  const underWay =
    attempt !== null &&
    (isOpenAttempt(attempt) || state.joining.has(attempt.id)) &&
    (decision.state.kind === "resolved" || isCancelled);
  return underWay ? [] : [`${task.id} waits for ${decision.id}, which is ${decision.state.kind}`];
}

/** An open blocker is on the task, or on the whole. */
function isHeldUp(state: State, task: Task): boolean {
  return [...state.blockers.values()].some(
    (each) =>
      each.resolvedAt === null &&
      each.workstream === task.workstream &&
      (each.task === null || each.task === task.id),
  );
}

export function mayStart(state: State, workstream: Workstream, task: Task): boolean {
  const stopped = workstream.tasks.some((id) => {
    const task = state.tasks.get(id);
    return task?.critical === true && task.state.kind === "failed";
  });
  return workstream.intent === "run" && workstream.run !== null && !stopped && !isHeldUp(state, task);
}

/** Ready exactly where nothing is missing and the workstream may go on. */
function checkReadiness(state: State, workstream: Workstream, task: Task): string[] {
  const { kind } = task.state;
  if (task.state.kind === "ready") {
    const rank = rankTask(state, workstream, task);
    const problems: string[] = [];
    if (task.unmet > 0) problems.push(`${task.id} is ready with ${task.unmet} unmet requirements`);
    if (!mayStart(state, workstream, task))
      problems.push(`${task.id} is ready, but ${workstream.id} may not go on`);
    if (rank.join() !== task.state.rank.join())
      problems.push(`${task.id} has the rank ${task.state.rank.join()}, should have ${rank.join()}`);
    return problems;
  }
  if (kind === "pending" && task.unmet === 0 && mayStart(state, workstream, task))
    return [`${task.id} is pending and nothing holds it`];
  if (kind === "pending" && task.unmet > 0 && task.unmet === task.unmetDecisions)
    return [`${task.id} is pending though only decisions are missing: it should wait`];
  if (workstream.intent === "cancelled" && ["blocked", "failed", "pending"].includes(kind))
    return [`${task.id} is ${kind} in a cancelled workstream`];
  return [];
}

/** The index of waiters says exactly what is not met. Artifacts are judged when they are made, so only counted. */
function checkRequirements(state: State, task: Task): string[] {
  const problems: string[] = [];
  const { state: now } = task;
  const ended = now.kind === "completed" || now.kind === "cancelled";
  const begun =
    now.kind === "running" || now.kind === "failed" || (now.kind === "waiting" && now.attempt !== null);
  let unmet = 0;
  let decisions = 0;
  for (const requirement of new Set(task.requires)) {
    const awaited = state.waiters.has(`${requirement}\n${task.id}`);
    if (awaited) unmet += 1;
    if (awaited && requirement.startsWith("decision:")) decisions += 1;
    if (awaited && (ended || begun))
      problems.push(`${task.id} is ${now.kind} and still waits for ${requirement}`);
    if (ended || begun || requirement.startsWith("artifact:")) continue;
    const met = isMet(state, requirement);
    if (met === awaited)
      problems.push(
        `${requirement} is ${met ? "met" : "not met"}, ${task.id} ${awaited ? "waits" : "does not wait"} for it`,
      );
  }
  if (!ended && (unmet !== task.unmet || decisions !== task.unmetDecisions))
    problems.push(
      `${task.id} counts ${task.unmet}/${task.unmetDecisions} unmet, there are ${unmet}/${decisions}`,
    );
  return problems;
}
