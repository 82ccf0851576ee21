/** Figures of a step over all workstreams that went through it. */
import type { Attempt } from "../../model/work.ts";
import { listCurrent } from "./current.ts";
import { type Facts, isDone } from "./facts.ts";
import { type Measured, refusedIn, workMsOf } from "./measure-item.ts";
import { spreadOf, sumOf } from "./spread.ts";
import { cycleOf, type StepTimes, taskCycleOf } from "./step-times.ts";
import type { StepFigures } from "./types.ts";
import { isIn, type Window } from "./window.ts";

/** A step of one workstream with what belongs to it. */
interface Passage extends StepTimes {
  readonly facts: Facts;
  readonly attempts: readonly Attempt[];
  /** The workstream is in it at the end of the window. */
  readonly isWithin: boolean;
}

function listPassages(measured: Measured, window: Window): Passage[] {
  const { facts, steps } = measured;
  const stepOf = new Map(facts.tasks.map(({ id, step }) => [id, step]));
  const attempts = Map.groupBy(facts.attempts, ({ task }) => stepOf.get(task));
  const current = listCurrent(measured, window);
  return steps.map((times) => {
    const { key } = times.step;
    return { ...times, facts, attempts: attempts.get(key) ?? [], isWithin: current.has(key) };
  });
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
  const countReturns = ({ facts: { workstream } }: Passage): number =>
    [...workstream.returns, ...workstream.reverts].filter(({ to, at }) => to === key && isIn(window, at))
      .length;
  return [
    {
      workflow,
      step: key,
      title,
      kind,
      order,
      cycle: spreadOf(over.flatMap((each) => cycleOf(each) ?? [])),
      taskCycle: spreadOf(done.flatMap((task) => taskCycleOf(task) ?? [])),
      wip: passages.filter(({ isWithin }) => isWithin).length,
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
      const byStep = Map.groupBy(
        some.flatMap((each) => listPassages(each, window)),
        ({ step }) => step.key,
      );
      return [...byStep.values()]
        .flatMap((passages) => measureStep(workflow, passages, window))
        .sort((a, b) => a.order - b.order || (a.step < b.step ? -1 : 1));
    });
}
