/** Bytes of a line whose end has not come that are held back; a longer one is no noise. */
const HELD_BYTES_MAX = 4 * 1024;
const NEWLINE = 10;

/** Takes out of a program's output the lines that tell nobody anything. All others pass as they are, when they are whole. */
export class QuietLines {
  readonly #noise: RegExp;
  readonly #write: (chunk: Buffer) => void;
  #held: Buffer = Buffer.alloc(0);
  /** In the midst of a line that was too long to be held back. */
  #isLong = false;

  constructor(noise: RegExp, write: (chunk: Buffer) => void) {
    this.#noise = noise;
    this.#write = write;
  }

  write(chunk: Buffer): void {
    const bytes = Buffer.concat([this.#held, chunk]);
    const kept: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      const line = bytes.subarray(start, end + 1);
      if (this.#isLong || !this.#isNoise(line)) kept.push(line);
      this.#isLong = false;
      start = end + 1;
    }
    this.#held = bytes.subarray(start);
    if (this.#isLong || this.#held.length > HELD_BYTES_MAX) {
      kept.push(this.#held);
      this.#isLong ||= this.#held.length > 0;
      this.#held = Buffer.alloc(0);
    }
    if (kept.length > 0) this.#write(Buffer.concat(kept));
  }

  /** Hands over a last line without an end. */
  finish(): void {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    if (rest.length > 0 && !this.#isNoise(rest)) this.#write(rest);
  }

  #isNoise(line: Buffer): boolean {
    return line.length <= HELD_BYTES_MAX && this.#noise.test(line.toString("utf8"));
  }
}
