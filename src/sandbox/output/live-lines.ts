import { cleanLine } from "./clean.ts";

/** Lines reach the listener at most this often. */
const FLUSH_MS = 50;
/** Bytes that may wait for the next flush; of more, the older are not shown. */
const PENDING_BYTES_MAX = 64 * 1024;

/**
 * Turns chunks of output into clean lines for somebody who watches. Work is bounded per flush, not per byte: a
 * program that prints a gigabyte costs the watcher a few hundred lines and a note.
 */
export class LiveLines {
  readonly #onLine: (line: string) => void;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #droppedBytes = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  write(chunk: Buffer): void {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    while (this.#pendingBytes > PENDING_BYTES_MAX && this.#pending.length > 1) {
      const oldest = this.#pending.shift();
      this.#pendingBytes -= oldest?.length ?? 0;
      this.#droppedBytes += oldest?.length ?? 0;
    }
    this.#timer ??= setTimeout(() => this.#flush(false), FLUSH_MS);
  }

  /** Hands over what is left, a last line without an end included. */
  close(): void {
    this.#flush(true);
  }

  #flush(isLast: boolean): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const bytes = Buffer.concat(this.#pending);
    // A line that never ends is shown in pieces, so that what waits stays bounded.
    const whole = isLast || bytes.length >= PENDING_BYTES_MAX ? bytes.length : bytes.lastIndexOf(10) + 1;
    const rest = bytes.subarray(whole);
    this.#pending = rest.length === 0 ? [] : [rest];
    this.#pendingBytes = rest.length;
    if (this.#droppedBytes > 0)
      this.#onLine(`… ${this.#droppedBytes.toLocaleString("en-US")} bytes not shown …`);
    this.#droppedBytes = 0;
    if (whole === 0) return;
    const text = bytes.subarray(0, whole).toString("utf8").replace(/\n$/, "");
    for (const line of text.split("\n")) this.#onLine(cleanLine(line));
  }
}
