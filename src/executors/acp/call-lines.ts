/** What the log tells of an agent's calls of tools: `→ Write a.js` where one begins, `✗ Write a.js` where one failed. */
import { type JsonObject, toObject, toText } from "./json.ts";

const TITLE_CHARS_MAX = 200;
/** Calls of which the title is known. */
const CALLS_MAX = 64;
/** How long a call whose input has not come waits for a title that tells something, ms. */
const TITLE_WAIT_MS = 1_000;

export class CallLines {
  readonly #say: (line: string) => void;
  readonly #titles = new Map<string, string>();
  /** Calls that are not told yet: what stands there so far is a word for any call of the tool. */
  readonly #untold = new Set<string>();
  #timer: NodeJS.Timeout | null = null;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** Returns its title as far as it is known. */
  begin(id: string, call: JsonObject): string {
    const title = toTitle(call) ?? "a tool";
    this.#learn(id, title);
    this.#untold.add(id);
    if (hasNoInput(call)) this.#timer ??= setTimeout(() => this.flush(), TITLE_WAIT_MS);
    else this.#tell(id);
    return title;
  }

  change(id: string, call: JsonObject): void {
    const title = toText(call.title) === null ? null : toTitle(call);
    if (title !== null && this.#untold.has(id)) this.#learn(id, title);
    this.#tell(id);
    const told = this.#titles.get(id);
    if (call.status === "failed" && told !== undefined) this.#say(`✗ ${told}`);
    if (call.status === "failed" || call.status === "completed") this.#titles.delete(id);
  }

  /** Tells what has begun and is not told: something else is told after it. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    for (const id of this.#untold) this.#tell(id);
  }

  #tell(id: string): void {
    if (this.#untold.delete(id)) this.#say(`→ ${this.#titles.get(id)}`);
  }

  #learn(id: string, title: string): void {
    this.#titles.set(id, title);
    if (this.#titles.size <= CALLS_MAX) return;
    const oldest = this.#titles.keys().next().value ?? "";
    this.#tell(oldest);
    this.#titles.delete(oldest);
  }
}

/** Its input is still being written: a title that says more comes with it. */
function hasNoInput({ status, rawInput }: JsonObject): boolean {
  const input = toObject(rawInput);
  return status === "pending" && input !== null && Object.keys(input).length === 0;
}

function toTitle({ title, kind }: JsonObject): string | null {
  const text = toText(title) ?? toText(kind);
  return text === null ? null : text.replace(/\s+/g, " ").slice(0, TITLE_CHARS_MAX);
}
