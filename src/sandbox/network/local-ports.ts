import { createServer, type Socket } from "node:net";
import { parseAllowList } from "../../core/network/allow-list.ts";
import { listenPrivately } from "../socket.ts";
import { Decisions } from "./decisions.ts";
import { dial, type NetworkDecision } from "./dial.ts";
import { joinStreams } from "./join.ts";
import type { RelayRoute } from "./relay.ts";

const PORTS_MAX = 16;
/** Nobody inside can listen below it. */
const PORT_MIN = 1024;
const CONNECTIONS_MAX = 64;
const IDLE_MS_MAX = 15 * 60_000;
const LOCAL_HOSTS: readonly string[] = ["localhost", "127.0.0.1", "[0:0:0:0:0:0:0:1]"];

export interface LocalPorts {
  readonly routes: readonly RelayRoute[];
  close(): Promise<void>;
}

/**
 * Opens the machine's own ports that a list names, e.g. a model server's `localhost:11434`, under the same numbers inside a sandbox with
 * a loopback of its own. Programs reach their loopback without a proxy, so the proxy alone would not do.
 */
export async function openLocalPorts(options: {
  readonly folder: string;
  readonly allow: readonly string[];
  readonly onDecision: (decision: NetworkDecision) => void;
}): Promise<LocalPorts> {
  const decisions = new Decisions(options.onDecision);
  const opened = await Promise.all(
    listLocalPorts(options.allow).map(async (port) => {
      const server = createServer({ allowHalfOpen: true }, (socket) => void carry(socket, port, decisions));
      server.maxConnections = CONNECTIONS_MAX;
      const { path, close } = await listenPrivately(server, options.folder, `port-${port}`);
      return { route: { socketPath: path, port, env: {} }, close };
    }),
  );
  return {
    routes: opened.map(({ route }) => route),
    async close() {
      await Promise.all(opened.map(({ close }) => close((socket) => socket.destroy())));
    },
  };
}

function listLocalPorts(allow: readonly string[]): number[] {
  const ports = parseAllowList(allow).rules.flatMap(({ host, isSuffix, port }) =>
    !isSuffix && port !== null && port >= PORT_MIN && LOCAL_HOSTS.includes(host) ? [port] : [],
  );
  return [...new Set(ports)].slice(0, PORTS_MAX);
}

async function carry(socket: Socket, port: number, decisions: Decisions): Promise<void> {
  socket.on("error", () => socket.destroy()); // Whoever asked is gone.
  const target = { host: "localhost", port };
  const addresses = [
    { address: "127.0.0.1", family: 4 },
    { address: "::1", family: 6 },
  ] as const;
  decisions.tell(target, { kind: "allowed", addresses });
  try {
    const upstream = await dial(target, addresses);
    if (socket.destroyed) upstream.destroy();
    else joinStreams(socket, upstream, IDLE_MS_MAX);
  } catch {
    socket.destroy(); // Nothing listens there, as it would be without a sandbox.
  }
}
