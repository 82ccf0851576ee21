import { expect, test } from "vitest";
import { mergeConfig } from "../config.ts";
import type { WorkflowDefinition } from "../model/workflow.ts";
import { parseWorkflow } from "../workflow/parse.ts";
import { buildPlan } from "./build-plan.ts";
import { apply, openState, PROJECT, spec, start, toInput } from "./fixture.ts";
import type { PlanInput } from "./input.ts";
import type { Plan } from "./types.ts";

const DAY = 86_400_000;

function define(
  content: Record<string, unknown>,
  source = ".osqr/workflows/feature.yaml",
): WorkflowDefinition {
  const parsed = parseWorkflow(content, { source, lineOf: () => 7 });
  if ("problems" in parsed) throw new Error(parsed.problems.map(({ message }) => message).join("; "));
  return parsed.definition;
}

const feature = define({
  name: "feature",
  version: 1,
  steps: [
    { key: "intake", kind: "intake" },
    { key: "build", kind: "tasks" },
    { key: "quality", review: true, role: "reviewer" },
    { key: "integrate", integrate: true },
    { key: "verify", run: "npm run smoke" },
  ],
});

const through = (name: string, workflow: string) => ({
  ...spec(name),
  workflow: { name: workflow, line: 3 },
});

const withFiles = (definitions: readonly WorkflowDefinition[], more: Partial<PlanInput> = {}) => ({
  workflows: { definitions, problems: [] },
  ...more,
});

test("a spec goes through the workflow that it names: steps become tasks with their reviews and borders", () => {
  const plan = buildPlan(toInput([through("a", "feature")], withFiles([feature])));
  const [registration] = plan.registrations;
  expect(registration?.workstream.workflow).toEqual({ name: "feature", version: 1 });
  expect(
    registration?.tasks.map(({ key, kind, stage, executor, requires }) => [
      key,
      kind,
      stage,
      executor,
      requires,
    ]),
  ).toMatchInlineSnapshot(`
    [
      [
        "intake",
        "intake",
        undefined,
        "person",
        [],
      ],
      [
        "T1",
        undefined,
        undefined,
        "command",
        [
          "task:p-1/a#intake",
        ],
      ],
      [
        "quality",
        "review",
        undefined,
        "person",
        [
          "task:p-1/a#T1",
        ],
      ],
      [
        "verify",
        undefined,
        "after",
        "command",
        [
          "task:p-1/a#quality",
          "integrated:p-1/a",
        ],
      ],
    ]
  `);
  expect(plan.workstreams[0]?.workflow).toBe("feature@1");
});

test("a step's command is one of the commands to approve, with its place in the workflow", () => {
  const { commands } = buildPlan(toInput([through("a", "feature")], withFiles([feature])));
  expect(commands.find(({ text }) => text === "npm run smoke")?.source).toBe(
    ".osqr/workflows/feature.yaml:7",
  );
});

test("what waits for a whole spec holds back its work, not the words of people before it", () => {
  const plan = buildPlan(
    toInput(
      [spec("b"), { ...through("a", "feature"), dependsOn: spec("a", "T1", ["b"]).dependsOn }],
      withFiles([feature]),
    ),
  );
  const tasks = plan.registrations.find(({ workstream }) => workstream.name === "a")?.tasks ?? [];
  expect(tasks.find(({ key }) => key === "intake")?.requires).toEqual([]);
  expect(tasks.find(({ key }) => key === "T1")?.requires).toContain("landed:p-1/b");
});

test("an unknown workflow stops the spec with the line, what there is, and the nearest name", () => {
  const plan = buildPlan(toInput([through("a", "featur")], withFiles([feature])));
  expect(plan.registrations).toEqual([]);
  expect(plan.problems).toMatchObject([
    { code: "unknown-workflow", found: "featur", hint: "did you mean feature?", location: { line: 3 } },
  ]);
});

test("a version counts from its date on; another one may be named", () => {
  const change = { author: "dana", reason: "more eyes", impact: "one more sign-off" };
  const later = define({ ...toContent(), version: 2, effective: "1970-01-03", change });
  const pick = (workflow: string, now: number) =>
    buildPlan(toInput([through("a", workflow)], withFiles([feature, later], { now }))).workstreams[0]
      ?.workflow;
  expect(pick("feature", DAY)).toBe("feature@1");
  expect(pick("feature", 2 * DAY)).toBe("feature@2");
  expect(pick("feature@1", 2 * DAY)).toBe("feature@1");
});

const toContent = () => ({ name: "feature", version: 1, steps: [{ key: "build", kind: "tasks" }] });

test("a version that was used never changes: the recorded text counts, and the file is told to take a new number", () => {
  const recorded = apply(openState(), {
    kind: "record_workflow",
    project: PROJECT,
    workflow: feature,
    commit: "c0",
  });
  const other = define(toContent());
  const plan = buildPlan(toInput([through("a", "feature")], withFiles([other], { state: recorded })));
  expect(plan.problems).toMatchObject([{ code: "workflow-changed", hint: "set version: 2" }]);
  expect(plan.registrations[0]?.tasks.map(({ key }) => key)).toContain("quality");
  expect(plan.workflows).toEqual([]);
});

test("an intake is shown what resembles its spec", () => {
  const twin = (name: string) => ({
    ...through(name, "feature"),
    title: "Full text search over notes",
    summary: "An inverted index over all notes with ranking.",
  });
  const plan = buildPlan(toInput([twin("a"), twin("b"), spec("c")], withFiles([feature])));
  const candidates = plan.registrations.map(({ workstream, tasks }) => [
    workstream.name,
    tasks.find(({ kind }) => kind === "intake")?.candidates?.map(({ workstream: other }) => other) ?? null,
  ]);
  expect(candidates).toEqual([
    ["a", ["p-1/b"]],
    ["b", ["p-1/a"]],
    ["c", null],
  ]);
});

test("planning again what goes through a workflow changes nothing", () => {
  const first = buildPlan(toInput([through("a", "feature")], withFiles([feature])));
  const state = start(openState(), first);
  const again = buildPlan(toInput([through("a", "feature")], withFiles([feature], { state })));
  expect(again.registrations).toEqual([]);
  expect(again.ranks).toEqual({ tasks: [], overlaps: [], stacks: [] });
});

const problemsOf = (plan: Plan) =>
  plan.problems.map(({ message, location }) => `${location.line}: ${message}`);

test("roles and gates that a workflow names and the project does not have are told", () => {
  const named = define({
    name: "named",
    version: 1,
    steps: [
      { key: "build", kind: "tasks", gates: ["lnt"] },
      { key: "sign", review: true, role: "reviewers" },
    ],
  });
  const base = toInput([through("a", "named")], withFiles([named]));
  const gates = [{ name: "lint", command: "true", source: "config", content: "true" }];
  const config = { ...base.config, roles: { revewers: ["dana"] } };
  expect(problemsOf(buildPlan({ ...base, gates, config }))).toEqual([
    '7: role reviewers (named, step "sign") is held by nobody: anybody may sign; did you mean revewers?',
    '7: the step "build" names the gate "lnt", which the project does not have',
    "1: roles.revewers: no workflow has a role revewers; did you mean reviewers?",
  ]);
  expect(problemsOf(buildPlan({ ...base, gates })).join()).not.toMatch(/role/);
});

test("a role with nobody in its list stops the work, which is told apart from one without a list", () => {
  const confirmed = { exit: [{ tick: "somebody has seen it" }] };
  const named = define({
    name: "named",
    version: 1,
    steps: [
      { key: "build", kind: "tasks", role: "worker" },
      { key: "look", kind: "work", title: "look at it", role: "watcher", ...confirmed },
      { key: "sign", review: true, role: "lead" },
      { key: "last", review: true, role: "owner" },
    ],
  });
  const base = toInput([through("a", "named")], withFiles([named]));
  const told = (roles: Readonly<Record<string, readonly string[]>>) =>
    buildPlan({ ...base, config: { ...base.config, roles } }).problems.flatMap(({ code, message }) =>
      code.endsWith("role") ? [`${code}: ${message}`] : [],
    );
  expect(told({ lead: [], worker: [], watcher: [] })).toEqual([
    'empty-role: nobody can sign named, step "look", and the work stops there: roles.watcher has no name in it',
    'empty-role: nobody can sign named, step "sign", and the work stops there: roles.lead has no name in it',
    'unheld-role: role owner (named, step "last") is held by nobody: anybody may sign',
  ]);
  expect(told({ lead: ["dana"], watcher: ["sam"], owner: ["kim"] })).toEqual([]);
  // The lists of the operator and of the project have nobody in common.
  const { config } = mergeConfig(
    { roles: { lead: ["dana"] } },
    { roles: { lead: ["sam"] } },
    { maxParallel: 1 },
  );
  expect(told(config.roles)).toContainEqual(expect.stringMatching(/^empty-role: .*roles\.lead/));
});

test("a broken file takes one line, and is the reason where a spec names it", () => {
  const broken = (line: number) => ({
    severity: "error" as const,
    code: "wrong-value",
    message: "version is wrong",
    location: { path: ".osqr/workflows/bad.yaml", line },
    found: null,
    expected: null,
    hint: null,
  });
  const workflows = { definitions: [], problems: [broken(2), broken(4)] };
  const unused = buildPlan(toInput([spec("a")], { workflows }));
  expect(problemsOf(unused)).toEqual(["2: it cannot be used, 2 errors: osqr workflow check"]);
  expect(problemsOf(buildPlan(toInput([through("a", "bad")], { workflows })))[1]).toBe(
    '3: the workflow "bad" cannot be used: .osqr/workflows/bad.yaml has 2 errors, the first in line 2: version is wrong',
  );
});
