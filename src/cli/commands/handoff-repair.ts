import { EXIT, type Handler } from "../context.ts";
import { resolveThing } from "../names.ts";
import { renderRepairs } from "../render/handoffs.ts";

/** Makes handoffs again that cannot be read. */
export const run: Handler<"handoff repair"> = async ({ ui, connect }, { names, as: signer, json }) => {
  const client = await connect();
  const resolved = await Promise.all(names.map((name) => resolveThing(client, [name])));
  const repairs = await client.repairHandoffs(resolved.length === 0 ? null : resolved, signer);
  if (json) ui.json(repairs);
  else ui.print(renderRepairs(repairs, ui.page));
  return EXIT.done;
};
