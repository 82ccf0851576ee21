import { EXIT, type Handler } from "../context.ts";
import { renderWorkflowList } from "../render/workflows.ts";

/** Prints every workflow with its versions. */
export const run: Handler<"workflow list"> = async ({ ui, connect }, { json }) => {
  const list = await (await connect()).workflows();
  if (json) ui.json(list);
  else ui.print(renderWorkflowList(list, ui.page));
  return EXIT.done;
};
