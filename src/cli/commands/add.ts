import { OsqrError } from "../../core/errors.ts";
import type { WorkstreamView } from "../../core/report/types.ts";
import type { Client } from "../client/client.ts";
import { EXIT, type Handler } from "../context.ts";
import type { CommandInput } from "../options.ts";

/** Registers a spec or a text as a workstream. */
export const run: Handler<"add"> = async ({ ui, connect }, input) => {
  const client = await connect();
  const added = await addWork(client, input);
  if (input.json) {
    ui.json(added);
    return EXIT.done;
  }
  ui.print([`Added #${added.number} ${added.name}: ${added.title}.`]);
  const { run: current } = await client.briefStatus();
  // It has joined what is under way: nobody has to start it.
  if (current?.status === "active") ui.note([`It starts now: run ${current.id} is under way.`]);
  else ui.note(["Build it: osqr go"]);
  return EXIT.done;
};

async function addWork(client: Client, input: CommandInput<"add">): Promise<WorkstreamView> {
  const what = input.what.join(" ");
  try {
    const { run, priority, workflow, as: signer } = input;
    return await client.add({ what, run, priority, signer, ...(workflow === null ? {} : { workflow }) });
  } catch (error) {
    if (!(error instanceof OsqrError) || error.code !== "nothing-to-run") throw error;
    const hints = [`say what does it: osqr add ${JSON.stringify(what)} --run "…"`];
    throw new OsqrError(error.code, error.message, { hints, cause: error });
  }
}
