import { EXIT, type Handler } from "../context.ts";
import { renderWorkflowHistory } from "../render/workflows.ts";

/** Prints who changed which workflow when and why, and the migrations between versions. */
export const run: Handler<"workflow history"> = async ({ ui, connect }, { name, json }) => {
  const history = await (await connect()).workflowHistory(name);
  if (json) ui.json(history);
  else ui.print(renderWorkflowHistory(history, ui.page));
  return EXIT.done;
};
