/** Which messages an agent has still to be told. Delivered is what was told in a turn that has ended: of any other nobody knows. */
import type { Message } from "../model/message.ts";
import type { State } from "../model/state.ts";
import type { Attempt, Task } from "../model/work.ts";

/** Told at once at the most, characters of texts: the rest follows with the next turn. */
const TOLD_MAX = 24_000;

type Known = Pick<State, "attempts">;

/** Of a task's messages those that stand for an attempt of it, the oldest first. */
export function listPending(
  { attempts }: Known,
  { inbox = [] }: Pick<Task, "inbox">,
  attempt: Pick<Attempt, "id">,
): readonly Message[] {
  return inbox.filter(({ delivered }) => {
    if (delivered === null) return true;
    if (delivered.attempt === attempt.id) return false;
    return (attempts.get(delivered.attempt)?.turns ?? 0) < delivered.turn;
  });
}

/** As many of them as fit into one prompt, one at least. */
export function takeFitting(pending: readonly Message[]): readonly Message[] {
  let left = TOLD_MAX;
  const end = pending.findIndex(({ payload }) => {
    left -= payload.subject.length + payload.text.length;
    return left < 0;
  });
  return pending.slice(0, end === -1 ? pending.length : Math.max(1, end));
}

/** What was told to an attempt when it started. */
export const listToldAtStart = (
  { inbox = [] }: Pick<Task, "inbox">,
  attempt: Attempt["id"],
): readonly Message[] =>
  inbox.filter(({ delivered }) => delivered?.attempt === attempt && delivered.how === "start");

/** All of them, the older ones without their words where one prompt has no room for all. */
export function fitWords(messages: readonly Message[]): readonly Message[] {
  let left = TOLD_MAX;
  const fitted = messages.toReversed().map((each) => {
    left -= each.payload.text.length;
    return left >= 0 ? each : { ...each, payload: { ...each.payload, text: "" } };
  });
  return fitted.reverse();
}

/**
 * What a new conversation has to know of all that was ever said.
 *
 * @param briefed places of the handoffs that its briefing holds
 */
export const listRecalled = (
  { inbox = [] }: Pick<Task, "inbox">,
  briefed: ReadonlySet<string>,
): readonly Message[] => inbox.filter(({ payload }) => payload.path === null || !briefed.has(payload.path));
