/** A workflow as its author wrote it: a versioned blueprint of ordered steps (FR-001, FR-016). */
import type { ResourceUse } from "./work.ts";

/** Name that stands for every gate of a project. One that has none lets the work go on, not verified. */
export const ALL_GATES = "all";

/** What makes a criterion true. All but a tick are checked by osqr itself. */
export type CriterionCheck =
  /** A command that ends with 0 in the tree. */
  | { readonly kind: "command"; readonly run: string; readonly timeoutMs: number | null }
  /** A file or folder that exists in the tree. */
  | { readonly kind: "artifact"; readonly path: string }
  /** A gate of the project that passes on the tree; `all`: every gate that it has. */
  | { readonly kind: "gate"; readonly gate: string }
  /** A person says so. */
  | { readonly kind: "tick" };

export interface Criterion {
  /** `[a-z0-9-]`, unique among the criteria of its step's side. */
  readonly key: string;
  readonly text: string;
  readonly check: CriterionCheck;
}

/**
 * `tasks` stands for the spec's own tasks; `work` is one task; `review` is a person's word; `intake` is a person's word on
 * suspected duplicates before any work; `integrate` is the merge into the base.
 */
export type StepKind = "tasks" | "work" | "review" | "intake" | "integrate";

/** What happens to the work when a review sends it back to a step: it is built on, or given up back to where the step began. */
export type Rework = "continue" | "restart";

export interface WorkflowStep {
  /** `[a-z0-9][a-z0-9_-]*`, unique in the workflow. */
  readonly key: string;
  readonly title: string;
  /** From 1; equal orders are allowed, the key breaks ties (FR-005). */
  readonly order: number;
  readonly kind: StepKind;
  /** Who is responsible, or who may sign a review; null: anybody. */
  readonly role: string | null;
  readonly definitionOfDone: string | null;
  readonly entry: readonly Criterion[];
  /** Gates of the step come here as criteria of kind `gate`. */
  readonly exit: readonly Criterion[];
  /** May run beside its neighbours that are parallelizable too. */
  readonly parallelizable: boolean;
  /** Keys of steps that it comes after; null: what its order says. */
  readonly dependsOn: readonly string[] | null;
  readonly critical: boolean;
  readonly timeoutMs: number | null;
  /** Further attempts after a failure before a person is asked, 0 to 10. */
  readonly retries: number;
  readonly executor: string | null;
  /** Command of a `work` step; null: an agent does it from the title and the instructions. */
  readonly run: string | null;
  readonly instructions: string;
  readonly uses: readonly ResourceUse[];
  /** Of a review: steps that a rejection may send the work back to; the first is the default. */
  readonly returnsTo: readonly string[];
  readonly rework: Rework;
  /** Of an intake: texts at least this alike (0 to 1) are suspected; `always` asks also where nothing is. */
  readonly duplicates: { readonly threshold: number; readonly ask: "suspected" | "always" } | null;
  /** Line of the definition, from 1; 0 for a built-in one. */
  readonly line: number;
}

/** Who changed a workflow, why, and what it means for those who use it (FR-022). */
export interface WorkflowChange {
  readonly author: string;
  readonly reason: string;
  readonly impact: string;
}

export interface WorkflowDefinition {
  /** `[a-z0-9][a-z0-9._-]*`. */
  readonly name: string;
  /** From 1. */
  readonly version: number;
  readonly title: string;
  /** ISO date from which new workstreams take it (UTC); null: at once. */
  readonly effective: string | null;
  /** Null only for a first version and for built-in ones. */
  readonly change: WorkflowChange | null;
  /** In order, ties by key. */
  readonly steps: readonly WorkflowStep[];
  /** Path in the repository, or `built-in`. */
  readonly source: string;
  /** SHA-256 of its canonical JSON without `source` and lines, hex: the same blueprint has the same hash. */
  readonly hash: string;
}
