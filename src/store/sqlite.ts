/** The log on SQLite: write-ahead log, `synchronous=FULL`, one transaction for each group of events. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
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
import { HeadFile, readHeadFile } from "./head-file.ts";
import { explainWriteFailure, logDamaged, logWriteFailed } from "./log-errors.ts";
import type { AppendInput, EventLog, LogSnapshot, StoredEvent, Verification } from "./types.ts";

/** Rows fetched at once. Pages, not an open cursor: a slow reader must not keep the write-ahead log from being emptied. */
const PAGE_ROWS = 256;

const COLUMNS = "seq, at, kind, body, hash";

interface Statements {
  readonly page: StatementSync;
  readonly all: StatementSync;
  readonly hash: StatementSync;
}

/** A log that may only be read, beside the process that writes it. Made by `openEventLogReadOnly`. */
export class SqliteLogReader {
  protected readonly database: DatabaseSync;
  protected readonly headPath: string;
  readonly #statements: Statements;

  constructor(database: DatabaseSync, headPath: string) {
    this.database = database;
    this.headPath = headPath;
    this.#statements = {
      page: database.prepare(`SELECT ${COLUMNS} FROM event WHERE seq > ? ORDER BY seq LIMIT ?`),
      all: database.prepare(`SELECT ${COLUMNS} FROM event ORDER BY seq`),
      hash: database.prepare("SELECT hash FROM event WHERE seq = ?"),
    };
  }

  /** As `EventLog.read`. */
  *read(options: { readonly after: number; readonly limit?: number }): Generator<StoredEvent> {
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    let previous = this.headAt(Math.max(0, options.after));
    while (previous !== null && left > 0) {
      const wanted = Math.min(left, PAGE_ROWS);
      const rows = this.#readPage(previous.seq, wanted);
      for (const event of rows) {
        const fault = findFault(previous, event);
        if (fault !== null) throw logDamaged(fault);
        previous = event;
        yield event;
      }
      if (rows.length < wanted) return;
      left -= rows.length;
    }
  }

  /** As `EventLog.loadSnapshot`. */
  loadSnapshot(version: number): Pick<LogSnapshot, "seq" | "state"> | null {
    try {
      return this.#findSnapshot(version);
    } catch {
      // An unreadable snapshot is no loss: the events are replayed instead, and they are checked as they are read.
      return null;
    }
  }

  /** As `EventLog.verify`. */
  verify(): Verification {
    // The file first: a daemon that writes meanwhile makes the database longer, never shorter.
    const outside = readHeadFile(this.headPath);
    const acknowledged = this.acknowledged();
    const known = [outside, acknowledged].filter((head) => typeof head === "object" && head !== null);
    return verifyChain(this.#readAll(), known);
  }

  close(): void {
    if (this.database.isOpen) this.database.close();
  }

  /** What this process itself knows to be in the log; null: nothing. */
  protected acknowledged(): LogHead | null {
    return null;
  }

  /** The head of the history up to `seq`; null where it is shorter. */
  protected headAt(seq: number): LogHead | null {
    if (seq === 0) return EMPTY_HEAD;
    const row = this.#statements.hash.get(seq);
    return row === undefined ? null : { seq, hash: String(row.hash) };
  }

  #findSnapshot(version: number): Pick<LogSnapshot, "seq" | "state"> | null {
    const rows = this.database
      .prepare("SELECT seq, state, hash FROM snapshot WHERE version = ? ORDER BY id DESC")
      .iterate(version);
    for (const row of rows) {
      const { seq, state } = { seq: Number(row.seq), state: String(row.state) };
      const head = this.headAt(seq);
      if (head !== null && hashSnapshot(head, version, state) === row.hash) return { seq, state };
    }
    return null;
  }

  #readPage(after: number, rows: number): StoredEvent[] {
    try {
      return this.#statements.page.all(after, rows).map(toEvent);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw logDamaged(`what follows event ${after} cannot be read: ${reason}`, cause);
    }
  }

  *#readAll(): Generator<StoredEvent> {
    for (const row of this.#statements.all.iterate()) yield toEvent(row);
  }
}

/** The log of the process that holds the home. Made by `openEventLog`. */
export class SqliteLog extends SqliteLogReader implements EventLog {
  /** What a person should know and what stops nothing, in the order it came up. */
  readonly warnings: string[] = [];
  readonly #headFile: HeadFile;
  readonly #insert: StatementSync;
  #head: LogHead;
  /** Why nothing more can be written; null: it can. */
  #broken: string | null = null;

  constructor(database: DatabaseSync, headPath: string, head: LogHead) {
    super(database, headPath);
    this.#insert = database.prepare(`INSERT INTO event (${COLUMNS}) VALUES (?, ?, ?, ?, ?)`);
    this.#head = head;
    this.#headFile = new HeadFile(headPath);
    this.#headFile.write(head);
  }

  get lastSeq(): number {
    return this.#head.seq;
  }

  get lastHash(): string {
    return this.#head.hash;
  }

  append(inputs: readonly AppendInput[]): readonly StoredEvent[] {
    const events = sealEvents(this.#head, inputs);
    const last = events.at(-1);
    if (last === undefined) return events;
    this.#commit(() => {
      for (const { seq, at, kind, body, hash } of events) this.#insert.run(seq, at, kind, body, hash);
    });
    this.#head = { seq: last.seq, hash: last.hash };
    this.#writeHead();
    return events;
  }

  saveSnapshot({ seq, version, state }: LogSnapshot): void {
    const head = this.headAt(seq);
    assert(head !== null, `a snapshot at event ${seq}, the log ends at ${this.lastSeq}`);
    const hash = hashSnapshot(head, version, state);
    this.#commit(() => {
      this.database
        .prepare("INSERT INTO snapshot (seq, version, state, hash) VALUES (?, ?, ?, ?)")
        .run(seq, version, state, hash);
      this.database
        .prepare("DELETE FROM snapshot WHERE id NOT IN (SELECT id FROM snapshot ORDER BY id DESC LIMIT ?)")
        .run(SNAPSHOTS_KEPT);
    });
    this.#headFile.sync();
  }

  override close(): void {
    if (!this.database.isOpen) return;
    this.#headFile.sync();
    this.#headFile.close();
    super.close();
  }

  protected override acknowledged(): LogHead {
    return this.#head;
  }

  #commit(write: () => void): void {
    if (this.#broken !== null) {
      const hints = ["check the disk, then start osqr again"];
      throw logWriteFailed(`an earlier write failed (${this.#broken})`, { hints });
    }
    try {
      this.database.exec("BEGIN IMMEDIATE");
      write();
      this.database.exec("COMMIT");
    } catch (cause) {
      this.#rollBack();
      const { error, isFinal } = explainWriteFailure(cause);
      // After a failed sync the system may drop the pages and report success the next time: only a fresh start tells what
      // is on the disk. https://lwn.net/Articles/752063/
      if (isFinal) this.#broken = error.message;
      throw error;
    }
  }

  #rollBack(): void {
    try {
      this.database.exec("ROLLBACK");
    } catch {
      // After some errors SQLite has rolled back by itself; then there is nothing to roll back.
    }
  }

  #writeHead(): void {
    try {
      this.#headFile.write(this.#head);
    } catch (error) {
      // The events are safe; only the check at the next start is weaker.
      const reason = error instanceof Error ? error.message : String(error);
      const text = `${this.headPath} could not be written: ${reason}`;
      if (this.warnings.at(-1) !== text) this.warnings.push(text);
    }
  }
}

function toEvent(row: Record<string, unknown>): StoredEvent {
  const { seq, at, kind, body, hash } = row as unknown as StoredEvent;
  return { seq, at, kind, body, hash };
}
