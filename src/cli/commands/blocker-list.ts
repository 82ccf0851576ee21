import { EXIT, type Handler } from "../context.ts";
import { renderBlockers } from "../render/blockers.ts";

/** Prints what is in the way. */
export const run: Handler<"blocker list"> = async ({ ui, connect }, { all, json }) => {
  const report = await (await connect()).blockers(all);
  if (json) ui.json(report);
  else ui.print(renderBlockers(report, ui.page));
  return EXIT.done;
};
