import type { AutonomyCounts } from "../autonomy/learning.ts";
import type { EpochMs, Oid, ProjectId, RunId, WorkstreamId } from "./ids.ts";

/** What becomes of workstreams that declare the same paths: one after the other, that and a question, or both at once. */
export type OverlapPolicy = "queue" | "ask" | "branch";

export type Policy = "fifo" | "dependency_first" | "user_defined";

/** How the rules of a project changed (FR-022). */
export interface PolicyChange {
  readonly at: EpochMs;
  readonly author: string;
  readonly reason: string;
  /** The commit that changed the project's config; null: the operator's own config, or an option. */
  readonly commit: Oid | null;
  /** What from what to what. */
  readonly changes: readonly string[];
}

export interface Project {
  readonly id: ProjectId;
  readonly root: string;
  readonly base: string;
  readonly policy: Policy;
  readonly maxParallel: number;
  readonly resources: Readonly<Record<string, number>>;
  /** Who has a role; a role that is not named here may be taken by anybody. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** Object id of its own config file when it was opened last; null: it had none; absent: not known. */
  readonly config?: Oid | null;
  /** The last 200, the oldest first; absent: none. */
  readonly policyChanges?: readonly PolicyChange[];
  /** What people's answers have taught about its agents; absent: nothing yet. */
  readonly autonomy?: AutonomyCounts;
  /** Hashes of contents (run, setup and gate commands) that the operator approved. */
  readonly approved: ReadonlySet<string>;
  readonly workstreams: readonly WorkstreamId[];
  /** Numbers of workstreams that were removed: a number is not given twice. */
  readonly retired: readonly number[];
  readonly run: RunId | null;
  /** `refs/osqr/landed/<base>` is ahead because local changes are in the way. */
  readonly held: string | null;
}
