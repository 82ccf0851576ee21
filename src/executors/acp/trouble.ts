import { RequestError } from "@agentclientprotocol/sdk";
import type { AgentError, Trouble } from "./failure.ts";

/** Carries what went wrong up to where the attempt is ended. */
export class TroubleError extends Error {
  readonly trouble: Trouble;

  constructor(trouble: Trouble) {
    super(trouble.kind);
    this.name = "TroubleError";
    this.trouble = trouble;
  }
}

export function toTrouble(error: unknown, during: string): Trouble {
  if (error instanceof TroubleError) return error.trouble;
  return { kind: "refused", during, error: toAgentError(error) };
}

function toAgentError(error: unknown): AgentError {
  if (error instanceof RequestError) return { code: error.code, message: error.message, data: error.data };
  return { code: null, message: error instanceof Error ? error.message : String(error), data: null };
}

/** The value, or `late` after the deadline. Whatever comes of it later is dropped. */
export async function within<T>(work: Promise<T>, deadlineMs: number, during: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new TroubleError({ kind: "late", during, deadlineMs })), deadlineMs);
  work.catch(() => undefined); // It may fail after nobody waits for it any more.
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
