/** Asks once before the first start, and before commands run that nobody has seen. */

import type { PlanOptions } from "../../engine/service.ts";
import type { PlanView } from "../../server/schemas/plan.ts";
import type { Client } from "../client/client.ts";
import type { Context } from "../context.ts";
import { renderCommands, renderPlan } from "../render/plan.ts";

export type Choice = PlanOptions;

/** What the operator said yes to. */
export interface Approval extends Choice {
  /** Hashes of the commands that were shown. */
  readonly approve: readonly string[];
}

const TRIES_MAX = 5;

function hasToAsk({ workstreams, commands }: PlanView): boolean {
  if (workstreams.length === 0) return false;
  return commands.some(({ approved }) => !approved) || workstreams.every(({ known }) => !known);
}

/** Shows the plan and asks where there is something to ask. Resolves to null where the answer is no. */
export async function askToStart(context: Context, client: Client, choice: Choice): Promise<Approval | null> {
  const { host, ui } = context;
  let { skip } = choice;
  for (;;) {
    const plan = await client.plan({ ...choice, skip });
    ui.note([...renderPlan(plan, ui.notePage), ""]);
    const approve = plan.commands.map(({ hash }) => hash);
    if (!hasToAsk(plan)) return { ...choice, skip, approve: [] };
    const answer = await askYesNoEdit(
      (question) => host.ask(question),
      ui.note,
      () => renderCommands(plan, ui.notePage),
    );
    if (answer === "yes") return { ...choice, skip, approve };
    if (answer === "no") return null;
    const more = await host.ask("Leave out which? Numbers or names, empty for none: ");
    if (more === null) return null;
    skip = [...new Set([...skip, ...readNames(more, plan)])];
  }
}

async function askYesNoEdit(
  ask: (question: string) => Promise<string | null>,
  note: (lines: readonly string[]) => void,
  listCommands: () => readonly string[],
): Promise<"yes" | "no" | "edit"> {
  for (let attempt = 0; attempt < TRIES_MAX; attempt += 1) {
    const text = (await ask("Start? [Y/n/edit/c: show the commands] "))?.trim().toLowerCase() ?? "n";
    if (text === "" || text === "y" || text === "yes") return "yes";
    if (text === "n" || text === "no") return "no";
    if (text === "e" || text === "edit") return "edit";
    if (text === "c" || text === "commands") note(["", ...listCommands(), ""]);
    else note(["Please answer y (start), n (do not), edit (leave some out) or c (show every command)."]);
  }
  return "no";
}

/** Names of what was typed: `2, #4 rate-limit`. Unknown words go through, so that the daemon can say so. */
function readNames(text: string, { workstreams }: PlanView): string[] {
  const words = text.split(/[\s,]+/).filter(Boolean);
  return words.map((word) => {
    const number = Number(word.replace(/^#/, ""));
    return workstreams.find((workstream) => workstream.number === number)?.name ?? word;
  });
}
