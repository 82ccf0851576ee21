import { EXIT, type Handler } from "../context.ts";
import { renderStatus } from "../render/status.ts";

/** Prints how things stand. */
export const run: Handler<"status"> = async ({ ui, connect }, { json }) => {
  const client = await connect();
  if (json) ui.json(await client.status());
  else ui.print(renderStatus(await client.briefStatus(), ui.page));
  return EXIT.done;
};
