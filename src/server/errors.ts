import type { Context } from "hono";
import { OsqrError } from "../core/errors.ts";

/** Statuses that an error can have. */
export type ErrorStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 423 | 500 | 503;

const EXACT: Readonly<Record<string, ErrorStatus>> = {
  unauthorized: 401,
  "wrong-method": 405,
  "forbidden-host": 403,
  "forbidden-origin": 403,
  "body-too-large": 413,
  "not-json": 415,
  "home-locked": 423,
  "too-many-clients": 503,
  "illegal-transition": 409,
};

/** What changed since the client looked, or was done already. */
const CONFLICT = /^(?:stale|duplicate)-|-(?:closed|ended|busy|started|landing|moved)$/;
/** The fault is on this side: the disk, the history, the home. */
const OURS = /^(?:log|home|token|sqlite|disk|event)-|-(?:failed|timeout)$/;

/** HTTP status of an expected error, by its code. */
export function statusOfCode(code: string): ErrorStatus {
  const exact = EXACT[code];
  if (exact !== undefined) return exact;
  if (code.startsWith("unknown-")) return 404;
  if (CONFLICT.test(code)) return 409;
  return OURS.test(code) ? 500 : 400;
}

interface ErrorAnswer {
  readonly status: ErrorStatus;
  readonly body: { readonly error: { code: string; message: string; hints: readonly string[] } };
}

/** What a client may know of an error. Of a bug it learns nothing: no message, no stack. */
export function describeError(error: unknown): ErrorAnswer {
  if (error instanceof OsqrError) {
    const { code, message, hints } = error;
    return { status: statusOfCode(code), body: { error: { code, message, hints } } };
  }
  const hints = ["the details are in the daemon's log: daemon.log in the home (osqr doctor names it)"];
  return {
    status: 500,
    body: { error: { code: "internal", message: "osqr has a bug: the request was not carried out", hints } },
  };
}

/** Answers with an error. A body that was not read to its end is not waited for: the connection closes. */
export function answerError(c: Context, error: unknown): Response {
  const { status, body } = describeError(error);
  if (status === 413) c.header("Connection", "close");
  if (status === 401) c.header("WWW-Authenticate", "Bearer");
  return c.json(body, status);
}
