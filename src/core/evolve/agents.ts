/** What the history knows of agents at work. Nothing here moves a task or an attempt to another state. */
import type { Event } from "../model/event.ts";
import type { Attempt } from "../model/work.ts";
import { needAttempt } from "./attempts.ts";
import { type Draft, needTask } from "./draft.ts";

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

function change(draft: Draft, id: Attempt["id"], changes: Partial<Attempt>): void {
  draft.attempts = draft.attempts.set(id, { ...needAttempt(draft, id), ...changes });
}

export function openSession(draft: Draft, { attempt, session }: Of<"session_opened">): void {
  change(draft, attempt, { session });
}

export function endTurn(draft: Draft, { attempt, turn, checkpoint }: Of<"turn_ended">): void {
  const known = needAttempt(draft, attempt).checkpoint;
  change(draft, attempt, { turns: turn, checkpoint: checkpoint ?? known });
}

export function writeHandOff(draft: Draft, { attempt, summary, notes }: Of<"hand_off_written">): void {
  change(draft, attempt, { handOff: { summary, notes } });
}

export function chooseRecovery(draft: Draft, event: Of<"recovery_chosen">): void {
  const { task: id, attempt, failure, nth, output } = event;
  const task = needTask(draft, id);
  const turnedDown = output === undefined ? {} : { turnedDown: { attempt, output } };
  const failures = { ...task.failures, [failure]: nth };
  draft.tasks = draft.tasks.set(id, { ...task, failures, ...turnedDown });
}
