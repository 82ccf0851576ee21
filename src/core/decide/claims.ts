/** Who speaks for an attempt: only the holder of its claim. */
import { needWorkstream } from "../evolve/draft.ts";
import { PERSON } from "../evolve/reviews.ts";
import type { Attempt } from "../model/work.ts";
import { refuse, type Step } from "./step.ts";

/** The attempt that a result speaks of; a result with an old or ended claim is refused. */
export function claimOf(
  step: Step,
  command: { attempt: Attempt["id"]; fence: number },
  open: readonly string[],
): Attempt {
  const attempt = step.state.attempts.get(command.attempt);
  if (attempt === undefined) refuse("unknown-attempt", `no attempt ${command.attempt}`);
  if (attempt.fence !== command.fence) {
    refuse(
      "stale-claim",
      `attempt ${attempt.id} holds fence ${attempt.fence}, the result brings ${command.fence}`,
    );
  }
  if (attempt.executor === PERSON && attempt.state.kind === "waiting")
    refuse("a-persons-claim", `attempt ${attempt.id} is a person's: only their word ends it`);
  if (!open.includes(attempt.state.kind)) {
    refuse("stale-claim", `attempt ${attempt.id} is ${attempt.state.kind}: its result comes too late`);
  }
  return attempt;
}

/** States of an attempt that has not ended. */
export const OPEN = ["claimed", "running", "waiting"];

/** Its workstream was cancelled: nobody waits for what comes. */
export const isCancelled = (step: Step, attempt: Attempt): boolean =>
  needWorkstream(step.state, attempt.workstream).intent === "cancelled";
