import { EXIT, type Handler } from "../context.ts";
import { resolveNames } from "../names.ts";
import { renderRework } from "../render/reworks.ts";
import { UsageError } from "../usage-error.ts";

/** Sends a workstream back to a step. */
export const run: Handler<"rework"> = async ({ ui, connect }, input) => {
  const { name, because, to, as: signer, json } = input;
  if (to === null) {
    throw new UsageError("--to: expected a step or a task, found nothing", [
      `osqr rework ${name} --to <step> --because <text>`,
      `what it has: osqr show ${name}`,
    ]);
  }
  const client = await connect();
  const [resolved = name] = await resolveNames(client, [name]);
  const rework = await client.rework(resolved, { to, because: because ?? "", signer });
  if (json) ui.json(rework);
  else ui.print(renderRework(rework, ui.page));
  return EXIT.done;
};
