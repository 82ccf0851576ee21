import { EXIT, type Handler } from "../context.ts";
import { toFlowFilter } from "../flow-filter.ts";
import { renderMetrics } from "../render/metrics.ts";

/** Prints how work flows. */
export const run: Handler<"metrics"> = async ({ ui, connect }, input) => {
  const { names, by, json } = input;
  const { filter, isHome } = toFlowFilter(input);
  const client = await connect();
  const isNamed = names.length > 0;
  const query = { ...filter, names, detail: isNamed, isBrief: !isNamed && !json };
  const report = await client.metrics(query, isHome);
  if (json) ui.json(report);
  else ui.print(renderMetrics(report, by, ui.page));
  return EXIT.done;
};
