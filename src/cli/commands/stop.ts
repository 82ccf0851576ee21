import { setTimeout as sleep } from "node:timers/promises";
import { OsqrError } from "../../core/errors.ts";
import { connectToRunning } from "../client/connect.ts";
import { isAlive } from "../client/find.ts";
import { EXIT, type Handler } from "../context.ts";

const STOP_MS_MAX = 20_000;
const POLL_MS = 40;

/** Stops the daemon and waits for its end. */
export const run: Handler<"stop"> = async ({ host, ui }, { json }) => {
  const running = await connectToRunning(host, ui, { isRaw: json });
  if (running === null) {
    if (json) ui.json({ stopped: false, pid: null });
    else ui.print(["No daemon is running."]);
    return EXIT.done;
  }
  const { client, pid } = running;
  await client.shutdown();
  const deadline = performance.now() + STOP_MS_MAX;
  while (isAlive(pid)) {
    if (performance.now() > deadline) {
      throw new OsqrError(
        "daemon-silent",
        `the daemon (pid ${pid}) has not ended within ${STOP_MS_MAX / 1_000} s`,
        {
          hints: [`end it: kill ${pid}`, "nothing is lost: what was acknowledged is on disk"],
        },
      );
    }
    await sleep(POLL_MS);
  }
  if (json) ui.json({ stopped: true, pid });
  else ui.print([`Stopped (pid ${pid}). Runs go on with the next osqr go.`]);
  return EXIT.done;
};
