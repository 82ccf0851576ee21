import type { DecisionView } from "../../core/report/types.ts";
import type { Shown } from "../../engine/service.ts";
import type { Client } from "../client/client.ts";
import { EXIT, type Handler } from "../context.ts";
import { readEvidence } from "../evidence.ts";
import { resolveThing } from "../names.ts";
import { isOfCommands, toDecisionOptions } from "../render/decisions.ts";
import { renderShown } from "../render/details.ts";
import { joinSections, renderCommands } from "../render/plan.ts";
import type { Page } from "../ui.ts";

function decisionsOf(shown: Shown): readonly DecisionView[] {
  if (shown.kind === "decision") return [shown.decision];
  return shown.kind === "workstream" ? shown.decisions : [];
}

/** Prints one thing in full. */
export const run: Handler<"show"> = async ({ ui, host, connect }, { what, json }) => {
  const client = await connect();
  const shown = await client.show(await resolveThing(client, what));
  if (json) {
    ui.json(shown);
    return EXIT.done;
  }
  const evidence = await readEvidence(client, decisionsOf(shown));
  const lines = renderShown(shown, toDecisionOptions(host.now(), { evidence }), ui.page);
  ui.print(joinSections([lines, await listCommands(client, shown, ui.page)]));
  return EXIT.done;
};

/** An approval of commands is about every line of them. */
async function listCommands(client: Client, shown: Shown, page: Page): Promise<string[]> {
  if (shown.kind !== "decision" || shown.decision.state !== "open" || !isOfCommands(shown.decision))
    return [];
  const plan = await client.plan({ only: null, skip: [] });
  const commands = plan.commands.filter(({ approved }) => !approved);
  return commands.length === 0 ? [] : renderCommands({ ...plan, commands }, page);
}
