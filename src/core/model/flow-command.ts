/** Commands of accountable flow. Those with a fence are results of effects, the others requests of people. */
import type { QuestionDraft } from "./command.ts";
import type { TaskDraft } from "./drafts.ts";
import type { GraphRanks } from "./event.ts";
import type { BeforeMigration, Blocker, CriteriaSide, TaskMapping } from "./flow.ts";
import type { Brought, CriterionResult, StepDraft } from "./flow-event.ts";
import type {
  AttemptId,
  BlockerId,
  DecisionId,
  MigrationId,
  Oid,
  ProjectId,
  TaskId,
  WorkstreamId,
} from "./ids.ts";
import type { HandoffPlace, PhaseCount, Workstream } from "./work.ts";
import type { WorkflowDefinition } from "./workflow.ts";

export type FlowCommand =
  | {
      readonly kind: "record_workflow";
      readonly project: ProjectId;
      readonly workflow: WorkflowDefinition;
      readonly commit: Oid | null;
      readonly brought?: Brought;
    }
  /** osqr looked at the criteria of a step. Where one does not hold the attempt ends, rejected. */
  | {
      readonly kind: "criteria_checked";
      readonly attempt: AttemptId;
      readonly fence: number;
      readonly side: CriteriaSide;
      readonly results: readonly CriterionResult[];
      readonly tail: readonly string[];
      readonly workMs: number;
      /** Where the work is kept that did not hold; null: there is none. */
      readonly salvage: string | null;
      /** Commands that nobody has approved: nothing was looked at, and the task waits for that word. */
      readonly unapproved?: { readonly hashes: readonly string[]; readonly context: string };
      /** A person does not want its commands run: nobody can mend that. */
      readonly isRefused?: true;
      /** How often an agent is told what turned its result down, as the config says; absent: as usual. */
      readonly rounds?: number;
      readonly peakMemoryBytes?: number;
    }
  | ({ readonly kind: "declare_blocker"; readonly type: Blocker["type"] } & Pick<
      Blocker,
      "workstream" | "task" | "owner" | "reason" | "by"
    >)
  | {
      readonly kind: "transfer_blocker";
      readonly blocker: BlockerId;
      readonly to: string;
      readonly by: string;
      readonly reason: string;
    }
  | {
      readonly kind: "resolve_blocker";
      readonly blocker: BlockerId;
      readonly by: string;
      readonly resolution: string;
    }
  | {
      readonly kind: "transfer_ownership";
      readonly workstream: WorkstreamId;
      readonly task: TaskId | null;
      readonly to: string;
      readonly by: string;
      readonly reason: string;
    }
  | {
      readonly kind: "revert";
      readonly workstream: WorkstreamId;
      /** Step to go on with afterwards; null: it rests. */
      readonly to: string | null;
      readonly by: string;
      readonly reason: string;
    }
  /** Sends work that has not landed back to a step. */
  | {
      readonly kind: "rework";
      readonly workstream: WorkstreamId;
      /** A step's key, or the key of a task in it. */
      readonly to: string;
      readonly by: string;
      readonly reason: string;
    }
  | {
      readonly kind: "reverted";
      readonly workstream: WorkstreamId;
      readonly commit: Oid;
      readonly held: string | null;
    }
  | {
      readonly kind: "migrate";
      readonly workstream: WorkstreamId;
      readonly workflow: { readonly name: string; readonly version: number };
      readonly spec: Workstream["spec"];
      readonly title: string;
      readonly declared: BeforeMigration["declared"];
      readonly tasks: readonly TaskDraft[];
      readonly steps: readonly StepDraft[];
      readonly phases: readonly Pick<PhaseCount, "key" | "title">[];
      readonly mapping: readonly TaskMapping[];
      /** As at a registration: `question:<content key>` in `requires` of the tasks stands for one of these. */
      readonly questions: readonly QuestionDraft[];
      /** Null: those that are there stay. */
      readonly ranks: GraphRanks | null;
      readonly by: string;
      readonly reason: string;
      readonly rollsBack: MigrationId | null;
      /** The question about a changed spec that this answers with `migrate`, in the same step. */
      readonly answers?: {
        readonly decision: DecisionId;
        readonly signer?: string;
        readonly reasoning: string;
      };
    }
  | {
      readonly kind: "spec_changed";
      readonly workstream: WorkstreamId;
      readonly hash: string;
      readonly commit: Oid;
      readonly summary: readonly string[];
    }
  /** A handoff that the attempt has to start from cannot be read. */
  | {
      readonly kind: "handoff_missing";
      readonly attempt: AttemptId;
      readonly fence: number;
      readonly source: TaskId;
      readonly message: string;
    }
  | {
      readonly kind: "handoffs_collected";
      readonly project: ProjectId;
      readonly commit: Oid;
      readonly tasks: readonly TaskId[];
      /** The path of each. */
      readonly paths: readonly string[];
    }
  | {
      readonly kind: "handoff_repaired";
      readonly task: TaskId;
      readonly handoff: HandoffPlace;
      readonly by: string;
    };
