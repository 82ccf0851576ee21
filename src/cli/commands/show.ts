import { EXIT, type Handler } from "../context.ts";
import { resolveThing } from "../names.ts";
import { renderShown } from "../render/details.ts";

/** Prints one thing in full. */
export const run: Handler<"show"> = async ({ ui, host, connect }, { what, json }) => {
  const client = await connect();
  const shown = await client.show(await resolveThing(client, what));
  if (json) ui.json(shown);
  else ui.print(renderShown(shown, host.now(), ui.page));
  return EXIT.done;
};
