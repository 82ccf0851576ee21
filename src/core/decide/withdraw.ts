import type { Decision } from "../model/decision.ts";
import type { WorkstreamId } from "../model/ids.ts";
import { isEnded } from "../status.ts";
import type { Step } from "./step.ts";

/**
 * Withdraws the decisions that nobody can use any more: their workstream, everybody who asked and every integration that
 * waits for them has landed, was cancelled, or is `gone`.
 */
export function withdrawUnused(step: Step, reason: string, gone: WorkstreamId | null = null): void {
  for (const id of [...step.state.open.keys()]) {
    const decision = step.state.decisions.get(id);
    if (decision === undefined || isUsed(step, decision, gone)) continue;
    step.emit({ kind: "decision_withdrawn", decision: id, reason });
  }
}

function isUsed(step: Step, decision: Decision, gone: WorkstreamId | null): boolean {
  const { workstreams, tasks } = step.state;
  const isAlive = (id: WorkstreamId | undefined): boolean => {
    const workstream = id === undefined || id === gone ? undefined : workstreams.get(id);
    return workstream !== undefined && workstream.intent !== "cancelled" && !isEnded(workstream);
  };
  const { subject } = decision;
  if (subject.kind === "overlap") return isAlive(decision.workstream) && isAlive(subject.with);
  if (isAlive(decision.workstream)) return true;
  if (decision.askers.some((task) => isAlive(tasks.get(task)?.workstream))) return true;
  for (const [id, { integration }] of workstreams) {
    if (integration.kind === "waiting" && integration.decision === decision.id && isAlive(id)) return true;
  }
  return false;
}
