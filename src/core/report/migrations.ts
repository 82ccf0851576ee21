import { listStanding } from "../migration/obstacles.ts";
import type { State } from "../model/state.ts";
import type { Workstream } from "../model/work.ts";

/** How a workstream came to the blueprint that it follows, and whether somebody has to say which text of its spec counts. */
export function explainBlueprint(state: State, { id, integration }: Workstream): string[] {
  const said: string[] = [];
  const last = listStanding(state, id).at(-1);
  if (last !== undefined) {
    const { from, to, by, reason, id: migration } = last;
    const ways = [`${from.workflow}@${from.version}`, `${to.workflow}@${to.version}`];
    const isText = ways[0] === ways[1];
    const what = isText ? "to the new text of its spec" : `from ${ways.join(" to ")}`;
    said.push(
      `It was migrated ${what} by ${by} (${migration}): ${/[.?!]$/.test(reason) ? reason : `${reason}.`}`,
    );
  }
  for (const open of state.open.keys()) {
    const decision = state.decisions.get(open);
    if (decision?.subject.kind !== "scope" || decision.subject.workstream !== id) continue;
    const isTold = integration.kind === "waiting" && integration.decision === open;
    if (!isTold) said.push(`${decision.question}. Nothing of it lands before ${open} is answered.`);
  }
  return said;
}
