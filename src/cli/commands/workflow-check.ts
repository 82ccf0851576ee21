import { EXIT, type Handler } from "../context.ts";
import { renderWorkflowCheck } from "../render/workflows.ts";

/** Looks at the workflows of the checkout. Ends with 1 where one cannot be used. */
export const run: Handler<"workflow check"> = async ({ ui, connect }, { json }) => {
  const check = await (await connect()).checkWorkflows();
  if (json) ui.json(check);
  else ui.print(renderWorkflowCheck(check, ui.page));
  return check.ok ? EXIT.done : EXIT.refused;
};
