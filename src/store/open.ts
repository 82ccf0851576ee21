/** Opens the log of a home: checks that it is ours, whole at its end, and as long as it was known to be. */
import * as fs from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { OsqrError } from "../core/errors.ts";
import { describeCut, EMPTY_HEAD, findFault, type LogHead } from "./chain.ts";
import { readHeadFile } from "./head-file.ts";
import type { HomePaths } from "./home.ts";
import { createPrivateFile, type HomeLock } from "./home-lock.ts";
import { explainOpenFailure, logCut, logDamaged } from "./log-errors.ts";
import { migrate, readVersion } from "./migrations.ts";
import { openDatabase } from "./node-sqlite.ts";
import { SqliteLog, SqliteLogReader } from "./sqlite.ts";
import type { StoredEvent, Verification } from "./types.ts";

/** How long a write waits for another program that has the database open. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * Opens the log for writing. The home's lock proves that nobody else writes it.
 *
 * @param options.acceptCut go on although the end is missing; the files are first copied beside the database, and a
 * warning says where
 * @throws `log-cut` where events that were acknowledged are missing at the end; `log-damaged` where the end is not as
 * written; `log-foreign`, `log-too-new`, `sqlite-too-old`
 */
export function openEventLog(lock: HomeLock, options: { readonly acceptCut?: boolean } = {}): SqliteLog {
  const { home } = lock;
  const warnings: string[] = [];
  const known = readHeadFile(home.head);
  if (known === "unreadable")
    warnings.push(`${home.head} is not readable: the length of the history was not checked`);
  const cut = typeof known === "string" ? null : findCut(home, known);
  if (cut !== null) {
    if (options.acceptCut !== true) throw logCut(home.log, cut);
    warnings.push(
      `the history was shorter than it was (${cut}); the files are kept in ${keepEvidence(home)}`,
    );
  }
  createPrivateFile(home.log);
  const database = openDatabase(home.log);
  try {
    database.exec(
      `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`,
    );
    migrate(database, home.log);
    const head = checkEnd(database);
    const log = new SqliteLog(database, home.head, head);
    log.warnings.push(...warnings);
    return log;
  } catch (cause) {
    database.close();
    throw explainOpenFailure(home.log, cause);
  }
}

/**
 * Opens the log for reading, also while another process writes it.
 *
 * @throws `log-missing` where the home has none
 */
export function openEventLogReadOnly(home: HomePaths): SqliteLogReader {
  if (!fs.existsSync(home.log)) {
    throw new OsqrError("log-missing", `${home.log}: expected a history, found none`, {
      hints: ["name the home: OSQR_HOME=/path/to/folder", "or start one: osqr go"],
    });
  }
  const database = openDatabase(home.log, { readOnly: true });
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    readVersion(database, home.log);
    return new SqliteLogReader(database, home.head);
  } catch (cause) {
    database.close();
    throw explainOpenFailure(home.log, cause);
  }
}

/** Verifies the log of a home from outside, also while a daemon writes it. @throws `log-missing` */
export function verifyEventLog(home: HomePaths): Verification {
  let log: SqliteLogReader;
  try {
    log = openEventLogReadOnly(home);
  } catch (error) {
    if (!(error instanceof OsqrError) || error.code !== "log-damaged") throw error;
    return { ok: false, events: 0, firstBad: 1, reason: error.message };
  }
  try {
    return log.verify();
  } finally {
    log.close();
  }
}

/**
 * Compares the database with the head that is known from outside, and says what is missing. Reads only, because the last
 * writer to close a database empties its write-ahead log, and that may hold what is left of the missing events.
 */
function findCut(home: HomePaths, known: LogHead): string | null {
  const found = fs.existsSync(home.log) ? readEnd(home, known.seq) : { last: 0, hash: null };
  if (known.seq === 0) return null;
  if (found.last < known.seq) return describeCut(found.last, known.seq);
  if (found.hash === known.hash) return null;
  throw logDamaged(
    `event ${known.seq} is not the one that was acknowledged (expected hash ${known.hash}, found ${found.hash})`,
  );
}

function readEnd(home: HomePaths, seq: number): { last: number; hash: string | null } {
  const database = openDatabase(home.log, { readOnly: true });
  try {
    if (readVersion(database, home.log) === 0) return { last: 0, hash: null };
    const last = Number(database.prepare("SELECT max(seq) AS seq FROM event").get()?.seq ?? 0);
    const row = database.prepare("SELECT hash FROM event WHERE seq = ?").get(seq);
    return { last, hash: row === undefined ? null : String(row.hash) };
  } catch (cause) {
    throw explainOpenFailure(home.log, cause);
  } finally {
    database.close();
  }
}

/** The end is checked at each open: it is what the next event is chained to. */
function checkEnd(database: DatabaseSync): LogHead {
  const rows = database
    .prepare("SELECT seq, at, kind, body, hash FROM event ORDER BY seq DESC LIMIT 2")
    .all();
  const [last, before] = rows as unknown as StoredEvent[];
  if (last === undefined) return EMPTY_HEAD;
  const fault = findFault(before ?? EMPTY_HEAD, last);
  if (fault !== null) throw logDamaged(fault);
  return { seq: last.seq, hash: last.hash };
}

function keepEvidence(home: HomePaths): string {
  const folder = fs.mkdtempSync(`${home.log}.cut-`);
  for (const path of [home.log, `${home.log}-wal`, home.head]) {
    if (fs.existsSync(path)) fs.copyFileSync(path, `${folder}/${path.slice(home.root.length + 1)}`);
  }
  return folder;
}
