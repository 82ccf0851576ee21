/** The one door to `node:sqlite`: checks its version and keeps its "experimental" warning from every user's screen. */
import type { DatabaseSync } from "node:sqlite";
import { OsqrError } from "../core/errors.ts";

/** Older versions can lose committed rows of a WAL when two connections checkpoint at once. */
export const SQLITE_VERSION_MIN = "3.51.3";

type SqliteModule = typeof import("node:sqlite");

let loaded: SqliteModule | null = null;

/**
 * @param version of SQLite, that of this Node by default
 * @throws `sqlite-too-old`
 */
export function loadSqlite(version: string | undefined = process.versions.sqlite): SqliteModule {
  assertVersion(version);
  loaded ??= importQuietly();
  return loaded;
}

/** Opens a database; the file exists afterwards with mode 0600 unless it was there before. */
export function openDatabase(path: string, options: { readOnly?: boolean } = {}): DatabaseSync {
  const { DatabaseSync: Database } = loadSqlite();
  return new Database(path, { readOnly: options.readOnly ?? false });
}

function assertVersion(version: string | undefined): void {
  if (version !== undefined && isAtLeast(version, SQLITE_VERSION_MIN)) return;
  throw new OsqrError(
    "sqlite-too-old",
    `expected SQLite ${SQLITE_VERSION_MIN} or newer, found ${version ?? "none"} in Node ${process.versions.node} (${process.execPath})`,
    {
      hints: ["use Node 24 (24.15 or newer; 22.23 also has it)", "name it for osqr: OSQR_NODE=/path/to/node"],
    },
  );
}

function isAtLeast(version: string, minimum: string): boolean {
  const found = version.split(".").map(Number);
  const wanted = minimum.split(".").map(Number);
  for (const [index, part] of wanted.entries()) {
    const other = found[index] ?? 0;
    if (other !== part) return other > part;
  }
  return true;
}

/** Node warns once, when the module is first loaded. Only that one warning is dropped, and only during the load. */
function importQuietly(): SqliteModule {
  const emitWarning = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    const text = typeof warning === "string" ? warning : warning.message;
    if (!text.startsWith("SQLite is an experimental feature")) emitWarning.call(process, warning, ...rest);
  }) as typeof process.emitWarning;
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** What an SQLite error means to us. `code` is the primary result code. */
export function primaryCode(error: unknown): number | null {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return null;
  return error.errcode & 0xff;
}

/** Primary result codes that we tell apart. https://sqlite.org/rescode.html */
export const SQLITE = {
  permission: 3,
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  full: 13,
  cannotOpen: 14,
} as const;
