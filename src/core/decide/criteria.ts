/** What osqr itself found out about the criteria of a step. */
import { needTask, needWorkstream } from "../evolve/draft.ts";
import type { Command } from "../model/command.ts";
import type { CriterionState } from "../model/flow.ts";
import type { TaskId } from "../model/ids.ts";
import type { SourceLocation } from "../model/spec.ts";
import { workflowKey } from "../model/state.ts";
import type { Attempt } from "../model/work.ts";
import { countOf } from "../plural.ts";
import { type Asked, recover } from "./agents.ts";
import { waitAgain } from "./asked.ts";
import { claimOf, isCancelled } from "./claims.ts";
import { askQuestion, contentQuestion } from "./questions.ts";
import { failTask, isApproved } from "./results.ts";
import type { Step } from "./step.ts";

type Checked = Extract<Command, { kind: "criteria_checked" }>;

/** Longest detail of a result, characters. */
const DETAIL_MAX = 500;

/** States of an attempt in which a side is looked at: before it runs, or before its result counts. */
const STATES = { entry: ["claimed"], exit: ["running", "waiting"] } as const;

/** Where a criterion does not hold, nothing of the attempt counts. An agent is told, as of gates, before anybody is asked. */
export function checkCriteria(step: Step, command: Checked): void {
  const attempt = claimOf(step, command, STATES[command.side]);
  const { side, unapproved } = command;
  if (unapproved !== undefined) {
    askForApproval(step, attempt, unapproved);
    return;
  }
  const results = command.results.map((each) => ({ ...each, detail: each.detail.slice(0, DETAIL_MAX) }));
  step.emit({ kind: "criteria_checked", task: attempt.task, attempt: attempt.id, side, results });
  const missed = needTask(step.state, attempt.task)[side].filter(
    ({ check, met }) => check.kind !== "tick" && !met,
  );
  if (missed.length > 0) rejectAttempt(step, attempt, { command, missed });
}

function rejectAttempt(
  step: Step,
  attempt: Attempt,
  { command, missed }: { readonly command: Checked; readonly missed: readonly CriterionState[] },
): void {
  const { side, fence, workMs, salvage, tail } = command;
  const said = missed.map(({ text, detail }) => (detail === null ? text : `${text} (${detail})`)).join("; ");
  const reason = `${side === "entry" ? "it may not start" : "its result does not hold"}: ${said}`;
  const outcome = isCancelled(step, attempt) ? "cancelled" : "rejected";
  const { peakMemoryBytes } = command;
  const peak = peakMemoryBytes === undefined ? {} : { peakMemoryBytes };
  step.emit({ kind: "attempt_ended", attempt: attempt.id, fence, outcome, reason, workMs, salvage, ...peak });
  if (outcome !== "rejected") return;
  const isGate = missed.some(({ check }) => check.kind === "gate");
  const location = isGate ? findStepPlace(step, attempt.task) : null;
  const ask = (why: Asked): void => failTask(step, attempt.task, attempt.id, { ...why, location });
  if (side === "entry" || attempt.session === null || command.isRefused === true) {
    ask({ reason, tail });
    return;
  }
  const failure = { kind: "validation", message: reason, retryAt: null } as const;
  const told = [...missed.map(({ text }) => text), ...tail];
  const { rounds } = command;
  recover(step, attempt.task, { attempt: attempt.id, failure, reason, tail: told, rounds }, ask);
}

/** Where the step of a task stands in a file of the project: what names a gate may be what is wrong. */
function findStepPlace(step: Step, id: TaskId): SourceLocation | null {
  const task = needTask(step.state, id);
  const { project, workflow } = needWorkstream(step.state, task.workstream);
  const key = workflowKey(project, workflow.name, workflow.version);
  const definition = step.state.workflows.get(key)?.definition;
  const found = definition?.steps.find((each) => each.key === task.step);
  return definition === undefined || found === undefined
    ? null
    : { path: definition.source, line: found.line };
}

/** Nothing has failed: the task starts when the operator has seen the commands. */
function askForApproval(
  step: Step,
  attempt: Attempt,
  { hashes, context }: NonNullable<Checked["unapproved"]>,
): void {
  const { id, task, fence } = attempt;
  const what = `${countOf(hashes.length, "command")} of its criteria`;
  const reason = `${what} ${hashes.length === 1 ? "is" : "are"} new or changed`;
  const rest = { reason, workMs: 0, salvage: null };
  step.emit({ kind: "attempt_ended", attempt: id, fence, outcome: "cancelled", ...rest });
  if (isCancelled(step, attempt) || isApproved(step, attempt.workstream, hashes)) return;
  const question = contentQuestion(hashes, `${reason}: run on this machine?`, context);
  waitAgain(step, task, askQuestion(step, attempt.workstream, question, [task]));
}
