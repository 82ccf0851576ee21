import type { Metering } from "../core/budget/check.ts";
import type {
  AgentAction,
  AgentFailure,
  AgentReport,
  AgentSession,
  RefusedHost,
  SessionStart,
  StopReason,
  Usage,
} from "../core/model/agent.ts";
import type { Amount, Limit } from "../core/model/budget.ts";
import type { AttemptId, TaskId } from "../core/model/ids.ts";
import type { QuestionOption } from "../core/model/spec.ts";
import type { WorkspaceRef } from "../git/types.ts";
import type { NetworkDecision } from "../sandbox/network/dial.ts";
import type { ProcessResult } from "../sandbox/types.ts";
import type { AgentHandlers } from "./agent-door/handlers.ts";

/** A question that an attempt asks through its door. */
export interface AskedQuestion {
  readonly key: string;
  readonly question: string;
  readonly options: readonly QuestionOption[];
  readonly defaultOption: string | null;
  readonly autoResolveMinutes: number | null;
}

/** What an attempt may still spend. A request passes only where the most that it can cost is set aside for it. */
export interface Purse {
  /** A limit holds for the attempt now. */
  isLimited(): boolean;
  /** Sets the most that a request can cost aside, until `settle`. Null: it may be sent; else why not, for people. */
  admit(most: Amount): Promise<string | null>;
  /** What could be set aside now; null: no limit. */
  room(): Limit;
  /** The request is over: `spent` of what was set aside counts. */
  settle(most: Amount, spent: Amount): void;
  /** There is no room for what its next request needs at the most: the attempt is ended, its work is kept. */
  exhaust(reason: string, wanted: Amount): void;
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
  /** Folder of the attempt whose private home it goes on in; null: its own. */
  readonly homeFolder: string | null;
  /** Markdown, becomes `$OSQR_BRIEFING`. */
  readonly briefing: string;
  /** Answers known at the start: key -> option id, become `$OSQR_ANSWER_<KEY>`. */
  readonly answers: Readonly<Record<string, string>>;
  /** More variables for the task, e.g. reserved ports. */
  readonly env: Readonly<Record<string, string>>;
  /** More mounts, e.g. the set-up's `node_modules`. */
  readonly mounts: readonly { source: string; target: string; mode: "read" | "write" }[];
  /** `allow`: off but for these hosts, as `parseAllowList` reads them. */
  readonly network: "off" | "open" | { readonly allow: readonly string[] };
  readonly timeoutMs: number;
  /** What an agent is told first in a new conversation; null: it has no turns (a run block). */
  readonly prompt: string | null;
  /** What it is told in a conversation that it takes up again; null: `prompt`. */
  readonly goOn: string | null;
  /** Where what an agent asks, tells and reads through its tools goes; null: it has none. */
  readonly desk: AgentHandlers | null;
  /** The conversation to take up again; null: a new one. */
  readonly session: AgentSession | null;
  /** The model to use, as the route says; null: the agent's own choice. */
  readonly model: string | null;
  /** Asked before each request to a model that passes osqr; absent: nobody limits them. */
  readonly purse?: Purse;
}

/** What an executor tells while it works, with secrets masked but where it says so. The last event of a stream is always `ended`. */
export type ExecutorEvent =
  | { readonly kind: "started"; readonly pid: number; readonly logPath: string }
  | { readonly kind: "output"; readonly line: string }
  /** `answer` is called with this `ask`; the attempt may be ended while the question is open. */
  | { readonly kind: "asked"; readonly ask: string; readonly question: AskedQuestion }
  | { readonly kind: "progress"; readonly text: string }
  /** It reached for a host, the first time, and the proxy let it or not. Told at most 200 times. */
  | { readonly kind: "network"; readonly decision: NetworkDecision }
  /** Hosts that the proxy did not let it reach, with how often in all; once, before `ended`, where there are any. */
  | { readonly kind: "refused"; readonly hosts: readonly RefusedHost[] }
  /** The conversation is open: it can be taken up again from now on. */
  | { readonly kind: "session"; readonly session: AgentSession; readonly how: SessionStart }
  /**
   * `permit` is called with this `request`; until then the agent waits. The action is as it is, secrets and all: it is judged so, and
   * recorded as the agent's `mask` leaves it.
   */
  | { readonly kind: "permission"; readonly request: string; readonly action: AgentAction }
  /** Told through a tool. */
  | { readonly kind: "reported"; readonly report: AgentReport }
  /** The agent began a call of a tool: a sign of life. */
  | { readonly kind: "tool"; readonly title: string }
  /** A call of a tool came to its end, as the agent tells it. */
  | { readonly kind: "tool_ended"; readonly isFailed: boolean }
  /** What was used since the last event of this kind. */
  | {
      readonly kind: "used";
      readonly usage: Usage;
      /** osqr counted it itself, of one request; absent: the agent says so. */
      readonly source?: "metered";
      /** What counts beside it, as nobody told all of it; absent: nothing. */
      readonly assumed?: Amount;
    }
  /** The agent's turn is over: it waits for `prompt`, or to be closed. */
  | { readonly kind: "turn"; readonly stop: StopReason }
  /** `failure`: of an agent that did not come to an end of its own; null: it did, or it is no agent. */
  | { readonly kind: "ended"; readonly result: ProcessResult; readonly failure: AgentFailure | null };

/** What an agent can be told beside the answers to its questions. */
export interface AgentControls {
  /** Begins the next turn. Only while none is under way: after `turn`. */
  prompt(text: string): Promise<void>;
  /** Answers a request for permission, once. `reason` is told to the agent where it is refused. */
  permit(request: string, isAllowed: boolean, reason: string): Promise<void>;
  /** Takes secrets out of a text of its actions. */
  readonly mask: (text: string) => string;
}

/** A started attempt. One stream of events, one owner. */
export interface ExecutorSession {
  readonly events: AsyncIterable<ExecutorEvent>;
  /** Null: it is no agent. */
  readonly agent: AgentControls | null;
  /** True: whoever asked got it. False: nobody waits any more, an agent has to be told with its next prompt. */
  answer(ask: string, optionId: string): Promise<boolean>;
  /** Ends the attempt and all its processes; `ended` follows. */
  cancel(reason: "cancel" | "pause" | "shutdown"): Promise<void>;
  close(): Promise<void>;
}

/** Runs attempts, one at a time each (design §7). */
export interface Executor {
  readonly name: string;
  /** How often it is known what its model used, where a limit holds; absent: nobody can say. */
  readonly metering?: Metering;
  /** It tells its model with each request how to work under osqr: its prompt goes without. */
  readonly knowsSkill?: true;
  /** Null where it can do the task; else why not, for people. */
  refuse(order: Pick<AttemptOrder, "script" | "title">): string | null;
  start(order: AttemptOrder): Promise<ExecutorSession>;
}
