/** Impediments and owners that people declare (FR-011, FR-012). */
import type { Command } from "../model/command.ts";
import type { Blocker } from "../model/flow.ts";
import { type BlockerId, type TaskId, toBlockerId } from "../model/ids.ts";
import type { Workstream } from "../model/work.ts";
import { nameOfTask } from "../report/words.ts";
import { isEnded } from "../status.ts";
import { knownWorkstream } from "./known.ts";
import { checkName, checkReason } from "./people.ts";
import { finishWorkstream } from "./results.ts";
import { refuse, type Step } from "./step.ts";

type Of<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

/** Refuses with `workstream-ended` where nothing is left to hold up. */
function checkGoing(workstream: Workstream): void {
  const { name, intent } = workstream;
  if (intent !== "cancelled" && !isEnded(workstream)) return;
  const how = intent === "cancelled" ? "was cancelled" : "is completed";
  refuse("workstream-ended", `workstream ${name} ${how}; nothing is left to block`, [
    `how it stands: osqr show ${name}`,
  ]);
}

/** Refuses with `unknown-task`. */
function checkTask(step: Step, { name, tasks }: Workstream, task: TaskId | null): void {
  if (task === null || tasks.includes(task)) return;
  const keys = tasks.flatMap((id) => step.state.tasks.get(id)?.key ?? []);
  refuse("unknown-task", `workstream ${name} has no task ${task.slice(task.indexOf("#") + 1)}`, [
    `it has ${keys.slice(0, 20).join(", ")}`,
  ]);
}

export function declareBlocker(step: Step, command: Of<"declare_blocker">): void {
  const { task, type, by } = command;
  const workstream = knownWorkstream(step, command.workstream);
  checkGoing(workstream);
  checkTask(step, workstream, task);
  if (task !== null && step.state.tasks.get(task)?.state.kind === "completed")
    refuse("task-ended", `task ${nameOfTask(step.state, task)} is done; nothing is left to block`);
  const what = `a blocker on ${task === null ? workstream.name : nameOfTask(step.state, task)}`;
  const owner = checkName(command.owner, `${what}: who is to get it out of the way?`, "--owner <name>");
  const reason = checkReason(command.reason, what);
  const id = toBlockerId(step.state.nextBlocker);
  const blocker = { id, workstream: workstream.id, task, type, owner, reason, by };
  step.emit({ kind: "blocker_declared", blocker });
}

/** Refuses with `unknown-blocker`, or `blocker-resolved` for one that is out of the way. */
function openBlocker(step: Step, id: BlockerId): Blocker {
  const blocker = step.state.blockers.get(id);
  if (blocker === undefined)
    refuse("unknown-blocker", `no blocker ${id}`, ["all of them: osqr blocker --all"]);
  if (blocker.resolvedAt !== null)
    refuse("blocker-resolved", `blocker ${id} is resolved already: ${blocker.resolution ?? ""}`);
  return blocker;
}

export function transferBlocker(step: Step, command: Of<"transfer_blocker">): void {
  const { id, owner: from } = openBlocker(step, command.blocker);
  const to = checkName(command.to, `blocker ${id}: who has it from now on?`, `osqr blocker own ${id} <name>`);
  if (to === from) refuse("same-owner", `blocker ${id} is ${from}'s already`);
  const reason = checkReason(command.reason, `handing blocker ${id} over to ${to}`);
  step.emit({ kind: "blocker_transferred", blocker: id, from, to, by: command.by, reason });
}

export function resolveBlocker(step: Step, command: Of<"resolve_blocker">): void {
  const { id, workstream } = openBlocker(step, command.blocker);
  const resolution = checkReason(command.resolution, `resolving blocker ${id}`);
  step.emit({ kind: "blocker_resolved", blocker: id, by: command.by, resolution });
  // Work that was done meanwhile goes to the merge now.
  if (step.state.workstreams.has(workstream)) finishWorkstream(step, workstream);
}

export function transferOwnership(step: Step, command: Of<"transfer_ownership">): void {
  const { task, by } = command;
  const workstream = knownWorkstream(step, command.workstream);
  checkTask(step, workstream, task);
  const what = task === null ? workstream.name : nameOfTask(step.state, task);
  const to = checkName(command.to, `${what}: who has it from now on?`, `osqr edit ${what} --owner <name>`);
  const from = task === null ? workstream.owner : (step.state.tasks.get(task)?.owner ?? null);
  if (to === from) refuse("same-owner", `${what} is ${from}'s already`);
  const reason = checkReason(command.reason, `handing ${what} over to ${to}`);
  step.emit({ kind: "ownership_transferred", workstream: workstream.id, task, from, to, by, reason });
}

/** Resolves the blockers that have nothing left to block. */
export function dropBlockers(step: Step): void {
  for (const blocker of [...step.state.blockers.values()]) {
    if (blocker.resolvedAt !== null) continue;
    const resolution = whyNeedless(step, blocker);
    if (resolution !== null)
      step.emit({ kind: "blocker_resolved", blocker: blocker.id, by: "osqr", resolution });
  }
}

function whyNeedless(step: Step, { workstream: id, task: taskId }: Blocker): string | null {
  const workstream = step.state.workstreams.get(id);
  if (workstream === undefined) return "the workstream was removed";
  if (workstream.intent === "cancelled") return "the workstream was cancelled";
  if (isEnded(workstream)) return "the workstream was completed without it";
  if (taskId === null) return null;
  const task = step.state.tasks.get(taskId);
  if (task === undefined) return "the task is not part of the work any more";
  return task.state.kind === "completed" ? "the task was done without it" : null;
}
