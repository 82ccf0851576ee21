import type { CriterionState, StepProgress } from "../model/flow.ts";
import type { StepDraft } from "../model/flow-event.ts";
import type { WorkstreamId } from "../model/ids.ts";
import type { Task } from "../model/work.ts";
import type { Criterion } from "../model/workflow.ts";
import { type Draft, needTask, needWorkstream, putWorkstream } from "./draft.ts";

/** Key of the one step that histories of 0.1 know, and of the default workflow. */
export const TASKS_STEP = "tasks";

const DEFAULT_STEPS: readonly StepDraft[] = [
  {
    key: TASKS_STEP,
    title: "the spec's tasks",
    order: 1,
    kind: "tasks",
    role: null,
    definitionOfDone: null,
    rework: "continue",
  },
];

/** Steps of a workstream that was just registered. */
export function beginSteps(
  steps: readonly StepDraft[] | undefined,
  tasks: readonly { readonly step?: string | undefined; readonly already: boolean }[],
): readonly StepProgress[] {
  return (steps ?? DEFAULT_STEPS).map((step) => {
    const own = tasks.filter(({ step: key }) => (key ?? TASKS_STEP) === step.key);
    const completed = own.filter(({ already }) => already).length;
    return { ...step, total: own.length, completed, checkpoint: null };
  });
}

/** Counts the tasks of each step and each phase anew. */
export function recountSteps(draft: Draft, id: WorkstreamId): void {
  const { tasks, steps, phases } = needWorkstream(draft, id);
  const byStep = new Map<string, number>();
  const byPhase = new Map<string, number>();
  const count = (map: Map<string, number>, key: string): unknown => map.set(key, (map.get(key) ?? 0) + 1);
  for (const taskId of tasks) {
    const { state, step, phase } = needTask(draft, taskId);
    if (state.kind !== "completed") continue;
    count(byStep, step);
    if (phase !== null) count(byPhase, phase);
  }
  putWorkstream(draft, id, {
    steps: steps.map((step) => ({ ...step, completed: byStep.get(step.key) ?? 0 })),
    phases: phases.map((phase) => ({ ...phase, completed: byPhase.get(phase.key) ?? 0 })),
  });
}

/** One task of a step is done. */
export function advanceStep(steps: readonly StepProgress[], { step: key }: Task): readonly StepProgress[] {
  return steps.map((step) => (step.key === key ? { ...step, completed: step.completed + 1 } : step));
}

/** Remembers where the work stood when the first task of a step was claimed. */
export function markCheckpoint(draft: Draft, { workstream: id, step: key }: Task): void {
  const { steps, tip, tasks } = needWorkstream(draft, id);
  const { at } = draft;
  if (!steps.some((step) => step.key === key && step.checkpoint === null)) return;
  const isJustDone = ({ state }: Task): boolean => state.kind === "completed" && state.at === at;
  const checkpoint = { tip, at, with: tasks.filter((task) => isJustDone(needTask(draft, task))) };
  const marked = steps.map((step) => (step.key === key ? { ...step, checkpoint } : step));
  putWorkstream(draft, id, { steps: marked });
}

/** All steps begin anew. */
export const forgetCheckpoints = (steps: readonly StepProgress[]): readonly StepProgress[] =>
  steps.map((step) => ({ ...step, checkpoint: null }));

/**
 * After work was sent back to a step: those of which nothing is left begin anew. Where the work itself was given up (`isGivenUp`), so
 * do those that began on what is gone.
 */
export function dropCheckpoints(
  draft: Draft,
  id: WorkstreamId,
  { to, isGivenUp }: { to: string; isGivenUp: boolean },
): readonly StepProgress[] {
  const { steps, tasks } = needWorkstream(draft, id);
  const begun = new Set(
    tasks.map((task) => needTask(draft, task)).flatMap((task) => (isBegun(task) ? [task.step] : [])),
  );
  const since = steps.find(({ key }) => key === to)?.checkpoint?.at ?? 0;
  return steps.map((step) => {
    const isLate = isGivenUp && (step.checkpoint?.at ?? 0) > since;
    return step.key !== to && (isLate || !begun.has(step.key)) ? { ...step, checkpoint: null } : step;
  });
}

const isBegun = ({ state }: Task): boolean =>
  state.kind === "completed" ||
  state.kind === "running" ||
  state.kind === "failed" ||
  (state.kind === "waiting" && state.attempt !== null);

/** Criteria that nobody has looked at yet. */
export function openCriteria(criteria: readonly Criterion[] | undefined): readonly CriterionState[] {
  return (criteria ?? []).map(({ key, text, check }) => ({
    key,
    text,
    check,
    met: false,
    detail: null,
    at: null,
  }));
}

/** What was met has to be looked at again. */
export function reopenCriteria(criteria: readonly CriterionState[]): readonly CriterionState[] {
  return criteria.some(({ met, detail }) => met || detail !== null) ? openCriteria(criteria) : criteria;
}

/** A task that starts anew: its criteria are open, its history stays. */
export function reopen(task: Task): Task {
  const entry = reopenCriteria(task.entry);
  const exit = reopenCriteria(task.exit);
  const { failed: _, ...rest } = task;
  return { ...rest, entry, exit, resumes: null, failures: {} };
}
