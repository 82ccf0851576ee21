/** Taking a landed workstream out of the base again (FR-010): always somebody's explicit word. */
import { needTask, needWorkstream } from "../evolve/draft.ts";
import type { Command } from "../model/command.ts";
import type { WorkstreamId } from "../model/ids.ts";
import { checkReason } from "./people.ts";
import { endOpen, findTarget } from "./returns.ts";
import { refuse, type Step } from "./step.ts";

type Of<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

/** Why a revert is wanted, and the step to go on with afterwards; `to` null: it rests. */
export interface RevertRequest {
  readonly to: string | null;
  readonly by: string;
  readonly reason: string;
}

export function revert(step: Step, command: Of<"revert">): void {
  const { workstream: id, to, by } = command;
  const workstream = step.state.workstreams.get(id);
  if (workstream === undefined) refuse("unknown-workstream", `no workstream ${id}`);
  const { name, integration } = workstream;
  const reason = checkReason(command.reason, `reverting ${name}`);
  if (integration.kind === "nothing")
    refuse("nothing-to-revert", `workstream ${name} brought nothing into the base`);
  if ("revert" in integration && integration.revert !== undefined)
    refuse("already-reverting", `workstream ${name} is being reverted already`);
  if (integration.kind !== "landed") {
    refuse("not-landed", `workstream ${name} has not landed: until then its steps may simply be done again`, [
      `to stop it: osqr cancel ${name}`,
    ]);
  }
  if (to !== null) checkStep(step, id, to);
  requestRevert(step, id, { to, by, reason });
}

function checkStep(step: Step, id: WorkstreamId, to: string): void {
  const workstream = needWorkstream(step.state, id);
  const { tasks } = findTarget(step, workstream, to);
  const isBefore = tasks.every((task) => needTask(step.state, task).stage === "before");
  if (!isBefore)
    refuse("unknown-step", `step ${to} of ${workstream.name} comes after the merge: name one before it`);
}

/** Queues the revert; what runs after the merge is ended first. */
export function requestRevert(step: Step, id: WorkstreamId, { to, by, reason }: RevertRequest): void {
  const workstream = needWorkstream(step.state, id);
  for (const task of workstream.tasks) endOpen(step, needTask(step.state, task), "its merge is taken back");
  step.emit({ kind: "revert_requested", workstream: id, to, by, reason });
}

/** The base does not hold the work any more. */
export function completeRevert(step: Step, command: Of<"reverted">): void {
  const { workstream: id, commit, held } = command;
  const workstream = step.state.workstreams.get(id);
  if (workstream === undefined) refuse("unknown-workstream", `no workstream ${id}`);
  const { integration, name } = workstream;
  const isUnderWay =
    (integration.kind === "running" || integration.kind === "intended") && integration.revert !== undefined;
  if (!isUnderWay) refuse("stale-integration", `workstream ${name} is not being reverted`);
  step.emit({ kind: "workstream_reverted", workstream: id, commit, held });
}
