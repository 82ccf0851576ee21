import type { VerifyReport } from "../../engine/service.ts";
import { connectIfRunning, openOwnHome } from "../client/connect.ts";
import { type Context, EXIT, type Handler } from "../context.ts";
import { renderVerify } from "../render/details.ts";

/** Checks the history: through the daemon, or directly where none runs (a damaged history keeps it from starting). */
export const run: Handler<"verify"> = async (context, { json, acceptCut }) => {
  const { ui, host } = context;
  const running = await connectIfRunning(host, { isRaw: json });
  if (acceptCut) await acceptMissingEnd(context, running?.pid ?? null);
  const report =
    acceptCut || running === null ? await verifyDirectly(context) : await running.client.verify();
  if (json) ui.json(report);
  else ui.print(renderVerify(report, ui.page));
  return report.ok ? EXIT.done : EXIT.refused;
};

async function verifyDirectly({ host }: Context): Promise<VerifyReport> {
  const { verifyEventLog } = await import("../../store/open.ts");
  return verifyEventLog(openOwnHome(host));
}

/** Goes on from a history whose end is gone; the files as they are now are kept beside it. */
async function acceptMissingEnd({ host, ui }: Context, pid: number | null): Promise<void> {
  const { OsqrError } = await import("../../core/errors.ts");
  if (pid !== null) {
    throw new OsqrError("home-locked", `the daemon (pid ${pid}) uses the history`, {
      hints: ["stop it: osqr stop"],
    });
  }
  const { lockHome } = await import("../../store/home-lock.ts");
  const { openEventLog } = await import("../../store/open.ts");
  const lock = lockHome(openOwnHome(host), host.now());
  try {
    const log = openEventLog(lock, { acceptCut: true });
    ui.note(
      log.warnings.length === 0 ? ["The end of the history is there: nothing to accept."] : log.warnings,
    );
    log.close();
  } finally {
    lock.release();
  }
}
