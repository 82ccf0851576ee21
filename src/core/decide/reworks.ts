/** Sending work back without being asked (FR-010, FR-021): before it lands, any step may be done again. */
import { assert } from "../errors.ts";
import { needTask, needWorkstream } from "../evolve/draft.ts";
import { listDependents } from "../evolve/requirements.ts";
import { revertOf } from "../evolve/reverts.ts";
import type { Command } from "../model/command.ts";
import type { TaskId } from "../model/ids.ts";
import type { Task, Workstream } from "../model/work.ts";
import { isEnded } from "../status.ts";
import { knownWorkstream } from "./known.ts";
import { checkReason } from "./people.ts";
import { findTarget, returnWork } from "./returns.ts";
import { refuse, type Step } from "./step.ts";

type Rework = Extract<Command, { kind: "rework" }>;

/** Done, failed, or somebody is at it. */
const isBegun = ({ state }: Task): boolean =>
  state.kind === "completed" ||
  state.kind === "running" ||
  state.kind === "failed" ||
  (state.kind === "waiting" && state.attempt !== null);

/**
 * Refuses with `reason-missing`, `workstream-ended`, `already-landed` (then a revert is the way), `workstream-landing`,
 * `workstream-reverting`, `unknown-step`, `nothing-to-rework`.
 */
export function rework(step: Step, command: Rework): void {
  const workstream = knownWorkstream(step, command.workstream);
  const { to, by } = command;
  const reason = checkReason(command.reason, `sending ${workstream.name} back`);
  checkInFlight(workstream);
  const { tasks, step: key } = findTarget(step, workstream, to);
  if (workstream.integration.kind === "landed") checkAfterMerge(step, workstream, tasks);
  if (!tasks.some((id) => isBegun(needTask(step.state, id)))) {
    refuse("nothing-to-rework", `${to} of ${workstream.name} has not begun: there is nothing to do again`, [
      `how it stands: osqr show ${workstream.name}`,
    ]);
  }
  withdrawMerge(step, workstream, `sent back to ${key}: ${reason}`);
  const from = findFurthest(step, workstream, tasks);
  returnWork(step, needWorkstream(step.state, workstream.id), { from, to, by, reason, byHand: true });
}

function checkInFlight(workstream: Workstream): void {
  const { name, intent, integration, spec } = workstream;
  const toRevert = `to take it out of the base: osqr revert ${name} --to <step> --because <text>`;
  if (isEnded(workstream)) {
    refuse(
      "workstream-ended",
      `workstream ${name} is completed: what has landed is not done again in place`,
      [integration.kind === "landed" ? toRevert : `start it anew: osqr add ${spec.path ?? name}`],
    );
  }
  if (intent === "cancelled") {
    refuse("workstream-ended", `workstream ${name} was cancelled`, [
      `start it anew: osqr add ${spec.path ?? name}`,
    ]);
  }
  if (revertOf(workstream) !== null) {
    refuse("workstream-reverting", `workstream ${name} is being taken out of the base; wait for that`, [
      `osqr why ${name}`,
    ]);
  }
  if (integration.kind === "intended")
    refuse("workstream-landing", `workstream ${name} is landing at this moment; try again in a second`);
}

function checkAfterMerge(step: Step, { name }: Workstream, tasks: readonly TaskId[]): void {
  if (tasks.every((id) => needTask(step.state, id).stage === "after")) return;
  refuse("already-landed", `workstream ${name} has landed: a step before the merge is behind a revert`, [
    `to take it out of the base: osqr revert ${name} --to <step> --because <text>`,
  ]);
}

/** What was asked about a merge that does not come any more. That it stands on work that was given up has to be answered all the same. */
function withdrawMerge(step: Step, { integration, stacksOn }: Workstream, reason: string): void {
  if (integration.kind !== "waiting") return;
  const decision = step.state.decisions.get(integration.decision);
  if (decision?.state.kind !== "open" || decision.subject.kind !== "integration") return;
  if (stacksOn.some((id) => step.state.workstreams.get(id)?.intent === "cancelled")) return;
  step.emit({ kind: "decision_withdrawn", decision: decision.id, reason });
}

/** The last task that has begun of those that are done again: so far the work had come. */
function findFurthest(step: Step, workstream: Workstream, first: readonly TaskId[]): TaskId {
  const again = new Set(listDependents(step.state, workstream, first));
  const begun = workstream.tasks.filter((id) => again.has(id) && isBegun(needTask(step.state, id)));
  const last = begun.at(-1);
  assert(last !== undefined, `${workstream.id} has begun nothing of it`);
  return last;
}
