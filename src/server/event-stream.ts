/**
 * The live stream of events (SSE) that resumes after a sequence number.
 *
 * Each client is a position in the log. When it can take more, the next page after its position is read from the log and
 * handed to it; a new event only wakes it up. So there is no buffer that could overflow, no gap and no duplicate, at any speed
 * of the client. One that takes nothing for two heartbeats is cut; it comes back with the last id that it has seen.
 */
import { OsqrError } from "../core/errors.ts";
import type { Service } from "../engine/service.ts";
import type { StoredEvent } from "../store/types.ts";

/** Events handed over at once. */
const PAGE_EVENTS_MAX = 256;
export const STREAM_CLIENTS_MAX = 64;
export const HEARTBEAT_MS = 15_000;

type EventSource = Pick<Service, "events" | "subscribe">;

export interface EventStreamOptions {
  readonly source: EventSource;
  /** @default 15 s */
  readonly heartbeatMs?: number;
  /** @default 64 */
  readonly clientsMax?: number;
}

/** The event as clients see it: its canonical JSON with the chain's hash as one more field. */
export function toEventLine(event: StoredEvent): string {
  return `${event.body.slice(0, -1)},"hash":"${event.hash}"}`;
}

export function toSseMessage(event: StoredEvent): string {
  return `id: ${event.seq}\ndata: ${toEventLine(event)}\n\n`;
}

/** All clients of the stream. Its one timer runs only while there are any. */
export class EventStreams {
  readonly #source: EventSource;
  readonly #heartbeatMs: number;
  readonly #clientsMax: number;
  readonly #clients = new Set<StreamClient>();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: EventStreamOptions) {
    this.#source = options.source;
    this.#heartbeatMs = options.heartbeatMs ?? HEARTBEAT_MS;
    this.#clientsMax = options.clientsMax ?? STREAM_CLIENTS_MAX;
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /**
   * Starts a stream of all events after `after`.
   *
   * @throws `too-many-clients`; `stale-position` where the history is shorter than `after`
   */
  open(after: number): ReadableStream<Uint8Array> {
    if (this.#clients.size >= this.#clientsMax) {
      throw new OsqrError("too-many-clients", `${this.#clientsMax} clients follow the events already`);
    }
    if (after > 0 && this.#source.events(after - 1, 1).length === 0) {
      throw new OsqrError("stale-position", `the history has no event ${after}: it ends before`, {
        hints: ["start from the beginning: after=0"],
      });
    }
    const client = new StreamClient(this.#source, after, () => this.#forget(client));
    this.#clients.add(client);
    this.#timer ??= setInterval(() => this.#beat(), this.#heartbeatMs);
    return client.toStream();
  }

  /** Tells every client that the daemon stops, and ends their streams. */
  close(): void {
    for (const client of [...this.#clients]) client.end();
  }

  #beat(): void {
    for (const client of [...this.#clients]) client.beat();
  }

  #forget(client: StreamClient): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}

const encoder = new TextEncoder();
/** Sent when the daemon stops on purpose, so that a client does not take it for a crash. */
const GOODBYE = "event: shutdown\ndata: {}\n\n";

class StreamClient {
  readonly #source: EventSource;
  readonly #onGone: () => void;
  #sent: number;
  /** Something new may be in the log. */
  #isDirty = true;
  #isBeatDue = false;
  #isEnding = false;
  #isGone = false;
  /** Ends the wait of `pull`; null while the client has not asked for more. */
  #wake: (() => void) | null = null;
  #beatsMissed = 0;
  #unsubscribe: () => void = () => undefined;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;

  constructor(source: EventSource, after: number, onGone: () => void) {
    this.#source = source;
    this.#sent = after;
    this.#onGone = onGone;
  }

  toStream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
        this.#unsubscribe = this.#source.subscribe(() => this.#touch());
        // Sent at once, so that the client sees the stream open.
        controller.enqueue(encoder.encode("retry: 1000\n\n"));
      },
      pull: (controller) => this.#pull(controller),
      cancel: () => this.#leave(),
    });
  }

  beat(): void {
    if (this.#wake === null) {
      this.#beatsMissed += 1;
      if (this.#beatsMissed < 2) return;
      this.#leave();
      this.#controller?.error(new Error("the client takes nothing"));
      return;
    }
    this.#isBeatDue = true;
    this.#wake();
  }

  end(): void {
    this.#isEnding = true;
    this.#wake?.();
  }

  #touch(): void {
    this.#isDirty = true;
    this.#wake?.();
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#beatsMissed = 0;
    while (!this.#isGone) {
      const text = this.#next();
      if (text !== null) {
        controller.enqueue(encoder.encode(text));
        if (text === GOODBYE) {
          this.#leave();
          controller.close();
        }
        return;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }

  /** What to send now; null: nothing. */
  #next(): string | null {
    if (this.#isDirty) {
      this.#isDirty = false;
      const page = this.#source.events(this.#sent, PAGE_EVENTS_MAX);
      const last = page.at(-1);
      if (last !== undefined) {
        this.#sent = last.seq;
        this.#isDirty = true;
        return page.map(toSseMessage).join("");
      }
    }
    if (this.#isEnding) return GOODBYE;
    if (!this.#isBeatDue) return null;
    this.#isBeatDue = false;
    return ": still here\n\n";
  }

  #leave(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#unsubscribe();
    this.#onGone();
    this.#wake?.();
  }
}
