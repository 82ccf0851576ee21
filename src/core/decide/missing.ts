import { isWorkDone, needTask, needWorkstream } from "../evolve/draft.ts";
import type { Decision } from "../model/decision.ts";
import type { DecisionId, TaskId, WorkstreamId } from "../model/ids.ts";
import type { BlockReason, Requirement, Workstream } from "../model/work.ts";
import { isRefusal } from "../refusal.ts";
import { isLanded } from "../status.ts";
import { askQuestion, dependencyQuestion } from "./questions.ts";
import type { Step } from "./step.ts";

/** Whether to go on without something is asked in place of waiting for what will not come. */
export function askInstead(step: Step, id: TaskId, requirement: Requirement, message: string): void {
  const { workstream } = needTask(step.state, id);
  const decision = askQuestion(step, workstream, dependencyQuestion(id, requirement, message), [id]);
  step.emit({ kind: "requirement_replaced", task: id, from: requirement, to: `decision:${decision}` });
}

/** Everybody who waits for something that will not come is asked. `except`: tasks of that workstream are not. */
export function askForMissing(
  step: Step,
  prefix: string,
  say: (rest: string) => string,
  except: WorkstreamId | null = null,
): void {
  const waiting: { requirement: Requirement; task: TaskId }[] = [];
  for (const [key, task] of step.state.waiters.entriesFrom(prefix)) {
    if (!key.startsWith(prefix)) break;
    if (needTask(step.state, task).workstream === except) continue;
    waiting.push({ requirement: key.slice(0, key.indexOf("\n")), task });
  }
  for (const { requirement, task } of waiting) {
    askInstead(step, task, requirement, say(requirement.slice(prefix.length)));
  }
}

/**
 * A task that was just registered, or that starts anew, may wait for what cannot come any more: that is asked at once.
 */
export function askForUnreachable(step: Step, id: TaskId): void {
  for (const requirement of needTask(step.state, id).requires) {
    if (!step.state.waiters.has(`${requirement}\n${id}`)) continue;
    const withdrawn = findWithdrawn(step, requirement);
    if (withdrawn !== null) askAgain(step, withdrawn, id);
    const message = whyUnreachable(step, id, requirement);
    if (message !== null) askInstead(step, id, requirement, message);
  }
  blockByRefusals(step, id);
}

/** The decision that a requirement stands for, where nobody is asked about it any more; else null. */
function findWithdrawn(step: Step, requirement: Requirement): Decision | null {
  const decision = step.state.decisions.get(requirement.slice("decision:".length) as DecisionId);
  return requirement.startsWith("decision:") && decision?.state.kind === "withdrawn" ? decision : null;
}

/** A question that was withdrawn while nobody needed it, for a task that needs it after all. */
export function askAgain(step: Step, decision: Decision, task: TaskId): DecisionId {
  const { contentKey, type, priority, subject, question, context, location, options } = decision;
  const { blocksProgress, deadline, defaultOption } = decision;
  const draft = {
    ...{ contentKey, type, priority, subject, question, context, location, options },
    ...{ blocksProgress, deadline, defaultOption, autoResolveMinutes: null },
  };
  const again = askQuestion(step, needTask(step.state, task).workstream, draft, [task]);
  step.emit({ kind: "requirement_replaced", task, from: `decision:${decision.id}`, to: `decision:${again}` });
  return again;
}

/** What the operator refused blocks whoever needs it, until that is taken back. */
function blockByRefusals(step: Step, id: TaskId): void {
  const { requires, state } = needTask(step.state, id);
  if (state.kind !== "pending" && state.kind !== "waiting") return;
  const by = requires.flatMap((requirement): BlockReason[] => {
    const decision = step.state.decisions.get(requirement.slice("decision:".length) as DecisionId);
    const isAwaited = step.state.waiters.has(`${requirement}\n${id}`);
    if (!isAwaited || decision?.state.kind !== "resolved") return [];
    return isRefusal(decision, decision.state.option) ? [refusalOf(decision)] : [];
  });
  if (by.length > 0) step.emit({ kind: "task_blocked", task: id, by });
}

/** Why a refusal blocks. */
export function refusalOf({ id, subject }: Decision): BlockReason {
  const message =
    subject.kind === "approval" ? `${subject.subject} was not approved` : "its commands were not approved";
  return { kind: "rejected", decision: id, message };
}

/** Null where it may still come. */
function whyUnreachable(step: Step, id: TaskId, requirement: Requirement): string | null {
  const target = findTarget(step, requirement);
  if (target === "decision") return null;
  if (target === null) return `osqr knows nothing that gives ${requirement}, which this waits for`;
  const { name, intent } = target;
  const dropped = requirement.startsWith("task:")
    ? findDropped(step, requirement.slice("task:".length) as TaskId)
    : null;
  if (dropped !== null) return `${name} no longer has ${dropped}, which this waits for`;
  if (intent === "cancelled") return `${name}, which this waits for, was cancelled`;
  const isDone = isWorkDone(target) || isLanded(target);
  if (requirement.startsWith("artifact:") && isDone)
    return `${name} is done and did not make ${requirement.slice(`artifact:${target.id}:`.length)}`;
  return whyHeldOff(step, needWorkstream(step.state, needTask(step.state, id).workstream), target);
}

/**
 * What was reverted and has not begun again cannot begin before those that declare the same paths have ended: where one of them waits
 * for it, neither would ever go on.
 */
function whyHeldOff({ state }: Step, waiting: Workstream, target: Workstream): string | null {
  if (target.started || isLanded(target) || !state.holding.has(waiting.id)) return null;
  const shared = waiting.overlaps.find(({ workstream }) => workstream === target.id);
  if (shared === undefined) return null;
  const paths = shared.paths.join(", ");
  return `${target.name}, which this waits for, cannot begin before ${waiting.name} ends: both declare ${paths}`;
}

/** Key of a task that a migration took out of its workstream, null for any other. */
function findDropped(step: Step, id: TaskId): string | null {
  const task = step.state.tasks.get(id);
  const workstream = task === undefined ? undefined : step.state.workstreams.get(task.workstream);
  return task !== undefined && workstream?.dropped.includes(id) === true ? task.key : null;
}

function findTarget(step: Step, requirement: Requirement) {
  const colon = requirement.indexOf(":");
  const kind = requirement.slice(0, colon);
  const rest = requirement.slice(colon + 1);
  const { workstreams, tasks, decisions } = step.state;
  if (kind === "decision") return decisions.has(rest as never) ? "decision" : null;
  if (kind === "task") {
    const task = tasks.get(rest as TaskId);
    return task === undefined ? null : (workstreams.get(task.workstream) ?? null);
  }
  if (kind === "phase") {
    const workstream = workstreams.get(rest.slice(0, rest.lastIndexOf("/")) as WorkstreamId);
    const key = rest.slice(rest.lastIndexOf("/") + 1);
    return workstream?.phases.some((phase) => phase.key === key) === true ? workstream : null;
  }
  const id = kind === "artifact" ? rest.slice(0, rest.indexOf(":")) : rest;
  return workstreams.get(id as WorkstreamId) ?? null;
}
