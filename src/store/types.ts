/** One line of history as stored. */
export interface StoredEvent {
  /** Counts from 1, without gaps. */
  readonly seq: number;
  /** Milliseconds since the Unix epoch, as handed in by the writer. */
  readonly at: number;
  readonly kind: string;
  /** The whole event `{v, seq, at, kind, ...data}` in canonical JSON (RFC 8785). These bytes are what is hashed. */
  readonly body: string;
  /** Hex SHA-256 over the hash before it (32 bytes) and `body` (UTF-8). */
  readonly hash: string;
}

/** An event that is to be written. The log adds `seq`. */
export interface AppendInput {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Stable name of the event: a letter, then letters, digits and `_ . -`, at most 100 characters. */
  readonly kind: string;
  /** JSON values only; the keys `v`, `seq`, `at` and `kind` are taken. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Version of the event's shape, from 1. */
  readonly v: number;
}

/** A state that the events up to `seq` folded to, kept so that a restart need not replay them. */
export interface LogSnapshot {
  readonly seq: number;
  /** Version of the state's shape and of the fold; another version is another state. */
  readonly version: number;
  readonly state: string;
}

export interface Verification {
  readonly ok: boolean;
  /** Events that were found, good ones and bad ones. */
  readonly events: number;
  /** Sequence number of the first event that is missing or not as written; null: none. */
  readonly firstBad: number | null;
  /** What is wrong with it, for people; null where `ok`. */
  readonly reason: string | null;
}

/**
 * The append-only history of a home. All that osqr knows is a fold over it.
 * Implemented on SQLite (`sqlite.ts`) and in memory (`memory.ts`); one conformance suite holds both to it.
 */
export interface EventLog {
  /** 0: empty. */
  readonly lastSeq: number;
  /** Hash of the last event, 64 zeros where there is none. */
  readonly lastHash: string;
  /**
   * Writes the events as one transaction. When it returns they are on disk; when it throws, none of them is in the log.
   * The caller groups what may wait for one sync (group commit).
   *
   * @throws `event-invalid` where a value has no canonical JSON, with its path; `log-write-failed` where the disk refuses.
   */
  append(events: readonly AppendInput[]): readonly StoredEvent[];
  /**
   * Events with `seq` above `after`, in order, each checked against the chain as it is read. Events that are appended
   * while the caller iterates are included.
   *
   * @throws `log-damaged` at the first event that is not as written.
   */
  read(options: { readonly after: number; readonly limit?: number }): Iterable<StoredEvent>;
  /** Keeps a snapshot; the newest 2 stay. */
  saveSnapshot(snapshot: LogSnapshot): void;
  /** The newest snapshot of this version that belongs to this history and is unchanged; null: there is none. */
  loadSnapshot(version: number): Pick<LogSnapshot, "seq" | "state"> | null;
  /** Reads everything and names the first event that is not as written. Never throws for damage. */
  verify(): Verification;
  close(): void;
}
