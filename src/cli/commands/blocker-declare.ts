import { EXIT, type Handler } from "../context.ts";
import { resolvePart } from "../names.ts";
import { needOptions } from "../needed.ts";
import { renderBlocker } from "../render/blockers.ts";

/** Declares a blocker on a workstream or a task. */
export const run: Handler<"blocker declare"> = async ({ ui, connect }, input) => {
  const { what, type, owner, because, as: signer, json } = input;
  const example = `osqr blocker declare ${what} --type external --owner kim --because "no API key yet"`;
  const given = needOptions({ type, owner, because }, example);
  const client = await connect();
  const blocker = await client.declareBlocker({ what: await resolvePart(client, what), ...given, signer });
  if (json) ui.json(blocker);
  else ui.print(renderBlocker(blocker, ui.page));
  return EXIT.done;
};
