import type { Usage } from "./agent.ts";
import type { AgentEventBody, Measured } from "./agent-event.ts";
import type { Amount, Budget, BudgetScope, Limit } from "./budget.ts";
import type { Decision } from "./decision.ts";
import type { ProjectDraft, TaskDraft, WorkstreamDraft } from "./drafts.ts";
import type { FlowEventBody } from "./flow-event.ts";
import type { AttemptId, DecisionId, EpochMs, Oid, ProjectId, RunId, TaskId, WorkstreamId } from "./ids.ts";
import type { GateReport, Resolution } from "./integration.ts";
import type { MessageEventBody } from "./message.ts";
import type { RouteChoice, RouteFailure, TaskRoute } from "./route.ts";
import type { Run } from "./run.ts";
import type { SchedulingDecision } from "./scheduling.ts";
import type { SessionChoice } from "./session.ts";
import type { Priority } from "./spec.ts";
import type { BlockReason, FruitlessOutcome, Intent, Requirement, Skip, Task, Workstream } from "./work.ts";

export type WorkstreamChanges = Partial<
  Pick<
    Workstream,
    "title" | "priority" | "tags" | "due" | "approvedActions" | "blockedActions" | "position" | "autonomy"
  >
>;

/** Values that follow from the whole graph and change when a workstream joins it. */
export interface GraphRanks {
  readonly tasks: readonly { readonly task: TaskId; readonly tailMs: number; readonly priority: Priority }[];
  readonly overlaps: readonly { readonly workstream: WorkstreamId; readonly with: Workstream["overlaps"] }[];
  readonly stacks: readonly { readonly workstream: WorkstreamId; readonly on: readonly WorkstreamId[] }[];
}

/** Said of an integration that takes work out of the base, for whoever reads the event alone; absent: it goes in. */
export type Outward = true;

/** Every kind of event. Past tense, immutable, versioned by the envelope. */
export type EventBody = WorkEventBody | FlowEventBody | AgentEventBody | MessageEventBody;

type WorkEventBody =
  | {
      readonly kind: "project_opened";
      readonly project: ProjectDraft;
      /** Absent: it was opened for the first time, or by 0.1. */
      readonly change?: {
        /** Who changed it and why: of a commit its author and subject. */
        readonly author: string;
        readonly reason: string;
        /** The commit that changed the project's config; null: the operator's own config, or an option. */
        readonly commit: Oid | null;
        /** What from what to what; empty: nothing that osqr orders work by. */
        readonly changes: readonly string[];
      };
    }
  | {
      readonly kind: "content_approved";
      readonly project: ProjectId;
      readonly hashes: readonly string[];
      readonly by: string;
      readonly reason: string;
    }
  | {
      readonly kind: "workstream_added";
      readonly workstream: WorkstreamDraft;
      readonly tasks: readonly TaskDraft[];
    }
  | {
      readonly kind: "workstream_edited";
      readonly workstream: WorkstreamId;
      readonly changes: WorkstreamChanges;
      readonly by: string;
      readonly reason: string;
    }
  | {
      readonly kind: "workstream_removed";
      readonly workstream: WorkstreamId;
      readonly by: string;
      readonly reason: string;
    }
  | { readonly kind: "workstream_restarted"; readonly workstream: WorkstreamId; readonly reason: string }
  | ({ readonly kind: "graph_ranked"; readonly project: ProjectId } & GraphRanks)
  | {
      readonly kind: "run_started";
      readonly run: Pick<
        Run,
        "id" | "project" | "workstreams" | "planningMs" | "maxParallel" | "approveAll" | "budget"
      >;
      readonly by: string;
    }
  | {
      readonly kind: "run_extended";
      readonly run: RunId;
      readonly workstreams: readonly WorkstreamId[];
      readonly approveAll: boolean;
      /** Another one than it had; absent: it keeps what it has. */
      readonly budget?: Budget;
      readonly by: string;
    }
  | { readonly kind: "run_rested"; readonly run: RunId; readonly status: Exclude<Run["status"], "active"> }
  | ({ readonly kind: "attempts_claimed" } & SchedulingDecision)
  | {
      readonly kind: "attempt_started";
      readonly attempt: AttemptId;
      readonly fence: number;
      /** What closes its process; empty: none runs, a recorded result is taken. */
      readonly sandbox: string;
      /** SHA-256 over all that the result depends on, hex; absent in histories of 0.1. */
      readonly inputHash?: string;
      /** The attempt whose workspace and conversation it goes on with. */
      readonly continues?: AttemptId;
      /** Which conversation it begins in, and why, where reuse was asked for. */
      readonly conversation?: SessionChoice;
      /** Places of the handoffs that its briefing holds; absent: none, or not known. */
      readonly briefed?: readonly string[];
      /** What is there is only checked: no agent works on it. */
      readonly onlyChecks?: true;
    }
  | {
      readonly kind: "attempt_parked";
      readonly attempt: AttemptId;
      readonly fence: number;
      readonly decision: DecisionId;
    }
  /** What an agent says that it used; also after the attempt ended. */
  | {
      readonly kind: "usage_recorded";
      readonly attempt: AttemptId;
      readonly fence: number;
      readonly usage: Usage;
      /** osqr counted it itself, request by request; absent: the agent said so. */
      readonly source?: "metered";
      /** What counts beside it, as nobody told all of it; absent: nothing. */
      readonly assumed?: Amount;
    }
  /** More is kept for an attempt, within all limits. */
  | {
      readonly kind: "reservation_raised";
      readonly attempt: AttemptId;
      readonly fence: number;
      readonly more: Amount;
    }
  | {
      readonly kind: "budget_changed";
      readonly scope: BudgetScope;
      /** The limit from now on; nothing but null: there is none any more. */
      readonly limit: Limit;
      readonly by: string;
      readonly reason: string;
    }
  | { readonly kind: "attempt_resumed"; readonly attempt: AttemptId; readonly fence: number }
  | {
      readonly kind: "attempt_progressed";
      readonly attempt: AttemptId;
      readonly fence: number;
      readonly text: string;
    }
  | ({
      readonly kind: "attempt_completed";
      readonly attempt: AttemptId;
      readonly fence: number;
      readonly commit: Oid;
      /** At most 200 paths. */
      readonly files: readonly string[];
      readonly added: number;
      readonly deleted: number;
      readonly workMs: number;
      readonly warnings: readonly string[];
      /** Of an agent: what a person has to look at before it counts; absent: nothing. */
      readonly dangers?: readonly string[];
      /** The attempt whose recorded result this is. */
      readonly reused?: AttemptId;
    } & Measured)
  | ({
      readonly kind: "attempt_ended";
      readonly attempt: AttemptId;
      readonly fence: number;
      readonly outcome: FruitlessOutcome;
      readonly reason: string;
      readonly workMs: number;
      readonly salvage: string | null;
      /** Requests to its model may have been under way of which nothing is known: its whole reservation counts. */
      readonly isUnaccounted?: true;
      /** A budget ended it: what its next request would have needed at the most. */
      readonly wanted?: Amount;
    } & Measured)
  | {
      readonly kind: "task_completed";
      readonly task: TaskId;
      readonly attempt: AttemptId | null;
      readonly how: "done" | "skipped";
      readonly tip: Oid | null;
      readonly handoff: Task["handoff"];
      /** Every path that the task added or changed and somebody waits for. */
      readonly artifacts: readonly string[];
      /** Content of the handoff, so that it can be made again; absent where there is none. */
      readonly artifact?: Readonly<Record<string, unknown>>;
      /** Who skipped it and why; absent where it is done, and in histories of 0.1. */
      readonly skip?: Skip;
    }
  | {
      readonly kind: "task_failed";
      readonly task: TaskId;
      readonly attempt: AttemptId;
      readonly decision: DecisionId;
      readonly reason: string;
    }
  | {
      readonly kind: "task_waited";
      readonly task: TaskId;
      readonly attempt: AttemptId | null;
      readonly decision: DecisionId;
    }
  | { readonly kind: "task_blocked"; readonly task: TaskId; readonly by: readonly BlockReason[] }
  | {
      readonly kind: "task_requeued";
      readonly task: TaskId;
      readonly reason: string;
      /** Which automatic attempt after a failure this is, from 1; absent: somebody decided it, or the last one was lost. */
      readonly retry?: number;
      /** osqr deals with a failure of its agent: what was counted of failures stays. */
      readonly recovers?: true;
      /** Somebody takes what the last attempt left: it is only checked. */
      readonly asItIs?: true;
      /** Somebody wants it begun anew: not in the workspace and the conversation of the last attempt. */
      readonly isFresh?: true;
      /** Its attempt was lost, whose end has freed it already: this only says that another one follows. */
      readonly lost?: true;
      /** Another executor takes over: what was tried stays tried, and the retries stay as they are. */
      readonly rerouted?: true;
    }
  /** Another executor or model does it from its next attempt on. */
  | {
      readonly kind: "task_rerouted";
      readonly task: TaskId;
      readonly from: RouteChoice;
      readonly to: RouteChoice;
      readonly reason: string;
      /** What `from` could not do; null: somebody wants it so. */
      readonly failure: RouteFailure | null;
      /** Absent: the route of before, with `from` as tried. */
      readonly route?: TaskRoute;
    }
  | {
      readonly kind: "requirement_replaced";
      readonly task: TaskId;
      readonly from: Requirement;
      readonly to: Requirement;
    }
  | {
      readonly kind: "intent_set";
      readonly workstream: WorkstreamId;
      readonly intent: Intent;
      readonly by: string;
      readonly reason: string;
    }
  | {
      readonly kind: "priority_raised";
      readonly workstream: WorkstreamId;
      readonly boost: number;
      readonly by: string;
    }
  | {
      readonly kind: "integration_queued";
      readonly workstream: WorkstreamId;
      readonly arrival: number;
      readonly resolution: Resolution | null;
      readonly revert?: Outward;
    }
  | {
      readonly kind: "integration_started";
      readonly workstream: WorkstreamId;
      readonly onto: Oid;
      readonly revert?: Outward;
    }
  | {
      readonly kind: "gates_run";
      readonly workstream: WorkstreamId;
      readonly tree: Oid;
      readonly reports: readonly GateReport[];
      readonly ms: number;
    }
  | {
      readonly kind: "landing_intended";
      readonly workstream: WorkstreamId;
      readonly from: Oid;
      readonly to: Oid;
      /** SHA-256 of its spec as this lands it, hex; absent where it has none. */
      readonly specHash?: string;
      readonly revert?: Outward;
    }
  | {
      readonly kind: "workstream_landed";
      readonly workstream: WorkstreamId;
      readonly commit: Oid | null;
      readonly held: string | null;
    }
  | {
      readonly kind: "integration_stopped";
      readonly workstream: WorkstreamId;
      readonly decision: DecisionId;
      readonly reason: string;
      readonly revert?: Outward;
    }
  | { readonly kind: "base_followed"; readonly project: ProjectId; readonly commit: Oid }
  | { readonly kind: "decision_opened"; readonly decision: Omit<Decision, "state" | "openedAt"> }
  | { readonly kind: "decision_joined"; readonly decision: DecisionId; readonly task: TaskId }
  | {
      readonly kind: "decision_resolved";
      readonly decision: DecisionId;
      readonly option: string;
      readonly by: "user" | "osqr" | "timeout";
      readonly signer?: string;
      readonly reasoning: string;
    }
  | { readonly kind: "decision_withdrawn"; readonly decision: DecisionId; readonly reason: string };

/** An event with its place in history. */
export type Event = EventBody & { readonly seq: number; readonly at: EpochMs };

/** Version of the shapes above, written with each event. */
export const EVENT_VERSION = 1;
