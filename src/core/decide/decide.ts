import { needTask, needWorkstream } from "../evolve/draft.ts";
import { revertOf } from "../evolve/reverts.ts";
import type { Command, Refusal } from "../model/command.ts";
import type { Decision } from "../model/decision.ts";
import type { Event } from "../model/event.ts";
import type { EpochMs, ProjectId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import { schedule } from "../schedule.ts";
import { isAtRest, verdictOf } from "../status.ts";
import { IllegalTransitionError } from "../transitions.ts";
import * as agents from "./agents.ts";
import * as answers from "./answers.ts";
import * as blockers from "./blockers.ts";
import * as budgets from "./budgets.ts";
import { checkCriteria } from "./criteria.ts";
import * as handoffs from "./handoffs.ts";
import * as intents from "./intents.ts";
import * as messages from "./messages.ts";
import * as migrations from "./migrations.ts";
import { reportMissing } from "./missing-handoff.ts";
import * as permissions from "./permissions.ts";
import * as registry from "./registry.ts";
import * as results from "./results.ts";
import * as reverts from "./reverts.ts";
import { askPeople } from "./reviews.ts";
import { rework } from "./reworks.ts";
import * as routes from "./routes.ts";
import * as scopes from "./scopes.ts";
import { RefusedError, Step } from "./step.ts";
import { reportMoving, reportStuck } from "./stuck.ts";
import { recordWatched } from "./watched.ts";

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
  reroute_task: routes.rerouteTask,
  resolve: answers.resolve,
  schedule: (step, { slots }) => launch(step, slots),
  tick: (step) => resolveOverdue(step),
  attempt_started: results.startAttempt,
  attempt_asked: results.askFromAttempt,
  attempt_answered: results.answerAttempt,
  attempt_progressed: results.recordProgress,
  attempt_used: budgets.recordUsage,
  reserve_more: budgets.reserveMore,
  attempt_succeeded: results.completeAttempt,
  attempt_failed: results.failAttempt,
  task_joined: results.joinTask,
  join_failed: results.failJoin,
  join_conflicted: results.stopJoin,
  integration_started: results.startIntegration,
  gates_run: results.recordGates,
  landing_intended: results.intendLanding,
  landed: results.landWorkstream,
  integration_stopped(step, command) {
    const workstream = step.state.workstreams.get(command.workstream);
    const isRevert = workstream !== undefined && revertOf(workstream) !== null;
    if (isRevert) reverts.stopRevert(step, command);
    else results.stopIntegration(step, command);
  },
  record_workflow: registry.recordWorkflow,
  criteria_checked: checkCriteria,
  declare_blocker: blockers.declareBlocker,
  transfer_blocker: blockers.transferBlocker,
  resolve_blocker: blockers.resolveBlocker,
  transfer_ownership: blockers.transferOwnership,
  revert: reverts.revert,
  rework,
  reverted: reverts.completeRevert,
  handoff_missing: reportMissing,
  handoffs_collected: handoffs.collectHandoffs,
  handoff_repaired: handoffs.repairHandoff,
  migrate: migrations.migrate,
  spec_changed: scopes.changeSpec,
  session_opened: agents.openSession,
  turn_ended: agents.endTurn,
  work_finished: agents.finishWork,
  permission_requested: permissions.requestPermission,
  choice_reported: permissions.reportChoice,
  attempt_stuck: reportStuck,
  attempt_moved: reportMoving,
  attempt_watched: recordWatched,
  hand_off_written: agents.writeHandOff,
  network_refused: agents.refuseHosts,
  take_messages: messages.takeMessages,
  base_followed: (step, { project, commit }) => step.emit({ kind: "base_followed", project, commit }),
};

/** Starts what may start; where nothing runs any more, brings the runs to rest. */
function launch(step: Step, slots: number): void {
  blockers.dropBlockers(step);
  askPeople(step);
  const decision = schedule(step.state, { slots });
  if (decision !== null) step.emit({ kind: "attempts_claimed", ...decision });
  budgets.askForBudgets(step);
  const waiting = findWaitingForSlots(step.state, slots);
  for (const project of step.state.projects.values()) {
    if (project.run === null || waiting.has(project.id) || !isAtRest(step.state, project.id)) continue;
    const run = step.state.runs.get(project.run);
    if (run === undefined) continue;
    const status = verdictOf(step.state, run);
    if (status !== run.status) step.emit({ kind: "run_rested", run: run.id, status });
  }
}

/** Projects that have work to start and only lack slots, which others hold. They do not rest. */
function findWaitingForSlots(state: State, slots: number): ReadonlySet<ProjectId> {
  const found = new Set<ProjectId>();
  if (state.active.size < slots || state.projects.size < 2) return found;
  for (const { task } of schedule(state, { slots: Number.POSITIVE_INFINITY })?.launches ?? []) {
    found.add(needWorkstream(state, needTask(state, task).workstream).project);
  }
  return found;
}

/** What is taken when nobody answers in time; null: nothing, it stays open. */
function defaultOf({ defaultOption, options }: Decision): string | null {
  const named = options.find(({ id }) => id === defaultOption);
  return (named ?? options.find(({ recommended }) => recommended))?.id ?? null;
}

const sayWait = (ms: number): string =>
  ms < 60_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;

/** Takes the default of each open decision whose time has come. One answer may close others. */
function resolveOverdue(step: Step): void {
  for (const id of [...step.state.unattended.keys()]) {
    const decision = step.state.decisions.get(id);
    if (decision?.state.kind !== "open") continue;
    if (decision.autoResolveAt === null || decision.autoResolveAt > step.now) continue;
    const option = defaultOf(decision);
    if (option === null) continue;
    const waited = sayWait(decision.autoResolveAt - decision.openedAt);
    const reasoning = `nobody answered within ${waited}: the default was taken`;
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
    permissions.closePermissions(step);
    messages.tellNews(step);
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
  for (const id of state.unattended.keys()) {
    const decision = state.decisions.get(id);
    const at = decision?.autoResolveAt ?? null;
    if (decision === undefined || at === null || defaultOf(decision) === null) continue;
    if (next === null || at < next) next = at;
  }
  return next;
}
