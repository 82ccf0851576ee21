/** Conversations of agents that go on from one task of a workstream to the next (EO-10). */
import type { AttemptId } from "./ids.ts";

/** What an author says of it. */
export interface SessionWish {
  /** `reuse`: the one of the task before, where that can be; null: nobody says. */
  readonly kind: "reuse" | "new" | null;
  /** How long ago the task before may have ended, ms; null: nobody says. */
  readonly timeoutMs: number | null;
}

/** How long a conversation is kept for the next task where nobody says, ms. */
export const SESSION_TIMEOUT_MS = 30 * 60_000;

/** Asked for by a task: the conversation of the task before it, where that ended so short a time ago, ms. */
export interface SessionReuse {
  readonly withinMs: number;
}

/** Which conversation an attempt begins in, where reuse was asked for. */
export interface SessionChoice {
  /** The attempt whose conversation it goes on with; null: it begins a new one. */
  readonly from: AttemptId | null;
  /** Why, for people. */
  readonly reason: string;
}
