/** Where a workstream stands in its workflow (FR-002). */
import { needTask } from "../evolve/draft.ts";
import type { CriterionState, StepProgress } from "../model/flow.ts";
import type { State } from "../model/state.ts";
import type { Task, Workstream } from "../model/work.ts";
import { isEnded, isLanded } from "../status.ts";
import type { CriterionView, StepView, WorkstreamSteps } from "./step-views.ts";

export const isTaskDone = ({ state: { kind } }: Task): boolean =>
  kind === "completed" || kind === "cancelled";

/** It may go on as soon as somebody does something about it: what it waits for is done, or will never be. */
export const isUnderWay = ({ state, unmet }: Task): boolean =>
  state.kind === "blocked"
    ? unmet <= state.by.filter(({ kind }) => kind === "dependency_ended" || kind === "rejected").length
    : state.kind === "ready" ||
      state.kind === "running" ||
      state.kind === "waiting" ||
      state.kind === "failed";

/**
 * Steps with work under way, else the first one that is not done; the merge where all before it is. What comes after the merge is
 * never beside what comes before it: the merge lies between them.
 */
export function findCurrent(workstream: Workstream, tasks: readonly Task[]): readonly StepProgress[] {
  const { steps } = workstream;
  const before = tasks.filter(({ stage }) => stage === "before");
  const isReached = before.every(isTaskDone);
  const due = isReached ? tasks : before;
  const open = steps.filter(({ key }) => due.some((task) => task.step === key && !isTaskDone(task)));
  const active = open.filter(({ key }) => due.some((task) => task.step === key && isUnderWay(task)));
  const isMerging = isReached && !isLanded(workstream);
  if (active.length > 0 && !isMerging) return active;
  const merge = steps.filter(({ kind }) => kind === "integrate");
  return isMerging && merge.length > 0 ? merge : open.slice(0, 1);
}

/** The first step behind the current ones with something to do; null: none. */
export function findNext(
  { steps, integration }: Workstream,
  current: readonly StepProgress[],
): StepProgress | null {
  const last = Math.max(...current.map(({ order }) => order));
  const isMerged = integration.kind === "landed" || integration.kind === "nothing";
  const next = steps.find(({ order, total, completed, kind }) =>
    order > last ? (kind === "integrate" ? !isMerged : completed < total) : false,
  );
  return next ?? null;
}

export const viewCriterion = ({
  key,
  text,
  check,
  met,
  detail,
  unverified,
}: CriterionState): CriterionView => ({
  key,
  text,
  kind: check.kind,
  met,
  detail,
  ...(unverified === undefined ? {} : { unverified }),
});

/** The steps with how far they are; what is current, what comes next, and what the current ones still have to show. */
export function viewSteps(state: State, workstream: Workstream): WorkstreamSteps {
  const tasks = workstream.tasks.map((id) => needTask(state, id));
  const isOver = workstream.intent === "cancelled" || isEnded(workstream);
  const current = isOver ? [] : findCurrent(workstream, tasks);
  const keys = new Set(current.map(({ key }) => key));
  const open = tasks.filter((task) => keys.has(task.step) && !isTaskDone(task));
  const next = current.length === 0 ? null : findNext(workstream, current);
  return {
    steps: workstream.steps.map((step) => viewStep(workstream, step, keys.has(step.key))),
    currentStep: current[0]?.key ?? null,
    nextStep: next?.key ?? null,
    remainingExit: open.flatMap(({ key: task, exit }) =>
      exit.filter(({ met }) => !met).map((each) => ({ task, ...viewCriterion(each) })),
    ),
  };
}

function viewStep(workstream: Workstream, step: StepProgress, isCurrent: boolean): StepView {
  const { key, title, order, kind, role, definitionOfDone, total, completed } = step;
  const isDone = kind === "integrate" ? isLanded(workstream) : completed === total;
  const status = isDone ? "completed" : isCurrent ? "active" : "pending";
  return { key, title, order, kind, role, definitionOfDone, total, completed, status };
}
