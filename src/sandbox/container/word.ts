import { PassThrough, type Readable } from "node:stream";

const BYTES_MAX = 64 * 1024;

/** What came on a stream until a word did. */
export type Heard =
  /** `rest`: all that comes behind the word. */
  | { readonly kind: "word"; readonly rest: Readable }
  /** The stream ended without it; `text` is what it said instead. */
  | { readonly kind: "end"; readonly text: string }
  | { readonly kind: "late"; readonly text: string };

/** Waits for a line that is exactly the word. What comes before it, e.g. an engine's warnings, is dropped. */
export function waitWord(stream: Readable, word: string, timeoutMs: number): Promise<Heard> {
  const line = Buffer.from(`${word}\n`);
  let heard = Buffer.alloc(0);
  return new Promise((resolve) => {
    const settle = (result: Heard): void => {
      clearTimeout(timer);
      stream.off("data", take);
      stream.off("close", end);
      resolve(result);
    };
    const take = (chunk: Buffer): void => {
      heard = Buffer.concat([heard, chunk]);
      const at = heard.indexOf(line);
      if (at === -1) {
        heard = heard.subarray(-BYTES_MAX);
        return;
      }
      const rest = new PassThrough();
      rest.write(heard.subarray(at + line.length));
      settle({ kind: "word", rest });
      stream.pipe(rest);
    };
    const end = (): void => settle({ kind: "end", text: heard.toString("utf8") });
    const timer = setTimeout(() => settle({ kind: "late", text: heard.toString("utf8") }), timeoutMs);
    stream.on("data", take);
    stream.once("close", end);
  });
}
