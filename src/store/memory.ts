import { assert } from "../core/errors.ts";
import {
  EMPTY_HEAD,
  findFault,
  hashSnapshot,
  type LogHead,
  SNAPSHOTS_KEPT,
  sealEvents,
  verifyChain,
} from "./chain.ts";
import { logDamaged } from "./log-errors.ts";
import type { AppendInput, EventLog, LogSnapshot, StoredEvent, Verification } from "./types.ts";

/** Called around each append, to let a simulated process die there: what they throw passes through `append`. */
export interface AppendHooks {
  /** Nothing is written yet: a crash here loses the group. */
  readonly before?: (events: readonly StoredEvent[]) => void;
  /** All is written, the caller does not know it yet: a crash here leaves events that nobody acknowledged. */
  readonly after?: (events: readonly StoredEvent[]) => void;
}

type KeptSnapshot = LogSnapshot & { readonly hash: string };

/** The log in memory, with the same chain: for simulation and tests. No clock, no randomness, no disk. */
export class MemoryLog implements EventLog {
  /** The rows, open to tests that tamper with them. */
  readonly events: StoredEvent[];
  /** Newest first; open likewise. */
  snapshots: readonly KeptSnapshot[];
  readonly #hooks: AppendHooks;
  #head: LogHead;

  constructor(hooks: AppendHooks = {}, from?: MemoryLog) {
    this.#hooks = hooks;
    this.events = from === undefined ? [] : from.events.slice();
    this.snapshots = from === undefined ? [] : from.snapshots;
    this.#head = this.events.at(-1) ?? EMPTY_HEAD;
  }

  get lastSeq(): number {
    return this.#head.seq;
  }

  get lastHash(): string {
    return this.#head.hash;
  }

  /** What a process finds that starts after this one died now: all that is written, with hooks of its own. */
  fork(hooks: AppendHooks = {}): MemoryLog {
    return new MemoryLog(hooks, this);
  }

  append(inputs: readonly AppendInput[]): readonly StoredEvent[] {
    const sealed = sealEvents(this.#head, inputs);
    const last = sealed.at(-1);
    if (last === undefined) return sealed;
    this.#hooks.before?.(sealed);
    for (const event of sealed) this.events.push(event);
    this.#head = { seq: last.seq, hash: last.hash };
    this.#hooks.after?.(sealed);
    return sealed;
  }

  *read(options: { readonly after: number; readonly limit?: number }): Generator<StoredEvent> {
    const first = Math.max(0, options.after);
    const end = first + (options.limit ?? Number.POSITIVE_INFINITY);
    let previous = this.#headAt(first);
    for (let index = first; previous !== null && index < Math.min(end, this.events.length); index++) {
      const event = this.events[index];
      assert(event !== undefined, "an index below the length");
      const fault = findFault(previous, event);
      if (fault !== null) throw logDamaged(fault);
      previous = event;
      yield event;
    }
  }

  saveSnapshot(snapshot: LogSnapshot): void {
    const head = this.#headAt(snapshot.seq);
    assert(head !== null, `a snapshot at event ${snapshot.seq}, the log ends at ${this.lastSeq}`);
    const hash = hashSnapshot(head, snapshot.version, snapshot.state);
    this.snapshots = [{ ...snapshot, hash }, ...this.snapshots].slice(0, SNAPSHOTS_KEPT);
  }

  loadSnapshot(version: number): Pick<LogSnapshot, "seq" | "state"> | null {
    for (const snapshot of this.snapshots) {
      const head = this.#headAt(snapshot.seq);
      if (snapshot.version !== version || head === null) continue;
      if (hashSnapshot(head, version, snapshot.state) !== snapshot.hash) continue;
      return { seq: snapshot.seq, state: snapshot.state };
    }
    return null;
  }

  verify(): Verification {
    return verifyChain(this.events, [this.#head]);
  }

  close(): void {
    // Nothing is held.
  }

  #headAt(seq: number): LogHead | null {
    if (seq === 0) return EMPTY_HEAD;
    const event = this.events[seq - 1];
    return event === undefined ? null : { seq, hash: event.hash };
  }
}
