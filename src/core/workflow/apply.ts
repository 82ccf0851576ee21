/** Makes the tasks of a workstream: a workflow's steps over the tasks of one spec (`docs/decisions/0007-accountable-flow.md`). */
import type { TaskFlow } from "../model/drafts.ts";
import type { StepDraft } from "../model/flow-event.ts";
import type { Spec, SpecTask } from "../model/spec.ts";
import type { ResourceUse } from "../model/work.ts";
import type { WorkflowDefinition, WorkflowStep } from "../model/workflow.ts";
import { compareTasks } from "../plan/own-order.ts";
import { findEnds, orderOwnTasks } from "./own-tasks.ts";
import { compareSteps, dropImplied, findTied, listBefore } from "./step-order.ts";

/** A task of a workstream as its workflow makes it. */
export interface AppliedTask {
  /** The spec's own task with its order in the whole; for any other step a task made of the step. */
  readonly task: SpecTask;
  /** Only what differs from what an absent field means. */
  readonly flow: TaskFlow;
  /** Keys of the open tasks that it comes directly after. Empty for a ticked task. */
  readonly after: readonly string[];
  /** Document that `task.line` counts in. */
  readonly source: string;
  /** Resources that the step takes for each of its tasks, beside those of the spec. */
  readonly uses: readonly ResourceUse[];
  /** What the task or its step says; null: neither does. */
  readonly timeoutMs: number | null;
  /** Of an intake: when it asks; null: it is none. */
  readonly duplicates: WorkflowStep["duplicates"];
}

/** A spec that goes through a workflow. */
export interface AppliedWorkflow {
  /** In order, ties by key. */
  readonly tasks: readonly AppliedTask[];
  readonly steps: readonly StepDraft[];
}

/** Executor of reviews and intakes. */
const PERSON = "person";

interface Applying {
  readonly spec: Spec;
  readonly steps: readonly WorkflowStep[];
  /** Key of each step that becomes one task -> the task's key. */
  readonly keys: ReadonlyMap<string, string>;
  /** What is added to the place of a task in its step. */
  readonly offsets: ReadonlyMap<string, number>;
  /** Steps that have tasks, ticked ones too. */
  readonly peopled: ReadonlySet<string>;
  /** Steps of which the key decides when they begin. */
  readonly tied: ReadonlySet<string>;
}

/** A step's tasks with their places in it. */
interface Expanded {
  readonly step: WorkflowStep;
  readonly tasks: readonly SpecTask[];
  readonly after: ReadonlyMap<string, readonly string[]>;
  /** Open tasks before which nothing of the step comes, and those after which nothing of it comes. */
  readonly first: readonly string[];
  readonly last: readonly string[];
}

/**
 * Expands a workflow over a spec. Pure: the same spec and definition give the same tasks. With the workflow `tasks` they are the
 * spec's tasks, their keys and their order.
 *
 * @param definition one that passed the checks of `parseWorkflow`
 */
export function applyWorkflow(spec: Spec, definition: WorkflowDefinition): AppliedWorkflow {
  const steps = [...definition.steps].sort(compareSteps);
  const applying: Applying = {
    spec,
    steps,
    keys: nameTasks(spec, steps),
    offsets: spreadOrders(spec, steps),
    peopled: new Set(steps.filter((step) => hasTasks(spec, step)).map(({ key }) => key)),
    tied: findTied(steps),
  };
  const expanded = new Map(steps.map((step) => [step.key, expandStep(applying, step)]));
  const ends = joinSteps(steps, expanded);
  const border = steps.findIndex(({ kind }) => kind === "integrate");
  const tasks = steps.flatMap((step, index) =>
    finishStep(applying, expanded.get(step.key) as Expanded, {
      before: ends.get(step.key) ?? [],
      isAfter: border !== -1 && index > border,
      path: step.kind === "tasks" ? spec.path : definition.source,
    }),
  );
  return {
    tasks: tasks.sort((a, b) => compareTasks(a.task, b.task)),
    steps: steps.map(({ key, title, order, kind, role, definitionOfDone, rework }) => ({
      key,
      title,
      order,
      kind,
      role,
      definitionOfDone,
      rework,
    })),
  };
}

function hasTasks({ tasks }: Spec, { kind }: WorkflowStep): boolean {
  return kind === "tasks" ? tasks.length > 0 : kind !== "integrate";
}

/** A step's key names its task, unless the spec has one of that name: files are named after it, so case does not tell apart. */
function nameTasks(spec: Spec, steps: readonly WorkflowStep[]): ReadonlyMap<string, string> {
  const taken = new Set(spec.tasks.map(({ key }) => key.toLowerCase()));
  const keys = new Map<string, string>();
  for (const { key, kind } of steps) {
    if (kind === "tasks" || kind === "integrate") continue;
    let name = key;
    for (let copy = 2; taken.has(name); copy += 1) name = `${key}~${copy}`;
    taken.add(name);
    keys.set(key, name);
  }
  return keys;
}

/** Orders ascend along the steps: each step order takes as many numbers as the largest of its steps needs. */
function spreadOrders(spec: Spec, steps: readonly WorkflowStep[]): ReadonlyMap<string, number> {
  const ofSpec = spec.tasks.reduce((most, { order }) => Math.max(most, order), 0);
  const offsets = new Map<string, number>();
  let offset = 0;
  for (const group of Map.groupBy(steps, ({ order }) => order).values()) {
    let size = 0;
    for (const step of group) {
      offsets.set(step.key, offset);
      if (hasTasks(spec, step)) size = Math.max(size, step.kind === "tasks" ? ofSpec : 1);
    }
    offset += size;
  }
  return offsets;
}

function expandStep(applying: Applying, step: WorkflowStep): Expanded {
  if (step.kind === "integrate") return { step, tasks: [], after: new Map(), first: [], last: [] };
  if (step.kind !== "tasks") {
    const task = toTask(applying, step);
    return { step, tasks: [task], after: new Map([[task.key, []]]), first: [task.key], last: [task.key] };
  }
  const { spec, offsets } = applying;
  const offset = offsets.get(step.key) ?? 0;
  const own = orderOwnTasks(spec);
  const tasks = spec.tasks.map((task) => toOwnTask(spec, step, { ...task, order: offset + task.order }));
  return { step, tasks, after: own.after, ...findEnds(own) };
}

/** What the task and its spec leave open, the step says. */
function toOwnTask(spec: Spec, step: WorkflowStep, task: SpecTask): SpecTask {
  const { run, executor, critical } = task;
  return {
    ...task,
    run: run === null ? null : { ...run, timeoutMs: run.timeoutMs ?? step.timeoutMs },
    executor: executor ?? (spec.executor === null ? step.executor : null),
    critical: critical && step.critical,
  };
}

function toTask({ keys, offsets }: Applying, step: WorkflowStep): SpecTask {
  const { key, title, kind, line, parallelizable, critical, run, timeoutMs, executor, instructions } = step;
  return {
    key: keys.get(key) ?? key,
    order: (offsets.get(key) ?? 0) + 1,
    title,
    phase: null,
    parent: null,
    boxLines: [],
    line,
    checked: false,
    parallel: parallelizable,
    critical,
    run: run === null ? null : { script: run, line, timeoutMs },
    executor: kind === "work" ? executor : PERSON,
    details: instructions,
    dependsOn: [],
  };
}

/** For each step the last open tasks before it. A step without open tasks hands on what is before itself. */
function joinSteps(
  steps: readonly WorkflowStep[],
  expanded: ReadonlyMap<string, Expanded>,
): ReadonlyMap<string, readonly string[]> {
  const before = dropImplied(listBefore(steps));
  const ends = new Map<string, readonly string[]>();
  const findBefore = (key: string): readonly string[] => {
    const known = ends.get(key);
    if (known !== undefined) return known;
    // Checked definitions have no circles; should one have, the walk still ends.
    ends.set(key, []);
    const found = new Set<string>();
    for (const each of before.get(key) ?? []) {
      const last = expanded.get(each)?.last ?? [];
      for (const task of last.length > 0 ? last : findBefore(each)) found.add(task);
    }
    ends.set(key, [...found]);
    return [...found];
  };
  for (const { key } of steps) findBefore(key);
  return ends;
}

interface Place {
  readonly before: readonly string[];
  readonly isAfter: boolean;
  readonly path: string;
}

function finishStep(applying: Applying, { step, tasks, after, first, last }: Expanded, place: Place) {
  const starts = new Set(first);
  const stops = new Set(last);
  return tasks.map((task): AppliedTask => {
    const own = after.get(task.key) ?? [];
    const isFirst = starts.has(task.key);
    return {
      task,
      flow: toFlow(applying, step, { ...place, isFirst, isLast: stops.has(task.key) }),
      after: isFirst ? [...new Set([...place.before, ...own])] : own,
      source: place.path,
      uses: step.uses,
      timeoutMs: task.run?.timeoutMs ?? task.timeoutMs ?? step.timeoutMs,
      duplicates: step.duplicates,
    };
  });
}

interface TaskPlace {
  readonly isAfter: boolean;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** Fields that say what absent ones mean are left out, so that the default workflow writes the events of before. */
function toFlow(applying: Applying, step: WorkflowStep, place: TaskPlace): TaskFlow {
  const { key, kind, role, entry, exit, retries, duplicates } = step;
  const returnsTo = findReturns(applying, step);
  return {
    ...(key === "tasks" ? {} : { step: key }),
    ...(kind === "review" || kind === "intake" ? { kind } : {}),
    ...(place.isAfter ? { stage: "after" as const } : {}),
    ...(role === null ? {} : { role }),
    ...(returnsTo.length === 0 ? {} : { returnsTo }),
    ...(retries === 0 ? {} : { retries }),
    ...(duplicates?.ask === "always" ? { asksAlways: true } : {}),
    ...(place.isFirst && applying.tied.has(key) ? { byKey: true as const } : {}),
    ...(place.isFirst && entry.length > 0 ? { entry } : {}),
    ...(place.isLast && exit.length > 0 ? { exit } : {}),
  };
}

/** Only steps that have a task can be gone back to; where none of those is left, the review is asked again. */
function findReturns({ peopled }: Applying, { kind, key, returnsTo }: WorkflowStep): readonly string[] {
  if (kind !== "review") return [];
  const found = returnsTo.filter((to) => peopled.has(to));
  return found.length > 0 ? found : [key];
}
