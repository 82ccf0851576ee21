/** Who would do which task, and why: `osqr plan --why`. */
import type { PlannedTask } from "../../core/plan/types.ts";
import { formatChoice } from "../../core/routing/choice.ts";
import type { PlanView } from "../../server/schemas/plan.ts";
import { formatDuration } from "../text/duration.ts";
import { indentWrapped } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { describeOvershoot } from "./cost.ts";
import { joinSections } from "./plan.ts";

export function renderRoutes({ workstreams }: PlanView, page: Page): string[] {
  if (workstreams.length === 0) return ["Nothing to build: no task needs anybody."];
  const sections = workstreams.map(({ number, name, tasks }) => [
    page.style.bold(`#${number} ${name}`),
    ...tasks.flatMap((task) => (task.already ? [] : renderTask(task, page))),
  ]);
  return joinSections(sections);
}

const sayReuse = ({ reusesWithinMs: ms }: PlannedTask): string[] =>
  ms === undefined
    ? []
    : [
        `goes on with the conversation of the task before it, if that ended at most ${formatDuration(ms)} ago`,
      ];

function renderTask(task: PlannedTask, { width }: Page): string[] {
  const { key, title, kind, executor, model, route, blocked, limits } = task;
  if (kind !== "work") return indentWrapped(`${key} ${title} · a person`, 2, width);
  const who = blocked === null ? formatChoice({ executor, model }) : "nobody";
  const reasons = route === null ? ["it has a run block"] : route.reasons;
  const then = (route?.fallbacks ?? []).map(formatChoice);
  return [
    ...indentWrapped(`${key} ${title} · ${who}`, 2, width),
    ...(blocked === null ? reasons : [blocked]).flatMap((reason) => indentWrapped(reason, 6, width)),
    ...sayReuse(task).flatMap((line) => indentWrapped(line, 6, width)),
    ...(limits === undefined || blocked !== null
      ? []
      : indentWrapped(`limits: ${describeOvershoot(limits)}`, 6, width)),
    ...(route?.cheaper === undefined
      ? []
      : indentWrapped(`in the red zone of the budget ${formatChoice(route.cheaper)}`, 6, width)),
    ...(then.length === 0 ? [] : indentWrapped(`then ${then.join(", ")}`, 6, width)),
  ];
}
