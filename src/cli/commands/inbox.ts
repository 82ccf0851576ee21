import { EXIT, type Handler } from "../context.ts";
import { renderInbox } from "../render/decisions.ts";

/** Prints what needs the operator. */
export const run: Handler<"inbox"> = async ({ ui, host, connect }, { json }) => {
  const decisions = await (await connect()).inbox();
  if (json) ui.json(decisions);
  else ui.print(renderInbox(decisions, host.now(), ui.page));
  return EXIT.done;
};
