/** Shapes of flow metrics (FR-013, FR-017, FR-026). Every figure is defined in docs/metrics.md. Fields may be added, never taken away. */
import type { BlockerType } from "../../model/flow.ts";
import type { WorkstreamStatus } from "../../status.ts";
import type { ItemDetail } from "./detail-types.ts";

/** Version of the shape of `FlowReport`, raised when a reader would have to change. */
export const FLOW_SCHEMA_VERSION = 1;

/** What a report takes in. Null: no restriction. */
export interface FlowFilter {
  /** ISO date, ISO time, or a duration that is counted back from now: `7d`. The start is in the window. */
  readonly since: string | null;
  /** The same; the end is not in the window. */
  readonly until: string | null;
  /** Owner of the workstream or of one of its tasks. */
  readonly owner: string | null;
  /** `name` or `name@version`. */
  readonly workflow: string | null;
  readonly status: WorkstreamStatus | null;
  /** Id or root of a project, or the name of its folder. */
  readonly project: string | null;
}

/** Durations of several things, ms. */
export interface Spread {
  readonly count: number;
  /** Null: there is none. */
  readonly medianMs: number | null;
  /** 85 of 100 took at most so long; null where there are less than two. */
  readonly p85Ms: number | null;
}

export interface ReworkFigures {
  readonly returns: number;
  /** Completed tasks that had to be done again. */
  readonly tasks: number;
  /** Completions of tasks, those that did not hold included. */
  readonly completions: number;
  /** `tasks` ÷ `completions`, 0 to 1; null: nothing was completed. */
  readonly rate: number | null;
  /** Work whose result was refused, ms. */
  readonly workMs: number;
  /** Workstreams that were sent back or reverted at least once. */
  readonly workstreams: number;
  /** Of those that were in progress, 0 to 1; null: none was. */
  readonly share: number | null;
}

export interface PeopleFigures {
  /** Decisions that were open at some time in the window, reviews among them. */
  readonly count: number;
  readonly open: number;
  readonly sumMs: number;
  readonly medianMs: number | null;
  readonly p85Ms: number | null;
}

export interface BlockedFigures {
  readonly count: number;
  readonly open: number;
  /** Time in which at least one blocker was open, added over the workstreams, ms. */
  readonly sumMs: number;
  /** Over the workstreams that were blocked. */
  readonly medianMs: number | null;
  readonly p85Ms: number | null;
  /** `sumMs` ÷ the time in which the workstreams were open, 0 to 1; null: none was. */
  readonly share: number | null;
  readonly byType: readonly { readonly type: BlockerType; readonly count: number; readonly ms: number }[];
}

/** Figures over a set of workstreams in a window. */
export interface FlowFigures {
  /** Workstreams that were open at some time in the window. */
  readonly workstreams: number;
  /** Of these, completed in it. */
  readonly completed: number;
  readonly leadTime: Spread;
  readonly flowTime: Spread;
  /** Null where the window is shorter than a day. */
  readonly throughput: { readonly perDay: number | null; readonly perWeek: number | null };
  /** `now`: at the end of the window. */
  readonly wip: { readonly now: number; readonly mean: number | null };
  readonly rework: ReworkFigures;
  readonly people: PeopleFigures;
  readonly blocked: BlockedFigures;
  readonly workMs: number;
  /** 0 to 1; null: nothing was completed. */
  readonly efficiency: number | null;
  readonly reverts: number;
}

/** A step of a workflow over all workstreams that went through it in the window. */
export interface StepFigures {
  readonly workflow: string;
  readonly step: string;
  readonly title: string;
  readonly kind: string;
  readonly order: number;
  /** From the first claim of its first task to the completion of its last. */
  readonly cycle: Spread;
  /** Of its tasks, each from its first claim to its completion. */
  readonly taskCycle: Spread;
  /** Workstreams that are in it at the end of the window. */
  readonly wip: number;
  /** Times that work was sent back to it. */
  readonly returns: number;
  readonly attempts: number;
  readonly workMs: number;
  readonly reworkMs: number;
}

/** A roll-up. `key` null: those without, e.g. without an owner. */
export interface FlowGroup {
  readonly key: string | null;
  readonly figures: FlowFigures;
}

/** One step of one workstream. */
export interface ItemStep {
  readonly key: string;
  readonly title: string;
  readonly kind: string;
  readonly order: number;
  readonly role: string | null;
  readonly total: number;
  readonly completed: number;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly cycleMs: number | null;
}

/** One workstream. Times are ISO, null: not yet. */
export interface FlowItem {
  readonly project: string;
  readonly name: string;
  readonly number: number;
  readonly title: string;
  readonly status: WorkstreamStatus;
  readonly workflow: string;
  readonly owner: string | null;
  readonly spec: string | null;
  /** The step that it is in; null: it has not begun or is over. */
  readonly step: string | null;
  readonly registeredAt: string;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly endedAt: string | null;
  readonly leadMs: number | null;
  readonly flowMs: number | null;
  readonly workMs: number;
  readonly efficiency: number | null;
  readonly tasks: { readonly total: number; readonly completed: number };
  readonly attempts: number;
  readonly rework: Omit<ReworkFigures, "workstreams" | "share">;
  readonly people: PeopleFigures;
  readonly blocked: Pick<BlockedFigures, "count" | "open" | "sumMs" | "byType">;
  readonly reverts: number;
  readonly steps: readonly ItemStep[];
  /** Null where it was not asked for. */
  readonly detail: ItemDetail | null;
}

export interface FlowReport {
  readonly schemaVersion: number;
  readonly generatedAt: string;
  readonly window: {
    readonly since: string;
    /** Not in the window itself. */
    readonly until: string;
    readonly ms: number;
  };
  readonly filter: FlowFilter;
  readonly total: FlowFigures;
  readonly steps: readonly StepFigures[];
  readonly byProject: readonly FlowGroup[];
  readonly byWorkflow: readonly FlowGroup[];
  readonly byOwner: readonly FlowGroup[];
  readonly items: readonly FlowItem[];
}
