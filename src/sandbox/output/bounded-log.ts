import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/**
 * A log file that keeps the first and the last half of what is written to it, within a bound. The first half goes to the
 * file at once; the rest goes round in a ring file beside it (`<path>.tail`), which `close` appends after a line that says how
 * many bytes are missing. Writes are synchronous, so a program that prints faster than the disk takes it is slowed down
 * instead of filling the memory. A full disk ends the log, never the caller.
 */
export class BoundedLog {
  readonly #path: string;
  readonly #halfBytes: number;
  #file: number | null;
  #ring: number | null = null;
  #fileBytes = 0;
  /** Bytes ever written to the ring. */
  #ringBytes = 0;
  #failure: string | null = null;

  /** @throws where the file cannot be made. */
  constructor(path: string, bytesMax: number) {
    this.#path = path;
    this.#halfBytes = Math.max(1, Math.floor(bytesMax / 2));
    mkdirSync(dirname(path), { recursive: true });
    this.#file = openFresh(path);
  }

  /** Never throws. */
  write(chunk: Buffer): void {
    const room = this.#halfBytes - this.#fileBytes;
    if (room > 0) this.#attempt(() => this.#writeHead(chunk.subarray(0, room)));
    if (chunk.length > room) this.#attempt(() => this.#writeRing(chunk.subarray(Math.max(0, room))));
  }

  /** Finishes the file. `failure` tells why it is not complete beyond the bound, e.g. `ENOSPC`; null: it is. */
  close(): { readonly truncated: boolean; readonly failure: string | null } {
    const truncated = this.#ringBytes > this.#halfBytes;
    this.#attempt(() => this.#appendRing());
    if (this.#ring !== null) closeSync(this.#ring);
    if (this.#file !== null) closeSync(this.#file);
    rmSync(`${this.#path}.tail`, { force: true });
    this.#ring = null;
    this.#file = null;
    return { truncated: truncated || this.#failure !== null, failure: this.#failure };
  }

  #attempt(write: () => void): void {
    if (this.#failure !== null || this.#file === null) return;
    try {
      write();
    } catch (error) {
      this.#failure = error instanceof Error && "code" in error ? String(error.code) : String(error);
    }
  }

  #writeHead(bytes: Buffer): void {
    if (this.#file === null) return;
    writeWhole(this.#file, bytes, null);
    this.#fileBytes += bytes.length;
  }

  #writeRing(bytes: Buffer): void {
    this.#ring ??= openFresh(`${this.#path}.tail`);
    const size = this.#halfBytes;
    // Of a chunk longer than the ring only the end survives.
    const kept = bytes.subarray(Math.max(0, bytes.length - size));
    this.#ringBytes += bytes.length - kept.length;
    const at = this.#ringBytes % size;
    const first = kept.subarray(0, size - at);
    writeWhole(this.#ring, first, at);
    writeWhole(this.#ring, kept.subarray(first.length), 0);
    this.#ringBytes += kept.length;
  }

  #appendRing(): void {
    if (this.#file === null || this.#ring === null) return;
    const size = this.#halfBytes;
    const dropped = Math.max(0, this.#ringBytes - size);
    if (dropped === 0) {
      copyRange(this.#ring, this.#file, 0, this.#ringBytes);
      return;
    }
    writeWhole(this.#file, Buffer.from(`\n… ${dropped.toLocaleString("en-US")} bytes dropped …\n`), null);
    const start = this.#ringBytes % size;
    copyRange(this.#ring, this.#file, start, fstatSync(this.#ring).size);
    copyRange(this.#ring, this.#file, 0, start);
  }
}

function openFresh(path: string): number {
  rmSync(path, { force: true });
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  return openSync(path, flags, 0o600);
}

function writeWhole(file: number, bytes: Buffer, at: number | null): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, bytes.length - done, at === null ? null : at + done);
  }
}

function copyRange(from: number, to: number, start: number, end: number): void {
  const buffer = Buffer.alloc(Math.min(1 << 20, Math.max(1, end - start)));
  for (let at = start; at < end; ) {
    const read = readSync(from, buffer, 0, Math.min(buffer.length, end - at), at);
    if (read === 0) return;
    writeWhole(to, buffer.subarray(0, read), null);
    at += read;
  }
}
