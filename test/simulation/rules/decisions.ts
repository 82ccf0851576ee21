import type { Decision } from "../../../src/core/model/decision.ts";
import type { State } from "../../../src/core/model/state.ts";
import { isEnded } from "../../../src/core/status.ts";

/** A decision is open exactly as long as somebody can use its answer. */
export function checkDecisions(state: State): string[] {
  const problems: string[] = [];
  for (const decision of state.decisions.values()) {
    if (decision.state.kind !== "open") continue;
    if (decision.options.length === 0) problems.push(`${decision.id} is open and has no options`);
    if (!isCurrent(state, decision))
      problems.push(`${decision.id} is open, but what it asks about has moved on`);
    if (!isUseful(state, decision)) problems.push(`${decision.id} is open and nobody can use its answer`);
  }
  return problems;
}

/** What it asks about still is as it was when it was asked. */
function isCurrent(state: State, { id, subject }: Decision): boolean {
  switch (subject.kind) {
    case "revert":
    case "integration": {
      const integration = state.workstreams.get(subject.workstream)?.integration;
      return integration?.kind === "waiting" && integration.decision === id;
    }
    case "task_failed": {
      const now = state.tasks.get(subject.task)?.state;
      // Nobody can do it: there is no attempt that has failed.
      const isUndoable = now?.kind === "blocked" && now.by.some(({ kind }) => kind === "no_executor");
      // An agent that is held up by a limit waits for its time.
      const isAsked = now?.kind === "failed" || (now?.kind === "waiting" && now.attempt === null);
      return subject.attempt === "" ? isUndoable : isAsked && now.decision === id;
    }
    case "join_conflict":
    case "review":
    case "intake": {
      const now = state.tasks.get(subject.task)?.state;
      return (now?.kind === "failed" || now?.kind === "waiting") && now.decision === id;
    }
    case "ticks": {
      const now = state.tasks.get(subject.task)?.state;
      // What may not go on keeps its question until it may.
      return (
        (now?.kind === "waiting" && now.decision === id) ||
        (subject.attempt === null && (now?.kind === "pending" || now?.kind === "ready"))
      );
    }
    case "dependency":
      return state.waiters.has(`decision:${id}\n${subject.task}`);
    default:
      return true;
  }
}

function isAlive(state: State, id: Decision["workstream"]): boolean {
  const workstream = state.workstreams.get(id);
  return workstream !== undefined && workstream.intent !== "cancelled" && !isEnded(workstream);
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
