import type { TrustLevel } from "../autonomy/trust.ts";
import type { Tier } from "../autonomy/types.ts";
import type { MemoryUse } from "../memory-need.ts";
import type { SessionStart } from "../model/agent.ts";
import type { DecisionType } from "../model/decision.ts";
import type { BlockerType, TaskKind } from "../model/flow.ts";
import type { GateReport } from "../model/integration.ts";
import type { Priority } from "../model/spec.ts";
import type { WorkstreamStatus } from "../status.ts";
import type { BudgetView, CostView } from "./budgets.ts";
import type { ReviewFields } from "./review-fields.ts";
import type { CriterionView, WorkstreamSteps } from "./step-views.ts";

/** Shapes of `--json` and of the API. Fields may be added, never taken away or changed. */

/** An agent at its work. */
export interface AgentView {
  /** The attempt that it works on, or worked on last. */
  readonly attempt: string;
  /** What it calls itself, with its version, e.g. `claude-agent-acp 0.100.0`. */
  readonly agent: string;
  /** Turns that have ended. */
  readonly turns: number;
  /** How its conversation was begun or taken up last. */
  readonly how: SessionStart;
}

export interface TaskView {
  readonly id: string;
  readonly key: string;
  readonly title: string;
  readonly status: string;
  readonly phase: string | null;
  readonly attempts: number;
  /** Wall time of its last attempt, ms; 0 while it is still to do. */
  readonly workMs: number;
  readonly added: number;
  readonly deleted: number;
  readonly files: readonly string[];
  /** What its result lacks or holds that a person should know, e.g. a file that was too large to take. */
  readonly warnings: readonly string[];
  /** What it waits for, in words; empty where it waits for nothing. */
  readonly waitsFor: readonly string[];
  /** Of a running one what its agent said last, else its title in the present continuous: `writing the encoder`. */
  readonly activity: string | null;
  /** Who is responsible: the role of its step, and the person who has it now. */
  readonly role: string | null;
  readonly owner: string | null;
  /** Key of its step in the workflow. */
  readonly step: string;
  readonly kind: TaskKind;
  readonly entry: readonly CriterionView[];
  readonly exit: readonly CriterionView[];
  /** Attempt whose recorded result its last one took, because nothing that it depends on had changed. */
  readonly reused: string | null;
  /** Who skipped it and why; null: it is not skipped, or the history does not say. */
  readonly skip: { readonly by: string; readonly reason: string } | null;
  /** Of its last attempt; null: no agent has spoken there. */
  readonly agent: AgentView | null;
  /** Of all its attempts. */
  readonly cost: CostView;
  /** Of its last attempt; absent: nobody has measured. */
  readonly memory?: MemoryUse | undefined;
}

/** A signature (FR-006). */
export interface SignOffView {
  readonly task: string;
  /** Key of the step. */
  readonly step: string;
  readonly decision: string;
  readonly outcome: "approved" | "rejected";
  readonly by: string;
  readonly role: string | null;
  readonly reason: string;
  /** ISO. */
  readonly at: string;
  /** Step that a rejection sent the work back to. */
  readonly returnedTo: string | null;
}

/** A declared impediment that is open (FR-012). */
export interface OpenBlockerView {
  readonly id: string;
  /** Null: the whole workstream. */
  readonly task: string | null;
  readonly type: BlockerType;
  readonly owner: string;
  readonly reason: string;
  /** ISO. */
  readonly declaredAt: string;
}

/** A revert that is done (FR-010). */
export interface RevertedView {
  /** The commit that had landed it. */
  readonly of: string;
  readonly commit: string;
  /** Branch that it was taken out of. */
  readonly base: string;
  readonly by: string;
  readonly reason: string;
  /** ISO. */
  readonly at: string;
}

/** Responsibility that went over to somebody else. */
export interface TransferView {
  /** Null: the whole workstream. */
  readonly task: string | null;
  /** Null: nobody had it. */
  readonly from: string | null;
  readonly to: string;
  readonly by: string;
  readonly reason: string;
  /** ISO. */
  readonly at: string;
}

/** A revert that is under way. */
export interface RevertingView extends Omit<RevertedView, "commit" | "base" | "at"> {
  /** Step to go on with afterwards; null: it rests. */
  readonly to: string | null;
}

/** How freely its agents work. */
export interface AutonomyView {
  /** Its own tier, from its spec or the operator, which can only tighten the config's; null: the config's. */
  readonly tier: Tier | null;
  /** By what its agents have done; null: nothing yet. */
  readonly trust: { readonly level: TrustLevel; readonly reason: string } | null;
}

export interface WorkstreamView extends WorkstreamSteps {
  /** The name; unique in the project. */
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly title: string;
  readonly status: WorkstreamStatus;
  readonly spec: string | null;
  readonly phase: string | null;
  readonly progress: number;
  readonly priority: Priority;
  readonly executor: string;
  readonly tags: readonly string[];
  readonly autonomy: AutonomyView;
  readonly tasks: {
    readonly total: number;
    readonly completed: number;
    readonly failed: number;
    readonly waiting: number;
    readonly running: number;
  };
  readonly merged: string | null;
  /** Set where the work landed on `refs/osqr/landed/<base>` only: why the branch did not move. */
  readonly held: string | null;
  readonly gates: readonly Pick<
    GateReport,
    | "name"
    | "status"
    | "command"
    | "counts"
    | "countsOnBase"
    | "newFailures"
    | "oldFailures"
    | "recommendation"
    | "critical"
    | "detail"
  >[];
  readonly decisions: readonly string[];
  readonly blockers: readonly string[];
  /** Those of them that somebody declared. */
  readonly openBlockers: readonly OpenBlockerView[];
  readonly owner: string | null;
  /** Changes of its owner and of the owners of its tasks, oldest first. */
  readonly transfers: readonly TransferView[];
  readonly signOffs: readonly SignOffView[];
  /** Set where it was closed as a duplicate: the workstream that stands for it. */
  readonly closed: {
    readonly how: "merged" | "duplicate";
    readonly into: string;
    /** Null: not known. */
    readonly by: string | null;
    readonly reason: string;
    /** What stands for it now, where that one was closed itself later; null: it is gone. */
    readonly end: string | null;
    /** True where nobody does its work any more: what stood for it was cancelled or removed. */
    readonly isLeftAlone: boolean;
  } | null;
  /** What was landed and taken out of the base again, oldest first. */
  readonly reverts: readonly RevertedView[];
  /** Set while it is being taken out of the base. */
  readonly reverting: RevertingView | null;
  /** Workstreams that a person has linked it with, and all that it stands for. */
  readonly links: readonly {
    readonly workstream: string;
    readonly how: string;
    readonly reason: string;
    /** What that one was closed into, which was closed itself later; null: it is linked directly. */
    readonly through: string | null;
  }[];
  /** Other workstreams, their parts, and decisions; short words. */
  readonly waitsFor: readonly string[];
  /** How long its first task was ready and held back by workstreams with the same declared paths, ms. */
  readonly waited: readonly {
    readonly ms: number;
    readonly for: string;
    readonly paths: readonly string[];
  }[];
  /** Refs that keep work of its attempts that was not merged and that nobody goes on with. */
  readonly salvage: readonly string[];
  /** Of all attempts of its tasks, in all its runs. */
  readonly cost: CostView;
  readonly items: readonly TaskView[];
}

export interface DecisionView extends ReviewFields {
  readonly id: string;
  readonly workstream: string;
  readonly type: DecisionType;
  readonly priority: Priority;
  readonly group: "critical" | "blocking" | "background";
  readonly question: string;
  readonly context: string;
  readonly location: string | null;
  readonly options: readonly {
    readonly id: string;
    readonly label: string;
    readonly description: string;
    readonly implications: readonly string[];
    readonly recommended: boolean;
  }[];
  readonly blocksProgress: boolean;
  /** Tasks that wait for it, and how many more wait behind those. */
  readonly blocks: readonly string[];
  readonly waitingBehind: number;
  readonly deadline: string | null;
  readonly defaultOption: string | null;
  /** ISO time at which the default is taken, null: never. */
  readonly autoResolveAt: string | null;
  readonly openedAt: string;
  readonly state: "open" | "resolved" | "withdrawn";
  readonly answer: {
    readonly option: string;
    readonly by: string;
    /** The person's name, where one was given. */
    readonly signer: string | null;
    readonly reasoning: string;
  } | null;
  /** What has to be known before answering: another decision that comes first, work that is in the base already. */
  readonly notes: readonly string[];
}

export interface RunMetrics {
  /** From the start to the end, without the time in which it rested. */
  readonly makespanMs: number;
  readonly workMs: number;
  /** Larger of critical path and work ÷ slots, from the real durations. */
  readonly lowerBoundMs: number;
  readonly planningMs: number;
  readonly gatesMs: number;
  readonly attempts: number;
  readonly maxParallel: number;
  readonly meanParallel: number;
}

export interface RunReport {
  readonly run: string | null;
  readonly status: "active" | "completed" | "needs_you" | "failed" | "cancelled";
  /** "Built 3 of 4. #2 embeddings needs you." */
  readonly summary: string;
  readonly workstreams: readonly WorkstreamView[];
  /** Open ones. */
  readonly decisions: readonly DecisionView[];
  /** Resolved during the run by osqr or by timeout: made for you, reviewable. */
  readonly madeForYou: readonly DecisionView[];
  /** The earliest time at which a default is taken among its open decisions, ISO; null: none is timed. */
  readonly nextDeadline: string | null;
  readonly nextSteps: readonly string[];
  readonly notes: readonly string[];
  readonly metrics: RunMetrics;
  /** Of all attempts that were started in it. */
  readonly cost: CostView;
  /** Its limits, and those of its parts that are nearly used up; empty: nothing is limited. */
  readonly budgets: readonly BudgetView[];
}

export interface StatusReport {
  readonly daemon: { readonly pid: number; readonly port: number };
  readonly project: { readonly root: string; readonly base: string; readonly held: string | null } | null;
  readonly run: { readonly id: string; readonly status: string } | null;
  /** "Built 3 of 4. …" of the last run, as its report says it; null: there was none. */
  readonly summary: string | null;
  readonly workstreams: readonly WorkstreamView[];
  readonly decisions: number;
  readonly disk: { readonly workspaces: number; readonly usedBytes: number; readonly freeBytes: number };
  readonly sandbox: { readonly level: string; readonly reason: string | null };
  /** Of the last run. */
  readonly cost: CostView;
  readonly budgets: readonly BudgetView[];
}
