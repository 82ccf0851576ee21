import { OsqrError } from "../core/errors.ts";
import { primaryCode, SQLITE } from "./node-sqlite.ts";

/** The disk or its rights are the trouble, not the content. */
const DISK_CODES: ReadonlySet<number> = new Set([
  SQLITE.permission,
  SQLITE.busy,
  SQLITE.locked,
  SQLITE.readOnly,
  SQLITE.ioError,
  SQLITE.full,
  SQLITE.cannotOpen,
]);

/** Something in the history is not as it was written. */
export function logDamaged(reason: string, cause?: unknown): OsqrError {
  return new OsqrError("log-damaged", `the history is damaged: ${reason}`, {
    hints: [
      "see what is affected: osqr verify",
      "restore the home's log.db, log.db-wal and head.json from a backup",
    ],
    cause,
  });
}

/** The end of the history is gone. */
export function logCut(path: string, reason: string): OsqrError {
  return new OsqrError("log-cut", `${path}: the history is shorter than it was: ${reason}`, {
    hints: [
      "restore log.db, log.db-wal and head.json from a backup",
      "or go on without the missing events (the damaged files are kept): osqr verify --accept-cut",
    ],
  });
}

/** Nothing of the events that were to be written is in the log. */
export function logWriteFailed(
  reason: string,
  options: { hints: readonly string[]; cause?: unknown },
): OsqrError {
  return new OsqrError("log-write-failed", `cannot write to the history: ${reason}`, options);
}

/** What a failed transaction means, and whether the log can be written to again. */
export function explainWriteFailure(cause: unknown): { error: OsqrError; isFinal: boolean } {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const code = primaryCode(cause);
  if (code === SQLITE.full) {
    const hints = ["free some space; osqr goes on from here"];
    return { error: logWriteFailed(reason, { hints, cause }), isFinal: false };
  }
  if (code === SQLITE.busy || code === SQLITE.locked) {
    const hints = ["another program has opened log.db for writing: close it"];
    return { error: logWriteFailed(reason, { hints, cause }), isFinal: false };
  }
  const hints = ["check the disk, then start osqr again"];
  return { error: logWriteFailed(reason, { hints, cause }), isFinal: true };
}

/** What SQLite's complaint at opening means. Errors that are not SQLite's are given back as they are. */
export function explainOpenFailure(path: string, cause: unknown): unknown {
  if (cause instanceof OsqrError) return cause;
  // A number that does not fit into one of JavaScript comes as a RangeError: nobody of us wrote it.
  if (cause instanceof RangeError) return logDamaged(`${path}: ${cause.message}`, cause);
  const code = primaryCode(cause);
  if (code === null) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (DISK_CODES.has(code)) {
    return new OsqrError("home-unusable", `cannot open ${path}: ${reason}`, {
      hints: [
        "check free space and the rights of the folder",
        "or use another home: OSQR_HOME=/path/to/folder",
      ],
      cause,
    });
  }
  return logDamaged(`${path}: ${reason}`, cause);
}
