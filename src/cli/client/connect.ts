import { VERSION } from "../../core/version.ts";
import { type HomePaths, openHome, resolveHome } from "../../store/home.ts";
import type { Host } from "../host.ts";
import type { Ui } from "../ui.ts";
import { Client } from "./client.ts";
import { findDaemon } from "./find.ts";
import { Patience } from "./patience.ts";
import { awaitRunningDaemon, type ReadyDaemon, startBackgroundDaemon } from "./start.ts";

/** The home that this command works with; made where it is absent. @throws `home-unsafe`, `home-unusable` */
export function openOwnHome(host: Host): HomePaths {
  return openHome(resolveHome(host.env));
}

/**
 * A client of the daemon, which is started where it is not there.
 *
 * @throws what keeps the daemon from starting
 */
export async function connect(host: Host, ui: Ui, options: { readonly isRaw: boolean }): Promise<Client> {
  const home = openOwnHome(host);
  const daemon = await startBackgroundDaemon(host, home, createPatience(home, ui));
  if (daemon.version !== VERSION) {
    ui.note([`note: the daemon is version ${daemon.version}, this is ${VERSION}. To change over: osqr stop`]);
  }
  return new Client(daemon, { root: host.cwd, isRaw: options.isRaw });
}

const createPatience = (home: HomePaths, ui: Ui): Patience => new Patience(home, (line) => ui.note([line]));

export interface RunningDaemon {
  readonly client: Client;
  readonly pid: number;
}

/** A client of the daemon that runs and answers now; null where none does. */
export async function connectIfRunning(
  host: Host,
  options: { readonly isRaw: boolean },
): Promise<RunningDaemon | null> {
  const found = await findDaemon(openOwnHome(host));
  return found.kind === "ready" ? toRunning(host, found, options) : null;
}

/** The same for one that may have to be waited for: it starts, stops, or is busy. @throws `daemon-silent` */
export async function connectToRunning(
  host: Host,
  ui: Ui,
  options: { readonly isRaw: boolean },
): Promise<RunningDaemon | null> {
  const home = openOwnHome(host);
  const found = await awaitRunningDaemon(home, createPatience(home, ui));
  return found === null ? null : toRunning(host, found, options);
}

const toRunning = (
  host: Host,
  found: ReadyDaemon,
  { isRaw }: { readonly isRaw: boolean },
): RunningDaemon => ({ client: new Client(found, { root: host.cwd, isRaw }), pid: found.pid });
