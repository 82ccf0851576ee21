import type { RevertView } from "../../engine/flow-service.ts";
import { plural } from "../text/duration.ts";
import { indentWrapped, tie } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { shortOid } from "./marks.ts";

/** A revert that was asked for: what it takes out, whom it concerns, what comes after it. */
export function renderRevert(revert: RevertView, { style, width }: Page): string[] {
  const { workstream, commit, base, to, onTop, waiting, ahead } = revert;
  const head = `${style.bold(workstream)} is being taken out of ${base}: ${shortOid(commit)} is reverted.`;
  const lines = [
    ahead === 0 ? "" : `${plural(ahead, "merge")} before it in the queue`,
    onTop.length === 0
      ? ""
      : `landed on top of it, and ${onTop.length === 1 ? "stays" : "stay"}: ${onTop.join(", ")}`,
    waiting.length === 0 ? "" : `waits for it again: ${waiting.join(", ")}`,
    to === null
      ? `then it rests; to do its steps again: ${tie(`osqr resume ${workstream}`)}`
      : `then it goes on at ${to}`,
    `how it goes: ${tie(`osqr why ${workstream}`)}`,
  ].filter(Boolean);
  return [...indentWrapped(head, 0, width), ...lines.flatMap((line) => indentWrapped(line, 2, width))];
}
