const NEWLINE = 10;

/**
 * Cuts a stream of bytes into lines, by `\n` only. What waits for the end of its line is bounded: a longer line is not
 * kept, and `isOver` says so.
 */
export class LineFramer {
  readonly #bytesMax: number;
  #parts: Buffer[] = [];
  #bytes = 0;
  #isOver = false;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** A line above the bound has come: nothing after it is given any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The lines that a chunk completes, without their ends. */
  *push(chunk: Buffer): Generator<Buffer, void, undefined> {
    let start = 0;
    while (!this.#isOver) {
      const end = chunk.indexOf(NEWLINE, start);
      const part = chunk.subarray(start, end === -1 ? undefined : end);
      if (this.#bytes + part.length > this.#bytesMax) {
        this.#isOver = true;
        this.#parts = [];
        return;
      }
      if (end === -1) {
        if (part.length > 0) this.#parts.push(part);
        this.#bytes += part.length;
        return;
      }
      yield this.#take(part);
      start = end + 1;
    }
  }

  /** What is left without an end. */
  rest(): Buffer {
    return this.#take(Buffer.alloc(0));
  }

  #take(last: Buffer): Buffer {
    const line = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#bytes = 0;
    return line;
  }
}
