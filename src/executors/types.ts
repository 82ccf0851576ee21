import type { AttemptId, TaskId } from "../core/model/ids.ts";
import type { QuestionOption } from "../core/model/spec.ts";
import type { WorkspaceRef } from "../git/types.ts";
import type { ProcessResult } from "../sandbox/types.ts";

/** A question that an attempt asks through its door. */
export interface AskedQuestion {
  readonly key: string;
  readonly question: string;
  readonly options: readonly QuestionOption[];
  readonly defaultOption: string | null;
  readonly autoResolveMinutes: number | null;
}

export interface AttemptOrder {
  readonly attempt: AttemptId;
  readonly task: TaskId;
  readonly title: string;
  /** The script of the run block, null where the task has none. */
  readonly script: string | null;
  readonly workspace: WorkspaceRef;
  /** Folder of the attempt outside the workspace: private home, door, briefing, log. */
  readonly folder: string;
  /** Markdown, becomes `$OSQR_BRIEFING`. */
  readonly briefing: string;
  /** Answers known at the start: key -> option id, become `$OSQR_ANSWER_<KEY>`. */
  readonly answers: Readonly<Record<string, string>>;
  /** More variables for the task, e.g. reserved ports. */
  readonly env: Readonly<Record<string, string>>;
  /** More mounts, e.g. the set-up's `node_modules`. */
  readonly mounts: readonly { source: string; target: string; mode: "read" | "write" }[];
  readonly network: "off" | "open";
  readonly timeoutMs: number;
}

/** What an executor tells while it works. The last event of a stream is always `ended`. */
export type ExecutorEvent =
  | { readonly kind: "started"; readonly pid: number; readonly logPath: string }
  | { readonly kind: "output"; readonly line: string }
  /** `answer` is called with this `ask`; the attempt may be ended while the question is open. */
  | { readonly kind: "asked"; readonly ask: string; readonly question: AskedQuestion }
  | { readonly kind: "progress"; readonly text: string }
  | { readonly kind: "ended"; readonly result: ProcessResult };

/** A started attempt. One stream of events, one owner. */
export interface ExecutorSession {
  readonly events: AsyncIterable<ExecutorEvent>;
  answer(ask: string, optionId: string): Promise<void>;
  /** Ends the attempt and all its processes; `ended` follows. */
  cancel(reason: "cancel" | "pause" | "shutdown"): Promise<void>;
  close(): Promise<void>;
}

/** Runs attempts, one at a time each (design §7). Executors for agents add `prompt` and `resume`. */
export interface Executor {
  readonly name: string;
  /** Null where it can do the task; else why not, for people. */
  refuse(order: Pick<AttemptOrder, "script" | "title">): string | null;
  start(order: AttemptOrder): Promise<ExecutorSession>;
}
