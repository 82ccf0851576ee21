/** A check of the project, found in it or given in config. */
export interface GateDefinition {
  /** `tests`, `lint`, `types`, or a name from config. */
  readonly name: string;
  /** Shell command, run with `bash -euo pipefail -c` in the tree. */
  readonly command: string;
  /** Where it was found, e.g. `package.json scripts.test`. */
  readonly source: string;
  readonly timeoutMs: number;
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
}
