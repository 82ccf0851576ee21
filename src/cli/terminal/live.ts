/**
 * A terminal whose finished lines scroll up above a small footer that is drawn anew. Only cursor-up and clear-below are used, in
 * one write per change; nothing is drawn between changes, so nothing flickers.
 */
import type { OutStream } from "../host.ts";
import { displayWidth } from "../text/width.ts";

export class LiveScreen {
  readonly #stream: OutStream;
  readonly #widthOf: () => number;
  /** The footer as it stands on the screen. */
  #drawn: readonly string[] = [];

  constructor(stream: OutStream, widthOf: () => number) {
    this.#stream = stream;
    this.#widthOf = widthOf;
  }

  /** Prints lines above the footer, which becomes another one where it is given. */
  print(lines: readonly string[], footer: readonly string[] = this.#drawn): void {
    this.#write(lines, footer);
  }

  /** Draws another footer. */
  setFooter(lines: readonly string[]): void {
    if (lines.length === this.#drawn.length && lines.every((line, index) => line === this.#drawn[index]))
      return;
    this.#write([], lines);
  }

  /** Takes the footer away. */
  clear(): void {
    this.#write([], []);
  }

  #write(lines: readonly string[], footer: readonly string[]): void {
    const text = [...lines, ...footer].map((line) => `${line}\n`).join("");
    const out = this.#toErase() + text;
    this.#drawn = footer;
    if (out !== "") this.#stream.write(out);
  }

  /** The terminal may have become narrower since, and then the lines that stand there take more rows. */
  #toErase(): string {
    if (this.#drawn.length === 0) return "";
    const width = Math.max(1, this.#widthOf());
    const rows = this.#drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / width)),
      0,
    );
    return `\u001b[${rows}A\r\u001b[J`;
  }
}
