/** Each event of accountable flow as a sentence, for `osqr log`. */
import type { EventBody } from "../../core/model/event.ts";
import type { FlowEventBody } from "../../core/model/flow-event.ts";
import { plural } from "../text/duration.ts";
import { shortOid } from "./marks.ts";

type Texts = {
  readonly [Kind in FlowEventBody["kind"]]: (event: Extract<EventBody, { kind: Kind }>) => string;
};

const because = (reason: string) => (reason === "" ? "" : `: ${reason}`);

type Migrated = Extract<EventBody, { kind: "workstream_migrated" }>["migration"];

function describeWay({ from, to }: Migrated): string {
  const [old, next] = [from, to].map(({ workflow, version }) => `${workflow}@${version}`);
  const isText = from.specHash !== to.specHash;
  if (old === next) return isText ? "to the new text of its spec" : `within ${old}`;
  return `from ${old} to ${next}${isText ? ", with the new text of its spec" : ""}`;
}

export const FLOW_TEXTS: Texts = {
  workflow_recorded: ({ workflow: { name, version, change }, brought }) => {
    const head = `workflow ${name}@${version} recorded`;
    if (change !== null) return `${head}: changed by ${change.author}${because(change.reason)}`;
    return brought === undefined ? head : `${head}: brought by ${brought.author}${because(brought.subject)}`;
  },
  review_opened: ({ task, attempt, decision }) => `${task} waits for a word: ${decision}, ${attempt}`,
  // A duplicate is closed, not rejected: nothing goes back.
  review_signed: ({ task, decision, outcome, by, role, reason, returnsTo }) =>
    by === "osqr" && role === null
      ? `${task} needs nobody's word, ${decision}${because(reason)}`
      : `${task} ${outcome === "rejected" && returnsTo === null ? "closed" : outcome} by ${by}${role === null ? "" : ` (${role})`}, ${decision}${because(reason)}`,
  workstream_returned: ({ from, to, reset, rework, by, reason, byHand }) =>
    `${byHand === true ? `work sent back from ${from}` : `${from} sent the work back`} to ${to} by ${by}: ${plural(reset.length, "task")} to do again, ${plural(rework.length, "result")} refused${because(reason)}`,
  criteria_checked: ({ task, side, results }) => {
    const missed = results.filter(({ met }) => !met).map(({ key, detail }) => `${key} (${detail})`);
    const open = results.flatMap(({ key, unverified }) => (unverified === true ? [key] : []));
    const held = open.length === 0 ? "all hold" : `not verified: ${open.join(", ")}`;
    return `${task} ${side} criteria: ${missed.length === 0 ? held : `not met: ${missed.join(", ")}`}`;
  },
  criteria_ticked: ({ task, side, by, reason }) =>
    `${task} ${side} criteria confirmed by ${by}${because(reason)}`,
  blocker_declared: ({ blocker: { id, workstream, task, type, owner, by, reason } }) =>
    `${id} (${type}) is in the way of ${task ?? workstream}, ${owner} has it, says ${by}${because(reason)}`,
  blocker_transferred: ({ blocker, from, to, by, reason }) =>
    `${blocker} handed from ${from} to ${to} by ${by}${because(reason)}`,
  blocker_resolved: ({ blocker, by, resolution }) => `${blocker} resolved by ${by}${because(resolution)}`,
  ownership_transferred: ({ workstream, task, from, to, by, reason }) =>
    `${task ?? workstream} handed ${from === null ? "" : `from ${from} `}to ${to} by ${by}${because(reason)}`,
  workstreams_linked: ({ workstream, other, how, by, reason }) =>
    `${workstream} linked with ${other} (${how}) by ${by}${because(reason)}`,
  workstream_closed: ({ workstream, how, into, by, reason }) =>
    `${workstream} closed by ${by}, ${how === "merged" ? "merged into" : "a duplicate of"} ${into}${because(reason)}`,
  revert_requested: ({ workstream, to, by, reason }) =>
    `${workstream} is to be taken out of the base${to === null ? "" : ` and go on at ${to}`}, asked by ${by}${because(reason)}`,
  workstream_reverted: ({ workstream, commit, held }) =>
    `${workstream} taken out of the base by ${shortOid(commit)}${held === null ? "" : `; the branch did not move: ${held}`}`,
  revert_abandoned: ({ workstream, reason }) => `${workstream} stays in the base${because(reason)}`,
  workstream_migrated: ({ migration }) => {
    const { id, workstream, by, reason } = migration;
    return `${workstream} migrated ${describeWay(migration)} by ${by} (${id})${because(reason)}`;
  },
  spec_changed: ({ workstream, decision, summary }) =>
    `${workstream} has another text now, ${decision} asks what to do${because(summary.slice(0, 3).join("; "))}`,
  spec_left: ({ workstream, decision }) => `${workstream} goes on with its old text, ${decision}`,
  handoffs_collected: ({ tasks }) => `${plural(tasks.length, "handoff")} collected`,
  handoff_repaired: ({ task, by }) => `the handoff of ${task} was made again from the history by ${by}`,
};
