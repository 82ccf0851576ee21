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

export interface GateRun {
  readonly name: string;
  readonly command: string;
  readonly tree: string;
  readonly status: "passed" | "failed";
  readonly exitCode: number | null;
  readonly durationMs: number;
  /** Names of failed checks as far as the output tells (test names, file:line of findings), sorted, at most 200. */
  readonly failures: readonly string[];
  /** Counts where the output tells them, else null. */
  readonly counts: { readonly passed: number; readonly failed: number; readonly total: number } | null;
  /** Last 40 lines. */
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
  readonly counts: { readonly passed: number; readonly failed: number; readonly total: number } | null;
  readonly countsOnBase: { readonly passed: number; readonly failed: number; readonly total: number } | null;
  readonly durationMs: number;
  /** One next step for a person, null where it passed. */
  readonly recommendation: string | null;
  readonly tail: readonly string[];
  readonly logPath: string | null;
}
