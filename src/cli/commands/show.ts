import type { DecisionView } from "../../core/report/types.ts";
import type { BriefingView, Shown } from "../../engine/service.ts";
import type { Client } from "../client/client.ts";
import { EXIT, type Handler } from "../context.ts";
import { readEvidence } from "../evidence.ts";
import { resolveThing } from "../names.ts";
import { isOfCommands, toDecisionOptions } from "../render/decisions.ts";
import { renderBriefing, renderShown } from "../render/details.ts";
import { joinSections, renderCommands } from "../render/plan.ts";
import { cleanLine } from "../text/plain.ts";
import type { Page, Ui } from "../ui.ts";

function decisionsOf(shown: Shown): readonly DecisionView[] {
  if (shown.kind === "decision") return [shown.decision];
  return shown.kind === "workstream" ? shown.decisions : [];
}

/** Prints one thing in full. */
export const run: Handler<"show"> = async ({ ui, host, connect }, { what, briefing, json }) => {
  const client = await connect();
  const thing = await resolveThing(client, what);
  if (briefing) return printBriefing(ui, await client.briefing(thing), json);
  const shown = await client.show(thing);
  if (json) {
    ui.json(shown);
    return EXIT.done;
  }
  const evidence = await readEvidence(client, decisionsOf(shown));
  const lines = renderShown(shown, toDecisionOptions(host.now(), { evidence }), ui.page);
  ui.print(joinSections([lines, await listCommands(client, shown, ui.page)]));
  return EXIT.done;
};

/** The texts go to stdout as an agent gets them; what is missing in them is said beside. */
function printBriefing(ui: Ui, view: BriefingView, json: boolean): number {
  if (json) ui.json(view);
  else {
    ui.print(renderBriefing(view));
    if (view.isSmall === true)
      ui.note(["texts in it are cut shorter than usual: nearly all of the run's budget is used"]);
    ui.note(view.missing.map((each) => `not in it: ${cleanLine(each)}`));
  }
  return EXIT.done;
}

/** An approval of commands is about every line of them. */
async function listCommands(client: Client, shown: Shown, page: Page): Promise<string[]> {
  if (shown.kind !== "decision" || shown.decision.state !== "open" || !isOfCommands(shown.decision))
    return [];
  const plan = await client.plan({ only: null, skip: [] });
  const commands = plan.commands.filter(({ approved }) => !approved);
  return commands.length === 0 ? [] : renderCommands({ ...plan, commands }, page);
}
