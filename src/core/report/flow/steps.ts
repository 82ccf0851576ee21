/** Cycle times: of the steps of a workstream, and of a step over all workstreams that went through it. */
import type { StepProgress } from "../../model/flow.ts";
import type { EpochMs } from "../../model/ids.ts";
import type { Attempt, Task } from "../../model/work.ts";
import { type Facts, isDone } from "./facts.ts";
import { type Measured, refusedIn, workMsOf } from "./measure-item.ts";
import { spreadOf, sumOf } from "./spread.ts";
import type { StepFigures } from "./types.ts";
import { isIn, isPast, type Window } from "./window.ts";

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

/** A step of one workstream with what belongs to it. */
interface Passage extends StepTimes {
  readonly facts: Facts;
  readonly attempts: readonly Attempt[];
}

function listPassages({ facts }: Measured): Passage[] {
  const stepOf = new Map(facts.tasks.map(({ id, step }) => [id, step]));
  const attempts = Map.groupBy(facts.attempts, ({ task }) => stepOf.get(task));
  return timeSteps(facts).map((times) => ({ ...times, facts, attempts: attempts.get(times.step.key) ?? [] }));
}

function isWithin({ facts, startedAt, completedAt }: Passage, window: Window): boolean {
  return isPast(window, startedAt) && !isPast(window, completedAt) && !isPast(window, facts.endedAt);
}

function measureStep(workflow: string, passages: readonly Passage[], window: Window): StepFigures[] {
  const [first] = passages;
  if (first === undefined) return [];
  const { key, title, kind, order } = first.step;
  const over = passages.filter(({ completedAt }) => isIn(window, completedAt));
  const tasks = passages.flatMap((each) => each.tasks);
  const done = tasks.filter((task) => isDone(task) && isIn(window, task.state.at));
  const attempts = passages.flatMap((each) => each.attempts);
  const claimed = attempts.filter(({ claimedAt }) => isIn(window, claimedAt));
  const countReturns = ({ facts }: Passage): number =>
    facts.workstream.returns.filter(({ to, at }) => to === key && isIn(window, at)).length;
  return [
    {
      workflow,
      step: key,
      title,
      kind,
      order,
      cycle: spreadOf(over.flatMap((each) => cycleOf(each) ?? [])),
      taskCycle: spreadOf(done.flatMap((task) => taskCycleOf(task) ?? [])),
      wip: passages.filter((each) => isWithin(each, window)).length,
      returns: sumOf(passages.map(countReturns)),
      attempts: claimed.length,
      workMs: workMsOf(claimed),
      reworkMs: workMsOf(refusedIn(window, attempts)),
    },
  ];
}

/** Steps by workflow (its versions together) and order. */
export function rollUpSteps(items: readonly Measured[], window: Window): readonly StepFigures[] {
  const byWorkflow = Map.groupBy(items, ({ facts }) => facts.workstream.workflow.name);
  return [...byWorkflow]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([workflow, some]) => {
      const byStep = Map.groupBy(some.flatMap(listPassages), ({ step }) => step.key);
      return [...byStep.values()]
        .flatMap((passages) => measureStep(workflow, passages, window))
        .sort((a, b) => a.order - b.order || (a.step < b.step ? -1 : 1));
    });
}
