/**
 * The program that stands on the loopback inside a sandbox and carries each connection to a Unix socket of the daemon, and nothing else.
 * Self-contained text for Node, like `osqr-ask`. Its one argument is JSON: `[{ socket, port, env }]`, port 0 for any that is free. When
 * all its ports are open it prints the variables for the command, `NAME=value` a line, and lets go of stdout. It goes on while the
 * command tidies up: SIGKILL ends it, with the sandbox.
 */
export const RELAY_PROGRAM = String.raw`import { closeSync, openSync, writeSync } from "node:fs";
import { connect, createServer } from "node:net";

const CONNECTIONS_MAX = 256;

for (const name of ["SIGHUP", "SIGINT", "SIGTERM"]) process.on(name, () => {});

function fail(message) {
  process.stderr.write("osqr-relay: " + message + "\n");
  process.exit(69);
}

function carry(client, path) {
  const daemon = connect({ path, allowHalfOpen: true });
  const end = () => {
    client.destroy();
    daemon.destroy();
  };
  for (const socket of [client, daemon]) {
    socket.on("error", end);
    socket.on("close", end);
  }
  client.setNoDelay(true);
  client.pipe(daemon);
  daemon.pipe(client);
}

function open({ socket, port, env }) {
  return new Promise((resolve) => {
    const server = createServer({ allowHalfOpen: true }, (client) => carry(client, socket));
    server.maxConnections = CONNECTIONS_MAX;
    server.on("error", (error) => fail("cannot listen on 127.0.0.1:" + port + ": " + error.code));
    server.listen(port, "127.0.0.1", () => {
      const found = String(server.address().port);
      const lines = Object.entries(env).map(([name, value]) => name + "=" + value.replaceAll("{port}", found));
      resolve({ found, lines });
    });
  });
}

const opened = await Promise.all(JSON.parse(process.argv[2]).map(open));
const ports = "OSQR_RELAY=" + opened.map(({ found }) => found).join(",");
writeSync(1, [ports, ...opened.flatMap(({ lines }) => lines)].join("\n") + "\n");
// Whoever waits for the end of these lines goes on.
closeSync(1);
openSync("/dev/null", "w");
`;
