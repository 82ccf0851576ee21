import type { TrustRecord } from "../autonomy/trust.ts";
import type { Tier } from "../autonomy/types.ts";
import type { WatchFinding } from "../checks/judge-sample.ts";
import type { AgentSession, FailureKind, RefusedHost, SessionStart } from "./agent.ts";
import type { RecoveryChosen } from "./agent-event.ts";
import type { Amount, CostEstimate, Limit, Spending } from "./budget.ts";
import type {
  CriterionState,
  Link,
  Return,
  Reverted,
  SignOff,
  StepProgress,
  TaskKind,
  TaskStage,
  Transfer,
} from "./flow.ts";
import type { AttemptId, DecisionId, EpochMs, Oid, ProjectId, RunId, TaskId, WorkstreamId } from "./ids.ts";
import type { GateReport, Integration } from "./integration.ts";
import type { InboxMessage } from "./message.ts";
import type { TaskRoute } from "./route.ts";
import type { LaunchSaving } from "./scheduling.ts";
import type { SessionChoice, SessionReuse } from "./session.ts";
import type { Priority } from "./spec.ts";

/**
 * What must be true before a task may start, as a key in the index of waiters:
 * `task:<task id>` it is completed · `phase:<workstream>/<phase>` all its tasks are · `done:<workstream>` all its tasks are ·
 * `landed:<workstream>` it is in the base · `integrated:<workstream>` the same, for its own tasks after the merge · `artifact:<workstream>:<path>` it made that file · `decision:<id>` it is resolved.
 */
export type Requirement = string;

/** Why a task cannot start though nothing that it waits for is under way. */
export type BlockReason =
  | { readonly kind: "no_executor"; readonly message: string }
  | { readonly kind: "dependency_ended"; readonly requirement: Requirement; readonly message: string }
  | { readonly kind: "rejected"; readonly decision: DecisionId; readonly message: string }
  /** The handoff of a task before it cannot be read: `osqr handoff repair`. */
  | { readonly kind: "handoff"; readonly source: TaskId; readonly message: string };

export type TaskState =
  | { readonly kind: "pending" }
  /** `held`: why it was held back when others could start, as the last scheduling decision says; null: it was not. */
  | {
      readonly kind: "ready";
      readonly since: EpochMs;
      readonly rank: Rank;
      readonly held: string | null;
    }
  | { readonly kind: "running"; readonly attempt: AttemptId }
  | { readonly kind: "waiting"; readonly decision: DecisionId; readonly attempt: AttemptId | null }
  | { readonly kind: "blocked"; readonly by: readonly BlockReason[] }
  | { readonly kind: "completed"; readonly how: "done" | "skipped" | "already"; readonly at: EpochMs }
  | {
      readonly kind: "failed";
      readonly attempt: AttemptId;
      readonly decision: DecisionId;
      readonly reason: string;
    }
  | { readonly kind: "cancelled"; readonly reason: string };

/** Place in the ready queue; compared element by element, smaller starts earlier. */
export type Rank = readonly [
  boost: number,
  priority: number,
  policy: number,
  workstream: number,
  order: number,
  key: string,
];

export interface Task {
  readonly id: TaskId;
  readonly workstream: WorkstreamId;
  readonly key: string;
  readonly order: number;
  readonly title: string;
  readonly phase: string | null;
  readonly line: number;
  readonly parallel: boolean;
  readonly critical: boolean;
  /** Text of the run block; null: no executor without a model can do it. */
  readonly script: string | null;
  readonly executor: string;
  /** Null: the executor's own choice. */
  readonly model: string | null;
  /** How it was chosen; null: its run block is run by `command`, it is a person's word, or it is of a history of before. */
  readonly route: TaskRoute | null;
  readonly timeoutMs: number;
  readonly estimateMs: number;
  /** What an attempt of it will probably cost; absent: it costs nothing, or nobody knew. */
  readonly cost?: CostEstimate;
  /** What a request of it needed for which a budget had no room: its next attempt reserves as much; absent: none did. */
  readonly wanted?: Amount;
  /** Longest way from the start of this task to the end of everything that depends on it, in ms (critical path first). */
  readonly tailMs: number;
  /** The best priority of all that depends on it: a low task that holds up a critical one is critical. */
  readonly inheritedPriority: Priority;
  readonly uses: readonly ResourceUse[];
  readonly requires: readonly Requirement[];
  /** How many of `requires` are not met yet, and how many of those are open decisions. */
  readonly unmet: number;
  readonly unmetDecisions: number;
  /** Tasks and workstreams whose handoff goes into the briefing. */
  readonly knowledge: readonly (TaskId | WorkstreamId)[];
  /** Those of them that it starts without: what they hand off later is told at work. Absent: none. */
  readonly news?: readonly (TaskId | WorkstreamId)[];
  /** What it was told, or is to be told, in the order of the history; at most 100. Absent: nothing. */
  readonly inbox?: readonly InboxMessage[];
  /** It is to go on with the conversation of the task before it; absent: it begins its own. */
  readonly reuse?: SessionReuse;
  readonly state: TaskState;
  readonly attempts: readonly AttemptId[];
  /** Attempts lost in a row through no fault of their own. */
  readonly lost: number;
  /** `commit` null: its content is in the history and a collector has not committed it yet. */
  readonly handoff: HandoffPlace | null;
  /** Who skipped it last and why; says something only while it is skipped. Absent: not known. */
  readonly skip?: Skip;
  /** Key of its step in the workflow. */
  readonly step: string;
  readonly kind: TaskKind;
  readonly stage: TaskStage;
  /** Who is responsible: a role of the workflow, and the person who has it now. */
  readonly role: string | null;
  readonly owner: string | null;
  readonly entry: readonly CriterionState[];
  readonly exit: readonly CriterionState[];
  /** Of a review: steps that a rejection may go back to; the first is the default. */
  readonly returnsTo: readonly string[];
  /** Automatic attempts after a failure, and how many of them were used since a person last decided. */
  readonly retries: number;
  readonly retried: number;
  /** Of an intake: what it resembles. */
  readonly candidates: readonly DuplicateCandidate[];
  /** Of an intake: asks also where nothing resembles it. */
  readonly asksAlways: boolean;
  /** Its step and another one have the same order and are not beside each other: their keys say which comes first. */
  readonly byKey?: true;
  /** First claim, ever; null: never claimed. */
  readonly startedAt: EpochMs | null;
  /** Blockers on this task alone that are open. */
  readonly blockers: number;
  /** The attempt whose workspace and conversation the next one goes on with; null: it begins anew. */
  readonly resumes: AttemptId | null;
  /** Failures of the agent that does it by kind, since a person last decided: another attempt does not start from zero. */
  readonly failures: Readonly<Partial<Record<FailureKind, number>>>;
  /** Failures of all agents that did it, of all kinds, since a person last decided. Absent: none. */
  readonly failed?: number;
  /** Its last result that was turned down, until one counts. Absent: none was. */
  readonly turnedDown?: TurnedDown;
}

/** A result that did not pass the gates, or the exit criteria of its step. */
export interface TurnedDown {
  readonly attempt: AttemptId;
  /** What they said, at most 8 KiB. */
  readonly output: readonly string[];
}

/** Whose word it is that a task is left out. */
export interface Skip {
  readonly by: string;
  readonly reason: string;
}

export interface HandoffPlace {
  readonly commit: Oid | null;
  readonly path: string;
}

/** A workstream or spec that an intake resembles. */
export interface DuplicateCandidate {
  readonly workstream: WorkstreamId;
  /** 0 to 1. */
  readonly similarity: number;
  /** Words that both have and few others. */
  readonly shared: readonly string[];
}

export interface ResourceUse {
  readonly resource: string;
  readonly amount: number;
}

export interface PhaseCount {
  readonly key: string;
  readonly title: string;
  readonly total: number;
  readonly completed: number;
}

export type Intent = "run" | "paused" | "cancelled";

export interface TaskCounts {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  readonly waiting: number;
  readonly running: number;
  readonly blocked: number;
  readonly cancelled: number;
}

export interface Workstream {
  readonly id: WorkstreamId;
  readonly project: ProjectId;
  /** Short number in the project, from 1: `#2`. */
  readonly number: number;
  /** The spec's key. */
  readonly name: string;
  readonly title: string;
  readonly spec: {
    readonly path: string | null;
    readonly hash: string;
    readonly commit: Oid;
    readonly format: string;
    /** Its first sentence for people, at most 300 characters, and how many acceptance criteria it has; absent in older histories. */
    readonly summary?: string;
    readonly criteria?: number;
  };
  readonly workflow: { readonly name: string; readonly version: number };
  readonly priority: Priority;
  /** Raised by `osqr prioritize`; higher starts earlier. */
  readonly boost: number;
  /** Place under the policy `user_defined`. */
  readonly position: number;
  readonly intent: Intent;
  /** The run it belongs to now; null: only registered. */
  readonly run: RunId | null;
  readonly executor: string;
  /** A limit that its spec sets itself; absent: none. */
  readonly budget?: Limit;
  /** The loosest tier that its spec or the operator wants for it; absent: the config's. */
  readonly autonomy?: Tier;
  readonly touches: readonly string[];
  /** Workstreams that declared the same paths: never at the same time. */
  readonly overlaps: readonly { readonly workstream: WorkstreamId; readonly paths: readonly string[] }[];
  /** Workstreams whose work this one starts from before they landed; it lands after them. */
  readonly stacksOn: readonly WorkstreamId[];
  readonly gates: readonly string[] | null;
  readonly tags: readonly string[];
  readonly due: string | null;
  readonly approvedActions: readonly string[];
  readonly blockedActions: readonly string[];
  readonly displaced: WorkstreamId | null;
  readonly tasks: readonly TaskId[];
  /** Tasks that migrations took out: cancelled, kept for the history of their attempts, counted nowhere. */
  readonly dropped: readonly TaskId[];
  readonly phases: readonly PhaseCount[];
  /** Steps of its workflow, in order. */
  readonly steps: readonly StepProgress[];
  /** How many of its tasks come after the integration. */
  readonly after: number;
  readonly owner: string | null;
  /** Changes of its owner and of the owners of its tasks, oldest first. */
  readonly transfers: readonly Transfer[];
  /** Blockers on the whole of it that are open. */
  readonly blockers: number;
  readonly signOffs: readonly SignOff[];
  readonly returns: readonly Return[];
  readonly links: readonly Link[];
  /** Set where a person found it to be a duplicate. */
  readonly closed: { readonly how: "merged" | "duplicate"; readonly into: WorkstreamId } | null;
  readonly reverts: readonly Reverted[];
  /** SHA-256 of a newer text of its spec that the operator has decided to leave aside; null: none. */
  readonly leftSpec: string | null;
  /** How often the operator wanted all of it done again although nothing had changed. */
  readonly redos: number;
  readonly counts: TaskCounts;
  /** Critical tasks that failed and are not decided on yet: while there is one, nothing more starts. */
  readonly stops: number;
  readonly integration: Integration;
  /** SHA-256 of its spec as its landing wrote it, boxes ticked; null before that, or where it has none. */
  readonly landedSpec: string | null;
  /** Its key in the merge queue, null while it is not in it. */
  readonly place: string | null;
  readonly gateReports: readonly GateReport[];
  /** Tip of `refs/osqr/work/<id>`; null before the first task joined. */
  readonly tip: Oid | null;
  /** An attempt has been claimed: it holds its declared paths until it lands or ends. */
  readonly started: boolean;
  /** Some of its tasks go on with the conversation of the task before, or did. */
  readonly reusesSessions?: true;
  /** How far its agents are trusted by what they have done; absent: they have done nothing. */
  readonly trust?: TrustRecord;
  /** What held its first task back while it was ready: workstreams with the same declared paths, with the time, ms. */
  readonly waited: readonly { readonly workstream: WorkstreamId; readonly ms: number }[];
  /** How often the work was started anew on another base. */
  readonly round: number;
  readonly addedAt: EpochMs;
  readonly addedBy: string;
  readonly endedAt: EpochMs | null;
}

/** How an attempt that made no result ended. */
export type FruitlessOutcome = "failed" | "cancelled" | "lost" | "rejected" | "rework";

/** An open attempt holds the only valid claim on its task. */
export type AttemptState =
  | { readonly kind: "claimed" }
  | { readonly kind: "running"; readonly startedAt: EpochMs }
  | { readonly kind: "waiting"; readonly startedAt: EpochMs; readonly decision: DecisionId }
  | { readonly kind: "completed"; readonly commit: Oid; readonly at: EpochMs }
  | { readonly kind: "rejected"; readonly reason: string; readonly at: EpochMs }
  | { readonly kind: "rework"; readonly reason: string; readonly at: EpochMs }
  | { readonly kind: "failed"; readonly reason: string; readonly at: EpochMs }
  | { readonly kind: "cancelled"; readonly reason: string; readonly at: EpochMs }
  | { readonly kind: "lost"; readonly reason: string; readonly at: EpochMs };

export interface Attempt {
  readonly id: AttemptId;
  readonly task: TaskId;
  readonly workstream: WorkstreamId;
  readonly executor: string;
  /** The model that its route named; null: the executor's own choice. */
  readonly model: string | null;
  /** Higher than that of every earlier claim; a result with another one is refused. */
  readonly fence: number;
  readonly state: AttemptState;
  readonly claimedAt: EpochMs;
  /** Wall time of the work itself in ms, without waiting for answers; 0 until it ends. */
  readonly workMs: number;
  readonly added: number;
  readonly deleted: number;
  readonly files: readonly string[];
  /** What was left out of its result, or is noteworthy in it, for people. */
  readonly warnings: readonly string[];
  /** Set where unmerged work was kept: `refs/osqr/salvage/<attempt>`. */
  readonly salvage: string | null;
  /** SHA-256 over all that its result depends on, hex; null: not known (a review, or it never started). */
  readonly inputHash: string | null;
  /** The result, whatever became of it later; null: it made none. */
  readonly commit: Oid | null;
  /** The attempt whose recorded result it took, because nothing that it depends on had changed (FR-010). */
  readonly reused: AttemptId | null;
  /** What a person has to look at before its result counts; absent: nothing. */
  readonly dangers?: readonly string[];
  /** The agent's conversation; null: there is none yet, or it is no agent. */
  readonly session: AgentSession | null;
  /** How that was begun or taken up last; null: there is none. */
  readonly opened: SessionStart | null;
  /** Turns of the agent that have ended. */
  readonly turns: number;
  /** The last snapshot of its work tree; null: none was taken, or nothing had changed. */
  readonly checkpoint: Oid | null;
  /** The attempt in whose workspace and private home it works: its own, or that which it goes on with. */
  readonly home: AttemptId;
  /** What the agent leaves for whoever goes on; null: it said nothing. */
  readonly handOff: {
    readonly summary: string;
    readonly notes: readonly string[];
    readonly isNothing?: true;
  } | null;
  /** Its agent has nothing more to do. It stays where the attempt is stopped before its result counts: the next one only checks. */
  readonly finished?: true;
  /** A person took what it left as it is: whatever came for it since, nobody works on it again. */
  readonly asItIs?: true;
  /** What was there is only checked: no agent works. */
  readonly onlyChecks?: true;
  /** What was done about its failure; null: it is no agent, it has not failed, or nothing was chosen. */
  readonly recovery: Omit<RecoveryChosen, "kind" | "attempt" | "task"> | null;
  /** What it used and what is kept for it; absent: it costs nothing. */
  readonly spending?: Spending;
  /** Hosts that it reached for and may not reach, the first 20; absent: none, or nobody saw it. */
  readonly refusedHosts?: readonly RefusedHost[];
  /** Kinds of things that its agent did unasked, the last 8, oldest first; absent: none. */
  readonly wentOn?: readonly { readonly kind: string; readonly at: EpochMs }[];
  /** Why it went on with the conversation of another task or did not; absent: that was not asked for. */
  readonly conversation?: SessionChoice;
  /** Limits that it is near, or beyond, as the last look said; absent: nobody has found any. */
  readonly watched?: readonly WatchFinding[];
  /** The most resident memory that it had, with all its processes, bytes; absent: nobody has measured. */
  readonly peakMemoryBytes?: number;
  /** What was spared with its start; absent: nothing. */
  readonly saves?: readonly LaunchSaving[];
  /** What its agent said last of how far it is, for people: nothing is decided on it. At most 500 characters; absent: nothing. */
  readonly progress?: string;
}
