/** What agents keep on the machine's disk, and what really happened in them: the measure for what osqr says. */
import type { AgentSession } from "../../../src/core/model/agent.ts";

/** What an agent was told about a question that it had been told to wait for. */
interface Asked {
  isTold: boolean;
}

export class Conversation {
  readonly session: AgentSession;
  /** The attempt whose process has it open; null: none. */
  openIn: string | null = null;
  /** Decisions that it was told its questions are recorded as. */
  readonly asked = new Map<string, Asked>();

  constructor(session: AgentSession) {
    this.session = session;
  }

  hear(prompt: string): void {
    for (const [id, asked] of this.asked) if (new RegExp(`\\b${id}\\b`).test(prompt)) asked.isTold = true;
  }
}

export class Conversations {
  readonly #all = new Map<string, Conversation>();
  /** Tokens that each attempt used in truth. */
  readonly used = new Map<string, number>();

  /** Work trees, by their names, in which an agent has written. */
  readonly written = new Set<string>();

  create(executor: string): Conversation {
    const id = `s-${this.#all.size + 1}`;
    const conversation = new Conversation({ id, executor, agent: `${executor} 1.0.0` });
    this.#all.set(id, conversation);
    return conversation;
  }

  find(id: string): Conversation | undefined {
    return this.#all.get(id);
  }

  use(attempt: string, tokens: number): void {
    this.used.set(attempt, (this.used.get(attempt) ?? 0) + tokens);
  }
}
