/** Where a workstream stands in its workflow, and the criteria of its tasks. */
import type { CriterionView } from "../../core/report/step-views.ts";
import type { TaskView, WorkstreamView } from "../../core/report/types.ts";
import { cleanLine } from "../text/plain.ts";
import { indentWrapped } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { renderMark } from "./marks.ts";

/** Whether the workflow says more than: the spec's tasks, then the merge. */
function hasFlow({ steps, items }: WorkstreamView): boolean {
  const isPlain = steps.every(
    ({ kind, role }) => (kind === "tasks" || kind === "integrate") && role === null,
  );
  return !isPlain || items.some(({ entry, exit }) => entry.length + exit.length > 0);
}

/** `step 2 of 4: "build" · then "sign"`. Empty where there are only the spec's tasks, or nothing is left. */
export function describeStep(workstream: WorkstreamView): string {
  const { steps, currentStep, nextStep } = workstream;
  if (currentStep === null || !hasFlow(workstream)) return "";
  const place = steps.findIndex(({ key }) => key === currentStep);
  const beside = steps.filter(({ key, status }) => status === "active" && key !== currentStep);
  const titleOf = (key: string): string => steps.find((step) => step.key === key)?.title ?? key;
  const also = beside.length === 0 ? "" : `, beside ${beside.map(({ title }) => `"${title}"`).join(", ")}`;
  const next = nextStep === null ? "" : ` · then "${titleOf(nextStep)}"`;
  return `step ${place + 1} of ${steps.length}: "${titleOf(currentStep)}"${also}${next}`;
}

/** What the tasks that are not done still have to show, before and after their work. Empty where that is nothing. */
export function renderRemaining({ items }: WorkstreamView, page: Page): string[] {
  const open = items.filter(({ status }) => !["completed", "skipped", "cancelled"].includes(status));
  const lines = open.flatMap((task) => {
    const sides = task.status === "running" ? (["exit"] as const) : (["entry", "exit"] as const);
    return sides.flatMap((side) =>
      task[side]
        .filter(({ met }) => !met)
        .map((criterion) => renderCriterion(criterion, `${task.key} ${SIDES[side]}`, page)),
    );
  });
  return lines.length === 0 ? [] : ["  still to hold", ...lines.flat()];
}

/** All criteria of a task, met or not. */
export function renderCriteria(task: TaskView, page: Page): string[] {
  return (["entry", "exit"] as const).flatMap((side) =>
    task[side].flatMap((criterion) => renderCriterion(criterion, SIDES[side], page)),
  );
}

const SIDES = { entry: "before the work", exit: "of the result" } as const;

function renderCriterion(
  { text, kind, met, detail, unverified }: CriterionView,
  where: string,
  { style, width }: Page,
): string[] {
  const by = kind === "tick" && !met ? " (a person says so)" : "";
  const said = detail === null ? "" : ` · ${cleanLine(detail)}`;
  const state = unverified === true ? "ended" : met ? "done" : detail === null ? "waiting" : "failed";
  const mark = renderMark(state, style);
  return indentWrapped(`${mark} ${where}: ${cleanLine(text)}${by}${said}`, 4, width);
}
