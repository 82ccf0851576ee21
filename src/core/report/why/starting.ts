/** An attempt whose agent has not begun yet: what it does, and behind whom. */
import type { AttemptId } from "../../model/ids.ts";
import type { State } from "../../model/state.ts";

/** Names that are listed. */
const NAMES_MAX = 5;

/** Empty: its agent is at work, or none does it. */
export function explainStart(state: State, id: AttemptId): readonly string[] {
  const since = findStart(state, id);
  if (since === null) return [];
  const ahead = [...state.active.keys()].filter((other) => {
    const theirs = other === id ? null : findStart(state, other);
    return theirs !== null && (theirs < since || (theirs === since && other < id));
  });
  const own = "Its agent is not ready yet: it has no conversation.";
  if (ahead.length === 0) return [own];
  const names = ahead.slice(0, NAMES_MAX).join(", ");
  const more = ahead.length > NAMES_MAX ? ` and ${ahead.length - NAMES_MAX} more` : "";
  return [own, `Agents start one after the other, at most 10 s apart: ahead of it ${names}${more}.`];
}

/** Since when its agent is to start; null: it has begun, or it is no agent. */
function findStart(state: State, id: AttemptId): number | null {
  const attempt = state.attempts.get(id);
  if (attempt?.state.kind !== "running" || attempt.session !== null || attempt.onlyChecks === true)
    return null;
  const task = state.tasks.get(attempt.task);
  return task?.script === null && task.kind === "work" ? attempt.state.startedAt : null;
}
