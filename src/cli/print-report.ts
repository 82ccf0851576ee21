import type { RunReport } from "../core/report/types.ts";
import type { Client } from "./client/client.ts";
import type { Context } from "./context.ts";
import { readEvidence } from "./evidence.ts";
import { toDecisionOptions } from "./render/decisions.ts";
import { isMoving } from "./render/marks.ts";
import { renderReport } from "./render/report.ts";

/** Prints a report as a command's result. */
export async function printReport(
  { host, ui }: Pick<Context, "host" | "ui">,
  client: Client,
  report: RunReport,
  { isJson }: { readonly isJson: boolean },
): Promise<void> {
  if (isJson) {
    ui.json(report);
    return;
  }
  const isRestRunning = report.status === "active" && report.workstreams.some(isMoving);
  const evidence = await readEvidence(client, report.decisions);
  ui.print(renderReport(report, toDecisionOptions(host.now(), { isRestRunning, evidence }), ui.page));
}
