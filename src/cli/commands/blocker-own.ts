import { EXIT, type Handler } from "../context.ts";
import { renderBlocker } from "../render/blockers.ts";

/** Hands a blocker over. */
export const run: Handler<"blocker own"> = async (
  { ui, connect },
  { blocker: id, owner, because, as: signer, json },
) => {
  const blocker = await (await connect()).transferBlocker(id, owner, { because: because ?? "", signer });
  if (json) ui.json(blocker);
  else ui.print(renderBlocker(blocker, ui.page));
  return EXIT.done;
};
