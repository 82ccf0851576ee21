/** What a person's word leaves in the history, whatever it is about. */
import { needAttempt } from "../evolve/attempts.ts";
import { hasOpenTicks, needTask, needWorkstream } from "../evolve/draft.ts";
import type { Decision } from "../model/decision.ts";
import type { AttemptId } from "../model/ids.ts";
import type { Task, Workstream } from "../model/work.ts";
import { refuse, type Step } from "./step.ts";
import { askForTicks } from "./ticks.ts";

/** A review that waits for its word. */
export interface Open {
  readonly task: Task;
  readonly workstream: Workstream;
  readonly attempt: AttemptId;
}

/** The review that a decision stands for, as long as it is the one that its task waits for. */
export function findOpen(step: Step, { id, subject }: Decision): Open {
  if (subject.kind !== "review" && subject.kind !== "intake")
    refuse("unknown-decision", `${id} is no review`);
  const task = needTask(step.state, subject.task);
  const isCurrent = task.state.kind === "waiting" && task.state.attempt === subject.attempt;
  if (!isCurrent) refuse("decision-closed", `${id}: ${task.key} does not wait for it any more`);
  return { task, workstream: needWorkstream(step.state, task.workstream), attempt: subject.attempt };
}

/** Who signs where no person was needed: in nobody's role. */
export const NOBODY = "osqr";

/** Records the signature. */
export function sign(
  step: Step,
  { task, attempt }: Open,
  decision: Decision,
  signed: { outcome: "approved" | "rejected"; by: string; reason: string; returnsTo: string | null },
): void {
  const { id } = task;
  const role = signed.by === NOBODY ? null : task.role;
  step.emit({ kind: "review_signed", task: id, attempt, decision: decision.id, role, ...signed });
}

/** The word is a result like any other: its handoff is committed, then the task is done. */
export function complete(step: Step, { task, workstream, attempt: id }: Open): void {
  const { fence } = needAttempt(step.state, id);
  // Nothing was made: the commit only says what was signed.
  const commit = workstream.tip ?? workstream.spec.commit;
  const nothing = { files: [], added: 0, deleted: 0, workMs: 0, warnings: [] };
  step.emit({ kind: "attempt_completed", attempt: id, fence, commit, ...nothing });
  const now = needTask(step.state, task.id);
  if (hasOpenTicks(now.exit)) askForTicks(step, now, id);
}
