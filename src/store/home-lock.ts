/**
 * One writer per home. The lock is a transaction on an SQLite file: the system frees it when the process dies, however it dies,
 * and no stale pid file can block or fool anybody. `daemon.json` beside it only names the holder for people and for the CLI.
 *
 * The lock file must not be opened by other means in the process that holds it: closing any descriptor of it would drop
 * the lock (POSIX record locks).
 */
import * as fs from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { OsqrError } from "../core/errors.ts";
import type { HomePaths } from "./home.ts";
import { openDatabase, primaryCode, SQLITE } from "./node-sqlite.ts";

/** Who holds a home. */
export interface HomeHolder {
  readonly pid: number;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  /** Port of the API on 127.0.0.1; null: not listening yet. */
  readonly port: number | null;
}

/**
 * Keeps what holds a lock from being collected: a database that nobody refers to is closed by the garbage collector, and with
 * it the lock would go.
 */
const heldDatabases = new Set<DatabaseSync>();

/** Held from `lockHome` to `release` or to the end of the process. */
export interface HomeLock {
  readonly home: HomePaths;
  readonly holder: HomeHolder;
  /** Tells others the port of the API. */
  announce(port: number): void;
  release(): void;
}

/** A probe by somebody else may hold the file for a moment. */
const LOCK_TIMEOUT_MS = 250;
/** How long a new holder may take to write its name. */
const NAME_ATTEMPTS_MAX = 10;
const NAME_PAUSE_MS = 20;

/**
 * Takes the home for this process.
 *
 * @param startedAt milliseconds since the Unix epoch
 * @throws `home-locked` with the pid of the process that has it
 */
export function lockHome(home: HomePaths, startedAt: number): HomeLock {
  let database: DatabaseSync | null = null;
  try {
    createPrivateFile(home.lock);
    database = openDatabase(home.lock);
    // Nothing is ever written. A journal on disk would only be a file to make, which a full disk refuses.
    database.exec(`PRAGMA busy_timeout = ${LOCK_TIMEOUT_MS}; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE`);
    return new DatabaseLock(home, database, { pid: process.pid, startedAt, port: null });
  } catch (cause) {
    database?.close();
    throw isBusy(cause) ? describeLocked(home) : describeUnusable(home, cause);
  }
}

/**
 * Who holds the home, null where nobody does. Asks the lock, not the pid.
 * `pid` is 0 where the holder has not said its name.
 */
export function findHolder(home: HomePaths): HomeHolder | null {
  if (!fs.existsSync(home.lock)) return null;
  const database = openDatabase(home.lock);
  try {
    // Reading needs a shared lock, which an exclusive one excludes.
    database.exec("SELECT count(*) FROM sqlite_master");
    return null;
  } catch (error) {
    if (!isBusy(error)) throw error;
    return waitForName(home) ?? { pid: 0, startedAt: 0, port: null };
  } finally {
    database.close();
  }
}

/** What `daemon.json` says, null where it says nothing. It may name a process that is gone: try its port, or `findHolder`. */
export function readHolder(home: HomePaths): HomeHolder | null {
  try {
    const value: unknown = JSON.parse(fs.readFileSync(home.daemon, "utf8"));
    return isHolder(value) ? value : null;
  } catch {
    // Absent or half of a file of an old system: nobody is named.
    return null;
  }
}

class DatabaseLock implements HomeLock {
  readonly home: HomePaths;
  holder: HomeHolder;
  readonly #database: DatabaseSync;
  #released = false;

  constructor(home: HomePaths, database: DatabaseSync, holder: HomeHolder) {
    this.home = home;
    this.#database = database;
    this.holder = holder;
    this.#writeName();
    heldDatabases.add(database);
  }

  announce(port: number): void {
    this.holder = { ...this.holder, port };
    this.#writeName();
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    // First the name, while nobody else can have written one.
    fs.rmSync(this.home.daemon, { force: true });
    heldDatabases.delete(this.#database);
    this.#database.close();
  }

  #writeName(): void {
    const draft = `${this.home.daemon}.new`;
    fs.writeFileSync(draft, `${JSON.stringify(this.holder)}\n`, { mode: 0o600 });
    fs.renameSync(draft, this.home.daemon);
  }
}

/** Made by hand because SQLite would let others read it. Not opened where it exists: see the header. */
export function createPrivateFile(path: string): void {
  if (fs.existsSync(path)) return;
  fs.closeSync(fs.openSync(path, "a", 0o600));
}

function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === SQLITE.busy || code === SQLITE.locked;
}

function isHolder(value: unknown): value is HomeHolder {
  if (typeof value !== "object" || value === null) return false;
  const { pid, startedAt, port } = value as Partial<Record<keyof HomeHolder, unknown>>;
  return (
    Number.isSafeInteger(pid) &&
    Number.isSafeInteger(startedAt) &&
    (port === null || Number.isSafeInteger(port))
  );
}

/** Between taking the lock and writing the name, the file may still name an earlier, dead holder. */
function waitForName(home: HomePaths): HomeHolder | null {
  for (let attempt = 0; attempt < NAME_ATTEMPTS_MAX; attempt++) {
    const holder = readHolder(home);
    if (holder !== null && isAlive(holder.pid)) return holder;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, NAME_PAUSE_MS);
  }
  return null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function describeUnusable(home: HomePaths, cause: unknown): unknown {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (primaryCode(cause) === null && !(cause instanceof Error && "syscall" in cause)) return cause;
  return new OsqrError("home-unusable", `cannot lock ${home.root}: ${reason}`, {
    hints: [
      "check free space and the rights of the folder",
      "or use another home: OSQR_HOME=/path/to/folder",
    ],
    cause,
  });
}

function describeLocked(home: HomePaths): OsqrError {
  const holder = waitForName(home);
  const port = holder?.port == null ? "" : `, port ${holder.port}`;
  const who =
    holder === null
      ? "a process that has not said its name"
      : `pid ${holder.pid}${port}, since ${new Date(holder.startedAt).toISOString()}`;
  return new OsqrError("home-locked", `another osqr uses ${home.root}: ${who}`, {
    hints: [
      "use the CLI, which asks the one that runs; or stop it: osqr stop",
      'or give the library a home of its own: env: {...process.env, OSQR_HOME: "/path/to/folder"}',
    ],
  });
}
