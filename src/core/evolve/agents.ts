/** What the history knows of agents at work. Nothing here moves a task or an attempt to another state. */
import type { Event } from "../model/event.ts";
import type { Attempt } from "../model/work.ts";
import { addRefused } from "../refused-hosts.ts";
import { needAttempt } from "./attempts.ts";
import { type Draft, needTask } from "./draft.ts";

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

function change(draft: Draft, id: Attempt["id"], changes: Partial<Attempt>): void {
  draft.attempts = draft.attempts.set(id, { ...needAttempt(draft, id), ...changes });
}

export function openSession(draft: Draft, { attempt, session, how }: Of<"session_opened">): void {
  change(draft, attempt, { session, opened: how });
}

export function endTurn(draft: Draft, { attempt, turn, checkpoint }: Of<"turn_ended">): void {
  const known = needAttempt(draft, attempt).checkpoint;
  change(draft, attempt, { turns: turn, checkpoint: checkpoint ?? known });
}

export function finishWork(draft: Draft, { attempt }: Of<"work_finished">): void {
  change(draft, attempt, { finished: true });
}

export function writeHandOff(draft: Draft, event: Of<"hand_off_written">): void {
  const { attempt, summary, notes, isNothing } = event;
  const nothing = isNothing === undefined ? {} : { isNothing };
  change(draft, attempt, { handOff: { summary, notes, ...nothing } });
}

export function refuseHosts(draft: Draft, { attempt, hosts }: Of<"network_refused">): void {
  const { refusedHosts = [] } = needAttempt(draft, attempt);
  change(draft, attempt, { refusedHosts: addRefused(refusedHosts, hosts) });
}

export function recordProgress(draft: Draft, { attempt, text }: Of<"attempt_progressed">): void {
  change(draft, attempt, { progress: text });
}

export function recordWatched(draft: Draft, { attempt, findings }: Of<"attempt_watched">): void {
  change(draft, attempt, { watched: findings });
}

export function chooseRecovery(draft: Draft, event: Of<"recovery_chosen">): void {
  const { attempt, task: id, failure, step, nth, until, reason, output } = event;
  change(draft, attempt, { recovery: { failure, step, nth, until, reason } });
  const task = needTask(draft, id);
  const turnedDown = output === undefined ? {} : { turnedDown: { attempt, output } };
  const failures = { ...task.failures, [failure]: nth };
  const failed = (task.failed ?? 0) + 1;
  draft.tasks = draft.tasks.set(id, { ...task, failures, failed, ...turnedDown });
}
