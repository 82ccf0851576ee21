import { EXIT, type Handler } from "../context.ts";
import { renderWorkflow } from "../render/workflows.ts";

/** Prints one version of a workflow, step by step. */
export const run: Handler<"workflow show"> = async ({ ui, connect }, { name, json }) => {
  const workflow = await (await connect()).workflow(name);
  if (json) ui.json(workflow);
  else ui.print(renderWorkflow(workflow, ui.page));
  return EXIT.done;
};
