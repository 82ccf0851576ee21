/** Cores whose accountable flow is broken. */
import { decide } from "../../../src/core/decide/decide.ts";
import { evolve } from "../../../src/core/evolve/evolve.ts";
import { revertOf } from "../../../src/core/evolve/reverts.ts";
import type { Event } from "../../../src/core/model/event.ts";
import type { State } from "../../../src/core/model/state.ts";
import { withDecide, withEvolve } from "./plant.ts";
import type { Core } from "./run.ts";

/** A core that leaves out or changes events of its own. */
const withEvents = (change: (event: Event, state: State) => readonly Event[]): Core =>
  withDecide((state, command, now) => {
    const decided = decide(state, command, now);
    if (!decided.ok) return decided;
    const events = decided.events
      .flatMap((event) => change(event, state))
      .map((event, index) => ({ ...event, seq: state.seq + index + 1 }));
    return { ...decided, events, state: events.reduce(evolve, state) };
  });

/** A rejection does not set back all that stands behind the step. */
const forgetsDependents = withEvolve((state, event) => {
  if (event.kind !== "workstream_returned") return evolve(state, event);
  const isKept = (id: (typeof event.reset)[number]): boolean =>
    event.rework.includes(id) || id === event.from;
  return evolve(state, { ...event, reset: event.reset.filter(isKept) });
});

const approvesUnsigned = withEvents((event) => (event.kind === "review_signed" ? [] : [event]));

/** A revert that was asked about goes on as a landing. */
const forgetsDirection = withEvolve((state, event) => {
  const next = evolve(state, event);
  if (event.kind !== "integration_queued") return next;
  const workstream = next.workstreams.get(event.workstream);
  if (workstream === undefined || revertOf(workstream) === null) return next;
  const { revert: _, ...integration } = workstream.integration as { revert: unknown; kind: "queued" };
  const forgetful = { ...workstream, integration } as typeof workstream;
  return { ...next, workstreams: next.workstreams.set(workstream.id, forgetful) };
});

const keepsDropped = withEvolve((state, event) => {
  const next = evolve(state, event);
  if (event.kind !== "workstream_migrated") return next;
  const workstream = next.workstreams.get(event.migration.workstream);
  let { tasks } = next;
  for (const id of workstream?.dropped ?? []) {
    const before = state.tasks.get(id);
    if (before?.state.kind === "completed") tasks = tasks.set(id, before);
  }
  return { ...next, tasks };
});

/** What was done before a migration counts, whatever the new blueprint wants. */
const keepsChanged = withEvolve((state, event) => {
  if (event.kind !== "workstream_migrated") return evolve(state, event);
  return evolve(state, { ...event, tasks: event.tasks.map((task) => ({ ...task, already: true })) });
});

/** A result is taken again, whatever it was made from. */
const takesAnything = withEvents((event, state) => {
  if (event.kind !== "attempt_completed" || event.reused !== undefined) return [event];
  const { task, inputHash } = state.attempts.get(event.attempt) ?? {};
  const earlier = [...state.attempts.values()].find(
    (each) => each.task === task && each.state.kind === "completed" && each.inputHash !== inputHash,
  );
  return [earlier === undefined ? event : { ...event, reused: earlier.id }];
});

const holdsNothing = withEvolve((state, event) => {
  const next = evolve(state, event);
  if (event.kind !== "blocker_declared") return next;
  return {
    ...next,
    tasks: state.tasks,
    workstreams: state.workstreams,
    ready: state.ready,
    toAsk: state.toAsk,
  };
});

const keepsGivenUp = withEvents((event, state) => {
  if (event.kind !== "workstream_returned") return [event];
  return [{ ...event, tip: state.workstreams.get(event.workstream)?.tip ?? null }];
});

/** Nobody has to look before a result counts. */
const looksAtNothing = withDecide((state, command, now) => {
  if (command.kind !== "attempt_succeeded") return decide(state, command, now);
  const task = state.tasks.get(state.attempts.get(command.attempt)?.task as never);
  if (task === undefined) return decide(state, command, now);
  const exit = task.exit.map((criterion) => ({ ...criterion, met: true }));
  const decided = decide({ ...state, tasks: state.tasks.set(task.id, { ...task, exit }) }, command, now);
  return decided.ok ? { ...decided, state: decided.events.reduce(evolve, state) } : decided;
});

/** What comes after the merge does not wait for it. */
const hurriesAfter = withEvolve((state, event) => {
  if (event.kind !== "workstream_added") return evolve(state, event);
  const tasks = event.tasks.map((task) => ({
    ...task,
    requires: task.requires.filter((each) => !each.startsWith("integrated:")),
  }));
  return evolve(state, { ...event, tasks });
});

/** A merge goes on while it is asked which text counts. */
const landsUnasked = withDecide((state, command, now) => {
  const decided = decide(state, command, now);
  if (!decided.ok || command.kind !== "spec_changed") return decided;
  const events = decided.events.filter(({ kind }) => kind !== "integration_stopped");
  return { ...decided, events, state: events.reduce(evolve, state) };
});

const forgetsHandoffs = withEvolve((state, event) => {
  const next = evolve(state, event);
  return event.kind === "task_completed" ? { ...next, uncollected: state.uncollected } : next;
});

const keepsReverted = withEvolve((state, event) => {
  const next = evolve(state, event);
  if (event.kind !== "workstream_reverted") return next;
  const workstream = next.workstreams.get(event.workstream);
  const before = state.workstreams.get(event.workstream);
  if (workstream === undefined || before === undefined) return next;
  let { tasks } = next;
  for (const id of workstream.tasks) {
    const task = state.tasks.get(id);
    if (task !== undefined) tasks = tasks.set(id, task);
  }
  const { counts, steps, phases } = before;
  const same = { ...workstream, counts, steps, phases };
  return { ...next, tasks, workstreams: next.workstreams.set(same.id, same) };
});

export const PLANTED_IN_FLOW: Readonly<Record<string, Core>> = {
  "forgets who stands behind a rejected step": forgetsDependents,
  "approves a review that nobody signed": approvesUnsigned,
  "forgets that it reverts": forgetsDirection,
  "keeps a dropped task": keepsDropped,
  "keeps what a migration changed": keepsChanged,
  "takes a result that had other inputs": takesAnything,
  "holds nothing back for a blocker": holdsNothing,
  "keeps work that was given up": keepsGivenUp,
  "looks at no criteria": looksAtNothing,
  "does not wait for the merge": hurriesAfter,
  "lands while its spec is asked about": landsUnasked,
  "forgets handoffs that are not committed": forgetsHandoffs,
  "keeps reverted work as done": keepsReverted,
};
