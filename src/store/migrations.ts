import type { DatabaseSync } from "node:sqlite";
import { OsqrError } from "../core/errors.ts";

/** Marks the file as ours ("osqr" in ASCII). https://sqlite.org/pragma.html#pragma_application_id */
const APPLICATION_ID = 0x6f737172;

/**
 * Step n brings the database from version n to n + 1. Steps are never changed or removed once released, only added.
 * The version is `PRAGMA user_version`.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE event (
    seq INTEGER PRIMARY KEY CHECK (seq >= 1),
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    hash TEXT NOT NULL CHECK (length(hash) = 64)
  ) STRICT;
  CREATE TRIGGER event_stays BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
  CREATE TRIGGER event_remains BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
  CREATE TABLE snapshot (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  `,
];

/** The version that this program writes. */
const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * The version of a database, 0 for an empty one.
 *
 * @throws `log-foreign` where it is not ours; `log-too-new` where a newer osqr wrote it
 */
export function readVersion(database: DatabaseSync, path: string): number {
  const id = readPragma(database, "application_id");
  const version = readPragma(database, "user_version");
  const tables = database.prepare("SELECT count(*) AS n FROM sqlite_master").get()?.n;
  if (id === 0 && version === 0 && tables === 0) return 0;
  if (id !== APPLICATION_ID) {
    throw new OsqrError("log-foreign", `${path}: expected osqr's history, found another program's database`, {
      hints: ["use another home: OSQR_HOME=/path/to/folder"],
    });
  }
  if (version > SCHEMA_VERSION) {
    throw new OsqrError(
      "log-too-new",
      `${path}: expected a history of version ${SCHEMA_VERSION} or older, found version ${version}`,
      { hints: ["a newer osqr wrote it: update osqr"] },
    );
  }
  return version;
}

/** Brings a database to the current version, in one transaction. */
export function migrate(database: DatabaseSync, path: string): void {
  const version = readVersion(database, path);
  if (version === SCHEMA_VERSION) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    for (const step of MIGRATIONS.slice(version)) database.exec(step);
    database.exec(
      `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`,
    );
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

function readPragma(database: DatabaseSync, name: "application_id" | "user_version"): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
}
