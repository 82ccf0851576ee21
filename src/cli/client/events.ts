/** The daemon's live events, as they come. */
import type { IncomingMessage } from "node:http";
import { OsqrError } from "../../core/errors.ts";
import type { Event } from "../../core/model/event.ts";
import { cleanAnswer } from "../text/plain.ts";
import { type Address, daemonGone, openRequest, readError } from "./http.ts";

/** An event with its place in the hash chain. */
export type LoggedEvent = Event & { readonly v: number; readonly hash: string };

/** Longest message; events are far smaller. */
const MESSAGE_CHARS_MAX = 16 * (1 << 20);
/** The daemon sends a sign of life every 15 s. */
const SILENCE_MS_MAX = 45_000;

export interface FollowOptions {
  /** Last event that is known already. */
  readonly after: number;
  readonly signal: AbortSignal;
  /** Texts stay as they are, for JSON output. */
  readonly isRaw: boolean;
}

/**
 * Yields each event after `after`, in order. Returns when `signal` is aborted.
 *
 * @throws `daemon-gone` where the connection ends; `daemon-stopped` where somebody stopped the daemon on purpose
 */
export async function* followEvents(address: Address, options: FollowOptions): AsyncGenerator<LoggedEvent> {
  const { after, signal, isRaw } = options;
  let incoming: IncomingMessage;
  try {
    incoming = await openRequest(address, { path: "/events", query: { after }, signal });
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  if (incoming.statusCode !== 200) throw await readError(incoming);
  incoming.socket.setTimeout(SILENCE_MS_MAX, () => incoming.destroy(new Error("it has become silent")));
  try {
    for await (const data of readMessages(incoming)) {
      const event: unknown = JSON.parse(data);
      yield (isRaw ? event : cleanAnswer(event)) as LoggedEvent;
    }
  } catch (error) {
    if (signal.aborted) return;
    throw error instanceof OsqrError ? error : daemonGone(error);
  } finally {
    incoming.destroy();
  }
  if (!signal.aborted) throw daemonGone(new Error("the stream of events has ended"));
}

/** The data of each SSE message. */
async function* readMessages(incoming: IncomingMessage): AsyncGenerator<string> {
  incoming.setEncoding("utf8");
  let rest = "";
  for await (const chunk of incoming) {
    rest += chunk;
    let end = rest.indexOf("\n\n");
    while (end >= 0) {
      const data = readData(rest.slice(0, end));
      if (data !== null) yield data;
      rest = rest.slice(end + 2);
      end = rest.indexOf("\n\n");
    }
    if (rest.length > MESSAGE_CHARS_MAX) throw new Error("a message has no end");
  }
}

function readData(message: string): string | null {
  let data: string | null = null;
  for (const line of message.split("\n")) {
    if (line === "event: shutdown") {
      throw new OsqrError("daemon-stopped", "the daemon was stopped; runs stand still", {
        hints: ["go on: osqr go"],
      });
    }
    if (line.startsWith("data: ")) data = line.slice("data: ".length);
  }
  return data;
}
