import { OsqrError } from "../../core/errors.ts";
import type { AskInstallation } from "../ask/install.ts";
import type { Mount } from "../types.ts";

/** One of the daemon's sockets, as it is reached from inside: by TCP on the loopback. */
export interface RelayRoute {
  /** Socket of the daemon. */
  readonly socketPath: string;
  /** Port on 127.0.0.1 inside; 0: any that is free. At level `process` it is a port of the machine. */
  readonly port: number;
  /** Variables that tell the command of it; `{port}` in a value stands for the port. They go before those of the request. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Starts the relay in the background, waits until its ports are open, and becomes the command: stdin, stdout, signals and the exit code
 * are the command's own. The relay is nobody's child then, so that a command that waits for its children does not wait for it.
 * Values come as arguments and as text of one variable, never as text of the script. `$OSQR_RELAY` says which ports are open.
 */
const WRAPPER = [
  'osqr_lines=$("$1" "$2" "$3" < /dev/null & )',
  'shift 3; [ -n "$osqr_lines" ] || exit 69',
  "IFS='\n'; set -f",
  'for osqr_line in $osqr_lines; do export "$osqr_line"; done',
  'unset IFS; exec "$@"',
].join("\n");

/** The command behind a relay that opens these routes; as it is where there are none. @throws OsqrError `relay_refused` */
export function wrapWithRelay(
  ask: Pick<AskInstallation, "node" | "relay">,
  routes: readonly RelayRoute[],
  argv: readonly [string, ...string[]],
): [string, ...string[]] {
  if (routes.length === 0) return [...argv];
  const plain = routes.map(({ socketPath, port, env }) => ({
    socket: socketPath,
    port,
    env: checkVariables(env),
  }));
  return ["/bin/sh", "-c", WRAPPER, "osqr", ask.node, ask.relay, JSON.stringify(plain), ...argv];
}

/** The sockets of the routes, as a sandbox has to mount them. */
export function toRouteMounts(routes: readonly RelayRoute[]): Mount[] {
  return routes.map(({ socketPath }) => ({ source: socketPath, target: socketPath, mode: "write" }));
}

/** Variables for the programs that take their proxy from the environment: nearly all do, Node from 24 on. */
export function toProxyVariables(): Record<string, string> {
  const url = "http://127.0.0.1:{port}";
  const own = "localhost,127.0.0.1,::1";
  return {
    HTTP_PROXY: url,
    HTTPS_PROXY: url,
    http_proxy: url,
    https_proxy: url,
    NO_PROXY: own,
    no_proxy: own,
    NODE_USE_ENV_PROXY: "1",
  };
}

function checkVariables(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(env)) {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !/[\n\0]/.test(value)) continue;
    throw new OsqrError("relay_refused", `expected a variable of one line, found ${JSON.stringify(name)}`);
  }
  return env;
}
