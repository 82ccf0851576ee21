/** What agents are, do and use, as the history tells it. */
import type { EpochMs } from "./ids.ts";

/** What an agent used, as far as it says. Whole numbers from 0; null: it does not say. */
export interface Usage {
  /** All tokens that went in, those from a cache included. */
  readonly inputTokens: number | null;
  /** Of those, the ones that came from a cache. */
  readonly cachedTokens: number | null;
  readonly outputTokens: number | null;
  /** Millionths of a US dollar. */
  readonly microUsd: number | null;
  readonly model: string | null;
}

/** A conversation that an agent can take up again. */
export interface AgentSession {
  /** The agent's own name for it. */
  readonly id: string;
  /** Name of the executor whose session it is. */
  readonly executor: string;
  /** What the agent calls itself, with its version, e.g. `claude-agent-acp 0.100.0`. */
  readonly agent: string;
  /** Handed to whoever takes it up again: what it has cost, millionths of a US dollar; absent: not known. */
  readonly spentMicroUsd?: number;
}

/** How a conversation began: `resumed` and `loaded` go on where it was, `fresh` could not and begins with a summary. */
export type SessionStart = "new" | "resumed" | "loaded" | "fresh";

/** Why an agent ended its turn. */
export type StopReason = "end_turn" | "max_tokens" | "max_turns" | "refusal" | "cancelled";

/** What an agent wants to do, recognised from its request; `other` was not recognised. */
export type ActionKind =
  | "read"
  | "create"
  | "edit"
  | "delete"
  | "move"
  | "execute"
  | "fetch"
  | "tool"
  | "other";

/** One thing that an agent asks to be allowed to do. Texts come from the agent: data, shown escaped. */
export interface AgentAction {
  readonly kind: ActionKind;
  /** Relative to the work tree where they lie in it, else absolute; at most 50. */
  readonly paths: readonly string[];
  /** Of `execute`: the shell command; null: not known. */
  readonly command: string | null;
  /** Of `fetch`: the host; null: not known. */
  readonly host: string | null;
  /** Of `tool`: `<server>/<tool>`. */
  readonly tool: string | null;
  /** The new text of the files, where the agent tells it; null: it does not. At most 64 KiB. */
  readonly content: string | null;
  /** The change as a person is asked about it, at most 30 lines without secrets; absent: the agent does not tell it. */
  readonly shown?: readonly string[];
  /** What the agent calls it, at most 200 characters. */
  readonly title: string;
}

/** The kinds of failure that have a way of their own to go on (WO-8). */
export type FailureKind =
  | "missing"
  | "rate_limit"
  /** The provider of the model fails: neither the agent nor the task is to blame. */
  | "down"
  | "budget"
  | "mcp_lost"
  | "crashed"
  | "stuck"
  | "gate"
  | "validation"
  /** It came to its end with nothing changed, and did not say that nothing was to do. */
  | "unchanged"
  | "timeout"
  | "permission"
  | "login"
  | "protocol"
  | "refusal"
  | "other";

/** A host that an attempt reached for and may not reach. */
export interface RefusedHost {
  /** As it named it, at most 253 printable characters: data. */
  readonly host: string;
  readonly port: number;
  /** How often, from 1. */
  readonly count: number;
}

/** Why an agent did not do its work. */
export interface AgentFailure {
  readonly kind: FailureKind;
  /** For people: what happened, with what the agent said. */
  readonly message: string;
  /** When it may be tried again, as the provider announced it; null: nobody said. */
  readonly retryAt: EpochMs | null;
}

/** What an agent tells through its tools, beside questions and progress. */
export type AgentReport =
  | {
      readonly kind: "decision";
      /** What was decided, e.g. `session storage`. */
      readonly subject: string;
      readonly choice: string;
      readonly reason: string;
      /** 0 to 1, as the agent states it. */
      readonly confidence: number;
    }
  | { readonly kind: "blocker"; readonly type: string; readonly reason: string }
  | {
      readonly kind: "hand_off";
      readonly summary: string;
      /** What whoever goes on has to know. */
      readonly notes: readonly string[];
      /** Its task needs no change: the summary says why. Absent: it does not say so. */
      readonly isNothing?: true;
    };
