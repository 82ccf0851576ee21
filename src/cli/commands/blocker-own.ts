import { EXIT, type Handler } from "../context.ts";
import { needOptions } from "../needed.ts";
import { renderBlocker } from "../render/blockers.ts";

/** Hands a blocker over. */
export const run: Handler<"blocker own"> = async (
  { ui, connect },
  { blocker: id, owner, because, as: signer, json },
) => {
  const given = needOptions({ because }, `osqr blocker own ${id} ${owner} --because "kim is away"`);
  const blocker = await (await connect()).transferBlocker(id, owner, { ...given, signer });
  if (json) ui.json(blocker);
  else ui.print(renderBlocker(blocker, ui.page));
  return EXIT.done;
};
