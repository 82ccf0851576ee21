/** What is known of things when they are registered. */
import type { StepDraft } from "./flow-event.ts";
import type { Oid } from "./ids.ts";
import type { Project } from "./project.ts";
import type { TaskRoute } from "./route.ts";
import type { PhaseCount, Task, Workstream } from "./work.ts";
import type { Criterion } from "./workflow.ts";

/** What is known of a workstream when it is registered; the rest starts empty. */
export type WorkstreamDraft = Pick<
  Workstream,
  | "id"
  | "project"
  | "number"
  | "name"
  | "title"
  | "spec"
  | "workflow"
  | "priority"
  | "position"
  | "executor"
  | "budget"
  | "autonomy"
  | "touches"
  | "gates"
  | "tags"
  | "due"
  | "approvedActions"
  | "blockedActions"
  | "displaced"
  | "addedBy"
> & {
  readonly phases: readonly Pick<PhaseCount, "key" | "title">[];
  /** Steps of the workflow, in order; absent in histories of 0.1: its tasks alone. */
  readonly steps?: readonly StepDraft[];
  readonly owner?: string | null;
};

/** What is known of a task when its workstream is registered. */
export type TaskDraft = Pick<
  Task,
  | "key"
  | "order"
  | "title"
  | "phase"
  | "line"
  | "parallel"
  | "critical"
  | "script"
  | "executor"
  | "timeoutMs"
  | "estimateMs"
  | "cost"
  | "uses"
  | "requires"
  | "knowledge"
  | "news"
  | "reuse"
> & {
  readonly already: boolean;
  /** Why no executor can do it; null or absent where one can. */
  readonly refusal?: string | null;
  /** Null or absent: the executor's own choice. */
  readonly model?: string | null;
  /** Null or absent: a run block that `command` runs, a person's word, or a history of before. */
  readonly route?: TaskRoute | null;
} & TaskFlow;

/** What a workflow says of a task. Absent: the step `tasks`, work before the integration, without criteria. */
export type TaskFlow = Partial<
  Pick<
    Task,
    "step" | "kind" | "stage" | "role" | "returnsTo" | "retries" | "candidates" | "asksAlways" | "byKey"
  >
> & { readonly entry?: readonly Criterion[]; readonly exit?: readonly Criterion[] };

export type ProjectDraft = Pick<Project, "id" | "root" | "base" | "policy" | "maxParallel" | "resources"> & {
  readonly roles?: Project["roles"];
  /** Object id of the project's own config file in the base; null: it has none. Absent in histories of 0.1. */
  readonly config?: Oid | null;
};
