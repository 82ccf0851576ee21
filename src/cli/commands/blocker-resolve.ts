import { EXIT, type Handler } from "../context.ts";
import { needOptions } from "../needed.ts";
import { renderBlocker } from "../render/blockers.ts";

/** Says that a blocker is out of the way. */
export const run: Handler<"blocker resolve"> = async (
  { ui, connect },
  { blocker: id, because, as: signer, json },
) => {
  const given = needOptions({ because }, `osqr blocker resolve ${id} --because "the key is there"`);
  const blocker = await (await connect()).resolveBlocker(id, { ...given, signer });
  if (json) ui.json(blocker);
  else ui.print(renderBlocker(blocker, ui.page));
  return EXIT.done;
};
