import { EXIT, type Handler } from "../context.ts";
import { readEvidence } from "../evidence.ts";
import { renderInbox, toDecisionOptions } from "../render/decisions.ts";
import { isMoving } from "../render/marks.ts";

/** Prints what needs the operator. */
export const run: Handler<"inbox"> = async ({ ui, host, connect }, { json }) => {
  const client = await connect();
  const decisions = await client.inbox();
  if (json) {
    ui.json(decisions);
    return EXIT.done;
  }
  const { workstreams } = await client.status();
  const isRestRunning = workstreams.some(isMoving);
  const evidence = await readEvidence(client, decisions);
  ui.print(renderInbox(decisions, toDecisionOptions(host.now(), { isRestRunning, evidence }), ui.page));
  return EXIT.done;
};
