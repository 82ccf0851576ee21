import { decide } from "../../../src/core/decide/decide.ts";
import { evolve } from "../../../src/core/evolve/evolve.ts";
import { emptyState } from "../../../src/core/model/state.ts";
import { PLANTED_IN_FLOW } from "./flow-faults.ts";
import { decideOn, oneEvent, withDecide, withEvolve } from "./plant.ts";
import type { Core } from "./run.ts";

/** A result with an old fence is taken. */
const noFencing = withDecide((state, command, now) => {
  if (!("fence" in command)) return decide(state, command, now);
  const fence = state.attempts.get(command.attempt)?.fence ?? command.fence;
  const decided = decide(state, { ...command, fence }, now);
  if (!decided.ok) return decided;
  const events = decided.events.map((event) =>
    "fence" in event ? { ...event, fence: command.fence } : event,
  );
  return { ...decided, events };
});

/** A result is joined again and again. */
const joinsTwice = withDecide((state, command, now) => {
  const decided = decide(state, command, now);
  if (decided.ok || command.kind !== "task_joined") return decided;
  const attempt = state.attempts.get(command.attempt);
  if (attempt?.state.kind !== "completed" || !state.tasks.has(attempt.task)) return decided;
  const { tip, handoff, artifacts } = command;
  const body = {
    kind: "task_completed",
    task: attempt.task,
    attempt: attempt.id,
    how: "done",
    tip,
    handoff,
    artifacts,
  } as const;
  return {
    ok: true,
    events: [{ ...body, seq: state.seq + 1, at: Math.max(now, state.at) }],
    state: { ...state, seq: state.seq + 1 },
  };
});

/** What has landed lands once more. */
const landsTwice = withDecide((state, command, now) => {
  const decided = decide(state, command, now);
  if (decided.ok || command.kind !== "landed") return decided;
  const { workstream, commit, held } = command;
  if (state.workstreams.get(workstream)?.integration.kind !== "landed") return decided;
  const at = Math.max(now, state.at);
  return oneEvent(state, { kind: "workstream_landed", workstream, commit, held, seq: state.seq + 1, at });
});

/** Overlaps are not looked at. */
const forgetsOverlaps = withDecide((state, command, now) =>
  command.kind === "schedule"
    ? decideOn({ ...state, holding: emptyState().holding }, state, command, now)
    : decide(state, command, now),
);

/** Resources are not counted. */
const forgetsResources = withDecide((state, command, now) =>
  command.kind === "schedule"
    ? decideOn({ ...state, inUse: emptyState().inUse }, state, command, now)
    : decide(state, command, now),
);

/** Now and then an event does not reach the log. */
const dropsEvents = withDecide((state, command, now) => {
  const decided = decide(state, command, now);
  if (!decided.ok) return decided;
  return { ...decided, events: decided.events.filter(({ seq }) => seq % 40 !== 0) };
});

/** A default is taken an hour too early. */
const hurries = withDecide((state, command, now) => {
  if (command.kind !== "tick") return decide(state, command, now);
  const decided = decide(state, command, now + 3_600_000);
  if (!decided.ok) return decided;
  const events = decided.events.map((event) => ({ ...event, at: Math.max(now, state.at) }));
  return { ...decided, events, state: events.reduce(evolve, state) };
});

/** A merge goes on though its workstream was paused or cancelled. */
const ignoresPause = withDecide((state, command, now) => {
  if (command.kind !== "integration_started" && command.kind !== "landing_intended")
    return decide(state, command, now);
  const workstream = state.workstreams.get(command.workstream);
  if (workstream === undefined) return decide(state, command, now);
  const workstreams = state.workstreams.set(workstream.id, { ...workstream, intent: "run" });
  return decideOn({ ...state, workstreams }, state, command, now);
});

/** Who waits for an answer is parked without a question that anybody sees. */
const asksNobody = withEvolve((state, event) => {
  const next = evolve(state, event);
  return event.kind === "attempt_parked" || event.kind === "task_failed"
    ? { ...next, open: next.open.delete(event.decision) }
    : next;
});

/** What is blocked does not say why. */
const blocksWithoutReason = withEvolve((state, event) =>
  evolve(state, event.kind === "task_blocked" ? { ...event, by: [] } : event),
);

/** An answer reaches nobody. */
const tellsNobody = withEvolve((state, event) => {
  const next = evolve(state, event);
  return event.kind === "decision_resolved" ? { ...next, tasks: state.tasks, waiters: state.waiters } : next;
});

/** A slot is never given back. */
const keepsSlots = withEvolve((state, event) => {
  const next = evolve(state, event);
  return event.kind === "attempt_completed" ? { ...next, inUse: state.inUse } : next;
});

/** Work that is done again keeps what it counted. */
const countsTwice = withEvolve((state, event) => {
  const next = evolve(state, event);
  if (event.kind !== "task_completed") return next;
  const workstream = next.workstreams.get(next.tasks.get(event.task)?.workstream as never);
  if (workstream === undefined) return next;
  const counts = { ...workstream.counts, completed: workstream.counts.completed + 1 };
  return { ...next, workstreams: next.workstreams.set(workstream.id, { ...workstream, counts }) };
});

/** Starts are not held against the budget. */
const overspends = withDecide((state, command, now) => {
  if (command.kind !== "schedule") return decide(state, command, now);
  let { runs } = state;
  for (const [id, { budget: _, ...run }] of runs) runs = runs.set(id, run);
  return decideOn({ ...state, runs }, state, command, now);
});

/** What is used is not taken from what was kept. */
const countsUseTwice = withEvolve((state, event) => {
  const next = evolve(state, event);
  if (event.kind !== "usage_recorded") return next;
  const attempt = next.attempts.get(event.attempt);
  const before = state.attempts.get(event.attempt)?.spending;
  if (attempt?.spending === undefined || before === undefined) return next;
  const spending = { ...attempt.spending, reserved: before.reserved };
  return { ...next, attempts: next.attempts.set(attempt.id, { ...attempt, spending }) };
});

/** What was kept for an attempt is never given back. */
const keepsReservations = withEvolve((state, event) => {
  const next = evolve(state, event);
  return event.kind === "attempt_ended" ? { ...next, ledgers: state.ledgers } : next;
});

/** Cores that each break one rule. The checks must notice every one of them. */
export const PLANTED: Readonly<Record<string, Core>> = {
  "no fencing": noFencing,
  "joins a result twice": joinsTwice,
  "lands twice": landsTwice,
  "forgets overlaps": forgetsOverlaps,
  "forgets resources": forgetsResources,
  "drops an event": dropsEvents,
  "takes a default too early": hurries,
  "merges what is paused": ignoresPause,
  "waits without a question": asksNobody,
  "blocks without a reason": blocksWithoutReason,
  "tells nobody of an answer": tellsNobody,
  "never gives a slot back": keepsSlots,
  "counts a task twice": countsTwice,
  "starts beyond the budget": overspends,
  "counts twice what is used": countsUseTwice,
  "never gives a reservation back": keepsReservations,
  ...PLANTED_IN_FLOW,
};
