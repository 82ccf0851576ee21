import { EXIT, type Handler } from "../context.ts";
import { resolveThing } from "../names.ts";
import { renderExplanation } from "../render/details.ts";

/** Prints why something is as it is. */
export const run: Handler<"why"> = async ({ ui, connect }, { what, json }) => {
  const client = await connect();
  const explanation = await client.why(await resolveThing(client, what));
  if (json) ui.json(explanation);
  else ui.print(renderExplanation(explanation, ui.page));
  return EXIT.done;
};
