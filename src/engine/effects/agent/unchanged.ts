/** An agent that came to its end with nothing changed: its task is done only where it says that nothing was to do, or a person does. */
import { findUser } from "../../../core/evolve/attempts.ts";
import type { Attempt } from "../../../core/model/work.ts";
import type { Snapshot } from "../../../git/types.ts";
import type { Running } from "../running.ts";
import type { TurnedDown } from "./validate.ts";

/** Null: something was changed, nothing may be, or somebody has said that nothing was to do. */
export function findUnchanged(
  { context, launch, task: found }: Running,
  { files, warnings }: Pick<Snapshot, "files" | "warnings">,
): TurnedDown | null {
  const { state } = context;
  const task = state.tasks.get(found.id) ?? found;
  const attempt = state.attempts.get(launch.attempt);
  if (files.length > 0 || task.stage === "after" || attempt === undefined) return null;
  const earlier = { ...task, attempts: task.attempts.filter((id) => id !== attempt.id) };
  const isTold = findUser(state, earlier, attempt.home)?.recovery?.failure === "unchanged";
  // A person has seen that nothing was changed, and takes it: what is there is only checked.
  if (attempt.onlyChecks === true && isTold) return null;
  if (saysNothing(attempt, isTold || (task.failures.unchanged ?? 0) > 0)) return null;
  const message = "nothing was changed, and it did not say that nothing was to do";
  return { failure: { kind: "unchanged", message, retryAt: null }, tail: warnings };
}

/** One that was told so and hands off again has said why. */
function saysNothing({ handOff }: Attempt, isTold: boolean): boolean {
  return handOff !== null && (handOff.isNothing === true || isTold);
}
