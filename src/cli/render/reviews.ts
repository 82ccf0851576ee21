import type { DecisionView, SignOffView } from "../../core/report/types.ts";
import { plural } from "../text/duration.ts";
import { indentWrapped } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { describeChange, listFiles, shortOid, shortTask } from "./marks.ts";

const MADE_MAX = 12;

/** What somebody who is to sign has to see: who may, and what was made so far. Empty for any other decision. */
export function renderReview(decision: DecisionView, indent: number, { width }: Page): string[] {
  const { step, role, holders, made, workstream } = decision;
  if (step === null) return [];
  const more = made.length - MADE_MAX;
  const lines = [
    `step: ${step}`,
    ...describeHolders(role, holders),
    ...made.slice(0, MADE_MAX).flatMap((each) => describeMade(each, workstream)),
    ...(more > 0 ? [`and ${plural(more, "more task")}: osqr show ${workstream}`] : []),
  ];
  return lines.flatMap((line) => indentWrapped(line, indent, width));
}

function describeHolders(role: string | null, holders: readonly string[] | null): string[] {
  if (role === null) return ["may sign: anybody"];
  if (holders === null) return [`may sign: anybody, as ${role} (roles.${role} in the config names nobody)`];
  return [`may sign: ${holders.length === 0 ? "nobody" : holders.join(", ")} (${role})`];
}

function describeMade(made: DecisionView["made"][number], workstream: string): string[] {
  const { task, title, commit, files, filesTotal, added, deleted, checked } = made;
  const rest = filesTotal - files.length;
  const change =
    filesTotal === 0
      ? "no files"
      : `${describeChange(added, deleted)}  ${listFiles(files)}${rest > 0 ? ` (${filesTotal} in all)` : ""}`;
  const at = commit === null ? "" : ` · ${shortOid(commit)}`;
  const line = `made: ${shortTask(task, workstream)} ${title}${at} · ${change}`;
  return checked.length === 0 ? [line] : [line, `  holds: ${checked.join("; ")}`];
}

/** Signatures, one line each; none: no line. */
export function renderSignOffs(signOffs: readonly SignOffView[], indent: number, { width }: Page): string[] {
  return signOffs.flatMap(({ task, outcome, by, role, at, reason, returnedTo }) => {
    const who = role === null ? by : `${by} (${role})`;
    const back = returnedTo === null ? "" : `, back to ${returnedTo}`;
    const why = reason === "" ? "" : `: ${reason}`;
    const when = at.slice(0, 16).replace("T", " ");
    return indentWrapped(`${task} ${outcome} by ${who}, ${when} UTC${back}${why}`, indent, width);
  });
}
