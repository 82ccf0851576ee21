/** Where the work is on its way into the base, or out of it again. */
import { revertOf } from "../../evolve/reverts.ts";
import type { Revert } from "../../model/flow.ts";
import type { State } from "../../model/state.ts";
import type { Workstream } from "../../model/work.ts";
import { nameOfWorkstream } from "../words.ts";
import { explainDecision } from "./decision.ts";

/** While a landed workstream is being taken out of the base. */
function explainRevert(state: State, { integration }: Workstream, revert: Revert): string[] {
  const { of, by, reason, to } = revert;
  const first = `${by} wants ${of.slice(0, 7)} taken out of the base again: ${toSentence(reason)}`;
  const after = to === null ? [] : [`Then it goes on at ${to}.`];
  switch (integration.kind) {
    case "waiting":
      return [first, "It could not be reverted.", explainDecision(state, integration.decision)];
    case "queued":
      return [first, "It waits in the merge queue.", ...after];
    default:
      return [first, "It is being reverted: the gates run on the tree without it.", ...after];
  }
}

const toSentence = (text: string): string => (/[.?!]$/.test(text) ? text : `${text}.`);

/** That its work was in the base and is not any more. */
export function explainReverts({ reverts, integration }: Workstream): string[] {
  const last = reverts.at(-1);
  if (last === undefined || integration.kind === "landed") return [];
  return [`It was reverted as ${last.commit.slice(0, 7)} because of this: ${toSentence(last.reason)}`];
}

/** How far the merge is. */
export function explainIntegration(state: State, workstream: Workstream): string[] {
  const { integration } = workstream;
  const revert = revertOf(workstream);
  if (revert !== null) return explainRevert(state, workstream, revert);
  switch (integration.kind) {
    case "waiting":
      return ["Its work is done and could not be merged.", explainDecision(state, integration.decision)];
    case "queued":
      return ["Its work is done and waits in the merge queue."];
    case "running":
    case "intended":
      return ["Its work is being merged: the gates run on the combined tree."];
    case "landed":
      return integration.held === null
        ? [`It has landed as ${integration.commit.slice(0, 7)}.`]
        : [
            `It has landed as ${integration.commit.slice(0, 7)} on refs/osqr/landed; the branch stayed: ${integration.held}.`,
          ];
    case "nothing":
      return ["There was nothing to merge."];
    case "none":
      return workstream.counts.completed < workstream.counts.total
        ? []
        : workstream.stacksOn.map((below) => `It lands after ${nameOfWorkstream(state, below)}.`);
  }
}
