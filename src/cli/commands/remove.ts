import { EXIT, type Handler } from "../context.ts";
import { resolveNames } from "../names.ts";
import { listLeftAlone, sayLeftAlone } from "./steer.ts";

/** Takes a workstream off the list. */
export const run: Handler<"remove"> = async ({ ui, connect }, { name, because, as: signer, json }) => {
  const client = await connect();
  const [resolved = name] = await resolveNames(client, [name]);
  await client.remove(resolved, { because: because ?? "", signer });
  if (json) ui.json({ removed: resolved });
  else {
    ui.print([`Removed: ${resolved}.`]);
    const { workstreams } = await client.briefStatus();
    ui.note(sayLeftAlone(resolved, listLeftAlone(workstreams, null)));
  }
  return EXIT.done;
};
