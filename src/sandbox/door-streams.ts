import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { DoorReply } from "./door-protocol.ts";
import { isSameSecret } from "./same-secret.ts";

/** At once: an agent may start its server again, or one for each of its helpers. */
const STREAMS_MAX = 8;
/** In all. */
const STREAMS_TOTAL_MAX = 500;

export interface McpEntry {
  /** Whoever knows it speaks for the attempt. */
  readonly token: string;
  /** A connection came with the token. It comes paused, and ends with the door. */
  readonly onStream: (stream: Duplex) => void;
}

/** The connections of one attempt that carry MCP. */
export class DoorStreams {
  readonly #entry: McpEntry | null;
  readonly #open = new Set<Socket>();
  #count = 0;

  /** @param entry Null: none are taken. */
  constructor(entry: McpEntry | null) {
    this.#entry = entry;
  }

  /** Why a connection with this token is not taken; null: it is. */
  refuse(token: string): string | null {
    if (this.#entry === null) return "this attempt takes no MCP";
    if (!isSameSecret(token, this.#entry.token)) return "the token is not that of this attempt";
    if (this.#open.size >= STREAMS_MAX) return `${STREAMS_MAX} connections are open already`;
    return this.#count >= STREAMS_TOTAL_MAX ? `${STREAMS_TOTAL_MAX} connections were opened already` : null;
  }

  open(socket: Socket): void {
    this.#count += 1;
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    socket.write(`${JSON.stringify({ ok: true } satisfies DoorReply)}\n`);
    this.#entry?.onStream(socket);
  }

  /** Whoever does not read holds up nothing: what the kernel has not taken by now is dropped. */
  close(): void {
    for (const socket of this.#open) socket.destroy();
  }
}
