import { EXIT, type Handler } from "../context.ts";
import { resolveNames } from "../names.ts";
import { renderRevert } from "../render/reverts.ts";

/** Takes a landed workstream out of the base again. */
export const run: Handler<"revert"> = async ({ ui, connect }, input) => {
  const { name, because, to, as: signer, json } = input;
  const client = await connect();
  const [resolved = name] = await resolveNames(client, [name]);
  const revert = await client.revert(resolved, { to, because: because ?? "", signer });
  if (json) ui.json(revert);
  else ui.print(renderRevert(revert, ui.page));
  return EXIT.done;
};
