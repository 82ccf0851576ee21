import type { Tier } from "../autonomy/types.ts";
import type { CostEstimate, Limit } from "../model/budget.ts";
import type { QuestionDraft, Registration } from "../model/command.ts";
import type { GraphRanks } from "../model/event.ts";
import type { TaskKind } from "../model/flow.ts";
import type { Oid, TaskId, WorkstreamId } from "../model/ids.ts";
import type { Policy } from "../model/project.ts";
import type { RouteChoice, TaskRoute } from "../model/route.ts";
import type { Priority, SpecProblem } from "../model/spec.ts";
import type { WorkflowDefinition } from "../model/workflow.ts";
import type { PlannedOvershoot } from "./overshoots.ts";

/** A range in ms and where it comes from. */
export interface Estimate {
  readonly lowMs: number;
  readonly highMs: number;
  readonly source: "history" | "default";
}

/** `agent` is no command: an agent that nobody has named yet and that is to do work. */
export type CommandKind = "run" | "setup" | "gate" | "criterion" | "agent";

/** A command that will run on this machine, to be approved by the hash of its content. */
export interface PlannedCommand {
  /** SHA-256 of the text behind it, hex. */
  readonly hash: string;
  readonly kind: CommandKind;
  /** `docs/a.md:12`, or where a gate was found. */
  readonly source: string;
  readonly text: string;
  readonly approved: boolean;
}

export interface PlannedTask {
  readonly id: TaskId;
  readonly key: string;
  readonly title: string;
  readonly phase: string | null;
  /** Key of its step in the workflow. */
  readonly step: string;
  readonly kind: TaskKind;
  readonly parallel: boolean;
  readonly executor: string;
  /** Null: the executor's own choice. */
  readonly model: string | null;
  /** Why this executor and model, what comes after it; null: a person's word, or the run block of a known task. */
  readonly route: Pick<TaskRoute, "type" | "reasons" | "fallbacks" | "cheaper"> | null;
  readonly estimate: Estimate;
  /** Absent: it costs nothing, or is done. */
  readonly cost?: CostEstimate | undefined;
  /** How exactly limits hold on it; absent: it costs nothing, or no limit holds. */
  readonly limits?: PlannedOvershoot | undefined;
  /** Why no executor can do it; null where one can. */
  readonly blocked: string | null;
  readonly already: boolean;
  /** It goes on with the conversation of the task before it where that ended so short a time ago, ms; absent: not asked for. */
  readonly reusesWithinMs?: number | undefined;
  /** Set where some of its criteria are a person's to confirm. */
  readonly ticks?: true | undefined;
}

export interface PlannedWorkstream {
  readonly id: WorkstreamId;
  readonly number: number;
  readonly name: string;
  readonly title: string;
  readonly spec: string | null;
  readonly priority: Priority;
  readonly executor: string;
  /** Its agents' tier, where its spec or the operator holds them back; absent: the config's. */
  readonly autonomy?: Tier | undefined;
  /** `name@version`. */
  readonly workflow: string;
  readonly touches: readonly string[];
  /** Short words: `D-1`, `#1`, `docs/legal approval`; empty: starts at once. */
  readonly waitsFor: readonly string[];
  /** Declared overlaps: names of workstreams and the shared paths. */
  readonly serializedWith: readonly { readonly name: string; readonly paths: readonly string[] }[];
  /** The same where they may run at once all the same. */
  readonly beside: PlannedWorkstream["serializedWith"];
  readonly estimate: Estimate;
  /** Of its tasks that are to be done; absent: nothing. */
  readonly cost?: CostEstimate | undefined;
  readonly tasks: readonly PlannedTask[];
  readonly questions: readonly QuestionDraft[];
  /** New to the registry, or known from before. */
  readonly known: boolean;
  readonly status: string;
}

/** `from` waits for `to`; but for `news`, where it starts without it. `detail`: tasks, phases, files or shared paths; empty for a whole workstream. */
export interface PlannedEdge {
  readonly from: WorkstreamId;
  readonly to: WorkstreamId;
  readonly type: "completion" | "output" | "knowledge" | "news" | "overlap";
  readonly detail: string;
}

/** What `osqr plan` shows and `osqr go` starts. */
export interface Plan {
  readonly project: { readonly root: string; readonly base: string; readonly commit: Oid };
  readonly workstreams: readonly PlannedWorkstream[];
  /** Specs that are left alone, with the reason: done, needs detail, future, skipped, stopped by a problem. */
  readonly leftOut: readonly {
    readonly name: string;
    readonly path: string;
    readonly reason: string;
    readonly line: number;
  }[];
  readonly otherDocuments: number;
  readonly edges: readonly PlannedEdge[];
  /** Workstreams in the order in which they would start. */
  readonly order: readonly WorkstreamId[];
  readonly criticalPath: { readonly workstreams: readonly WorkstreamId[]; readonly ms: number };
  readonly estimate: Estimate;
  /** Of all that it takes in, an attempt each; absent: nothing costs. */
  readonly cost?: CostEstimate | undefined;
  /** The limit of a run; absent: there is none. */
  readonly budget?: Limit | undefined;
  /** What all that may be under way at once can go beyond limits by; null: not limited. Absent: no limit holds on anything. */
  readonly overshoot?: Limit | undefined;
  readonly gates: readonly {
    readonly name: string;
    readonly command: string;
    readonly source: string;
    /** Why it cannot be run here, with what to do; absent: it can. */
    readonly cannot?: string;
  }[];
  readonly commands: readonly PlannedCommand[];
  readonly problems: readonly SpecProblem[];
  /** Lines for people: dirty checkout, sandbox level, no gates … */
  readonly notes: readonly string[];
  readonly policy: Policy;
  readonly maxParallel: number;
  /** What closes the workspaces. `reason`: why it is not the strongest level, null where it is. */
  readonly sandbox: { readonly level: string; readonly network: string; readonly reason: string | null };
  /** Versions of the project's workflows that its history does not have yet. */
  readonly workflows: readonly WorkflowDefinition[];
  /** For the engine: what to register and the ranks of the whole graph. */
  readonly registrations: readonly Registration[];
  /** Workstreams to remove, in this order, before the registrations: they have not begun and come back with a new text. */
  readonly replace: readonly WorkstreamId[];
  /** Tasks of before that another executor is to do from now on. */
  readonly reroutes: readonly PlannedReroute[];
  readonly ranks: GraphRanks;
}

/** A registered task that gets another route. */
export interface PlannedReroute extends RouteChoice {
  readonly task: TaskId;
  readonly route: TaskRoute;
  readonly reason: string;
}
