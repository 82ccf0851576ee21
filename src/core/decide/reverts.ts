/** Taking a landed workstream out of the base again (FR-010): always somebody's explicit word. */
import { needTask, needWorkstream } from "../evolve/draft.ts";
import { revertOf } from "../evolve/reverts.ts";
import type { Command } from "../model/command.ts";
import type { DecisionId, WorkstreamId } from "../model/ids.ts";
import type { Resolution } from "../model/integration.ts";
import type { QuestionOption } from "../model/spec.ts";
import { knownWorkstream } from "./known.ts";
import { askForUnreachable } from "./missing.ts";
import { type Answer, checkReason } from "./people.ts";
import { askQuestion, contentQuestion, toOption } from "./questions.ts";
import { checkIntegrating, finishWorkstream, isApproved, queueAbove } from "./results.ts";
import { endOpen, findTarget } from "./returns.ts";
import { refuse, type Step } from "./step.ts";
import { withdrawUnused } from "./withdraw.ts";

type Of<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

/** Why a revert is wanted, and the step to go on with afterwards; `to` null: it rests. */
export interface RevertRequest {
  readonly to: string | null;
  readonly by: string;
  readonly reason: string;
}

export function revert(step: Step, command: Of<"revert">): void {
  const { workstream: id, to, by } = command;
  const workstream = knownWorkstream(step, id);
  const { name, integration } = workstream;
  const reason = checkReason(command.reason, `reverting ${name}`);
  if (integration.kind === "nothing")
    refuse("nothing-to-revert", `workstream ${name} brought nothing into the base`);
  if (revertOf(workstream) !== null)
    refuse("already-reverting", `workstream ${name} is being reverted already`);
  if (integration.kind !== "landed") {
    refuse("not-landed", `workstream ${name} has not landed: until then its steps may simply be done again`, [
      `to do a step again: osqr rework ${name} --to <step> --because <text>`,
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
  if (tasks.some((task) => needTask(step.state, task).kind === "intake")) {
    const steps = workstream.steps.filter(({ kind, total }) => kind !== "intake" && total > 0);
    refuse("unknown-step", `step ${to} of ${workstream.name} is an intake: it is no step to go on with`, [
      `it has ${steps.map(({ key }) => key).join(", ")}`,
    ]);
  }
}

/** Queues the revert; what runs after the merge is ended first. */
export function requestRevert(step: Step, id: WorkstreamId, { to, by, reason }: RevertRequest): void {
  const workstream = needWorkstream(step.state, id);
  for (const task of workstream.tasks) endOpen(step, needTask(step.state, task), "its merge is taken back");
  step.emit({ kind: "revert_requested", workstream: id, to, by, reason });
}

/** The base does not hold the work any more: its steps are done again, at once or when the operator says so. */
export function completeRevert(step: Step, command: Of<"reverted">): void {
  const { workstream: id, commit, held } = command;
  const workstream = checkIntegrating(step, id, ["running", "intended"]);
  if (revertOf(workstream) === null)
    refuse("stale-integration", `workstream ${workstream.name} is not being reverted`);
  step.emit({ kind: "workstream_reverted", workstream: id, commit, held });
  const { tasks, intent, overlaps } = needWorkstream(step.state, id);
  const others = overlaps.flatMap((each) => step.state.workstreams.get(each.workstream)?.tasks ?? []);
  for (const task of [...tasks, ...others]) askForUnreachable(step, task);
  if (intent === "run") finishWorkstream(step, id);
}

/** A revert that could not be carried out asks; nothing of it is forgotten. */
export function stopRevert(step: Step, command: Of<"integration_stopped">): void {
  const { workstream: id, cause, reason, context, hashes } = command;
  const { name } = checkIntegrating(step, id, ["queued", "running", "intended"]);
  if (cause !== "approval") {
    askAboutRevert(step, id, { cause, reason, context });
    return;
  }
  if (isApproved(step, id, hashes)) {
    // The operator's word came in between.
    queueRevert(step, id, resolutionOf(step, id));
    return;
  }
  const decision = askQuestion(step, id, contentQuestion(hashes, reason, context), []);
  if (step.state.decisions.get(decision)?.state.kind === "open")
    step.emit({ kind: "integration_stopped", workstream: id, decision, reason, revert: true });
  else askAboutRevert(step, id, { cause, reason: sayRejected(name), context });
}

const sayRejected = (name: string): string =>
  `the revert of ${name} waits for its gates, and their commands were rejected`;

function resolutionOf(step: Step, id: WorkstreamId): Resolution | null {
  const { integration } = needWorkstream(step.state, id);
  return "resolution" in integration ? integration.resolution : null;
}

/** Back into the merge queue, with the operator's word on what had stopped it. */
export function queueRevert(step: Step, id: WorkstreamId, resolution: Resolution | null): void {
  step.emit({
    kind: "integration_queued",
    workstream: id,
    arrival: step.state.seq + 1,
    resolution,
    revert: true,
  });
}

/** The commands that a revert has to run were rejected: whether it is given up is the operator's word too. */
export function refuseRevert(step: Step, id: WorkstreamId): void {
  const { name } = needWorkstream(step.state, id);
  askAboutRevert(step, id, { cause: "approval", reason: sayRejected(name), context: "" });
}

/** The answer to a revert that stopped. */
export function settleRevert(step: Step, decision: DecisionId, { option, reasoning }: Answer): void {
  const subject = step.state.decisions.get(decision)?.subject;
  if (subject?.kind !== "revert") return;
  const { workstream: id } = subject;
  if (option !== "leave") {
    queueRevert(step, id, option === "retry" ? null : (option as Resolution));
    return;
  }
  const reason = reasoning.trim() === "" ? `decision ${decision}: leave` : reasoning;
  step.emit({ kind: "revert_abandoned", workstream: id, reason });
  withdrawUnused(step, `${needWorkstream(step.state, id).name} stays in the base`);
  queueAbove(step, id);
}

const LAND_ANYWAY = toOption(
  "land-anyway",
  "revert anyway",
  "take it out although these gates fail; the history says that they did",
);

const OPTIONS: readonly QuestionOption[] = [
  toOption("retry", "retry", "take it out of the base as it is now, and run the gates again"),
  toOption("by-hand", "by hand", "you have put a commit without it on refs/osqr/hand/<workstream>"),
  toOption("leave", "leave it in the base", "the revert is given up; the work stays as it landed"),
];

interface Stop {
  readonly cause: Of<"integration_stopped">["cause"];
  readonly reason: string;
  readonly context: string;
}

function askAboutRevert(step: Step, id: WorkstreamId, { cause, reason, context }: Stop): void {
  const [retry, ...others] = OPTIONS as [QuestionOption, ...QuestionOption[]];
  const decision = askQuestion(
    step,
    id,
    {
      contentKey: `revert:${id}:${step.state.seq}`,
      type: cause === "conflict" ? "conflict" : "error",
      priority: "high",
      subject: { kind: "revert", workstream: id },
      question: reason,
      context,
      location: null,
      options: cause === "gates" ? [retry, LAND_ANYWAY, ...others] : OPTIONS,
      blocksProgress: true,
      deadline: null,
      defaultOption: null,
      autoResolveMinutes: null,
    },
    [],
  );
  step.emit({ kind: "integration_stopped", workstream: id, decision, reason, revert: true });
}
