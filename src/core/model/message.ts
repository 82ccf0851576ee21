/** What osqr tells an agent of the work of others (AO-3, AO-4): agents never talk to each other. */
import type { AttemptId, EpochMs, TaskId, WorkstreamId } from "./ids.ts";

/**
 * `handoff`: work is done and left one. `decision`: something was decided on the way, by its agent or by a person. `ended`: nothing more
 * comes of it. `more`: there are more than a task is told.
 */
export type MessageType = "handoff" | "decision" | "ended" | "more";

export interface Message {
  readonly from: TaskId | WorkstreamId;
  readonly to: TaskId;
  /** Counts up for each receiver, from 1: with the same number it is the same message. */
  readonly number: number;
  readonly type: MessageType;
  /** Data, masked where it came from an agent; shown quoted. */
  readonly payload: {
    /** One line, at most 200 characters. */
    readonly subject: string;
    /** At most 4,000 characters; empty where the subject says all. */
    readonly text: string;
    /** Of a handoff: where it lies in `refs/osqr/handoffs`; null: it has no place. */
    readonly path: string | null;
  };
}

/** How a message came to an attempt. */
export interface Delivery {
  readonly attempt: AttemptId;
  /** The turn that begins with it, from 1. Until that has ended nobody can say whether the agent has read it. */
  readonly turn: number;
  /** `start`: with the first prompt of the attempt, or in its briefing; `prompt`: between two turns. */
  readonly how: "start" | "prompt";
  readonly at: EpochMs;
}

/** A message with what became of it. */
export interface InboxMessage extends Message {
  readonly at: EpochMs;
  /** Where it was told last; null: not yet. */
  readonly delivered: Delivery | null;
}

export type MessageEventBody =
  | { readonly kind: "message_sent"; readonly message: Message }
  | {
      readonly kind: "messages_delivered";
      readonly task: TaskId;
      readonly attempt: AttemptId;
      readonly fence: number;
      readonly numbers: readonly number[];
      readonly turn: Delivery["turn"];
      readonly how: Delivery["how"];
    };

/** What stands for the attempt is about to be its next prompt. */
export interface TakeMessages {
  readonly kind: "take_messages";
  readonly attempt: AttemptId;
  readonly fence: number;
}
