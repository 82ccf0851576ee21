/** What surfaces can ask of migrations; a part of `Service`. */
import type { MigrationPreview } from "../core/migration/preview.ts";

export interface MigrateRequest {
  /** Workstreams by name, number or spec path; null: every one in flight that does not follow it yet. */
  readonly names: readonly string[] | null;
  /** `feature` or `feature@2`; null: each keeps its workflow. */
  readonly to: string | null;
  /** Takes the text that the spec has in the base now, too. */
  readonly takeSpec: boolean;
  /** `old=new` or `old=-`, keys of steps or of tasks. */
  readonly map: readonly string[];
  /** Only shows what would become of them. */
  readonly dryRun: boolean;
  readonly because: string;
  /** Who decides; null: who is asking. */
  readonly signer: string | null;
}

export interface RollbackRequest {
  /** `M-1` */
  readonly migration: string;
  readonly dryRun: boolean;
  readonly because: string;
  readonly signer: string | null;
}

/** What became, or would become, of one workstream. Where `refusal` is set nothing of it has changed. */
export interface MigrationResult extends MigrationPreview {
  /** `M-1`; null: it was not carried out. */
  readonly migration: string | null;
}

/** A migration that was carried out. */
export interface MigrationView {
  readonly id: string;
  readonly workstream: string;
  /** `feature@1` */
  readonly from: string;
  readonly to: string;
  readonly takesSpec: boolean;
  readonly by: string;
  readonly reason: string;
  /** ISO time. */
  readonly at: string;
  readonly rollsBack: string | null;
  /** It is the last one that stands: `osqr workflow rollback` takes it back. */
  readonly canRollBack: boolean;
  readonly mapping: readonly { readonly from: string; readonly to: string | null }[];
}

export interface MigrationService {
  /**
   * Changes workstreams in flight over to another workflow (FR-016). One that cannot says why, the others go on. Rejects with
   * `unknown-workflow`, `unknown-workstream`, `invalid-mapping`, `mapping-unknown`, `nothing-to-migrate`, `reason-missing`.
   */
  migrate(root: string, request: MigrateRequest): Promise<readonly MigrationResult[]>;
  /** Takes the last migration of a workstream back. Rejects with `unknown-migration`, `not-the-last`, `not-in-flight`, `workstream-busy`. */
  rollBack(root: string, request: RollbackRequest): Promise<MigrationResult>;
  /** The oldest first; `name` null: of all workstreams. */
  migrations(root: string, name: string | null): Promise<readonly MigrationView[]>;
}
