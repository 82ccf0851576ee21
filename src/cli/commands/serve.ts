import { VERSION } from "../../core/version.ts";
import { readIdleMs, readPort, runDaemon } from "../../server/daemon.ts";
import { resolveHome } from "../../store/home.ts";
import { EXIT, type Handler } from "../context.ts";

/** Runs the daemon until it is stopped. */
export const run: Handler<"serve"> = async ({ host, ui }, { background, json }) => {
  const { env } = host;
  // Only here: the engine is what makes a start slow.
  const { openLocalService } = await import("../../engine/local/open.ts");
  let announce: (port: number) => void = () => undefined;
  await runDaemon({
    foreground: !background,
    home: resolveHome(env),
    port: readPort(env.OSQR_PORT),
    version: VERSION,
    // In a terminal somebody has asked for it to be there.
    idleMs: background ? readIdleMs(env.OSQR_IDLE_MINUTES) : null,
    createService: async () => {
      const opened = await openLocalService({ env, report: (line) => ui.note([line]) });
      announce = opened.announce;
      return opened.service;
    },
    onListening: (port) => announce(port),
    onReady: (port) => {
      if (background) return;
      if (json) ui.json({ pid: process.pid, port }, true);
      else
        ui.note([
          `osqr ${VERSION} serves http://127.0.0.1:${port} (pid ${process.pid}). Stop it: Ctrl-C, or osqr stop`,
        ]);
    },
    write: (line) => ui.note([line]),
  });
  return EXIT.done;
};
