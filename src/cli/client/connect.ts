import { VERSION } from "../../core/version.ts";
import { type HomePaths, openHome, resolveHome } from "../../store/home.ts";
import type { Host } from "../host.ts";
import type { Ui } from "../ui.ts";
import { Client } from "./client.ts";
import { findDaemon } from "./find.ts";
import { startBackgroundDaemon } from "./start.ts";

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
  const found = await findDaemon(home);
  const daemon = found.kind === "ready" ? found : await startBackgroundDaemon(host, home);
  if (daemon.version !== VERSION) {
    ui.note([`note: the daemon is version ${daemon.version}, this is ${VERSION}. To change over: osqr stop`]);
  }
  return new Client(daemon, { root: host.cwd, isRaw: options.isRaw });
}

/** A client of the daemon that runs; null where none does. */
export async function connectIfRunning(
  host: Host,
  options: { readonly isRaw: boolean },
): Promise<{ client: Client; pid: number; port: number; home: HomePaths } | null> {
  const home = openOwnHome(host);
  const found = await findDaemon(home);
  if (found.kind !== "ready") return null;
  const { pid, port } = found;
  return { client: new Client(found, { root: host.cwd, isRaw: options.isRaw }), pid, port, home };
}
