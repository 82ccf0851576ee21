/** What a look at one agent on this machine found. */
export interface AgentFinding {
  /** Name of the executor. */
  readonly name: string;
  /** Absolute path of the program that was found, or the address of a model's API; null: none. */
  readonly program: string | null;
  /** As the agent says it; null: it does not, or it was not asked. */
  readonly version: string | null;
  /** The lowest version that osqr works with; null: any. */
  readonly floor: string | null;
  /** From its start to its answer to `initialize`, or of an API to any answer, ms; null: it gave none, or was not asked. */
  readonly answeredMs: number | null;
  /** What keeps it from working, with the way out, for people: not found, too old, no login, no answer to `initialize`. */
  readonly problems: readonly string[];
  /** It can do work. */
  readonly ok: boolean;
  /** The operator's config names it. */
  readonly isConfigured: boolean;
}
