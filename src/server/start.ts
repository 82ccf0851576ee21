import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener, RequestError } from "@hono/node-server";
import { OsqrError } from "../core/errors.ts";
import type { Service } from "../engine/service.ts";
import { createApp } from "./app.ts";
import { describeError } from "./errors.ts";
import { EventStreams } from "./event-stream.ts";
import { setSecurityHeaders } from "./guards/guard.ts";
import { boundSockets } from "./sockets.ts";

/** The only address that is ever bound: the API is for programs of this machine. */
const LOOPBACK = "127.0.0.1";
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 5_000;
/** How long open requests may take to end when the server closes. */
const CLOSE_GRACE_MS = 2_000;

export interface ServerOptions {
  readonly service: Service;
  /** 0: any free port. */
  readonly port: number;
  readonly token: string;
  readonly version: string;
  /** Told of each request that was let in. */
  readonly onRequest?: () => void;
  /** Told that a client asked for the end; after its answer. */
  readonly onShutdown?: () => void;
  /** Told of bugs, whose details no client gets. */
  readonly onBug?: (error: unknown) => void;
  /** @default 15 s */
  readonly heartbeatMs?: number;
}

export interface RunningServer {
  readonly port: number;
  /** Clients that follow the events now. */
  streamClients(): number;
  /** Ends the streams, waits for open requests, at most two seconds. */
  close(): Promise<void>;
}

const ignore = () => undefined;

/**
 * Serves the API on 127.0.0.1.
 *
 * @throws `port-taken` where another program has the port; `port-unusable` where the system refuses it
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { service, token, version } = options;
  const streams = new EventStreams({
    source: service,
    ...(options.heartbeatMs === undefined ? {} : { heartbeatMs: options.heartbeatMs }),
  });
  let port = options.port;
  const app = createApp({
    service,
    token,
    version,
    streams,
    port: () => port,
    onRequest: options.onRequest ?? ignore,
    onShutdown: options.onShutdown ?? ignore,
    onBug: options.onBug ?? ignore,
  });
  const listener = getRequestListener(app.fetch as never, {
    hostname: LOOPBACK,
    overrideGlobalObjects: false,
    errorHandler: toErrorResponse,
  });
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => void listener(request, response),
  );
  boundSockets(server);
  port = await listen(server, options.port);
  return {
    port,
    streamClients: () => streams.clientCount,
    close: () => closeServer(server, streams),
  };
}

/** Requests that hono never saw: a Host or an address that is none. */
function toErrorResponse(error: unknown): Response {
  const message = error instanceof RequestError ? error.message : "the request is not usable";
  const { status, body } = describeError(new OsqrError("bad-request", message));
  const response = Response.json(body, { status });
  setSecurityHeaders(response.headers);
  return response;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(explainListenFailure(port, cause)));
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function explainListenFailure(port: number, cause: NodeJS.ErrnoException): OsqrError {
  const hints = ["choose another one: OSQR_PORT=8766", "or any free one: OSQR_PORT=0"];
  if (cause.code === "EADDRINUSE") {
    const message = `port ${port} on ${LOOPBACK} ($OSQR_PORT) is taken by another program`;
    return new OsqrError("port-taken", message, { hints, cause });
  }
  const message = `cannot listen on port ${port} of ${LOOPBACK} ($OSQR_PORT): ${cause.message}`;
  return new OsqrError("port-unusable", message, { hints, cause });
}

function closeServer(server: Server, streams: EventStreams): Promise<void> {
  streams.close();
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}
