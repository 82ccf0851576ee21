import type { ReworkView } from "../../engine/flow-service.ts";
import { plural } from "../text/duration.ts";
import { indentWrapped, tie } from "../text/width.ts";
import type { Page } from "../ui.ts";

/** Work that was sent back: what is done again, what that ended, and how to go on. */
export function renderRework(rework: ReworkView, { style, width }: Page): string[] {
  const { workstream, to, by, again, refused, ended, withdrawn } = rework;
  const lines = [
    again.length === 0 ? "" : `to do again: ${again.join(", ")}`,
    refused.length === 0 ? "" : `${plural(refused.length, "result")} refused: ${refused.join(", ")}`,
    ended.length === 0 ? "" : `ended: ${ended.join(", ")}`,
    withdrawn.length === 0 ? "" : `asked no more: ${withdrawn.join(", ")}`,
    `how it goes: ${tie(`osqr why ${workstream}`)}`,
  ].filter(Boolean);
  return [
    ...indentWrapped(`${style.bold(workstream)} is back at ${to}, as ${by} wants.`, 0, width),
    ...lines.flatMap((line) => indentWrapped(line, 2, width)),
  ];
}
