import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { RefusedHost } from "../../core/model/agent.ts";
import { parseAllowList } from "../../core/network/allow-list.ts";
import { parseTarget } from "../../core/network/host.ts";
import { listenPrivately } from "../socket.ts";
import { type Resolve, resolveHost } from "./addresses.ts";
import { Decisions } from "./decisions.ts";
import { dial, judgeTarget, type NetworkDecision, toReason } from "./dial.ts";
import { type ForwardWay, forwardRequest, toText } from "./forward.ts";
import { joinStreams } from "./join.ts";

/** Connections of one attempt at once; more are closed at once. */
const CONNECTIONS_MAX = 256;
const HEADER_BYTES_MAX = 16 * 1024;
/** From the first byte to the last of a request's header. */
const HEADER_MS_MAX = 30_000;
/** A connection on which nothing passes for that long is ended: longer than a model thinks. */
const IDLE_MS_MAX = 15 * 60_000;

export interface ProxyOptions {
  /** Where the socket goes: `<folder>/proxy`, or a short folder of its own where that path is too long for a socket. */
  readonly folder: string;
  /** Hosts, as `parseAllowList` reads them; what is none is left out. */
  readonly allow: readonly string[];
  /** Told once for each host, port and verdict, up to a bound. */
  readonly onDecision: (decision: NetworkDecision) => void;
  /** @default the system's resolver */
  readonly resolve?: Resolve;
  /** @default 15 min */
  readonly idleMsMax?: number;
}

/** The one way from inside a sandbox to the network: to the hosts of a list. */
export interface NetworkProxy {
  readonly socketPath: string;
  /** What was refused so far, and how often. */
  refused(): readonly RefusedHost[];
  /** Ends all connections and removes the socket. */
  close(): Promise<void>;
}

/**
 * Opens an HTTP proxy on a Unix socket: CONNECT for what is encrypted, plain requests for the rest. It looks names up itself, judges the
 * addresses, and connects to the very ones it judged.
 */
export async function openProxy(options: ProxyOptions): Promise<NetworkProxy> {
  const way: ForwardWay = {
    rules: parseAllowList(options.allow).rules,
    resolve: options.resolve ?? resolveHost,
    decisions: new Decisions(options.onDecision),
    idleMsMax: options.idleMsMax ?? IDLE_MS_MAX,
  };
  const server = createServer({ maxHeaderSize: HEADER_BYTES_MAX, headersTimeout: HEADER_MS_MAX });
  server.maxConnections = CONNECTIONS_MAX;
  // A body may take as long as it moves.
  server.requestTimeout = 0;
  server.timeout = way.idleMsMax;
  server.on("connect", (request, socket, head) => void openTunnel(way, { request, socket, head }));
  server.on("request", (request, response) => void forwardRequest(way, request, response));
  answerMalformed(server, way);
  const { path, close } = await listenPrivately(server, options.folder, "proxy");
  return {
    socketPath: path,
    refused: () => way.decisions.refused(),
    close: () => close((socket) => socket.destroy()),
  };
}

interface ConnectRequest {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What came after the header already. */
  readonly head: Buffer;
}

async function openTunnel(way: ForwardWay, { request, socket, head }: ConnectRequest): Promise<void> {
  socket.on("error", () => socket.destroy()); // Whoever asked is gone.
  const text = request.url ?? "";
  const target = parseTarget(text, null);
  const refusal = target === null ? way.decisions.malformed(text) : null;
  if (target === null) {
    refuse(socket, 400, refusal ?? "");
    return;
  }
  const verdict = await judgeTarget(target, way.rules, way.resolve);
  way.decisions.tell(target, verdict);
  if (verdict.kind !== "allowed") {
    refuse(socket, verdict.kind === "denied" ? 403 : 502, toText(target, verdict.reason));
    return;
  }
  try {
    const upstream = await dial(target, verdict.addresses);
    if (socket.destroyed) {
      upstream.destroy();
      return;
    }
    // The server's own timer counts from the request on, whatever passes.
    if ("setTimeout" in socket) (socket as Socket).setTimeout(0);
    socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    upstream.write(head);
    joinStreams(socket, upstream, way.idleMsMax);
  } catch (error) {
    refuse(socket, 502, toText(target, toReason(error)));
  }
}

const STATUS_TEXT = { 400: "Bad Request", 403: "Forbidden", 502: "Bad Gateway" } as const;

function refuse(socket: Duplex, status: keyof typeof STATUS_TEXT, text: string): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_TEXT[status]}`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(text)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${text}`);
}

/** What is no HTTP is answered as such: a byte 0 in a host, a header that is too long, a second length … */
function answerMalformed(server: Server, way: ForwardWay): void {
  server.on("clientError", (error, socket) => {
    if (!socket.writable || ("code" in error && error.code === "ECONNRESET")) {
      socket.destroy();
      return;
    }
    refuse(socket, 400, way.decisions.malformed(""));
  });
}
