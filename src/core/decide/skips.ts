/** Going on without a task that failed: somebody stands for what it leaves open. */
import { needTask, needWorkstream } from "../evolve/draft.ts";
import type { Decision } from "../model/decision.ts";
import { knownProject } from "./known.ts";
import { type Answer, checkReason, checkSigner } from "./people.ts";
import type { Step } from "./step.ts";

/**
 * Where a step has criteria that do not hold, or a role that is responsible, a skip is a signature.
 *
 * Refuses with `signer-missing`, `not-allowed`, `reason-missing`.
 */
export function checkSkip(step: Step, { id, subject }: Decision, answer: Answer): void {
  if (subject.kind !== "task_failed" || answer.option !== "skip" || answer.by !== "user") return;
  const task = needTask(step.state, subject.task);
  const isOpen = [...task.entry, ...task.exit].some(({ met }) => !met);
  if (!isOpen && task.role === null) return;
  const { name, project } = needWorkstream(step.state, task.workstream);
  const what = `${id} (${name} ${task.key})`;
  checkSigner(knownProject(step, project), task.role, { signer: answer.signer, what });
  if (isOpen) checkReason(answer.reasoning, `${what}: skipping what does not hold`);
}
