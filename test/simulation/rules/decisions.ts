import type { Decision } from "../../../src/core/model/decision.ts";
import type { State } from "../../../src/core/model/state.ts";
import { isLanded } from "../../../src/core/status.ts";

/** A decision is open exactly as long as somebody can use its answer. */
export function checkDecisions(state: State): string[] {
  const problems: string[] = [];
  for (const decision of state.decisions.values()) {
    if (decision.state.kind !== "open") continue;
    if (decision.options.length === 0) problems.push(`${decision.id} is open and has no options`);
    if (!isUseful(state, decision)) problems.push(`${decision.id} is open and nobody can use its answer`);
  }
  return problems;
}

function isAlive(state: State, id: Decision["workstream"]): boolean {
  const workstream = state.workstreams.get(id);
  return workstream !== undefined && workstream.intent !== "cancelled" && !isLanded(workstream);
}

function isUseful(state: State, decision: Decision): boolean {
  if (isAlive(state, decision.workstream)) return true;
  if (
    decision.askers.some((task) => isAlive(state, state.tasks.get(task)?.workstream ?? decision.workstream))
  )
    return true;
  return [...state.workstreams.values()].some(
    ({ id, integration }) =>
      integration.kind === "waiting" && integration.decision === decision.id && isAlive(state, id),
  );
}
