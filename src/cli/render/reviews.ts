import type { DecisionView, WorkstreamView } from "../../core/report/types.ts";
import { toRefPart } from "../../engine/effects/refs.ts";
import { plural } from "../text/duration.ts";
import { cleanLine } from "../text/plain.ts";
import { indentWrapped, tie } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { describeChange, listFiles, shortOid, shortTask } from "./marks.ts";

const MADE_MAX = 12;

/** `merged into checkout`. */
export const describeClosed = ({ how, into }: NonNullable<WorkstreamView["closed"]>): string =>
  `${how === "merged" ? "merged into" : "closed as a duplicate of"} ${into}`;

/** What somebody who is to sign has to see: who may, what it is about, what was made so far. Empty for any other decision. */
export function renderReview(decision: DecisionView, indent: number, { width }: Page): string[] {
  const { step, role, holders, made, workstream } = decision;
  if (step === null) return [];
  const more = made.length - MADE_MAX;
  const lines = [
    `step: ${step}`,
    ...describeHolders(role, holders),
    ...describeReviewed(decision),
    ...describeEarlier(decision),
    ...made.slice(0, MADE_MAX).flatMap((each) => describeMade(each, workstream)),
    ...(more > 0 ? [`and ${plural(more, "more task")}: osqr show ${workstream}`] : []),
  ];
  return lines.flatMap((line) => indentWrapped(line, indent, width));
}

/** The spec, the workflow, and how to see all of the work. */
function describeReviewed({ reviewed, workstream, made }: DecisionView): string[] {
  if (reviewed === null) return [];
  const { spec, summary, criteria, workflow, base, hasWork, merged } = reviewed;
  const count =
    criteria === null || criteria === 0
      ? ""
      : ` (${criteria} acceptance ${criteria === 1 ? "criterion" : "criteria"})`;
  const ref = `refs/osqr/work/${toRefPart(workstream)}`;
  return [
    spec === null ? `workflow: ${workflow}` : `spec: ${spec}${count} · ${workflow}`,
    // Before any work the spec is all that there is to sign.
    ...(made.length === 0 && summary !== null ? [`it says: ${cleanLine(summary)}`] : []),
    ...(hasWork ? [`all of it: ${tie(`git diff ${base}...${ref}`)}`] : []),
    ...(merged === null ? [] : [`all of it: ${tie(`git show --first-parent ${shortOid(merged)}`)}`]),
  ];
}

/** That it is asked again, and why. */
function describeEarlier({ earlier, since, reverted, blocks, workstream }: DecisionView): string[] {
  const lines = earlier.map(({ task, outcome, by, role, reason, decision }) => {
    const who = role === null ? by : `${by} (${role})`;
    const where = blocks.includes(task) ? "" : ` at ${shortTask(task, workstream)}`;
    return `asked again: ${outcome}${where} by ${who}, ${decision}${reason === "" ? "" : `: ${reason}`}`;
  });
  lines.push(...since.map((each) => `asked again: ${each}`));
  if (reverted === null) return lines;
  return [...lines, `asked again: taken out of ${reverted.base} by ${reverted.by}: ${reverted.reason}`];
}

function describeHolders(role: string | null, holders: readonly string[] | null): string[] {
  if (role === null) return ["may sign: anybody"];
  if (holders === null) return [`may sign: anybody, as ${role} (roles.${role} in the config names nobody)`];
  return [`may sign: ${holders.length === 0 ? "nobody" : holders.join(", ")} (${role})`];
}

function describeMade(made: DecisionView["made"][number], workstream: string): string[] {
  const { task, title, skipped, commit, files, filesTotal, added, deleted, checked, unmet } = made;
  const rest = filesTotal - files.length;
  const change =
    filesTotal === 0
      ? "no change"
      : `${describeChange(added, deleted)}  ${listFiles(files)}${rest > 0 ? ` (${filesTotal} in all)` : ""}`;
  const at = commit === null ? "" : ` · ${shortOid(commit)}`;
  const line = `${skipped ? "skipped" : "made"}: ${shortTask(task, workstream)} ${title}${at} · ${change}`;
  return [
    line,
    ...(checked.length === 0 ? [] : [`  holds: ${checked.join("; ")}`]),
    ...(unmet.length === 0 ? [] : [`  not met: ${unmet.join("; ")}`]),
  ];
}

/** Signatures, one line each; none: no line. What was closed as a duplicate was not rejected: that line says the same as its state. */
export function renderSignOffs(
  { signOffs, closed }: Pick<WorkstreamView, "signOffs" | "closed">,
  indent: number,
  { width }: Page,
): string[] {
  const last = signOffs.findLast(({ outcome }) => outcome === "rejected");
  return signOffs.flatMap(({ task, outcome: word, by, role, at, reason, returnedTo, decision }) => {
    const isClosing = closed !== null && decision === last?.decision;
    const outcome = isClosing ? describeClosed(closed) : word;
    const who = role === null ? by : `${by} (${role})`;
    const back = returnedTo === null ? "" : `, back to ${returnedTo}`;
    const why = reason === "" ? "" : `: ${reason}`;
    const when = at.slice(0, 16).replace("T", " ");
    return indentWrapped(`${task} ${outcome} by ${who}, ${when} UTC${back}${why}`, indent, width);
  });
}
