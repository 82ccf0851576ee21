import { EXIT, type Handler } from "../context.ts";
import { resolveThing } from "../names.ts";
import { renderHandoff } from "../render/handoffs.ts";

/** Prints one handoff; ends with 1 where it cannot be read. */
export const run: Handler<"handoff show"> = async ({ ui, connect }, { what, json }) => {
  const client = await connect();
  const handoff = await client.handoff(await resolveThing(client, what));
  if (json) ui.json(handoff);
  else ui.print(renderHandoff(handoff, ui.page));
  return handoff.fault === null ? EXIT.done : EXIT.refused;
};
