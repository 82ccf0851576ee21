import { needTask } from "../evolve/draft.ts";
import { listDependents } from "../evolve/requirements.ts";
import type { Decision } from "../model/decision.ts";
import type { DecisionId, Oid, TaskId } from "../model/ids.ts";
import type { AttemptState, Task, Workstream } from "../model/work.ts";
import { askForUnreachable } from "./missing.ts";
import { refuse, type Step } from "./step.ts";

/** Work that is sent back. */
export interface ReturnRequest {
  /** The task that sends it back; by hand: how far the work had come. */
  readonly from: TaskId;
  /** A step's key, or the key of a task in it. */
  readonly to: string;
  readonly by: string;
  readonly reason: string;
  /** A person wants it, and was not asked. */
  readonly byHand?: true;
}

interface Target {
  readonly step: string;
  readonly tasks: readonly TaskId[];
}

/** The tasks that a step's key, or the key of one task, stands for. Refuses with `unknown-step`. */
export function findTarget(step: Step, workstream: Workstream, to: string): Target {
  const tasks = workstream.tasks.map((id) => needTask(step.state, id));
  const ofStep = tasks.filter((task) => task.step === to);
  if (ofStep.length > 0) return { step: to, tasks: ofStep.map(({ id }) => id) };
  const one = tasks.find(({ key }) => key === to);
  if (one !== undefined) return { step: one.step, tasks: [one.id] };
  const known = workstream.steps.filter(({ total }) => total > 0).map(({ key }) => sayStep(key, tasks));
  refuse("unknown-step", `${workstream.name} has no step or task "${to}"; it has ${known.join(", ")}`);
}

const TASKS_SHOWN_MAX = 12;

/** `build (T1, T2)`, `check`: a step with its tasks, where they have other names. */
function sayStep(step: string, tasks: readonly Task[]): string {
  const keys = tasks.filter((task) => task.step === step && task.key !== step).map(({ key }) => key);
  const more = keys.length - TASKS_SHOWN_MAX;
  const shown = keys.slice(0, TASKS_SHOWN_MAX).join(", ");
  return keys.length === 0 ? step : `${step} (${shown}${more > 0 ? ` and ${more} more` : ""})`;
}

/** Not begun: nothing has to be undone. What is blocked stays so. */
const isUntouched = ({ state: { kind } }: Task): boolean =>
  kind === "pending" || kind === "cancelled" || kind === "blocked";

/** Decisions that are about one task's own work: with the work they lose their meaning. */
const OWN: readonly Decision["subject"]["kind"][] = [
  "task_failed",
  "join_conflict",
  "review",
  "intake",
  "ticks",
];

/**
 * Sends work back to an earlier step (FR-021): what depends on it is done again, what runs on it is ended, and everything that was
 * checked is open again. The caller has ended its own attempt.
 */
export function returnWork(step: Step, workstream: Workstream, request: ReturnRequest): void {
  const { from, to, by, reason, byHand } = request;
  const target = findTarget(step, workstream, to);
  const given = giveUp(step, workstream, target);
  const first = [...target.tasks, ...given.lost, ...listUnlanded(step, workstream, target)];
  const dependents = listDependents(step.state, workstream, first);
  const all = byHand === true ? dependents : [...dependents, from];
  const reset = [...new Set(all)].filter((id) => !isUntouched(needTask(step.state, id)));
  const why = `sent back to ${to}: ${reason}`;
  for (const id of reset) endOpen(step, needTask(step.state, id), why);
  const left = reset.filter((id) => !isUntouched(needTask(step.state, id)));
  step.emit({
    kind: "workstream_returned",
    workstream: workstream.id,
    from,
    to: target.step,
    reset: left,
    rework: target.tasks.filter((id) => left.includes(id)),
    tip: given.tip,
    by,
    reason,
    ...(byHand === true ? { byHand } : {}),
  });
  // What they needed may have gone since: it was cancelled, or a migration took it out.
  for (const id of left) askForUnreachable(step, id);
}

/** Where the work stands afterwards, and whose results are gone with it though they do not depend on the step. */
function giveUp(
  step: Step,
  { steps, tasks, tip }: Workstream,
  target: Target,
): { readonly tip: Oid | null; readonly lost: readonly TaskId[] } {
  const at = steps.find(({ key }) => key === target.step);
  if (at?.rework !== "restart" || at.checkpoint === null) return { tip, lost: [] };
  const { checkpoint } = at;
  const lost = tasks.filter((id) => {
    const { kind, state } = needTask(step.state, id);
    if (kind !== "work" || state.kind !== "completed" || state.how !== "done") return false;
    return state.at > checkpoint.at || (state.at === checkpoint.at && !checkpoint.with.includes(id));
  });
  return { tip: checkpoint.tip, lost };
}

/** Where there was nothing to merge, the steps after the merge depend on what is done again all the same. */
function listUnlanded(step: Step, { integration, tasks }: Workstream, target: Target): readonly TaskId[] {
  const isAfter = (id: TaskId): boolean => needTask(step.state, id).stage === "after";
  return integration.kind === "nothing" && !target.tasks.every(isAfter) ? tasks.filter(isAfter) : [];
}

/** States of an attempt whose result may still come into the work. */
const LIVE: readonly AttemptState["kind"][] = ["claimed", "running", "waiting", "completed"];

/** Ends an attempt on work that is not valid any more, and withdraws what is asked about it. */
export function endOpen(step: Step, { state }: Task, reason: string): void {
  if (state.kind === "failed" || state.kind === "waiting") withdraw(step, state.decision, reason);
  const id = state.kind === "running" || state.kind === "waiting" ? state.attempt : null;
  const attempt = id === null ? undefined : step.state.attempts.get(id);
  if (attempt === undefined || !LIVE.includes(attempt.state.kind)) return;
  const { fence, workMs } = attempt;
  // A result that was on its way into the work is refused; anything else just ends.
  const outcome = attempt.state.kind === "completed" ? "rework" : "cancelled";
  step.emit({ kind: "attempt_ended", attempt: attempt.id, fence, outcome, reason, workMs, salvage: null });
}

function withdraw(step: Step, id: DecisionId, reason: string): void {
  const decision = step.state.decisions.get(id);
  if (decision?.state.kind !== "open" || !OWN.includes(decision.subject.kind)) return;
  step.emit({ kind: "decision_withdrawn", decision: id, reason });
}
