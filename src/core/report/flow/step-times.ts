/** When the steps and tasks of a workstream began and ended. */
import type { StepProgress } from "../../model/flow.ts";
import type { EpochMs } from "../../model/ids.ts";
import type { Task } from "../../model/work.ts";
import { type Facts, isDone } from "./facts.ts";

/** A step of one workstream with its own times; null: not yet. */
export interface StepTimes {
  readonly step: StepProgress;
  readonly tasks: readonly Task[];
  readonly startedAt: EpochMs | null;
  readonly completedAt: EpochMs | null;
}

const latest = (times: readonly EpochMs[]): EpochMs | null =>
  times.length === 0 ? null : Math.max(...times);
const earliest = (times: readonly EpochMs[]): EpochMs | null =>
  times.length === 0 ? null : Math.min(...times);

const completionOf = ({ state }: Task): EpochMs[] =>
  state.kind === "completed" && state.how !== "already" ? [state.at] : [];

/** From the completion of the last task before the merge to the landing: queue, merge and gates. */
function timeIntegration({ workstream: { integration }, tasks }: Facts, step: StepProgress): StepTimes {
  const before = tasks.filter(({ stage }) => stage === "before");
  const isReached = before.every(({ state }) => state.kind === "completed");
  const isLanded = integration.kind === "landed" || integration.kind === "nothing";
  return {
    step,
    tasks: [],
    startedAt: isReached ? latest(before.flatMap(completionOf)) : null,
    completedAt: isLanded ? integration.at : null,
  };
}

/** From the first claim of its first task to the completion of its last. */
function timeStep(step: StepProgress, tasks: readonly Task[]): StepTimes {
  const isOver = tasks.length > 0 && tasks.every(({ state }) => state.kind === "completed");
  return {
    step,
    tasks,
    startedAt: earliest(tasks.flatMap(({ startedAt }) => startedAt ?? [])),
    completedAt: isOver ? latest(tasks.flatMap(completionOf)) : null,
  };
}

/** Steps of a workstream, in order. */
export function timeSteps(facts: Facts): readonly StepTimes[] {
  const byStep = Map.groupBy(facts.tasks, ({ step }) => step);
  return facts.workstream.steps.map((step) =>
    step.kind === "integrate" ? timeIntegration(facts, step) : timeStep(step, byStep.get(step.key) ?? []),
  );
}

/** Null: it is not over, or it never began. */
export const cycleOf = ({
  startedAt,
  completedAt,
}: Pick<StepTimes, "startedAt" | "completedAt">): number | null =>
  startedAt === null || completedAt === null ? null : Math.max(0, completedAt - startedAt);

/** From the first claim of a task to its completion; null: not done by an attempt. */
export const taskCycleOf = (task: Task): number | null =>
  isDone(task) && task.startedAt !== null ? task.state.at - task.startedAt : null;
