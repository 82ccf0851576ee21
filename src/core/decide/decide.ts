import type { Command, Refusal } from "../model/command.ts";
import type { Event } from "../model/event.ts";
import type { EpochMs } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import { schedule } from "../schedule.ts";
import { isAtRest, verdictOf } from "../status.ts";
import { IllegalTransitionError } from "../transitions.ts";
import * as answers from "./answers.ts";
import * as intents from "./intents.ts";
import * as registry from "./registry.ts";
import * as results from "./results.ts";
import { RefusedError, Step } from "./step.ts";

export type Decided =
  | { readonly ok: true; readonly events: readonly Event[]; readonly state: State }
  | { readonly ok: false; readonly refusal: Refusal };

type Deciders = {
  readonly [Kind in Command["kind"]]: (step: Step, command: Extract<Command, { kind: Kind }>) => void;
};

const DECIDERS: Deciders = {
  open_project: registry.openProject,
  register: registry.register,
  go: registry.go,
  approve_content: (step, { project, hashes, by, reason }) =>
    answers.approve(step, project, hashes, { by, reason }),
  edit: registry.edit,
  remove: registry.remove,
  set_intent: intents.setIntent,
  prioritize: intents.prioritize,
  resolve: answers.resolve,
  schedule: (step, { slots }) => launch(step, slots),
  tick: (step) => resolveOverdue(step),
  attempt_started: results.startAttempt,
  attempt_asked: results.askFromAttempt,
  attempt_answered: results.answerAttempt,
  attempt_progressed: results.recordProgress,
  attempt_succeeded: results.completeAttempt,
  attempt_failed: results.failAttempt,
  task_joined: results.joinTask,
  join_failed: results.failJoin,
  join_conflicted: results.stopJoin,
  integration_started: results.startIntegration,
  gates_run: results.recordGates,
  landing_intended: results.intendLanding,
  landed: results.landWorkstream,
  integration_stopped: results.stopIntegration,
  base_followed: (step, { project, commit }) => step.emit({ kind: "base_followed", project, commit }),
};

/** Starts what may start; where nothing runs any more, brings the runs to rest. */
function launch(step: Step, slots: number): void {
  const decision = schedule(step.state, { slots });
  if (decision !== null) step.emit({ kind: "attempts_claimed", ...decision });
  for (const project of step.state.projects.values()) {
    if (project.run === null || !isAtRest(step.state, project.id)) continue;
    const run = step.state.runs.get(project.run);
    if (run === undefined) continue;
    const status = verdictOf(step.state, run);
    if (status !== run.status) step.emit({ kind: "run_rested", run: run.id, status });
  }
}

/** Takes the default of each open decision whose time has come. */
function resolveOverdue(step: Step): void {
  for (const id of [...step.state.open.keys()]) {
    const decision = step.state.decisions.get(id);
    if (decision?.autoResolveAt == null || decision.autoResolveAt > step.now) continue;
    const option = decision.defaultOption ?? decision.options.find(({ recommended }) => recommended)?.id;
    if (option === undefined) continue;
    const minutes = Math.round((decision.autoResolveAt - decision.openedAt) / 60_000);
    const reasoning = `nobody answered within ${minutes} min: the default was taken`;
    answers.resolve(step, { kind: "resolve", decision: id, option, by: "timeout", reasoning });
  }
}

/**
 * What a command makes of a state: events and the state after them, or a refusal, which changes nothing. Pure and
 * synchronous; `now` is handed in.
 */
export function decide(state: State, command: Command, now: EpochMs): Decided {
  const step = new Step(state, now);
  try {
    const decider = DECIDERS[command.kind] as (step: Step, command: Command) => void;
    decider(step, command);
  } catch (error) {
    if (error instanceof RefusedError) return { ok: false, refusal: error.refusal };
    if (error instanceof IllegalTransitionError) {
      const { code, message, hints } = error;
      return { ok: false, refusal: { code, message: `${command.kind}: ${message}`, hints } };
    }
    throw error;
  }
  return { ok: true, events: step.events, state: step.state };
}

/** When the next decision resolves by itself; null: none does. */
export function nextDeadline(state: State): EpochMs | null {
  let next: EpochMs | null = null;
  for (const id of state.open.keys()) {
    const at = state.decisions.get(id)?.autoResolveAt ?? null;
    if (at !== null && (next === null || at < next)) next = at;
  }
  return next;
}
