import type { BenchmarkGate, Severity } from "../core/checks/choices.ts";

/** A check of the project, found in it or given in config. */
export interface GateDefinition {
  /** `tests`, `lint`, `types`, or a name from config. */
  readonly name: string;
  /** Shell command, run with `bash -euo pipefail -c` in the tree. */
  readonly command: string;
  /** Where it was found, e.g. `package.json scripts.test`. */
  readonly source: string;
  readonly timeoutMs: number;
  /** False: where it fails that is said, and nothing is held up. */
  readonly critical?: false;
  /** What is read of its run beside the way it ended; absent: nothing. */
  readonly measure?: Measure;
  /** Why it cannot be run here, with what to do; absent: it can. */
  readonly cannot?: string;
}

/** What a gate measures, and what is wanted of it. */
export type Measure =
  | {
      readonly kind: "coverage";
      /** Percent of lines. */
      readonly target: number;
      /** File in the tree; null: where the usual tools write it. */
      readonly report: string | null;
      /** The gate whose run writes it too; null: its own command does. */
      readonly after: string | null;
    }
  | { readonly kind: "security"; readonly level: Severity }
  | ({ readonly kind: "benchmark" } & Pick<BenchmarkGate, "metric" | "slower" | "better" | "runs">);

/** What was measured in a run. `problem`: why nothing was, with what to do; null: something was. */
export type Measured =
  | {
      readonly kind: "coverage";
      readonly lines: Lines | null;
      /** The report, in the tree. */
      readonly from: string | null;
      readonly problem: string | null;
    }
  | { readonly kind: "security"; readonly findings: readonly string[]; readonly problem: string | null }
  | { readonly kind: "benchmark"; readonly values: readonly number[]; readonly problem: string | null };

/** Lines of code that tests could run, and those they did. */
export interface Lines {
  readonly covered: number;
  /** From 1. */
  readonly total: number;
}

/** How many checks ran. Skipped ones are in none of the numbers, so `total` is `passed + failed`. */
export interface GateCounts {
  readonly passed: number;
  readonly failed: number;
  readonly total: number;
}

/** One gate run once on one tree. */
export interface GateRun {
  readonly name: string;
  readonly command: string;
  readonly tree: string;
  readonly status: "passed" | "failed";
  /** Null where the process was ended by a signal or never ran. */
  readonly exitCode: number | null;
  /** What ended it before its own end: `timeout`, `cancel`, or the limit that was hit (`disk` …). Null: it ended itself. */
  readonly stoppedBy: string | null;
  readonly durationMs: number;
  /**
   * Names of failed checks as far as the output tells (test names, findings without line numbers), sorted, at most 200.
   * A name that occurs again carries its number, `… (2)`. Empty where the gate passed.
   */
  readonly failures: readonly string[];
  /** Counts where the output tells them, else null. */
  readonly counts: GateCounts | null;
  /** Last 40 lines, ANSI stripped, at most 8 KiB. */
  readonly tail: readonly string[];
  readonly logPath: string;
  /** Absent: the gate measures nothing. */
  readonly measured?: Measured;
}

/** A gate's verdict on a combined tree, read as the difference to the base. */
export interface GateVerdict {
  readonly name: string;
  readonly command: string;
  readonly status: "passed" | "failed" | "not_verified";
  /** What fails now and did not on the base; empty with status `failed`: the output tells no names. */
  readonly newFailures: readonly string[];
  /** What failed on the base already: said, not counted. */
  readonly oldFailures: readonly string[];
  readonly counts: GateCounts | null;
  readonly countsOnBase: GateCounts | null;
  readonly durationMs: number;
  /** One next step for a person, null where there is nothing to say. A passed gate has one when tests vanished. */
  readonly recommendation: string | null;
  readonly tail: readonly string[];
  readonly logPath: string | null;
  /** What was measured, for people; absent: nothing was. */
  readonly detail?: string;
}
