import { EXIT, type Handler } from "../context.ts";
import { renderStatus } from "../render/status.ts";

/** Prints how things stand. */
export const run: Handler<"status"> = async ({ ui, connect }, { json }) => {
  const status = await (await connect()).status();
  if (json) ui.json(status);
  else ui.print(renderStatus(status, ui.page));
  return EXIT.done;
};
