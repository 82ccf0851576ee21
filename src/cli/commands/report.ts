import { EXIT, type Handler } from "../context.ts";
import { renderReport } from "../render/report.ts";

/** Prints what a run has built. */
export const run: Handler<"report"> = async ({ ui, host, connect }, input) => {
  const report = await (await connect()).report(input.run);
  if (input.json) ui.json(report);
  else ui.print(renderReport(report, host.now(), ui.page));
  return EXIT.done;
};
