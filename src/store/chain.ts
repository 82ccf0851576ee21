/**
 * The hash chain. `hash_n = SHA-256(hash_(n-1) || body_n)`, both as bytes (32 and UTF-8); before the first event stand 32
 * zero bytes. A changed, missing, added or moved event breaks every hash after it.
 */
import * as crypto from "node:crypto";
import { toCanonicalJson } from "../core/canonical.ts";
import { OsqrError } from "../core/errors.ts";
import type { AppendInput, StoredEvent, Verification } from "./types.ts";

/** What stands before the first event. */
export const GENESIS_HASH = "0".repeat(64);

/** Bytes of one event's body. An event is a line of history, not a place for logs or files. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;

/** Where a history ends. */
export interface LogHead {
  readonly seq: number;
  readonly hash: string;
}

export const EMPTY_HEAD: LogHead = { seq: 0, hash: GENESIS_HASH };

/** Reused between calls: hashing is on the path of every event. Grown for larger bodies. */
let scratch = Buffer.allocUnsafe(16 * 1024);

/** Hash of an event from the hash before it (hex) and its body. */
export function chainHash(previous: string, body: string): string {
  const bytesMax = 32 + body.length * 3;
  const buffer = bytesMax <= scratch.length ? scratch : Buffer.allocUnsafe(bytesMax);
  if (buffer.length <= 1024 * 1024) scratch = buffer;
  buffer.write(previous, 0, "hex");
  const bytes = 32 + buffer.write(body, 32);
  return crypto.hash("sha256", buffer.subarray(0, bytes));
}

const KIND = /^[A-Za-z][\w.-]{0,99}$/;
const RESERVED = ["v", "seq", "at", "kind"] as const;

/**
 * Gives events their place in the chain, without writing anything.
 *
 * @throws `event-invalid` with the path of the value
 */
export function sealEvents(head: LogHead, inputs: readonly AppendInput[]): StoredEvent[] {
  let { seq, hash } = head;
  return inputs.map((input) => {
    seq += 1;
    const body = writeBody(input, seq);
    hash = chainHash(hash, body);
    return { seq, at: input.at, kind: input.kind, body, hash };
  });
}

function writeBody({ v, at, kind, data }: AppendInput, seq: number): string {
  const label = `event ${seq} (${kind})`;
  if (!KIND.test(kind)) {
    throw new OsqrError(
      "event-invalid",
      `event ${seq}: expected a kind such as "task_started", found "${kind}"`,
    );
  }
  if (!Number.isSafeInteger(v) || v < 1) {
    throw new OsqrError("event-invalid", `${label}: expected a version from 1, found ${v}`);
  }
  if (!Number.isSafeInteger(at)) {
    throw new OsqrError("event-invalid", `${label}: expected whole milliseconds in "at", found ${at}`);
  }
  const taken = RESERVED.find((key) => Object.hasOwn(data, key));
  if (taken !== undefined) {
    throw new OsqrError(
      "event-invalid",
      `${label}: the key "${taken}" belongs to the log, found it in the data`,
    );
  }
  const body = canonicalBody({ ...data, v, seq, at, kind }, label);
  if (Buffer.byteLength(body) > BODY_BYTES_MAX) {
    throw new OsqrError(
      "event-invalid",
      `${label}: expected at most ${BODY_BYTES_MAX} bytes, found ${Buffer.byteLength(body)}`,
    );
  }
  return body;
}

function canonicalBody(event: object, label: string): string {
  try {
    return toCanonicalJson(event);
  } catch (cause) {
    if (!(cause instanceof OsqrError)) throw cause;
    throw new OsqrError("event-invalid", `${label}: ${cause.message}`, { cause });
  }
}

/** Why an event is not the one that was written after `previous`; null where it is. */
export function findFault(previous: LogHead, event: StoredEvent): string | null {
  const expected = previous.seq + 1;
  if (event.seq > expected) {
    const last = event.seq - 1;
    return expected === last ? `event ${expected} is missing` : `events ${expected} to ${last} are missing`;
  }
  if (event.seq < expected) return `expected event ${expected}, found one numbered ${event.seq}`;
  if (chainHash(previous.hash, event.body) !== event.hash) {
    return `event ${event.seq} does not have the hash of its content and of the event before it`;
  }
  return findMismatch(event);
}

/** The columns beside the body are not hashed; they must repeat what the body says. */
function findMismatch(event: StoredEvent): string | null {
  let inner: Record<string, unknown>;
  try {
    inner = JSON.parse(event.body);
  } catch {
    return `event ${event.seq} is not JSON`;
  }
  for (const key of ["seq", "at", "kind"] as const) {
    if (inner[key] !== event[key]) {
      return `event ${event.seq}: its column "${key}" says ${event[key]}, its content says ${inner[key]}`;
    }
  }
  return null;
}

/**
 * Walks a whole history and compares it with what is known to have been acknowledged.
 *
 * @param known heads that the history must contain, e.g. of the head file
 */
export function verifyChain(events: Iterable<StoredEvent>, known: readonly LogHead[]): Verification {
  let head = EMPTY_HEAD;
  let count = 0;
  let firstBad: number | null = null;
  let reason: string | null = null;
  try {
    for (const event of events) {
      count += 1;
      if (firstBad !== null) continue;
      reason = findFault(head, event) ?? findContradiction(event, known);
      if (reason !== null) firstBad = Math.min(head.seq + 1, event.seq);
      head = event;
    }
  } catch (error) {
    // An unreadable row ends the walk: what is behind it cannot be counted.
    firstBad ??= head.seq + 1;
    reason ??= `event ${firstBad} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (firstBad === null) {
    const longest = known.reduce((a, b) => (b.seq > a.seq ? b : a), EMPTY_HEAD);
    if (longest.seq > head.seq) {
      firstBad = head.seq + 1;
      reason = describeCut(head.seq, longest.seq);
    }
  }
  return { ok: firstBad === null, events: count, firstBad, reason };
}

function findContradiction(event: StoredEvent, known: readonly LogHead[]): string | null {
  const other = known.find((head) => head.seq === event.seq && head.hash !== event.hash);
  return other === undefined
    ? null
    : `event ${event.seq} is not the one that was acknowledged: expected hash ${other.hash}, found ${event.hash}`;
}

/** Says how much of the end of a history is missing. */
export function describeCut(found: number, expected: number): string {
  const missing = expected - found;
  const what = missing === 1 ? `event ${expected} is` : `the last ${missing} are`;
  return `expected ${expected} events, found ${found}: ${what} missing`;
}

/** How many snapshots a log keeps: the newest, and one more in case that one is damaged. */
export const SNAPSHOTS_KEPT = 2;

/** Ties a snapshot to the history that it was folded from: after a cut or a rewrite it no longer fits. */
export function hashSnapshot(head: LogHead, version: number, state: string): string {
  const title = `osqr snapshot\n${head.seq}\n${head.hash}\n${version}\n`;
  return crypto.createHash("sha256").update(title).update(state).digest("hex");
}
