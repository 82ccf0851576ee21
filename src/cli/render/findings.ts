import type { Finding } from "../doctor-checks.ts";
import { cleanLine } from "../text/plain.ts";
import { indentWrapped, pad } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { type Mark, renderMark } from "./marks.ts";

const MARKS: Readonly<Record<Finding["status"], Mark>> = { ok: "done", warn: "note", bad: "failed" };

/** What `osqr doctor` found; the first line is the answer. */
export function renderFindings(findings: readonly Finding[], { width, style }: Page): string[] {
  const bad = findings.filter(({ status }) => status === "bad").map(({ name }) => name);
  const head = bad.length === 0 ? "osqr can work here." : `osqr cannot work here yet: ${bad.join(", ")}.`;
  const nameWidth = Math.max(...findings.map(({ name }) => name.length));
  return [
    style.bold(head),
    ...findings.flatMap(({ name, status, found, hints }) => [
      ...indentWrapped(
        `${renderMark(MARKS[status], style)} ${pad(name, nameWidth)}  ${cleanLine(found)}`,
        2,
        width,
      ),
      ...hints.flatMap((hint) => indentWrapped(`hint: ${cleanLine(hint)}`, nameWidth + 6, width)),
    ]),
  ];
}
