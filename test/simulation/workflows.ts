/** Random workflow files, and what they make of the tasks of a workstream. */
import type { QuestionDraft } from "../../src/core/model/command.ts";
import type { TaskDraft } from "../../src/core/model/drafts.ts";
import type { StepDraft } from "../../src/core/model/flow-event.ts";
import { toTaskId, type WorkstreamId } from "../../src/core/model/ids.ts";
import type { Spec, SpecTask } from "../../src/core/model/spec.ts";
import type { DuplicateCandidate } from "../../src/core/model/work.ts";
import type { WorkflowDefinition } from "../../src/core/model/workflow.ts";
import { type AppliedTask, applyWorkflow } from "../../src/core/workflow/apply.ts";
import { listBuiltIns } from "../../src/core/workflow/built-in.ts";
import { parseWorkflow } from "../../src/core/workflow/parse.ts";
import { type TaskInput, taskDraft } from "../support/core-builders.ts";
import type { Random } from "./random.ts";
import { toSpec } from "./specs.ts";

/** Who has which role; `qa` is named by workflows and given to nobody, so anybody may take it. */
export const ROLES = { lead: ["dana", "sam"] } as const;
export const PEOPLE = ["dana", "sam", "kim"] as const;

/** Script of tasks that must leave the files as they are: those after the merge. */
export const LOOK = "look";

type Content = Readonly<Record<string, unknown>>;

/** A workflow as its author writes it. */
function makeContent(random: Random, name: string, version: number): Content {
  const steps = [
    ...maybe(random, 0.2, () => ({ key: "intake", kind: "intake", ...intakeOf(random) })),
    ...maybe(random, 0.4, () => ({ key: "analyze", ...workOf(random) })),
    ...maybe(random, 0.2, () => ({ key: "probe", ...workOf(random), parallelizable: true })),
    ...maybe(random, 0.2, () => ({ key: "survey", ...workOf(random), parallelizable: true })),
    ...maybe(random, 0.2, () => ({ key: "approach", review: true, ...personOf(random) })),
    ...maybe(random, 0.9, () => ({ key: "tasks", ...sidesOf(random), ...reworkOf(random) })),
    ...maybe(random, 0.3, () => ({ key: "polish", ...workOf(random) })),
    ...maybe(random, 0.6, () => ({ key: "review", review: true, ...personOf(random) })),
  ];
  const works = steps.filter((step) => !("review" in step || "kind" in step)).map(({ key }) => key);
  if (works.length === 0) steps.push({ key: "polish", ...workOf(random) });
  const ends = [
    { key: "integrate" },
    ...maybe(random, 0.3, () => ({ key: "report", run: LOOK, ...retriesOf(random) })),
    ...maybe(random, 0.3, () => ({ key: "accept", review: true, ...personOf(random) })),
  ];
  const change = { author: "dana", reason: "it was too slow", impact: "none" };
  const all = [...steps, ...ends].map((step, index) => withReturns(random, step, works, index));
  return { name, version, steps: all, ...(version > 1 ? { change } : {}) };
}

function maybe<T>(random: Random, probability: number, make: () => T): T[] {
  return random.chance(probability) ? [make()] : [];
}

/** A rejection may go to any earlier step with work; where there is none, it says nothing of it. */
function withReturns(
  random: Random,
  step: Content & { readonly key: string },
  works: readonly string[],
  order: number,
): Content {
  const placed = { ...step, order: order + 1 };
  if (!("review" in step) || works.length === 0 || step.key === "approach") return placed;
  const names = random.chance(0.5) ? random.shuffle(works) : [random.pick(works)];
  return { ...placed, returns_to: names };
}

const intakeOf = (random: Random): Content => ({
  duplicates: { ask: random.pick(["suspected", "always"]) },
});

const retriesOf = (random: Random): Content => (random.chance(0.3) ? { retries: random.between(1, 2) } : {});

const reworkOf = (random: Random): Content => ({ rework: random.pick(["continue", "restart"]) });

const personOf = (random: Random): Content => ({
  ...(random.chance(0.5) ? { role: random.pick(["lead", "qa"]) } : {}),
  ...(random.chance(0.1) ? { entry: ["the room is booked"] } : {}),
  ...(random.chance(0.1) ? { exit: ["it was said aloud"] } : {}),
});

const workOf = (random: Random): Content => ({
  run: "true",
  ...sidesOf(random),
  ...reworkOf(random),
  ...retriesOf(random),
});

/** Criteria before and after. */
function sidesOf(random: Random): Content {
  const some = (): Content[] => [
    ...maybe(random, 0.5, () => ({ command: `make ${random.pick(["lint", "test"])}` })),
    ...maybe(random, 0.3, () => ({ artifact: "src/shared.txt" })),
    ...maybe(random, 0.25, () => ({ tick: "it looks right" })),
  ];
  return {
    ...(random.chance(0.2) ? { entry: some() } : {}),
    ...(random.chance(0.35) ? { exit: some() } : {}),
  };
}

/** The default, and versions of two others. */
export function makeDefinitions(random: Random): readonly WorkflowDefinition[] {
  const [plain] = listBuiltIns();
  const made = [
    ["feature", 1],
    ["feature", 2],
    ["fix", 1],
  ] as const;
  return [
    ...(plain === undefined ? [] : [plain]),
    ...made.map(([name, version]) => parse(makeContent(random, name, version))),
  ];
}

function parse(content: Content): WorkflowDefinition {
  const parsed = parseWorkflow(content, { source: `.osqr/workflows/${content.name}.yaml`, lineOf: () => 1 });
  if ("definition" in parsed) return parsed.definition;
  throw new Error(`a workflow of the generator is wrong: ${JSON.stringify(parsed.problems)}`);
}

/** What is built: a workstream's own tasks as its spec has them, and the things that hold for all of it. */
export interface Own {
  readonly id: WorkstreamId;
  readonly tasks: readonly TaskInput[];
  /** What has to be there before anything of it begins. */
  readonly before: readonly string[];
  readonly candidates: readonly DuplicateCandidate[];
  /** What its tasks ask before they begin. */
  readonly questions: readonly QuestionDraft[];
}

export interface Expanded {
  readonly tasks: readonly TaskDraft[];
  readonly steps: readonly StepDraft[];
  readonly phases: readonly { readonly key: string; readonly title: string }[];
}

/** The tasks that a workflow makes of a spec, as the planner would register them. */
export function expand(own: Own, definition: WorkflowDefinition): Expanded {
  const spec = toSpec(own.id, own.tasks);
  const { tasks, steps } = applyWorkflow(spec, definition);
  const inputs = new Map(own.tasks.map((task) => [task.key, task]));
  const phases = [...new Set(own.tasks.flatMap(({ phase }) => phase ?? []))];
  return {
    tasks: tasks.map((applied) => toDraft(own, applied, inputs)),
    steps,
    phases: phases.map((key) => ({ key, title: key })),
  };
}

function toDraft(
  { id, before, candidates }: Own,
  { task, flow, after }: AppliedTask,
  inputs: ReadonlyMap<string, TaskInput>,
): TaskDraft {
  const { key, order, title, parallel, critical, checked } = task;
  const input: TaskInput = inputs.get(key) ?? { key, ...stepInput(task, flow.kind) };
  const own = after.map((each) => toTaskId(id, each));
  const roots = after.length === 0 ? before : [];
  const late = flow.stage === "after" ? [`integrated:${id}`] : [];
  const requires = [...own.map((each) => `task:${each}`), ...late, ...roots, ...(input.requires ?? [])];
  return taskDraft({
    ...input,
    order,
    title,
    parallel,
    critical,
    requires: checked ? [] : [...new Set(requires)],
    knowledge: own,
    ...flow,
    ...(flow.kind === "intake" ? { candidates } : {}),
  });
}

function stepInput({ run }: SpecTask, kind: TaskDraft["kind"]): Partial<TaskDraft> {
  const isWork = (kind ?? "work") === "work";
  return isWork
    ? { script: run?.script ?? "true", timeoutMs: 20_000 }
    : { script: null, executor: "person", timeoutMs: 20_000 };
}

/** What a newer text of a spec makes of the tasks: those that it had keep all that the text does not say. */
export function takeText(own: Own, spec: Spec): Own {
  const known = new Map(own.tasks.map((task) => [task.key, task]));
  const tasks = spec.tasks.map(({ key, title, order, checked }): TaskInput => {
    const input = known.get(key) ?? { key, order, script: "true", timeoutMs: 20_000 };
    return { ...input, title, already: checked };
  });
  return { ...own, tasks };
}
