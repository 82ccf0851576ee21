import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import type { Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Bytes of a Unix socket's path that every kernel takes. */
const SOCKET_PATH_BYTES_MAX = 100;

/** A server on a Unix socket that only the daemon's own user can open. */
export interface PrivateSocket {
  readonly path: string;
  /** Takes no more connections, ends all that are open with `end`, and removes the socket. */
  close(end: (socket: Socket) => void): Promise<void>;
}

/** Lets a server listen on `<folder>/<name>`, or in a short folder of its own where that path is too long for a socket. */
export async function listenPrivately(server: Server, folder: string, name: string): Promise<PrivateSocket> {
  const path = await chooseSocketPath(folder, name);
  await rm(path, { force: true });
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await listen(server, path);
  await chmod(path, 0o600);
  return {
    path,
    async close(end) {
      await closeServer(server, sockets, end);
      await rm(dirname(path) === folder ? path : dirname(path), { recursive: true, force: true });
    },
  };
}

async function chooseSocketPath(folder: string, name: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX) return path;
  return join(await mkdtemp(join(tmpdir(), "osqr-")), name);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function closeServer(
  server: Server,
  sockets: ReadonlySet<Socket>,
  end: (socket: Socket) => void,
): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) end(socket);
  });
}
