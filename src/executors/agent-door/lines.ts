import type { Readable } from "node:stream";

/** A line without its end, or what is left of one that is above the bound. */
export type Line =
  | { readonly kind: "line"; readonly text: string }
  /** `ends`: its first and its last bytes, as text. */
  | { readonly kind: "long"; readonly ends: readonly [string, string] };

/** Bytes kept of both ends of a line that is too long. */
const END_BYTES = 200;

/** Lines as they come, split at `\n` only. What is behind the last one is dropped; of a long line no more than the bound is held. */
export async function* readLines(
  stream: Readable,
  lineBytesMax: number,
): AsyncGenerator<Line, void, undefined> {
  let line = new GrowingLine(lineBytesMax);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      line.add(chunk.subarray(start, end));
      yield line.take();
      line = new GrowingLine(lineBytesMax);
      start = end + 1;
    }
    line.add(chunk.subarray(start));
  }
}

class GrowingLine {
  readonly #bytesMax: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #head: Buffer | null = null;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(part: Buffer): void {
    if (part.length === 0) return;
    this.#chunks.push(part);
    this.#bytes += part.length;
    if (this.#bytes <= this.#bytesMax) return;
    const kept = Buffer.concat(this.#chunks);
    this.#head ??= Buffer.from(kept.subarray(0, END_BYTES));
    this.#chunks = [Buffer.from(kept.subarray(-END_BYTES))];
  }

  take(): Line {
    const kept = Buffer.concat(this.#chunks).toString("utf8");
    if (this.#head === null) return { kind: "line", text: kept.replace(/\r$/, "") };
    return { kind: "long", ends: [this.#head.toString("utf8"), kept] };
  }
}
