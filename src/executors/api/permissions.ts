import type { AgentAction } from "../../core/model/agent.ts";

export interface Permit {
  readonly isAllowed: boolean;
  /** Why not, for the agent; empty: nobody said. */
  readonly reason: string;
}

export interface PermissionsOptions {
  readonly onAsk: (request: string, action: AgentAction) => void;
  /** The answer has come, or nobody waits for it any more. */
  readonly onDone: (request: string) => void;
}

/** Requests for permission of one attempt: each waits for its one answer. */
export class Permissions {
  readonly #options: PermissionsOptions;
  readonly #open = new Map<string, (permit: Permit) => void>();
  #count = 0;

  constructor(options: PermissionsOptions) {
    this.#options = options;
  }

  /** Rejects where the signal is aborted before the answer has come. */
  ask(action: AgentAction, signal: AbortSignal): Promise<Permit> {
    signal.throwIfAborted();
    this.#count += 1;
    const request = `permission-${this.#count}`;
    const { promise, resolve, reject } = Promise.withResolvers<Permit>();
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#open.set(request, resolve);
    this.#options.onAsk(request, action);
    return promise.finally(() => {
      signal.removeEventListener("abort", onAbort);
      this.#open.delete(request);
      this.#options.onDone(request);
    });
  }

  /** False: nobody waits for it (any more). */
  answer(request: string, permit: Permit): boolean {
    const resolve = this.#open.get(request);
    this.#open.delete(request);
    resolve?.(permit);
    return resolve !== undefined;
  }
}
