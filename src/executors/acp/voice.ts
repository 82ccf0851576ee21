import { cleanLine } from "../../sandbox/output/clean.ts";
import type { SandboxedProcess } from "../../sandbox/types.ts";
import type { EventQueue } from "../event-queue.ts";

/** Characters of an unfinished line that are kept; a longer one is shown in pieces. */
const PENDING_CHARS_MAX = 16_384;

/** What an agent says, line by line: to the attempt's log and to whoever watches. */
export class Voice {
  readonly #events: EventQueue;
  #process: SandboxedProcess | null = null;
  #pending = "";

  constructor(events: EventQueue) {
    this.#events = events;
  }

  follow(process: SandboxedProcess): void {
    this.#process = process;
  }

  /** A piece of text; its lines are told when they are whole. */
  speak(text: string): void {
    const lines = `${this.#pending}${text}`.split("\n");
    this.#pending = lines.pop() ?? "";
    for (const line of lines) this.#tell(line);
    if (this.#pending.length > PENDING_CHARS_MAX) this.finish();
  }

  /** Tells what waits for the end of its line: something else begins. */
  finish(): void {
    const rest = this.#pending;
    this.#pending = "";
    if (rest.trim() !== "") this.#tell(rest);
  }

  /** A line of its own. */
  say(line: string): void {
    this.finish();
    this.#tell(line);
  }

  #tell(text: string): void {
    const line = cleanLine(text);
    this.#process?.log(line);
    this.#events.push({ kind: "output", line });
  }
}
