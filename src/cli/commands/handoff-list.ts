import { EXIT, type Handler } from "../context.ts";
import { resolveThing } from "../names.ts";
import { renderHandoffs } from "../render/handoffs.ts";

/** Prints the handoffs of a workstream or of all. */
export const run: Handler<"handoff list"> = async ({ ui, connect }, { name, all, json }) => {
  const client = await connect();
  const handoffs = await client.handoffs(name === null ? null : await resolveThing(client, [name]), all);
  if (json) ui.json(handoffs);
  else ui.print(renderHandoffs(handoffs, ui.page, { isAll: all }));
  return EXIT.done;
};
