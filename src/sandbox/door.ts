import { createServer, type Socket } from "node:net";
import type { DoorQuestion, DoorReply, DoorRequest } from "./door-protocol.ts";
import { readRequest } from "./door-request.ts";
import { DoorStreams, type McpEntry } from "./door-streams.ts";
import { listenPrivately } from "./socket.ts";

/** Connections at once; more are closed at once. */
const CONNECTIONS_MAX = 64;
/** Questions of one attempt that may be open at once. */
const ASKS_MAX = 32;
/** Questions of one attempt in all. */
const ASKS_TOTAL_MAX = 500;

export interface DoorOptions {
  /** Where the socket goes: `<folder>/door`, or a short folder of its own where that path is too long for a socket. */
  readonly folder: string;
  /** A question came; `answer` with the same `ask` replies to it. */
  readonly onAsk: (ask: string, question: DoorQuestion) => void;
  readonly onProgress: (text: string) => void;
  /** Connections that carry MCP. Left out: none are taken. */
  readonly mcp?: McpEntry;
}

/** The one way from inside a sandbox to the daemon: a Unix socket of the attempt. */
export interface Door {
  readonly path: string;
  /** Replies to an open question. False where none has that name (any more). */
  answer(ask: string, optionId: string): boolean;
  /** Tells an open question's asker why it is not taken. */
  refuse(ask: string, reason: string): void;
  /** Tells all who wait that the attempt is ended and takes no new questions. */
  park(): void;
  /** Parks, closes all connections and removes the socket. */
  close(): Promise<void>;
}

/** Opens a door. Whatever comes in is checked and bounded: it may come from a hostile program. */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const asks = new Map<string, Socket>();
  const streams = new DoorStreams(options.mcp ?? null);
  let count = 0;
  let isParked = false;

  const ask = (socket: Socket, question: DoorQuestion): void => {
    if (count >= ASKS_TOTAL_MAX) {
      refuse(socket, `${ASKS_TOTAL_MAX} questions were asked already`);
      return;
    }
    if (asks.size >= ASKS_MAX) {
      refuse(socket, `${ASKS_MAX} questions are open already`);
      return;
    }
    count += 1;
    const name = `ask-${count}`;
    asks.set(name, socket);
    socket.once("close", () => asks.delete(name));
    options.onAsk(name, question);
  };
  const handle = (socket: Socket, request: DoorRequest): void => {
    if (request.kind === "refused") {
      refuse(socket, request.message);
    } else if (request.kind === "progress") {
      options.onProgress(request.text);
      reply(socket, { ok: true });
    } else if (isParked) {
      reply(socket, { ok: false, code: "parked" });
    } else if (request.kind === "mcp") {
      const refusal = streams.refuse(request.token);
      if (refusal !== null) refuse(socket, refusal);
      else streams.open(socket);
    } else {
      ask(socket, request.question);
    }
  };
  const server = createServer((socket) => {
    readRequest(socket, (request) => handle(socket, request));
  });
  server.maxConnections = CONNECTIONS_MAX;
  const listening = await listenPrivately(server, options.folder, "door");

  const park = (): void => {
    isParked = true;
    for (const socket of asks.values()) reply(socket, { ok: false, code: "parked" });
    asks.clear();
  };
  return {
    path: listening.path,
    answer(ask, optionId) {
      const socket = asks.get(ask);
      if (socket === undefined) return false;
      asks.delete(ask);
      reply(socket, { ok: true, option: optionId });
      return true;
    },
    refuse(ask, reason) {
      const socket = asks.get(ask);
      asks.delete(ask);
      if (socket !== undefined) refuse(socket, reason);
    },
    park,
    async close() {
      park();
      streams.close();
      await listening.close((socket) => socket.destroySoon());
    },
  };
}

function refuse(socket: Socket, message: string): void {
  reply(socket, { ok: false, code: "refused", message });
}

/** Sends the reply and drops the connection, also where the other side goes on sending. */
function reply(socket: Socket, message: DoorReply): void {
  socket.write(`${JSON.stringify(message)}\n`);
  socket.destroySoon();
}
