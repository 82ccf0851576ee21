/**
 * The wire between osqr and an agent: one JSON-RPC message per line. Frames, bounds and sorts what comes before the library sees it:
 * a hostile agent costs a bounded number of bytes, and what is no message, or an answer that nobody waits for, is only counted.
 */
import { setImmediate } from "node:timers/promises";
import type { AnyMessage, AnyRequest, Stream } from "@agentclientprotocol/sdk";
import type { ProcessPipes } from "../../sandbox/types.ts";
import { toObject } from "./json.ts";
import { LineFramer } from "./line-framer.ts";

/** Bytes of one message of an agent. */
const LINE_BYTES_MAX = 8 * 1024 * 1024;
/** Bytes that an agent may say in one attempt. */
const TOTAL_BYTES_MAX = 1024 * 1024 * 1024;
/** Lines that are no message, e.g. what a library prints at its start. */
const ODD_LINES_MAX = 200;
/** Requests of the agent that wait for osqr's answer, and their bytes: one that does not read its answers is given up. */
const REQUESTS_MAX = 2_000;
const REQUEST_BYTES_MAX = 64 * 1024 * 1024;

export interface WireOptions {
  readonly pipes: ProcessPipes;
  /** `session/update`, in order, before any answer that came after it. It goes past the library, whose schema refuses kinds that it does not know. */
  readonly onUpdate: (params: unknown) => void;
  /** A line that is no message. */
  readonly onOdd: (line: string) => void;
  /** Called once, when a bound is exceeded; nothing is read after it. */
  readonly onBroken: (reason: string) => void;
}

export interface Wire {
  readonly stream: Stream;
  /** Resolves when the agent says no more. */
  readonly ended: Promise<void>;
}

export function openWire(options: WireOptions): Wire {
  const traffic = new Traffic(options);
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const readable = ReadableStream.from(readMessages(options, traffic, resolve));
  const { stdin } = options.pipes;
  const writable = new WritableStream<AnyMessage>({
    write(message) {
      traffic.sent(message);
      return new Promise((done, failed) => {
        stdin.write(`${JSON.stringify(message)}\n`, (error) => (error ? failed(error) : done()));
      });
    },
  });
  return { stream: { readable, writable }, ended };
}

async function* readMessages(
  { pipes, onBroken }: WireOptions,
  traffic: Traffic,
  onEnded: () => void,
): AsyncGenerator<AnyMessage, void, undefined> {
  const framer = new LineFramer(LINE_BYTES_MAX);
  let bytes = 0;
  try {
    for await (const chunk of pipes.stdout as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      for (const line of framer.push(chunk)) {
        const message = traffic.received(line);
        if (message !== null) yield message;
        if (traffic.isBroken) return;
      }
      if (framer.isOver) return onBroken(`a line of it is longer than ${toMegabytes(LINE_BYTES_MAX)} MB`);
      if (bytes > TOTAL_BYTES_MAX) return onBroken(`it said more than ${toMegabytes(TOTAL_BYTES_MAX)} MB`);
      // A flood must not keep the daemon from its timers.
      await setImmediate();
    }
    traffic.received(framer.rest());
  } catch {
    // The pipe broke: the process has ended, and its result tells how.
  } finally {
    onEnded();
  }
}

/** What goes over the wire in both directions, as far as it has to be remembered. */
class Traffic {
  readonly #options: WireOptions;
  /** Ids of osqr's requests that have no answer yet. */
  readonly #asked = new Set<unknown>();
  /** Bytes of the agent's requests that have no answer yet, by id. */
  readonly #open = new Map<unknown, number>();
  #openBytes = 0;
  #oddLines = 0;
  isBroken = false;

  constructor(options: WireOptions) {
    this.#options = options;
  }

  sent(message: AnyMessage): void {
    if (!("id" in message) || message.id === null) return;
    if ("method" in message) this.#asked.add(message.id);
    else this.#close(message.id);
  }

  /** The message for the library; null: the line was none, or is dealt with. */
  received(line: Buffer): AnyMessage | null {
    const text = line.toString("utf8").trim();
    if (text === "" || this.isBroken) return null;
    const message = parseMessage(text);
    if (message === null) {
      this.#odd(text);
      return null;
    }
    if (!("method" in message)) {
      // Of two answers the first counts.
      if (this.#asked.delete(message.id)) return message;
      this.#odd(text);
      return null;
    }
    if ("id" in message) return this.#requested(message, line.length);
    if (message.method !== "session/update") return message;
    this.#options.onUpdate(message.params);
    return null;
  }

  #requested(message: AnyRequest, bytes: number): AnyMessage | null {
    // An id that is in use would get two answers.
    if (this.#open.has(message.id)) {
      this.#odd(`two requests with the id ${String(message.id)}`);
      return null;
    }
    this.#open.set(message.id, bytes);
    this.#openBytes += bytes;
    if (this.#open.size > REQUESTS_MAX) this.#break(`more than ${REQUESTS_MAX} requests of it are open`);
    else if (this.#openBytes > REQUEST_BYTES_MAX)
      this.#break(`its open requests are larger than ${toMegabytes(REQUEST_BYTES_MAX)} MB`);
    return this.isBroken ? null : message;
  }

  #close(id: unknown): void {
    this.#openBytes -= this.#open.get(id) ?? 0;
    this.#open.delete(id);
  }

  #odd(text: string): void {
    this.#oddLines += 1;
    if (this.#oddLines > ODD_LINES_MAX) this.#break(`more than ${ODD_LINES_MAX} lines of it are no messages`);
    else this.#options.onOdd(text.slice(0, 2_000));
  }

  #break(reason: string): void {
    if (this.isBroken) return;
    this.isBroken = true;
    this.#options.onBroken(reason);
  }
}

/** Null where the text is no JSON-RPC message. */
function parseMessage(text: string): AnyMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const message = toObject(value);
  if (message === null || message.jsonrpc !== "2.0") return null;
  const isCall = typeof message.method === "string" && (!("id" in message) || isId(message.id));
  const isAnswer = !("method" in message) && isId(message.id) && ("result" in message || "error" in message);
  return isCall || isAnswer ? (value as AnyMessage) : null;
}

function isId(value: unknown): boolean {
  return typeof value === "string" || (typeof value === "number" && Number.isFinite(value));
}

function toMegabytes(bytes: number): string {
  return Math.round(bytes / 1024 / 1024).toLocaleString("en-US");
}
