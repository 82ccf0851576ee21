import { EXIT, type Handler } from "../context.ts";
import { resolveThing } from "../names.ts";
import { renderTrace } from "../render/details.ts";

/** Prints a spec line by line with what became of it. */
export const run: Handler<"trace"> = async ({ ui, connect }, { what, json }) => {
  const client = await connect();
  const trace = await client.trace(await resolveThing(client, what));
  if (json) ui.json(trace);
  else ui.print(renderTrace(trace, ui.page));
  return EXIT.done;
};
