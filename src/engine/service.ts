import type { Tier } from "../core/autonomy/types.ts";
import type { MemoryUse } from "../core/memory-need.ts";
import type { FailureKind, RefusedHost } from "../core/model/agent.ts";
import type { RecoveryStep } from "../core/model/agent-event.ts";
import type { LaunchSaving } from "../core/model/scheduling.ts";
import type { Plan } from "../core/plan/types.ts";
import type { CostView } from "../core/report/budgets.ts";
import type { MessageView } from "../core/report/messages.ts";
import type { TraceLine } from "../core/report/trace.ts";
import type {
  AgentView,
  DecisionView,
  RunReport,
  StatusReport,
  TaskView,
  WorkstreamView,
} from "../core/report/types.ts";
import type { StoredEvent } from "../store/types.ts";
import type {
  BlockerService,
  HandoffService,
  MetricsService,
  RevertService,
  WorkflowService,
} from "./flow-service.ts";
import type { MigrationService } from "./migration-service.ts";

/** Selects what a plan or a run takes in. Names are workstream names, numbers (`#2`, `2`) or spec paths in any form. */
export interface Selection {
  /** Null: everything ready. */
  readonly only: readonly string[] | null;
  readonly skip: readonly string[];
}

export interface PlanOptions extends Selection {
  /** Who does the tasks without a run block: `name` or `name:model`; null or absent: as documents and config say. */
  readonly executor?: string | null;
}

export interface GoOptions extends PlanOptions {
  /** Approve every command of the plan (`--yes`), also those that appear later in the run. */
  readonly approveAll: boolean;
  /** Hashes that the operator has seen and approved. */
  readonly approve: readonly string[];
  readonly maxParallel: number | null;
  /** Null: who is asking, by the config, git or the system. */
  readonly by: string | null;
}

export interface GoResult {
  /** Null: nothing to build. */
  readonly run: string | null;
  /** An earlier run goes on with this call. */
  readonly attached: boolean;
  readonly plan: Plan;
  /** Last event before this call: follow the stream from here. */
  readonly after: number;
}

export interface AddRequest {
  /** A spec's path in any form, or plain text that describes one task. */
  readonly what: string;
  /** Commands for a text (it has no run block). */
  readonly run: string | null;
  readonly priority: string | null;
  /** Workflow that it goes through; absent: what it names itself, else the project's. */
  readonly workflow?: string | null;
  /** Null: who is asking, by the config, git or the system. */
  readonly by: string | null;
}

/** What `edit` may change; what is absent stays. */
export interface WorkstreamEdit {
  readonly title?: string;
  readonly priority?: string;
  readonly tags?: readonly string[];
  /** ISO date. */
  readonly due?: string;
  /** Actions that need no question, and actions that are never allowed (EO-6). */
  readonly approve?: readonly string[];
  readonly block?: readonly string[];
  /** The loosest tier of its agents, within the config's. */
  readonly autonomy?: Tier;
  /** Who has it from now on; needs a reason. The only one that a task (`rate-limit#T2`) has too. */
  readonly owner?: string;
}

/** Who answers, and where a rejection sends the work. */
export interface Signature {
  /** Null: who is asking, by the config, git or the system. */
  readonly signer: string | null;
  /** Step or task that a rejection goes back to; null: what the workflow names first. */
  readonly to: string | null;
  /** With `merge`, `link` or `close` of an intake: the workstream that it is like; null or absent: one that osqr has named. */
  readonly with?: string | null;
}

export interface Explanation {
  readonly subject: string;
  /** Sentences: the first is the answer. */
  readonly sentences: readonly string[];
}

export interface Trace {
  readonly spec: string;
  readonly workstream: string;
  /** One line per clause, step and gate: the attempt, its commit, the merge, and the command that proves it. */
  readonly lines: readonly TraceLine[];
}

export type Shown =
  | {
      readonly kind: "workstream";
      readonly workstream: WorkstreamView;
      readonly decisions: readonly DecisionView[];
    }
  | {
      readonly kind: "task";
      readonly task: TaskView;
      readonly workstream: string;
      readonly attempts: readonly AttemptView[];
      readonly handoff: string | null;
      /** What it was told of the work of others, and is to be told. */
      readonly messages: readonly MessageView[];
    }
  | { readonly kind: "attempt"; readonly attempt: AttemptView; readonly log: string }
  | { readonly kind: "decision"; readonly decision: DecisionView };

export interface AttemptView {
  readonly id: string;
  readonly task: string;
  readonly executor: string;
  readonly status: string;
  readonly fence: number;
  readonly claimedAt: string;
  readonly workMs: number;
  readonly reason: string | null;
  readonly commit: string | null;
  readonly salvage: string | null;
  readonly files: readonly string[];
  /** The attempt whose recorded result it took, because nothing that it depends on had changed. */
  readonly reused: string | null;
  /** Null: it is no agent, or it has not spoken yet. */
  readonly agent: AgentView | null;
  /** What was done about its failure; null: it is no agent, it has not failed, or nothing was chosen. */
  readonly recovery: RecoveryView | null;
  readonly cost: CostView;
  /** The model, as its agent tells; null: it does not, or is none. */
  readonly model: string | null;
  /** How often its agent called a tool; null: not known. */
  readonly toolCalls: number | null;
  /** Hosts that it reached for and may not reach, the first 20. */
  readonly refusedHosts: readonly RefusedHost[];
  /** Whose conversation it went on with, or why with nobody's; null: that was not asked for. */
  readonly conversation: { readonly from: string | null; readonly reason: string } | null;
  /** Absent: nobody has measured. */
  readonly memory?: MemoryUse | undefined;
  /** Limits that it is near, or beyond, with what to do; absent: none, or it does not run. */
  readonly watched?: readonly string[] | undefined;
  /** What was spared with its start, as nearly all of the run's budget was used; absent: nothing. */
  readonly saves?: readonly LaunchSaving[] | undefined;
}

export interface RecoveryView {
  readonly failure: FailureKind;
  /** `resume` the same conversation, `wait` until `until`, or `ask` a person. */
  readonly step: RecoveryStep;
  /** Which failure of this kind in a row it was, from 1. */
  readonly nth: number;
  /** ISO; null: it does not wait. */
  readonly until: string | null;
  readonly reason: string;
}

/** What an agent would be told about a task, as things stand. */
export interface BriefingView {
  /** `embeddings#T3`. */
  readonly task: string;
  readonly executor: string;
  /** The first prompt of a new conversation; of a task with a run block the briefing that lies beside its work. */
  readonly text: string;
  /** What the conversation is told in its place that the next attempt takes up again; null: none is. */
  readonly goOn: string | null;
  /** What it starts from and is not there yet, or cannot be read, with the reason. */
  readonly missing: readonly string[];
  /** Its texts are cut shorter than usual, as nearly all of the run's budget is used; absent: they are not. */
  readonly isSmall?: true | undefined;
}

export interface VerifyReport {
  readonly ok: boolean;
  readonly events: number;
  readonly firstBad: number | null;
  readonly reason: string | null;
}

export type Verb = "pause" | "resume" | "cancel" | "prioritize";

/**
 * Everything that a surface (CLI, API, library) can ask of osqr. `root` is any path inside the project. All methods
 * reject with an `OsqrError`: code, message with the place, hints.
 */
export interface Service
  extends MetricsService,
    WorkflowService,
    HandoffService,
    RevertService,
    BlockerService,
    MigrationService {
  plan(root: string, options: PlanOptions): Promise<Plan>;
  go(root: string, options: GoOptions): Promise<GoResult>;
  /** Report of a run; null: the last one. */
  report(root: string, run: string | null): Promise<RunReport>;
  /** `isBrief`: without steps, signatures and the tasks that are not running. @default false */
  status(root: string, isBrief?: boolean): Promise<StatusReport>;
  /** Open decisions, ranked: critical, blocking by the work behind them, background. */
  inbox(root: string): Promise<readonly DecisionView[]>;
  /** Reviews, intakes and ticks are signed: rejects with `signer-missing`, `not-allowed`, `reason-missing`, `not-a-return`. */
  decide(
    root: string,
    decision: string,
    option: string,
    because: string,
    signature?: Signature,
  ): Promise<DecisionView>;
  /** Takes all recommendations; critical ones only with `critical`. Says which were left. */
  accept(
    root: string,
    options: { critical: boolean; because: string; signer?: string | null },
  ): Promise<{ accepted: readonly DecisionView[]; left: readonly DecisionView[] }>;
  /** `names` null: all; `signer` null or absent: who is asking, here and below. Answers with the names it acted on. */
  steer(
    root: string,
    verb: Verb,
    names: readonly string[] | null,
    because: string,
    signer?: string | null,
  ): Promise<readonly string[]>;
  add(root: string, request: AddRequest): Promise<WorkstreamView>;
  edit(
    root: string,
    name: string,
    changes: WorkstreamEdit,
    because: string,
    signer?: string | null,
  ): Promise<WorkstreamView>;
  remove(root: string, name: string, because: string, signer?: string | null): Promise<void>;
  show(root: string, what: string): Promise<Shown>;
  /** `what` names a task that an agent or a run block does. Rejects with `no-briefing` for anything else. */
  briefing(root: string, what: string): Promise<BriefingView>;
  why(root: string, what: string): Promise<Explanation>;
  trace(root: string, what: string): Promise<Trace>;
  /** Lines of an attempt's log from a byte offset; `next` is where to read on, `done` when it has ended. */
  attemptLog(attempt: string, offset: number): Promise<{ text: string; next: number; done: boolean }>;
  events(after: number, limit: number): readonly StoredEvent[];
  /** Calls back for each event after it is durable, in order, without gap. Returns the way to stop. */
  subscribe(listener: (event: StoredEvent) => void): () => void;
  verify(): Promise<VerifyReport>;
  /** True where nothing runs and no timer is pending: the daemon may stop. */
  isIdle(): boolean;
  close(): Promise<void>;
}
