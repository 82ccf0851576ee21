/** What accountable flow adds to the model: criteria, sign-offs, returns, blockers, migrations, reverts. */
import type { TaskDraft } from "./drafts.ts";
import type { StepDraft } from "./flow-event.ts";
import type {
  AttemptId,
  BlockerId,
  DecisionId,
  EpochMs,
  MigrationId,
  Oid,
  TaskId,
  WorkstreamId,
} from "./ids.ts";
import type { PhaseCount, TaskState, Workstream } from "./work.ts";
import type { CriterionCheck, Rework, StepKind } from "./workflow.ts";

/** When a step's conditions are looked at: before its work starts, or after it ended. */
export type CriteriaSide = "entry" | "exit";

/** A criterion of a task and whether it holds. What was met before an interruption or a return is open again. */
export interface CriterionState {
  readonly key: string;
  readonly text: string;
  readonly check: CriterionCheck;
  readonly met: boolean;
  /** What the last check said; null: not checked since it was opened. */
  readonly detail: string | null;
  readonly at: EpochMs | null;
  /** Met only because there was nothing to verify it with. */
  readonly unverified?: true;
}

/** What a task is to its workflow. */
export type TaskKind = "work" | "review" | "intake";

/** Before the integration its work is provisional; after it the base holds it (FR-010). */
export type TaskStage = "before" | "after";

/** A step of the workstream's workflow with how far it is. */
export interface StepProgress {
  readonly key: string;
  readonly title: string;
  readonly order: number;
  readonly kind: StepKind;
  readonly role: string | null;
  readonly definitionOfDone: string | null;
  readonly rework: Rework;
  readonly total: number;
  readonly completed: number;
  /** Where the work stood when the step began; null: it has not begun. */
  readonly checkpoint: Checkpoint | null;
}

/** Where the work stood when something began. */
export interface Checkpoint {
  /** Null: at the base. */
  readonly tip: Oid | null;
  readonly at: EpochMs;
  /** Tasks that were completed by then in that very millisecond: time alone does not tell. */
  readonly with: readonly TaskId[];
}

/** A review as it was signed (FR-006). */
export interface SignOff {
  readonly task: TaskId;
  readonly attempt: AttemptId;
  readonly decision: DecisionId;
  readonly outcome: "approved" | "rejected";
  readonly by: string;
  readonly role: string | null;
  readonly reason: string;
  readonly at: EpochMs;
  /** Step that a rejection sent the work back to. */
  readonly returnedTo: string | null;
}

/** Work that was sent back (FR-021). */
export interface Return {
  readonly from: TaskId;
  /** Key of the step. */
  readonly to: string;
  /** Completed tasks that have to be done again. */
  readonly tasks: number;
  readonly by: string;
  readonly reason: string;
  readonly at: EpochMs;
}

/** Responsibility that went over to somebody else. */
export interface Transfer {
  /** Null: the whole workstream. */
  readonly task: TaskId | null;
  /** Null: nobody had it. */
  readonly from: string | null;
  readonly to: string;
  readonly by: string;
  readonly reason: string;
  readonly at: EpochMs;
}

/** A relation to another workstream that a person has stated. */
export interface Link {
  readonly workstream: WorkstreamId;
  readonly how: "related" | "merged" | "duplicate";
  readonly reason: string;
}

export type BlockerType = "external" | "technical" | "resource" | "requirement" | "people";

/** A declared impediment (FR-012). While it is open nothing new of what it blocks starts; what runs goes on. */
export interface Blocker {
  readonly id: BlockerId;
  readonly workstream: WorkstreamId;
  /** Null: the whole workstream. */
  readonly task: TaskId | null;
  readonly type: BlockerType;
  readonly owner: string;
  readonly reason: string;
  readonly by: string;
  readonly declaredAt: EpochMs;
  readonly resolvedAt: EpochMs | null;
  readonly resolution: string | null;
}

/** The integration that takes a landed workstream out of the base again. */
export interface Revert {
  /** The commit that landed it. */
  readonly of: Oid;
  /** Why its branch had not moved when it landed; null: it had. Kept for when the revert is given up. */
  readonly held: string | null;
  readonly landedAt: EpochMs;
  /** Step to go on with afterwards; null: it rests until the operator says so. */
  readonly to: string | null;
  readonly by: string;
  readonly reason: string;
}

/** A revert that is done. */
export interface Reverted {
  readonly of: Oid;
  readonly commit: Oid;
  /** Key of the step that it went on at; null: it rested. */
  readonly to: string | null;
  readonly by: string;
  readonly reason: string;
  readonly at: EpochMs;
}

/** Where a task of the old blueprint goes in the new one; `to` null: it is dropped. */
export interface TaskMapping {
  readonly from: string;
  readonly to: string | null;
  /** What it has to do changed in a way that its own definition does not show: it is to be done again. */
  readonly redo?: true;
}

/** What a migration exchanges, as it was before. */
export interface BeforeMigration {
  readonly spec: Workstream["spec"];
  readonly title: string;
  readonly declared: Pick<Workstream, "touches" | "gates">;
  readonly tasks: readonly TaskDraft[];
  readonly steps: readonly StepDraft[];
  readonly phases: readonly Pick<PhaseCount, "key" | "title">[];
  /** Tasks that were completed, and how. */
  readonly done: readonly { readonly key: string; readonly how: Completion; readonly at: EpochMs }[];
  /** How often the work had been started anew or sent back: where that changed, nothing of `done` counts any more. */
  readonly round: number;
  readonly returns: number;
  /** Where the work stood, null: at the base; absent in older histories. */
  readonly tip?: Oid | null;
}

/** How a task came to be completed. */
export type Completion = Extract<TaskState, { kind: "completed" }>["how"];

/** A change of the blueprint or of the spec under work in flight (FR-016). */
export interface Migration {
  readonly id: MigrationId;
  readonly workstream: WorkstreamId;
  readonly from: { readonly workflow: string; readonly version: number; readonly specHash: string };
  readonly to: { readonly workflow: string; readonly version: number; readonly specHash: string };
  readonly mapping: readonly TaskMapping[];
  readonly by: string;
  readonly reason: string;
  readonly at: EpochMs;
  /** The migration that this one takes back. */
  readonly rollsBack: MigrationId | null;
  /** For the way back. */
  readonly before: BeforeMigration;
}
