import { EXIT, type Handler } from "../context.ts";
import { resolvePart } from "../names.ts";
import { renderBlocker } from "../render/blockers.ts";
import { UsageError } from "../usage-error.ts";

/** Declares a blocker on a workstream or a task. */
export const run: Handler<"blocker declare"> = async ({ ui, connect }, input) => {
  const { what, type, owner, because, as: signer, json } = input;
  if (type === null) {
    throw new UsageError(
      "--type: expected external, technical, resource, requirement or people, found nothing",
      [`osqr blocker declare ${what} --type external --owner <name> --because <text>`],
    );
  }
  const client = await connect();
  const part = await resolvePart(client, what);
  const blocker = await client.declareBlocker({
    what: part,
    type,
    owner: owner ?? "",
    because: because ?? "",
    signer,
  });
  if (json) ui.json(blocker);
  else ui.print(renderBlocker(blocker, ui.page));
  return EXIT.done;
};
