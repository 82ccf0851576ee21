/** The workflows that osqr brings along: the default, four strategies (WO-4), and the strategies by type of task. */
import { assert } from "../errors.ts";
import { ALL_GATES, type WorkflowDefinition } from "../model/workflow.ts";
import { parseWorkflow } from "./parse.ts";
import type { StepContent, WorkflowContent } from "./shape.ts";
import { TEMPLATES, type Template, type TemplateStep } from "./templates.ts";

/** `WorkflowDefinition.source` of a workflow that stands in no file. */
export const BUILT_IN = "built-in";

/** Workflow of specs where nobody says anything: the spec's tasks, then the merge. */
export const DEFAULT_WORKFLOW = "tasks";

const MERGE: StepContent = {
  key: "integrate",
  title: "merge into the base",
  definition_of_done: "The work is in the base and the project's gates pass on the combined tree.",
};

/** Tasks of a spec that is of no particular type. */
const PLAIN: Template = {
  type: "",
  title: "any work",
  before: [],
  tasks: { title: "the spec's tasks", done: "All tasks of the spec are done." },
  after: [],
};

const toTasks = ({ tasks }: Template): StepContent => ({
  key: "tasks",
  title: tasks.title,
  definition_of_done: tasks.done,
});

const toWork = ({ key, title, instructions, done, parallel, optional }: TemplateStep): StepContent => ({
  key,
  title,
  kind: "work",
  instructions,
  definition_of_done: done,
  ...(parallel === true ? { parallelizable: true } : {}),
  ...(optional === true ? { critical: false } : {}),
});

/** The gates look at the last work before the merge; where that is optional or one of several, at each of them. */
function guard(steps: readonly StepContent[]): readonly StepContent[] {
  const last = steps.findLastIndex(({ parallelizable }) => parallelizable !== true);
  return steps.map((step, index) =>
    index === last || index > last ? { ...step, gates: [ALL_GATES] } : step,
  );
}

type Strategy = (template: Template) => readonly StepContent[];

const direct: Strategy = (template) => [toTasks(template), MERGE];

const progressive: Strategy = (template) => [
  ...template.before.map(toWork),
  ...guard([toTasks(template), ...template.after.map(toWork)]),
  MERGE,
];

const intake = (ask: "suspected" | "always"): StepContent => ({
  key: "intake",
  title: "is this work new",
  role: "reviewer",
  duplicates: { ask },
  definition_of_done: "Somebody has said that no other workstream does this already.",
});

/** What fails at the checkpoint is given up: the next try starts where the tasks began. */
const phased: Strategy = (template) => [
  intake("suspected"),
  ...template.before.map(toWork),
  ...guard([{ ...toTasks(template), rework: "restart" }, ...template.after.map(toWork)]),
  {
    key: "checkpoint",
    title: "does the work hold so far",
    review: true,
    role: "reviewer",
    returns_to: ["tasks"],
    definition_of_done: "A reviewer has looked at the whole result.",
  },
  MERGE,
];

const systematic: Strategy = (template) => {
  const contribute = (step: StepContent): StepContent => ({ ...step, role: "contributor" });
  const planned = template.before.at(-1)?.key;
  return [
    intake("always"),
    ...template.before.map(toWork).map(contribute),
    {
      key: "plan-approval",
      title: "may the work begin",
      review: true,
      role: "approver",
      ...(planned === undefined ? {} : { returns_to: [planned] }),
      definition_of_done: "An approver has agreed to what will be done and in which order.",
    },
    ...guard([toTasks(template), ...template.after.map(toWork)]).map(contribute),
    {
      key: "quality-review",
      title: "is the work good",
      review: true,
      role: "reviewer",
      returns_to: ["tasks"],
      definition_of_done: "A reviewer finds that the result does what the spec asks for.",
    },
    {
      key: "release-review",
      title: "may it be merged",
      review: true,
      role: "approver",
      returns_to: ["tasks"],
      definition_of_done: "An approver lets the result into the base.",
    },
    { ...MERGE, role: "approver" },
    {
      key: "verification",
      title: "look at the merged result",
      review: true,
      role: "contributor",
      returns_to: ["tasks"],
      instructions: "Look at the base with the work in it: does it do what the spec asks for?",
      definition_of_done: "Somebody has seen the merged result work.",
    },
    {
      key: "closing",
      title: "is it finished",
      review: true,
      role: "approver",
      returns_to: ["tasks"],
      definition_of_done: "An approver has closed the work.",
    },
  ];
};

const STRATEGIES: readonly { name: string; title: string; steps: Strategy; byType: boolean }[] = [
  { name: DEFAULT_WORKFLOW, title: "the spec's tasks, then the merge", steps: direct, byType: false },
  { name: "direct", title: "direct: the tasks, then the merge", steps: direct, byType: false },
  { name: "progressive", title: "progressive: the gates look at the work", steps: progressive, byType: true },
  { name: "phased", title: "phased: a checkpoint that can go back", steps: phased, byType: true },
  { name: "systematic", title: "systematic: approvals all the way", steps: systematic, byType: true },
];

/** Content of every built-in workflow, in the form of a file. */
export function writeBuiltIns(): readonly WorkflowContent[] {
  return STRATEGIES.flatMap(({ name, title, steps, byType }) => [
    { name, version: 1, title, steps: [...steps(PLAIN)] },
    ...(byType ? TEMPLATES : []).map((template) => ({
      name: `${name}.${template.type}`,
      version: 1,
      title: `${title}; for ${template.title}`,
      steps: [...steps(template)],
    })),
  ]);
}

let made: readonly WorkflowDefinition[] | null = null;

/** Every built-in workflow, `tasks` first. Made when somebody asks, which most commands never do. */
export function listBuiltIns(): readonly WorkflowDefinition[] {
  made ??= writeBuiltIns().map((content) => {
    const parsed = parseWorkflow(content, { source: BUILT_IN, lineOf: () => 0 });
    assert("definition" in parsed, `the built-in workflow ${content.name} is not valid`);
    return parsed.definition;
  });
  return made;
}
