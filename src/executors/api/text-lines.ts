/** Characters of a line beyond which it is given in pieces. */
const LINE_CHARS_MAX = 2_000;

/** Makes lines of a text that comes in pieces. */
export class TextLines {
  readonly #onLine: (line: string) => void;
  #rest = "";

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  add(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#onLine(line);
    if (this.#rest.length > LINE_CHARS_MAX) this.end();
  }

  /** Gives what is left, a line without an end. */
  end(): void {
    if (this.#rest !== "") this.#onLine(this.#rest);
    this.#rest = "";
  }
}
