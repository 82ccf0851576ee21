import type { AgentFailure, Usage } from "./agent.ts";
import type { AgentCommand } from "./agent-event.ts";
import type { Amount, Budget } from "./budget.ts";
import type { DecisionSubject, DecisionType } from "./decision.ts";
import type { ProjectDraft, TaskDraft, WorkstreamDraft } from "./drafts.ts";
import type { GraphRanks, WorkstreamChanges } from "./event.ts";
import type { FlowCommand } from "./flow-command.ts";
import type { AttemptId, DecisionId, EpochMs, Oid, ProjectId, TaskId, WorkstreamId } from "./ids.ts";
import type { GateReport } from "./integration.ts";
import type { TakeMessages } from "./message.ts";
import type { PolicyChange } from "./project.ts";
import type { RouteChoice, TaskRoute } from "./route.ts";
import type { SessionChoice } from "./session.ts";
import type { Priority, QuestionOption, SourceLocation } from "./spec.ts";
import type { FruitlessOutcome, Intent, Task } from "./work.ts";

/** A question before it has an id. Asked again with the same content it is the same decision. */
export interface QuestionDraft {
  readonly contentKey: string;
  readonly type: DecisionType;
  readonly priority: Priority;
  readonly subject: DecisionSubject;
  readonly question: string;
  readonly context: string;
  readonly location: SourceLocation | null;
  readonly options: readonly QuestionOption[];
  readonly blocksProgress: boolean;
  readonly deadline: EpochMs | null;
  readonly defaultOption: string | null;
  readonly autoResolveMinutes: number | null;
}

/**
 * A workstream to register. In `requires` of its tasks, `question:<content key>` stands for the decision that will be
 * opened (or was answered already) for the question with that key.
 */
export interface Registration {
  readonly workstream: WorkstreamDraft;
  readonly tasks: readonly TaskDraft[];
  readonly questions: readonly QuestionDraft[];
}

/** Requests of people and results of effects: the only way into the core. */
export type Command = WorkCommand | FlowCommand | AgentCommand | TakeMessages;

type WorkCommand =
  | {
      readonly kind: "open_project";
      readonly project: ProjectDraft;
      /** Who changed what it says since it was opened last, and why; absent: not known. */
      readonly change?: Omit<PolicyChange, "at" | "changes">;
    }
  | {
      readonly kind: "register";
      readonly project: ProjectId;
      readonly registrations: readonly Registration[];
      readonly ranks: GraphRanks;
      /** Answers a decision with `anew` in the same step: `successor`, registered here, takes the place of what it stops. */
      readonly anew?: {
        readonly decision: DecisionId;
        readonly successor: WorkstreamId;
        readonly by: "user";
        readonly signer?: string;
        readonly reasoning: string;
      };
    }
  | {
      readonly kind: "go";
      readonly project: ProjectId;
      readonly include: readonly WorkstreamId[];
      readonly approve: readonly string[];
      readonly approveAll: boolean;
      readonly planningMs: number;
      readonly maxParallel: number;
      /** What it may cost; absent: no limit. */
      readonly budget?: Budget;
      readonly by: string;
    }
  | {
      readonly kind: "approve_content";
      readonly project: ProjectId;
      readonly hashes: readonly string[];
      readonly by: string;
      readonly reason: string;
    }
  | {
      readonly kind: "edit";
      readonly workstream: WorkstreamId;
      readonly changes: WorkstreamChanges;
      readonly by: string;
      readonly reason: string;
    }
  | {
      readonly kind: "remove";
      readonly workstream: WorkstreamId;
      readonly by: string;
      readonly reason: string;
    }
  | {
      readonly kind: "set_intent";
      readonly workstream: WorkstreamId;
      readonly intent: Intent;
      readonly by: string;
      readonly reason: string;
    }
  /** Another executor or model for a task that has no open attempt. */
  | {
      readonly kind: "reroute_task";
      readonly task: TaskId;
      readonly to: RouteChoice;
      readonly reason: string;
      /** How it was chosen; absent: what came after the present one stays what comes next. */
      readonly route?: TaskRoute;
    }
  | { readonly kind: "prioritize"; readonly workstream: WorkstreamId; readonly by: string }
  | {
      readonly kind: "resolve";
      readonly decision: DecisionId;
      readonly option: string;
      readonly by: "user" | "osqr" | "timeout";
      /** The person's name; a review needs one. */
      readonly signer?: string;
      /** Of a rejection: the step, or a task in it, to go back to; absent: what the option says. */
      readonly to?: string;
      /** Of an intake, with `merge`, `link` or `close`: the workstream that it is like, where osqr has not named it. */
      readonly other?: WorkstreamId;
      readonly reasoning: string;
    }
  | { readonly kind: "schedule"; readonly slots: number }
  | { readonly kind: "tick" }
  | {
      readonly kind: "attempt_started";
      readonly attempt: AttemptId;
      readonly fence: number;
      readonly sandbox: string;
      readonly inputHash?: string;
      /** The attempt whose workspace and conversation it goes on with. */
      readonly continues?: AttemptId;
      readonly conversation?: SessionChoice;
      readonly briefed?: readonly string[];
      /** What is there is only checked: no agent works on it. */
      readonly onlyChecks?: true;
    }
  /** The answer has reached it. */
  | { readonly kind: "attempt_answered"; readonly attempt: AttemptId; readonly fence: number }
  | {
      readonly kind: "attempt_asked";
      readonly attempt: AttemptId;
      readonly fence: number;
      readonly question: QuestionDraft;
    }
  | {
      readonly kind: "attempt_progressed";
      readonly attempt: AttemptId;
      readonly fence: number;
      readonly text: string;
    }
  /** What its agent says that it used since it said so last; also after its end. */
  | {
      readonly kind: "attempt_used";
      readonly attempt: AttemptId;
      readonly fence: number;
      readonly usage: Usage;
      /** osqr counted it itself, request by request; absent: the agent said so. */
      readonly source?: "metered";
      /** What counts beside it, as nobody told all of it; absent: nothing. */
      readonly assumed?: Amount;
    }
  /** A request that goes beyond its reservation: refused where a limit leaves no room. */
  | {
      readonly kind: "reserve_more";
      readonly attempt: AttemptId;
      readonly fence: number;
      readonly more: Amount;
    }
  | {
      readonly kind: "attempt_succeeded";
      readonly attempt: AttemptId;
      readonly fence: number;
      readonly commit: Oid;
      readonly files: readonly string[];
      readonly added: number;
      readonly deleted: number;
      readonly workMs: number;
      readonly warnings: readonly string[];
      /** Of an agent: what a person has to look at before it counts; absent: nothing. */
      readonly dangers?: readonly string[];
      readonly reused?: AttemptId;
      /** How often its agent called a tool; absent: it is no agent, or not known. */
      readonly toolCalls?: number;
      /** The most resident memory that it had, with all its processes, bytes; absent: nobody has measured. */
      readonly peakMemoryBytes?: number;
    }
  | {
      readonly kind: "attempt_failed";
      readonly attempt: AttemptId;
      readonly fence: number;
      readonly outcome: Extract<FruitlessOutcome, "failed" | "cancelled" | "lost">;
      readonly reason: string;
      /** Last lines of output, for the decision. */
      readonly tail: readonly string[];
      readonly workMs: number;
      readonly salvage: string | null;
      /** Of an agent: what kind of failure it was; absent: nothing is known of that. */
      readonly failure?: AgentFailure;
      /** How often its agent is told what turned its result down, as the config says; absent: as usual. */
      readonly rounds?: number;
      readonly toolCalls?: number;
      /** The most resident memory that it had, with all its processes, bytes; absent: nobody has measured. */
      readonly peakMemoryBytes?: number;
      /** Requests to its model may have been under way of which nothing is known. */
      readonly isUnaccounted?: true;
      /** A budget ended it: what its next request would have needed at the most. */
      readonly wanted?: Amount;
    }
  | {
      readonly kind: "task_joined";
      readonly attempt: AttemptId;
      readonly fence: number;
      /** Null where nothing has been made yet: a review before all work. */
      readonly tip: Oid | null;
      readonly handoff: Task["handoff"];
      readonly artifacts: readonly string[];
      readonly artifact?: Readonly<Record<string, unknown>>;
    }
  /** The join itself broke (disk, git): the attempt is rejected and the task asks. */
  | {
      readonly kind: "join_failed";
      readonly attempt: AttemptId;
      readonly fence: number;
      readonly reason: string;
      readonly workMs: number;
    }
  | {
      readonly kind: "join_conflicted";
      readonly attempt: AttemptId;
      readonly fence: number;
      readonly paths: readonly string[];
      /** `protected`: nothing conflicts, the task changed paths that decide how osqr works. */
      readonly cause: "conflict" | "protected";
    }
  | { readonly kind: "integration_started"; readonly workstream: WorkstreamId; readonly onto: Oid }
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
    }
  | {
      readonly kind: "landed";
      readonly workstream: WorkstreamId;
      readonly commit: Oid | null;
      readonly held: string | null;
    }
  | {
      readonly kind: "integration_stopped";
      readonly workstream: WorkstreamId;
      readonly cause: "conflict" | "gates" | "error" | "approval";
      readonly reason: string;
      readonly context: string;
      /** For `approval`: what has to be approved. */
      readonly hashes: readonly string[];
    }
  | { readonly kind: "base_followed"; readonly project: ProjectId; readonly commit: Oid };

/** Why a command was not carried out; nothing has changed. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hints: readonly string[];
}
