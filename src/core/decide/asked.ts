/** What was asked in an attempt that has ended: its task waits for the answers, they are not lost with it. */
import { needTask } from "../evolve/draft.ts";
import type { DecisionId, TaskId } from "../model/ids.ts";
import { isRefusal } from "../refusal.ts";
import { askForUnreachable } from "./missing.ts";
import type { Step } from "./step.ts";

/**
 * A task whose attempt ended while something is asked: it starts anew when the answer is there, not before. Where that was no, it is
 * blocked by it.
 */
export function waitAgain(step: Step, task: TaskId, id: DecisionId): void {
  const decision = step.state.decisions.get(id);
  // What it wanted to do is asked again, or not at all; and what has ended is not stuck.
  if (decision?.subject.kind === "permission" || decision?.subject.kind === "stuck") return;
  const isRefused = decision?.state.kind === "resolved" && isRefusal(decision, decision.state.option);
  if (decision?.state.kind !== "open" && !isRefused) return;
  step.emit({ kind: "requirement_replaced", task, from: `decision:${id}`, to: `decision:${id}` });
  if (isRefused) askForUnreachable(step, task);
}

/**
 * Whoever goes on with a conversation gets the answers to all that was asked in it: it was told that they come with its next prompt.
 * One that has begun already waits for nothing.
 */
export function waitForAsked(step: Step, id: TaskId): void {
  const { resumes, state } = needTask(step.state, id);
  if (resumes === null || (state.kind !== "pending" && state.kind !== "ready" && state.kind !== "waiting"))
    return;
  for (const decision of [...step.state.open.keys()]) {
    const asked = step.state.decisions.get(decision);
    if (asked?.subject.kind === "question" && asked.askers.includes(id)) waitAgain(step, id, decision);
  }
}
