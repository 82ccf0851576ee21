import { EXIT, type Handler } from "../context.ts";
import { printReport } from "../print-report.ts";

/** Prints what a run has built. */
export const run: Handler<"report"> = async (context, input) => {
  const client = await context.connect();
  await printReport(context, client, await client.report(input.run), { isJson: input.json });
  return EXIT.done;
};
