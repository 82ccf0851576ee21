import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Open connections beyond which the oldest idle one is dropped. */
export const SOCKETS_MAX = 512;

/**
 * Bounds the connections of a server, so that a program which opens thousands and says nothing cannot lock others out: the
 * oldest without a request under way makes room.
 */
export function boundSockets(server: Server, socketsMax: number = SOCKETS_MAX): void {
  /** Requests under way by socket, oldest socket first. */
  const sockets = new Map<Socket, number>();
  server.on("connection", (socket: Socket) => {
    sockets.set(socket, 0);
    socket.once("close", () => sockets.delete(socket));
    if (sockets.size > socketsMax) findOldestIdle(sockets)?.destroy();
  });
  server.on("request", (request, response) => {
    const { socket } = request;
    sockets.set(socket, (sockets.get(socket) ?? 0) + 1);
    response.once("close", () => {
      const count = sockets.get(socket);
      if (count !== undefined) sockets.set(socket, count - 1);
    });
  });
}

/** The newest one where all are busy. */
function findOldestIdle(sockets: ReadonlyMap<Socket, number>): Socket | undefined {
  let last: Socket | undefined;
  for (const [socket, requests] of sockets) {
    if (requests === 0) return socket;
    last = socket;
  }
  return last;
}
