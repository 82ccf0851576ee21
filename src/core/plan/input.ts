import type { AutonomyPolicy } from "../autonomy/types.ts";
import type { Metering } from "../budget/check.ts";
import type { Budget } from "../model/budget.ts";
import type { EpochMs, Oid, ProjectId } from "../model/ids.ts";
import type { OverlapPolicy, Policy } from "../model/project.ts";
import type { RouteChoice } from "../model/route.ts";
import type { Discovery, SourceLocation, SpecProblem } from "../model/spec.ts";
import type { State } from "../model/state.ts";
import type { WorkflowDefinition } from "../model/workflow.ts";
import type { RoutingConfig } from "../routing/config.ts";
import type { RouteExecutor } from "../routing/ways.ts";
import type { CommandKind, Plan } from "./types.ts";

/** An executor as a plan sees it. */
export interface PlanExecutor extends RouteExecutor {
  /** How often it is known what its model used; absent: nobody can say. */
  readonly metering?: Metering;
  /** A price is known for a model of it; absent: that shows with its first request. */
  isPriced?(model: string | null): boolean;
}

/** A time range in ms. */
export interface Range {
  readonly lowMs: number;
  readonly highMs: number;
}

/** Places of keys of the config. */
export interface ConfigSources {
  readonly workflow?: SourceLocation;
  readonly roles?: SourceLocation;
}

/** The part of the config that a plan depends on. */
export interface PlanConfig {
  readonly policy: Policy;
  /** What becomes of workstreams that declare the same paths; absent: one after the other. */
  readonly overlaps?: OverlapPolicy;
  /** Names or paths of specs in the order wanted under `user_defined`; the rest follows. */
  readonly order: readonly string[];
  /** Workflow of specs that name none: a name, or name@version. */
  readonly workflow: string;
  /** Which executor does which work. */
  readonly routing: RoutingConfig;
  /** Who holds each role; absent: nobody has said. */
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  /** Where these keys are written, for messages; absent: they are defaults. */
  readonly sources?: ConfigSources;
  /** Capacity of each named resource; one that is not named has 1. */
  readonly resources: Readonly<Record<string, number>>;
  /** Attempts at the same time; null: the larger of 4 and the number of cores. */
  readonly maxParallel: number | null;
  /** For a run block that names no timeout. */
  readonly taskTimeoutMs: number;
  /** For a task that an agent does and that names none. */
  readonly agentTimeoutMs: number;
  /** How freely agents may work; absent: nobody has said. */
  readonly autonomy?: Pick<AutonomyPolicy, "tier">;
  /** What a run may cost; absent: no limit. */
  readonly budget?: Budget;
  /** Stated time per task of an executor without history, by its name; `default` for all others. */
  readonly estimates: Readonly<Record<string, Range>>;
}

/** A check of the project. `content` is the text behind the command, by which it is approved. */
export interface PlanGate {
  readonly name: string;
  readonly command: string;
  readonly source: string;
  readonly content: string;
  /** Why it cannot be run here, with what to do; absent: it can. */
  readonly cannot?: string;
}

/** Which specs and workstreams a plan takes in: names, numbers (`#2`, `2`) or spec paths in any form. */
export interface PlanSelection {
  /** Null: everything. */
  readonly only: readonly string[] | null;
  readonly skip: readonly string[];
}

/** All that a plan depends on. */
export interface PlanInput {
  readonly project: {
    readonly id: ProjectId;
    readonly root: string;
    readonly base: string;
    readonly commit: Oid;
  };
  readonly discovery: Discovery;
  /** Taken before the discovery began, or what lands in between would be planned again. */
  readonly state: State;
  readonly config: PlanConfig;
  readonly selection: PlanSelection;
  readonly gates: readonly PlanGate[];
  /** The project's own workflows, as the base commit has them. */
  readonly workflows: {
    readonly definitions: readonly WorkflowDefinition[];
    readonly problems: readonly SpecProblem[];
  };
  /** For effective dates. */
  readonly now: EpochMs;
  /** How dependencies are installed; null: not at all. */
  readonly setup: { readonly command: string; readonly content: string } | null;
  /** True for the path of a file that is in the base. */
  readonly baseFiles: (path: string) => boolean;
  /** Those that are here and may run. */
  readonly executors: readonly PlanExecutor[];
  /** Why those that the config names and that are not here cannot be started, by name; absent: nobody looked. */
  readonly missing?: ReadonlyMap<string, string>;
  /** Who is to do what has no run block, in place of what documents and config say; absent: as they say. */
  readonly wanted?: RouteChoice | null;
  /** What the caller approves with this plan, beside what the log holds. */
  readonly approval: { readonly all: boolean; readonly hashes: readonly string[] };
  /** SHA-256, hex, by which a command of a kind is approved. */
  readonly hash: (kind: CommandKind, text: string) => string;
  /** Checkouts of the base with local changes. */
  readonly dirty: readonly string[];
  readonly sandbox: Plan["sandbox"];
  readonly machine: { readonly cores: number; readonly freeMemoryBytes: number };
}
