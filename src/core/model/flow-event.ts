/** Events of accountable flow: workflows, criteria, reviews, returns, blockers, reverts, migrations, handoffs. */
import type { TaskDraft } from "./drafts.ts";
import type { BeforeMigration, Blocker, CriteriaSide, Link, Migration, StepProgress } from "./flow.ts";
import type { AttemptId, BlockerId, DecisionId, Oid, ProjectId, TaskId, WorkstreamId } from "./ids.ts";
import type { HandoffPlace, PhaseCount, Workstream } from "./work.ts";
import type { WorkflowDefinition } from "./workflow.ts";

/** What a check of one criterion said. */
export interface CriterionResult {
  readonly key: string;
  readonly met: boolean;
  /** At most 500 characters. */
  readonly detail: string;
  /** It lets the work go on, and nobody has verified it: there was nothing to verify it with. */
  readonly unverified?: true;
}

/** Who brought a file into the base, as its commit says. */
export interface Brought {
  readonly author: string;
  readonly subject: string;
}

/** Step as it is registered: nothing done yet. */
export type StepDraft = Omit<StepProgress, "total" | "completed" | "checkpoint">;

export type FlowEventBody =
  /** A version of a workflow was seen for the first time. */
  | {
      readonly kind: "workflow_recorded";
      readonly project: ProjectId;
      readonly workflow: WorkflowDefinition;
      /** The base commit that held it; null for a built-in one. */
      readonly commit: Oid | null;
      /** Of one that does not say itself who changed it: author and subject of the commit that brought it. */
      readonly brought?: Brought;
    }
  /** A person is asked; the claim is theirs until they sign. */
  | {
      readonly kind: "review_opened";
      readonly task: TaskId;
      readonly attempt: AttemptId;
      readonly fence: number;
      readonly decision: DecisionId;
    }
  | {
      readonly kind: "review_signed";
      readonly task: TaskId;
      readonly attempt: AttemptId;
      readonly decision: DecisionId;
      readonly outcome: "approved" | "rejected";
      readonly by: string;
      readonly role: string | null;
      readonly reason: string;
      /** Step that the work goes back to; null where it was approved. */
      readonly returnsTo: string | null;
    }
  /** Work goes back to an earlier step. */
  | {
      readonly kind: "workstream_returned";
      readonly workstream: WorkstreamId;
      /** The review that sends it back; by hand: the last task that had begun of those that are done again. */
      readonly from: TaskId;
      /** Key of the step. */
      readonly to: string;
      /** Tasks that have to be done again, the ones of the step first. */
      readonly reset: readonly TaskId[];
      /** Of these: those whose results are refused. The others may give their recorded results again. */
      readonly rework: readonly TaskId[];
      /** Where the work stands from now on. */
      readonly tip: Oid | null;
      readonly by: string;
      readonly reason: string;
      /** A person wants it, and was not asked. */
      readonly byHand?: true;
    }
  | {
      readonly kind: "criteria_checked";
      readonly task: TaskId;
      readonly attempt: AttemptId;
      readonly side: CriteriaSide;
      readonly results: readonly CriterionResult[];
    }
  /** A person confirms all criteria of a side that only a person can. */
  | {
      readonly kind: "criteria_ticked";
      readonly task: TaskId;
      readonly side: CriteriaSide;
      readonly decision: DecisionId;
      readonly by: string;
      readonly reason: string;
    }
  | {
      readonly kind: "blocker_declared";
      readonly blocker: Omit<Blocker, "declaredAt" | "resolvedAt" | "resolution">;
    }
  | {
      readonly kind: "blocker_transferred";
      readonly blocker: BlockerId;
      readonly from: string;
      readonly to: string;
      readonly by: string;
      readonly reason: string;
    }
  | {
      readonly kind: "blocker_resolved";
      readonly blocker: BlockerId;
      readonly by: string;
      readonly resolution: string;
    }
  | {
      readonly kind: "ownership_transferred";
      readonly workstream: WorkstreamId;
      /** Null: the whole workstream. */
      readonly task: TaskId | null;
      readonly from: string | null;
      readonly to: string;
      readonly by: string;
      readonly reason: string;
    }
  | {
      readonly kind: "workstreams_linked";
      readonly workstream: WorkstreamId;
      readonly other: WorkstreamId;
      readonly how: Link["how"];
      readonly by: string;
      readonly reason: string;
    }
  /** It is a duplicate: its work is done by another one, or by nobody. */
  | {
      readonly kind: "workstream_closed";
      readonly workstream: WorkstreamId;
      readonly how: "merged" | "duplicate";
      readonly into: WorkstreamId;
      readonly by: string;
      readonly reason: string;
    }
  | {
      readonly kind: "revert_requested";
      readonly workstream: WorkstreamId;
      /** Step to go on with; null: it rests afterwards. */
      readonly to: string | null;
      readonly by: string;
      readonly reason: string;
    }
  | {
      readonly kind: "workstream_reverted";
      readonly workstream: WorkstreamId;
      readonly commit: Oid;
      readonly held: string | null;
    }
  /** The revert is given up: the work stays in the base. */
  | { readonly kind: "revert_abandoned"; readonly workstream: WorkstreamId; readonly reason: string }
  | {
      readonly kind: "workstream_migrated";
      readonly migration: Omit<Migration, "at" | "before">;
      readonly spec: Workstream["spec"];
      readonly title: string;
      readonly declared: BeforeMigration["declared"];
      readonly tasks: readonly TaskDraft[];
      readonly steps: readonly StepDraft[];
      readonly phases: readonly Pick<PhaseCount, "key" | "title">[];
      /** What was there before, for the way back. */
      readonly before: BeforeMigration;
    }
  /** The spec of work in flight has another text in the base. */
  | {
      readonly kind: "spec_changed";
      readonly workstream: WorkstreamId;
      readonly hash: string;
      readonly commit: Oid;
      readonly decision: DecisionId;
      /** What changed, in words; at most 40 lines. */
      readonly summary: readonly string[];
    }
  /** It goes on with the old text. */
  | {
      readonly kind: "spec_left";
      readonly workstream: WorkstreamId;
      readonly hash: string;
      readonly decision: DecisionId;
    }
  /** A collector committed the handoffs of these tasks, in this order. */
  | {
      readonly kind: "handoffs_collected";
      readonly project: ProjectId;
      readonly commit: Oid;
      readonly tasks: readonly TaskId[];
      /** The path of each: a task that is done again before it was collected has left another one meanwhile. */
      readonly paths: readonly string[];
    }
  /** The handoff was made again from the history. */
  | {
      readonly kind: "handoff_repaired";
      readonly task: TaskId;
      readonly handoff: HandoffPlace;
      readonly by: string;
    };
