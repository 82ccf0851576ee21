import type { RefusedHost } from "../../core/model/agent.ts";
import type { NetworkTarget } from "../../core/network/host.ts";
import type { NetworkDecision, Verdict } from "./dial.ts";

/** Different decisions of one attempt that are told. */
const TOLD_MAX = 200;
const HOST_CHARS_MAX = 253;

/** Tells what was decided about each target, once, so that who asks a thousand times is told of once. */
export class Decisions {
  readonly #onDecision: (decision: NetworkDecision) => void;
  readonly #told = new Set<string>();
  readonly #refused = new Map<string, RefusedHost>();

  constructor(onDecision: (decision: NetworkDecision) => void) {
    this.#onDecision = onDecision;
  }

  tell({ host, port }: NetworkTarget, verdict: Verdict): void {
    const isAllowed = verdict.kind !== "denied";
    if (!isAllowed) this.#count(host, port);
    this.#tell({ host, port, isAllowed, reason: verdict.kind === "denied" ? verdict.reason : null });
  }

  /** What was refused so far, each host and port once, in the order in which they came first. */
  refused(): readonly RefusedHost[] {
    return [...this.#refused.values()];
  }

  #count(host: string, port: number): void {
    const key = `${host}:${port}`;
    const { count } = this.#refused.get(key) ?? { count: 0 };
    if (count === 0 && this.#refused.size >= TOLD_MAX) return;
    this.#refused.set(key, { host, port, count: count + 1 });
  }

  /** What was asked for is no host and port. Gives the text for whoever asked. */
  malformed(text: string): string {
    const host = text.replace(/[^\x20-\x7e]/g, "?").slice(0, HOST_CHARS_MAX);
    const reason = "it is no host and port";
    this.#tell({ host, port: 0, isAllowed: false, reason });
    return `osqr: ${host === "" ? "what was asked for" : host} cannot be reached: ${reason}\n`;
  }

  #tell(decision: NetworkDecision): void {
    const key = `${decision.host} ${decision.port} ${decision.isAllowed}`;
    if (this.#told.has(key) || this.#told.size >= TOLD_MAX) return;
    this.#told.add(key);
    this.#onDecision(decision);
  }
}
