import type { Readable, Writable } from "node:stream";

export type SandboxLevel = "bubblewrap" | "process" | "container";

export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly mode: "read" | "write";
}

export interface SandboxLimits {
  readonly timeoutMs: number;
  /** Grace between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  /** Bytes of output kept on disk; the middle is dropped beyond it, never the end. */
  readonly outputBytesMax: number;
  /** Bytes that the write mounts may grow to; checked while it runs. */
  readonly diskBytesMax: number;
  readonly processesMax: number;
}

export interface SandboxRequest {
  /** Names the process for people and for recovery: the attempt's id, or a gate's. */
  readonly label: string;
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** The whole environment: nothing else is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** The work tree (write), its git directory and object stores (read), the private home (write), caches … */
  readonly mounts: readonly Mount[];
  readonly network: "off" | "open";
  readonly limits: SandboxLimits;
  /** File that output goes to. */
  readonly logPath: string;
  /**
   * `log`: stdin is closed, stdout and stderr go to the log. `pipes`: stdin and stdout carry a protocol (`pipes` of the process), only
   * stderr goes to the log. @default "log"
   */
  readonly stdio?: "log" | "pipes";
  /** Called with clean lines of output while it runs; of a flood the older are left out, and a line says how many bytes. */
  readonly onLine?: (line: string) => void;
  /** Values that are masked in the log, the lines and the tail, beside keys that are known by their looks. @default none is masked */
  readonly secrets?: readonly string[];
  /** Lines of output that tell nobody anything: they are in neither the log, the lines nor the tail. @default all are told */
  readonly noise?: RegExp;
}

/** A finished process: one shape for success and failure. */
export interface ProcessResult {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly isCanceled: boolean;
  /** `disk`, `processes` … when a limit ended it. */
  readonly limitHit: string | null;
  readonly outputTruncated: boolean;
  readonly durationMs: number;
  /**
   * Most memory that it had with all its descendants: as its control group counted, else the largest sum at a look now and then, in which
   * shared pages count for each. Null or left out: too short to be looked at, or nothing to look with.
   */
  readonly memoryPeakBytes?: number | null;
  /** Last lines of output, ANSI stripped, at most 40 lines and 8 KiB. */
  readonly tail: readonly string[];
}

/** Both ends of a protocol. Bytes as they come: whoever reads bounds them. */
export interface ProcessPipes {
  readonly stdin: Writable;
  readonly stdout: Readable;
}

export interface SandboxedProcess {
  readonly pid: number;
  /** Null where the request did not ask for them. */
  readonly pipes: ProcessPipes | null;
  readonly result: Promise<ProcessResult>;
  /** As in the result, so far. */
  readonly memoryPeakBytes: number | null;
  /** Adds a line of what it does to its log, between what it prints: for those whose stdout is a protocol. */
  log(line: string): void;
  /** While it waits for a person its time limit stands still, and the time is not part of `durationMs`. */
  setWaiting(isWaiting: boolean): void;
  /** Ends the process and all its descendants; resolves when none is left. */
  terminate(reason: "cancel" | "pause" | "shutdown"): Promise<void>;
}

/** What the probe at start found. */
export interface SandboxProbe {
  readonly level: SandboxLevel;
  /** Why the level that was asked for, or else bubblewrap, is not used; null where it is. */
  readonly reason: string | null;
}

export interface Sandbox {
  readonly level: SandboxLevel;
  start(request: SandboxRequest): Promise<SandboxedProcess>;
  /** Ends what an earlier daemon of this home left running. Resolves to the labels found. */
  reap(): Promise<readonly string[]>;
}
