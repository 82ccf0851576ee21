/** What stands behind the figures of one workstream. Ids are those of `osqr show`, `why` and `log`; times are ISO. */

export interface TaskDetail {
  readonly id: string;
  readonly key: string;
  readonly title: string;
  readonly step: string;
  readonly kind: string;
  readonly stage: string;
  readonly role: string | null;
  readonly owner: string | null;
  readonly status: string;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly cycleMs: number | null;
  /** File in `refs/osqr/handoffs`; null: none yet. */
  readonly handoff: { readonly path: string; readonly commit: string | null } | null;
  readonly attempts: readonly AttemptDetail[];
}

export interface AttemptDetail {
  readonly id: string;
  readonly executor: string;
  readonly status: string;
  readonly claimedAt: string;
  readonly endedAt: string | null;
  readonly workMs: number;
  readonly added: number;
  readonly deleted: number;
  readonly reason: string | null;
  readonly commit: string | null;
  /** The attempt whose recorded result it took. */
  readonly reused: string | null;
  readonly salvage: string | null;
  /** As far as its agent said; null: it did not, which is not 0; 0 where it costs nothing. */
  readonly tokens: number | null;
  /** Millionths of a US dollar. */
  readonly microUsd: number | null;
  readonly model: string | null;
}

export interface SignOffDetail {
  readonly task: string;
  readonly attempt: string;
  readonly decision: string;
  readonly outcome: "approved" | "rejected";
  readonly by: string;
  readonly role: string | null;
  readonly reason: string;
  readonly at: string;
  readonly returnedTo: string | null;
}

export interface ReturnDetail {
  readonly from: string;
  readonly to: string;
  readonly tasks: number;
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

export interface RevertDetail {
  readonly of: string;
  readonly commit: string;
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

/** Responsibility that went over; `task` null: the whole workstream, `from` null: nobody had it. */
export interface TransferDetail {
  readonly task: string | null;
  readonly from: string | null;
  readonly to: string;
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

export interface BlockerDetail {
  readonly id: string;
  readonly task: string | null;
  readonly type: string;
  readonly owner: string;
  readonly reason: string;
  readonly by: string;
  readonly declaredAt: string;
  readonly resolvedAt: string | null;
  readonly resolution: string | null;
  readonly ms: number;
}

export interface DecisionDetail {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly question: string;
  readonly state: "open" | "resolved" | "withdrawn";
  readonly option: string | null;
  readonly by: string | null;
  readonly reasoning: string | null;
  readonly openedAt: string;
  readonly closedAt: string | null;
  readonly ms: number;
}

export interface MigrationDetail {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly by: string;
  readonly reason: string;
  readonly at: string;
  readonly rollsBack: string | null;
}

export interface ItemDetail {
  /** In order; those that a migration took out come last. */
  readonly tasks: readonly TaskDetail[];
  readonly signOffs: readonly SignOffDetail[];
  readonly returns: readonly ReturnDetail[];
  readonly reverts: readonly RevertDetail[];
  readonly transfers: readonly TransferDetail[];
  readonly blockers: readonly BlockerDetail[];
  readonly decisions: readonly DecisionDetail[];
  readonly migrations: readonly MigrationDetail[];
  /** Paths of its handoffs in `refs/osqr/handoffs`, in the order of the tasks. */
  readonly handoffs: readonly string[];
  /** Its part of the history: when it begins and ends (null: it goes on), and the ids by which events name it. */
  readonly history: {
    readonly from: string;
    readonly to: string | null;
    readonly workstream: string;
    readonly attempts: readonly string[];
  };
}
