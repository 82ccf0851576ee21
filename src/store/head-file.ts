/**
 * The head of the log, kept outside the database. SQLite does not notice when its write-ahead log loses its end (a flipped bit
 * drops all that follows) or when somebody puts an old copy in its place. This file says how long the history was.
 *
 * Written in place after each commit, and synced only at a snapshot and at close (docs/decisions/0003-event-log.md): so it
 * never says more than the database has, and what it says less after a power cut weakens the check without a false alarm.
 */
import * as fs from "node:fs";
import type { LogHead } from "./chain.ts";

/** One sector at most, always the same length: a write replaces the old text whole. */
const LENGTH = 128;

/** What the file says; `absent` where there is none, `unreadable` where it is not what we wrote. */
export function readHeadFile(path: string): LogHead | "absent" | "unreadable" {
  let text: string;
  try {
    text = fs.readFileSync(path, "utf8");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "absent" : "unreadable";
  }
  try {
    const value: unknown = JSON.parse(text);
    return isHead(value) ? { seq: value.seq, hash: value.hash } : "unreadable";
  } catch {
    // Damaged text is what "unreadable" means.
    return "unreadable";
  }
}

function isHead(value: unknown): value is LogHead {
  if (typeof value !== "object" || value === null) return false;
  const { seq, hash } = value as Partial<Record<keyof LogHead, unknown>>;
  return (
    Number.isSafeInteger(seq) && Number(seq) >= 0 && typeof hash === "string" && /^[0-9a-f]{64}$/.test(hash)
  );
}

/** An open head file. */
export class HeadFile {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_NOFOLLOW, 0o600);
  }

  write(head: LogHead): void {
    const text = JSON.stringify({ seq: head.seq, hash: head.hash });
    fs.writeSync(this.#fd, `${text.padEnd(LENGTH - 1)}\n`, 0, "utf8");
  }

  sync(): void {
    fs.fdatasyncSync(this.#fd);
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}
