/** Gates as a config names them, and what osqr itself can measure beside running a command. */

/** Common to all that run something. */
interface Settings {
  readonly timeoutMs?: number;
  /** Absent: what fails is held up. False: it is said and nothing more. */
  readonly critical?: false;
}

/** A command of one's own: it passes where it ends with 0. */
export interface CommandGate extends Settings {
  readonly command: string;
}

/** How much of the code the tests run. */
export interface CoverageGate extends Settings {
  readonly measures: "coverage";
  /** Percent of lines. */
  readonly target: number;
  /** What writes the report; null: the gate `tests` does. */
  readonly command: string | null;
  /** Where it lies in the tree; null: wherever the usual tools write it. */
  readonly report: string | null;
}

export const SEVERITIES = ["low", "moderate", "high", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Known holes in what the project depends on, by the audit of its package manager. */
export interface SecurityGate extends Settings {
  readonly measures: "security";
  /** Null: the audit of the package manager whose lockfile is there. */
  readonly command: string | null;
  /** Less severe ones do not count. */
  readonly level: Severity;
}

/** How fast it is, by a command of the project that prints or writes a number. */
export interface BenchmarkGate extends Settings {
  readonly measures: "benchmark";
  readonly command: string;
  /** Where the number stands: in the output, behind a regular expression with one group, or in a JSON file. */
  readonly metric: BenchmarkMetric;
  /** How many times as much as on the base it may be, from 1; of what is better when higher, how many times less. */
  readonly slower: number;
  readonly better: "lower" | "higher";
  /** How often it is run on each side; the best counts. */
  readonly runs: number;
}

export type BenchmarkMetric =
  | { readonly pattern: string }
  | {
      readonly file: string;
      /** Names and numbers of places, with dots between them. */
      readonly key: string;
    };

/** Secrets in what was added. */
export interface SecretsGate {
  readonly measures: "secrets";
  readonly allow: readonly string[];
  readonly comment: string | null;
}

export type MeasuringGate = CoverageGate | SecurityGate | BenchmarkGate | SecretsGate;

/** A gate in a config; `false` switches off one that was found, or that osqr has by itself. */
export type GateChoice = string | CommandGate | MeasuringGate | false;
