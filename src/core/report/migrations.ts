import { listStanding } from "../migration/obstacles.ts";
import type { Migration } from "../model/flow.ts";
import type { State } from "../model/state.ts";
import type { Workstream } from "../model/work.ts";

/** The workflow, the text of its spec, or both; neither: its tasks were mapped anew onto what it followed before. */
function sayWay({ from, to }: Pick<Migration, "from" | "to">): string {
  const [before, after] = [from, to].map(({ workflow, version }) => `${workflow}@${version}`);
  const isText = from.specHash !== to.specHash;
  if (before === after) return isText ? "to the new text of its spec" : `onto ${after} again`;
  return `from ${before} to ${after}${isText ? " and the new text of its spec" : ""}`;
}

/** How a workstream came to the blueprint that it follows, and whether somebody has to say which text of its spec counts. */
export function explainBlueprint(state: State, { id, integration }: Workstream): string[] {
  const said: string[] = [];
  const last = listStanding(state, id).at(-1);
  if (last !== undefined) {
    const { by, reason, id: migration } = last;
    said.push(
      `It was migrated ${sayWay(last)} by ${by} (${migration}): ${/[.?!]$/.test(reason) ? reason : `${reason}.`}`,
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
