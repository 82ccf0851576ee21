import { createMasker, type Masker, type StreamMasker } from "../../core/secrets/masker.ts";
import { BoundedLog } from "./bounded-log.ts";
import { toTail } from "./clean.ts";
import { LiveLines } from "./live-lines.ts";
import { QuietLines } from "./quiet.ts";

/** Bytes of the end of the output that are kept in memory for the tail. */
const RECENT_BYTES = 64 * 1024;
const TAIL_LINES_MAX = 40;
const TAIL_BYTES_MAX = 8 * 1024;

export interface OutputSummary {
  readonly truncated: boolean;
  readonly tail: readonly string[];
}

/**
 * Where the output of one process goes: the bounded log, the tail for the result, and whoever watches live. Secrets are masked before
 * any of them; lines once more when they are cleaned, as what is taken out of them may have parted a secret.
 */
export class Output {
  readonly #log: BoundedLog;
  readonly #live: LiveLines | null;
  readonly #masker: Masker | null;
  readonly #stream: StreamMasker | null;
  readonly #quiet: QuietLines | null;
  #recent: Buffer[] = [];
  #recentBytes = 0;

  /** @throws where the log cannot be made. */
  constructor(options: {
    readonly logPath: string;
    readonly bytesMax: number;
    readonly onLine: ((line: string) => void) | undefined;
    /** Undefined: nothing is masked. */
    readonly secrets?: readonly string[] | undefined;
    /** Lines of the program that are left out; undefined: none. */
    readonly noise?: RegExp | undefined;
  }) {
    const { onLine, noise } = options;
    this.#log = new BoundedLog(options.logPath, options.bytesMax);
    this.#masker = options.secrets === undefined ? null : createMasker(options.secrets);
    this.#stream = this.#masker?.openStream() ?? null;
    this.#quiet = noise === undefined ? null : new QuietLines(noise, (chunk) => this.write(chunk));
    this.#live = onLine === undefined ? null : new LiveLines((line) => onLine(this.#mask(line)));
  }

  /** What the program printed. */
  follow(chunk: Buffer): void {
    if (this.#quiet === null) this.write(chunk);
    else this.#quiet.write(chunk);
  }

  write(chunk: Buffer): void {
    if (this.#stream === null) this.#store(chunk);
    // One character a byte: nothing is lost where a chunk ends in the middle of one.
    else this.#store(Buffer.from(this.#stream.write(chunk.toString("latin1")), "latin1"));
  }

  #mask(line: string): string {
    return this.#masker?.mask(line) ?? line;
  }

  #store(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#log.write(chunk);
    this.#live?.write(chunk);
    this.#recent.push(chunk);
    this.#recentBytes += chunk.length;
    let oldest = this.#recent[0];
    while (oldest !== undefined && this.#recentBytes - oldest.length >= RECENT_BYTES) {
      this.#recent.shift();
      this.#recentBytes -= oldest.length;
      oldest = this.#recent[0];
    }
  }

  /** A line of osqr's own, after what was printed. */
  note(text: string): void {
    this.#quiet?.finish();
    const last = this.#recent.at(-1);
    const isMidLine = last !== undefined && last.at(-1) !== 10;
    this.write(Buffer.from(`${isMidLine ? "\n" : ""}osqr: ${text}\n`));
  }

  close(): OutputSummary {
    this.#quiet?.finish();
    this.#store(Buffer.from(this.#stream?.end() ?? "", "latin1"));
    this.#live?.close();
    const log = this.#log.close();
    const note = log.failure === null ? "" : `\nosqr: the log is not complete: ${log.failure}`;
    const text = Buffer.concat(this.#recent).toString("utf8").trimEnd() + note;
    const tail = toTail(text, TAIL_LINES_MAX, TAIL_BYTES_MAX).map((line) => this.#mask(line));
    return { truncated: log.truncated, tail };
  }
}
