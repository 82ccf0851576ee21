import type { Command } from "../model/command.ts";
import type { BlockReason } from "../model/work.ts";
import { nameOfTask } from "../report/words.ts";
import { claimOf, isCancelled } from "./claims.ts";
import type { Step } from "./step.ts";

/**
 * An attempt cannot start because a handoff before it cannot be read: its task is blocked until that is made again. Nothing has
 * failed, and everybody else goes on.
 */
export function reportMissing(step: Step, command: Extract<Command, { kind: "handoff_missing" }>): void {
  const attempt = claimOf(step, command, ["claimed"]);
  const { source, message } = command;
  const reason = `the handoff of ${nameOfTask(step.state, source)} cannot be read: ${message}`;
  step.emit({
    kind: "attempt_ended",
    attempt: attempt.id,
    fence: attempt.fence,
    outcome: "cancelled",
    reason,
    workMs: 0,
    salvage: null,
  });
  // Where the source was removed meanwhile, nobody looks for what it left.
  if (isCancelled(step, attempt) || !step.state.tasks.has(source)) return;
  const by: BlockReason = { kind: "handoff", source, message: reason };
  step.emit({ kind: "task_blocked", task: attempt.task, by: [by] });
}
