/** How the work of a workstream gets into the base, and what the gates say of it. */
import type { Revert } from "./flow.ts";
import type { DecisionId, EpochMs, Oid } from "./ids.ts";

/** How the operator answered an integration that stopped: which side of a conflict counts, or that gates do not. */
export type Resolution = "keep-base" | "keep-work" | "by-hand" | "land-anyway";

/** The way of a workstream's work into the base. */
export type Integration =
  | { readonly kind: "none" }
  | {
      readonly kind: "queued";
      readonly at: EpochMs;
      readonly resolution: Resolution | null;
      /** Absent: it goes in; else what was landed goes out again. */
      readonly revert?: Revert;
    }
  | {
      readonly kind: "running";
      readonly onto: Oid;
      readonly at: EpochMs;
      readonly resolution: Resolution | null;
      readonly revert?: Revert;
    }
  | {
      readonly kind: "intended";
      readonly from: Oid;
      readonly to: Oid;
      readonly resolution: Resolution | null;
      readonly revert?: Revert;
    }
  | { readonly kind: "waiting"; readonly decision: DecisionId; readonly revert?: Revert }
  | { readonly kind: "landed"; readonly commit: Oid; readonly held: string | null; readonly at: EpochMs }
  | { readonly kind: "nothing"; readonly at: EpochMs };

export interface GateReport {
  readonly name: string;
  readonly command: string;
  readonly status: "passed" | "failed" | "not_verified";
  readonly newFailures: readonly string[];
  readonly oldFailures: readonly string[];
  readonly counts: { readonly passed: number; readonly failed: number; readonly total: number } | null;
  readonly countsOnBase: { readonly passed: number; readonly failed: number; readonly total: number } | null;
  readonly durationMs: number;
  readonly recommendation: string | null;
  /** Last lines of its output, at most 40. */
  readonly tail: readonly string[];
  /** False: where it failed that is said, and nothing is held up. Absent: it is held up. */
  readonly critical?: false;
  /** What was measured, e.g. `81.2 % of lines, was 80 %, target 80 %`; absent: nothing. */
  readonly detail?: string;
}

/** A gate that keeps work from going on. */
export const isHolding = ({ status, critical }: Pick<GateReport, "status" | "critical">): boolean =>
  status === "failed" && critical !== false;
