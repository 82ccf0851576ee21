import type { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type JSONRPCMessage, parseJSONRPCMessage, type Transport } from "@modelcontextprotocol/server";
import { type Line, readLines } from "./lines.ts";

const LINE_BYTES_MAX = 1024 * 1024;
/** Messages of one connection. */
const MESSAGES_MAX = 20_000;
/** Lines of one connection that are no message. */
const BAD_LINES_MAX = 100;

const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;

/**
 * One line of JSON-RPC per message, both ways. One message is read per turn of the event loop, and none while what was written
 * waits for its reader: no agent can make the daemon work or hold more than that.
 */
export class StreamTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #stream: Duplex;
  #messages = 0;
  #badLines = 0;
  #isClosed = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  async start(): Promise<void> {
    this.#stream.on("error", () => this.#stream.destroy());
    void this.#read().finally(() => this.close());
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.#write(message);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stream.end();
    this.onclose?.();
  }

  async #read(): Promise<void> {
    try {
      for await (const line of readLines(this.#stream, LINE_BYTES_MAX)) {
        if (this.#isClosed) return;
        this.#take(line);
        await nextTurn();
        await waitDrained(this.#stream);
        if (this.#messages >= MESSAGES_MAX || this.#badLines >= BAD_LINES_MAX) return;
      }
    } catch {
      // The stream broke off: there is nobody to tell.
    }
  }

  #take(line: Line): void {
    if (line.kind === "line" && line.text.trim() === "") return;
    const parsed = parseMessage(line);
    if ("error" in parsed) {
      this.#badLines += 1;
      this.#write({ jsonrpc: "2.0", ...parsed });
      return;
    }
    this.#messages += 1;
    this.onmessage?.(parsed.message);
  }

  #write(message: object): void {
    if (this.#isClosed || !this.#stream.writable) return;
    this.#stream.write(`${JSON.stringify(message)}\n`);
  }
}

interface Refusal {
  readonly id?: number | string;
  readonly error: { readonly code: number; readonly message: string };
}

function parseMessage(line: Line): { readonly message: JSONRPCMessage } | Refusal {
  if (line.kind === "long") return toLongRefusal(line.ends);
  let value: unknown;
  try {
    value = JSON.parse(line.text);
  } catch {
    return { error: { code: PARSE_ERROR, message: "expected one line of JSON per message" } };
  }
  try {
    return { message: parseJSONRPCMessage(value) };
  } catch {
    return { error: { code: INVALID_REQUEST, message: "expected a message of JSON-RPC 2.0" } };
  }
}

/** Libraries write the id of a request first or last: whoever waits for the reply to a long one is told, where it can be found. */
function toLongRefusal([head, tail]: readonly [string, string]): Refusal {
  const found =
    /^\{(?:"jsonrpc":"2\.0",)?"id":(\d{1,15}|"[\w-]{1,60}")[,}]/.exec(head) ??
    /,"id":(\d{1,15}|"[\w-]{1,60}")(?:,"jsonrpc":"2\.0")?\}\r?$/.exec(tail);
  const error = { code: INVALID_REQUEST, message: `a message is above ${LINE_BYTES_MAX} bytes: write less` };
  return found?.[1] === undefined ? { error } : { id: JSON.parse(found[1]) as number | string, error };
}

async function waitDrained(stream: Duplex): Promise<void> {
  if (!stream.writableNeedDrain || stream.destroyed) return;
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      stream.off("drain", finish).off("close", finish);
      resolve();
    };
    stream.on("drain", finish).on("close", finish);
  });
}
