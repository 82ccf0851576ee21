import { needTask } from "../evolve/draft.ts";
import type { Command } from "../model/command.ts";
import { claimOf, failTask, isCancelled, OPEN } from "./results.ts";
import type { Step } from "./step.ts";

/** osqr looked at the criteria of a step: where one does not hold, nothing of the attempt counts. */
export function checkCriteria(step: Step, command: Extract<Command, { kind: "criteria_checked" }>): void {
  const attempt = claimOf(step, command, OPEN);
  const { side, results, fence, workMs, salvage, tail } = command;
  step.emit({ kind: "criteria_checked", task: attempt.task, attempt: attempt.id, side, results });
  const missed = needTask(step.state, attempt.task)[side].filter(
    ({ check, met }) => check.kind !== "tick" && !met,
  );
  if (missed.length === 0) return;
  const said = missed.map(({ text, detail }) => (detail === null ? text : `${text} (${detail})`)).join("; ");
  const reason = `${side === "entry" ? "it may not start" : "its result does not hold"}: ${said}`;
  const outcome = isCancelled(step, attempt) ? "cancelled" : "rejected";
  step.emit({ kind: "attempt_ended", attempt: attempt.id, fence, outcome, reason, workMs, salvage });
  if (outcome === "rejected") failTask(step, attempt.task, attempt.id, { reason, tail });
}
