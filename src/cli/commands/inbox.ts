import { EXIT, type Handler } from "../context.ts";
import { readEvidence } from "../evidence.ts";
import { renderWaiting } from "../render/blockers.ts";
import { renderInbox, toDecisionOptions } from "../render/decisions.ts";
import { isMoving } from "../render/marks.ts";
import { joinSections } from "../render/plan.ts";

/** Prints what needs the operator. */
export const run: Handler<"inbox"> = async ({ ui, host, connect }, { json }) => {
  const client = await connect();
  const decisions = await client.inbox();
  if (json) {
    ui.json(decisions);
    return EXIT.done;
  }
  const [{ workstreams }, { blockers }] = await Promise.all([client.briefStatus(), client.blockers(false)]);
  const isRestRunning = workstreams.some(isMoving);
  const evidence = await readEvidence(client, decisions);
  const options = toDecisionOptions(host.now(), { isRestRunning, evidence });
  const isOnlyBlocked = decisions.length === 0 && blockers.length > 0;
  const inbox = isOnlyBlocked ? [] : renderInbox(decisions, options, ui.page);
  ui.print(joinSections([inbox, renderWaiting(blockers, ui.page)]));
  return EXIT.done;
};
