import type { Event } from "../model/event.ts";
import type { TaskId } from "../model/ids.ts";
import { type State, workflowKey } from "../model/state.ts";
import * as agents from "./agents.ts";
import * as attempts from "./attempts.ts";
import * as autonomy from "./autonomy.ts";
import * as blockers from "./blockers.ts";
import * as budgets from "./budgets.ts";
import { type Draft, needWorkstream } from "./draft.ts";
import * as handoffs from "./handoffs.ts";
import * as history from "./history.ts";
import * as messages from "./messages.ts";
import * as migrations from "./migrations.ts";
import * as ranks from "./ranks.ts";
import * as requirements from "./requirements.ts";
import * as reverts from "./reverts.ts";
import * as reviews from "./reviews.ts";
import * as routes from "./routes.ts";
import * as workstreams from "./workstreams.ts";

type Appliers = {
  readonly [Kind in Event["kind"]]: (draft: Draft, event: Extract<Event, { kind: Kind }>) => void;
};

function wake(draft: Draft, task: TaskId, event: Event): void {
  const found = draft.tasks.get(task);
  if (found !== undefined) history.wakeRun(draft, found.workstream, event);
}

/** The first time that a version is seen counts. */
function recordWorkflow(draft: Draft, event: Extract<Event, { kind: "workflow_recorded" }>): void {
  const { project, workflow: definition, at, brought } = event;
  const by = brought === undefined ? {} : { brought };
  const key = workflowKey(project, definition.name, definition.version);
  if (!draft.workflows.has(key))
    draft.workflows = draft.workflows.set(key, { project, definition, at, ...by });
}

const APPLIERS: Appliers = {
  project_opened: history.openProject,
  content_approved: history.approveContent,
  run_started: history.startRun,
  run_extended: history.extendRun,
  run_rested: history.restRun,
  decision_opened: history.openDecision,
  decision_joined: history.joinDecision,
  decision_resolved: history.resolveDecision,
  decision_withdrawn: history.withdrawDecision,
  workstream_added: workstreams.addWorkstream,
  workstream_edited: workstreams.editWorkstream,
  workstream_removed: workstreams.removeWorkstream,
  workstream_restarted: workstreams.restartWorkstream,
  graph_ranked: ranks.rankGraph,
  task_rerouted: routes.rerouteTask,
  requirement_replaced: requirements.replaceRequirement,
  priority_raised: workstreams.raisePriority,
  intent_set(draft, event) {
    autonomy.learnFromIntent(draft, event);
    workstreams.setIntent(draft, event);
  },
  attempts_claimed(draft, event) {
    for (const { task } of event.launches) wake(draft, task, event);
    attempts.claimAttempts(draft, event);
  },
  attempt_started: attempts.startAttempt,
  attempt_parked: attempts.parkAttempt,
  attempt_resumed(draft, event) {
    wake(draft, attempts.needAttempt(draft, event.attempt).task, event);
    attempts.resumeAttempt(draft, event);
  },
  usage_recorded: budgets.recordUsage,
  reservation_raised: budgets.raise,
  budget_changed: budgets.changeBudget,
  attempt_progressed: agents.recordProgress,
  attempt_completed: attempts.completeAttempt,
  attempt_ended: attempts.endAttempt,
  task_completed(draft, event) {
    autonomy.learnFromResult(draft, event);
    workstreams.completeTask(draft, event);
  },
  task_failed(draft, event) {
    autonomy.learnFromFailure(draft, event);
    attempts.failTask(draft, event);
  },
  task_waited: history.waitTask,
  task_blocked: history.blockTask,
  task_requeued: attempts.requeueTask,
  integration_queued(draft, event) {
    if (needWorkstream(draft, event.workstream).intent === "run") {
      history.wakeRun(draft, event.workstream, event);
    }
    history.queueIntegration(draft, event);
  },
  integration_started: history.startIntegration,
  gates_run: history.recordGates,
  landing_intended: history.intendLanding,
  workstream_landed(draft, event) {
    autonomy.learnFromLanding(draft, event);
    history.landWorkstream(draft, event);
  },
  integration_stopped: history.stopIntegration,
  base_followed: history.followBase,
  workflow_recorded: recordWorkflow,
  review_opened: reviews.openReview,
  review_signed(draft, event) {
    wake(draft, event.task, event);
    reviews.signReview(draft, event);
  },
  workstream_returned(draft, event) {
    history.wakeRun(draft, event.workstream, event);
    autonomy.learnFromReturn(draft, event);
    reviews.returnWorkstream(draft, event);
  },
  revert_requested(draft, event) {
    reverts.requestRevert(draft, event);
    history.wakeRun(draft, event.workstream, event);
  },
  workstream_reverted(draft, event) {
    autonomy.learnFromRevert(draft, event);
    reverts.completeRevert(draft, event);
  },
  revert_abandoned: reverts.abandonRevert,
  criteria_checked: reviews.checkCriteria,
  criteria_ticked: reviews.tickCriteria,
  handoffs_collected: handoffs.collectHandoffs,
  handoff_repaired: handoffs.repairHandoff,
  blocker_declared: blockers.declareBlocker,
  blocker_transferred: blockers.transferBlocker,
  blocker_resolved: blockers.resolveBlocker,
  ownership_transferred: blockers.transferOwnership,
  workstreams_linked: blockers.linkWorkstreams,
  workstream_closed: blockers.closeWorkstream,
  workstream_migrated: migrations.migrateWorkstream,
  permission_judged: autonomy.noteWentOn,
  choice_judged: autonomy.noteWentOn,
  session_opened: agents.openSession,
  turn_ended: agents.endTurn,
  attempt_watched: agents.recordWatched,
  work_finished: agents.finishWork,
  hand_off_written: agents.writeHandOff,
  network_refused: agents.refuseHosts,
  recovery_chosen: agents.chooseRecovery,
  message_sent: messages.sendMessage,
  messages_delivered: messages.deliverMessages,
  // What changed is asked by a decision of its own.
  spec_changed: () => undefined,
  spec_left: migrations.leaveSpec,
};

/**
 * The state after an event. Pure: the old state is untouched and shares all that did not change.
 *
 * @throws IllegalTransitionError `illegal-transition` for an event that the state machines do not know in this state;
 *   `decide` turns it into a refusal, in a log it is a bug.
 */
export function evolve(state: State, event: Event): State {
  const draft: Draft = { ...state, seq: event.seq, at: event.at };
  const apply = APPLIERS[event.kind] as (draft: Draft, event: Event) => void;
  apply(draft, event);
  return draft;
}
