import type { AutonomyPolicy, KnownTests } from "../core/autonomy/types.ts";
import type { WatchPolicy } from "../core/checks/watch-policy.ts";
import type { AttemptNetwork } from "../core/config.ts";
import type { MemoryLoad } from "../core/memory-need.ts";
import type { CriterionResult } from "../core/model/flow-event.ts";
import type { AttemptId, EpochMs, Oid, ProjectId, TaskId } from "../core/model/ids.ts";
import type { GateReport } from "../core/model/integration.ts";
import type { Spec } from "../core/model/spec.ts";
import type { Criterion } from "../core/model/workflow.ts";
import type { SecretScan } from "../core/secrets/scan.ts";
import type { Executor } from "../executors/types.ts";
import type { GitPort, WorkspaceRef } from "../git/types.ts";
import type { EventLog } from "../store/types.ts";

/** Time, handed in. `after` calls back once and returns the way to stop it. */
export interface Clock {
  now(): EpochMs;
  after(ms: number, callback: () => void): () => void;
  /** Runs the callback soon, after what is already waiting: the engine's batches form in between. */
  soon(callback: () => void): void;
}

/** What the set-up of a work tree adds to it. */
export interface Preparation {
  readonly mounts: readonly { source: string; target: string; mode: "read" | "write" }[];
  readonly env: Readonly<Record<string, string>>;
}

export interface GateCheck {
  readonly reports: readonly GateReport[];
  /** Wall time, ms. */
  readonly ms: number;
  /** Commands that are not approved yet; nothing was run where this is not empty. */
  readonly unapproved: readonly { readonly hash: string; readonly text: string; readonly source: string }[];
}

/** What a look at criteria found. */
export interface CriteriaCheck {
  /** One for each, in their order; empty where something is not approved. */
  readonly results: readonly CriterionResult[];
  /** Last lines of output of the first that does not hold. */
  readonly tail: readonly string[];
  readonly unapproved: GateCheck["unapproved"];
}

/** What an attempt takes, and what is left. Bytes; null: not known. */
export interface MachineUse {
  /** Of all its processes; shared pages count for each. */
  readonly memoryBytes: number | null;
  readonly freeMemoryBytes: number | null;
  /** Of its work tree and its private home; null also where it was not asked. */
  readonly diskBytes: number | null;
  /** How much it may take, as the sandbox limits it. */
  readonly diskBytesMax: number | null;
  /** Where osqr's home is. */
  readonly freeDiskBytes: number | null;
  readonly minFreeDiskBytes: number;
}

/** All that the engine reaches of one project. */
export interface ProjectPorts {
  readonly id: ProjectId;
  readonly root: string;
  readonly git: GitPort;
  readonly executors: ReadonlyMap<string, Executor>;
  /** Set-up of a workspace (dependencies installed once per lockfile). Rejects with an `OsqrError` where it fails, or with `setup-stopped` when the signal comes. */
  prepare(
    workspace: WorkspaceRef,
    isApproved: (hash: string) => boolean,
    signal: AbortSignal,
  ): Promise<Preparation>;
  /** Folder of an attempt outside its workspace. Made on demand, removed with it. */
  attemptFolder(attempt: string): Promise<string>;
  /** Keeps its log. `log`: only that; the folder stays for the attempt that goes on in it. */
  removeAttemptFolder(attempt: string, what: "all" | "log"): Promise<void>;
  /** Runs the project's gates on a combined commit and compares with the base. `only` null: all of them. */
  checkGates(input: {
    readonly label: string;
    readonly base: Oid;
    readonly combined: Oid;
    readonly only: readonly string[] | null;
    readonly isApproved: (hash: string) => boolean;
    readonly signal: AbortSignal;
  }): Promise<GateCheck>;
  /** The gates that a commit has, by name, with their commands; nothing is run. */
  listGates(commit: Oid): Promise<readonly { readonly name: string; readonly command: string }[]>;
  /**
   * Looks at criteria on a fresh checkout of a commit; `tick` is none of its kinds. Gates are read as the difference to `base`;
   * where that is the commit itself, they have to pass. Rejects when the signal comes.
   */
  checkCriteria(input: {
    /** Names the checkout and the processes. */
    readonly label: string;
    readonly attempt: AttemptId;
    readonly task: TaskId;
    readonly commit: Oid;
    readonly base: Oid;
    readonly criteria: readonly Criterion[];
    readonly answers: Readonly<Record<string, string>>;
    /** Of commands that state none. */
    readonly timeoutMs: number;
    readonly isApproved: (hash: string) => boolean;
    readonly signal: AbortSignal;
  }): Promise<CriteriaCheck>;
  /** What a result depends on beside the work itself: versions of the tools, sandbox, set-up. JSON. */
  environment(): Readonly<Record<string, unknown>>;
  /** Runs the gates of the base ahead of need, so that the first landing does not wait for them. */
  warmGates(input: {
    readonly base: Oid;
    readonly isApproved: (hash: string) => boolean;
    readonly signal: AbortSignal;
  }): Promise<void>;
  /** What the gates know of the tests of the first of these commits, and of the next where they have not run there. Runs nothing. */
  knowTests(commits: readonly Oid[]): Promise<KnownTests>;
  /**
   * The spec's text with the boxes of done tasks ticked and, where `done`, its status set. `original` is the text that the workstream
   * was made from; `text` is the one to change, which may have moved on.
   */
  completeSpec(input: {
    readonly text: string;
    readonly original: string;
    readonly path: string;
    readonly taskKeys: readonly string[];
    readonly done: boolean;
  }): string;
  /** A spec's text as its reader sees it, names of other specs as they are written; null where it is no spec. */
  readSpec(path: string, text: string): Spec | null;
  /** True for a path at which specs are looked for. */
  isSpecPath(path: string): boolean;
  /** Network of attempts: off, unless the operator's config opens it. */
  network(): AttemptNetwork;
  /** How far agents may go by themselves, as the config in force says. */
  autonomy(): AutonomyPolicy;
  /** How long nothing is seen of an agent before a person is asked, ms. */
  stuckAfterMs(): number;
  /** Looks through what `to` adds to `from` for secrets; null: that is switched off. */
  scanSecrets(from: Oid, to: Oid): Promise<SecretScan | null>;
  /** What is watched while an attempt runs; null: nothing. */
  watch(): WatchPolicy | null;
  /** What an attempt takes of the machine now. */
  measure(input: {
    /** Its first process; null: it has none. */
    readonly pid: number | null;
    readonly workspace: WorkspaceRef;
    /** Name of the attempt whose private home it works in. */
    readonly home: string;
    readonly withDisk: boolean;
  }): Promise<MachineUse>;
  /** How often an agent is told what turned its result down, from 0. */
  roundsMax(): number;
  /** Who commits the handoffs of tasks: whoever finishes one, at once, or a collector, later in batches. */
  handoffs(): "producer" | "collector";
  /** What the sandbox promises, e.g. `bubblewrap, network off`. */
  readonly sandbox: string;
}

export interface EnginePorts {
  readonly clock: Clock;
  readonly log: EventLog;
  /** Slots that this machine can bear now: cores and free memory. */
  slots(load: MemoryLoad): number;
  /** Opens a project that the log knows. Rejects where its folder is gone. */
  openProject(id: ProjectId, root: string): Promise<ProjectPorts>;
  /** Ends processes that an earlier daemon left. */
  reap(): Promise<readonly string[]>;
  /** A line for the daemon's own log. */
  report(line: string): void;
}
