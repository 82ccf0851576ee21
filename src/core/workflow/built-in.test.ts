import { expect, test } from "vitest";
import type { WorkflowDefinition } from "../model/workflow.ts";
import { spec } from "../plan/fixture.ts";
import { applyWorkflow } from "./apply.ts";
import { BUILT_IN, DEFAULT_WORKFLOW, listBuiltIns, writeBuiltIns } from "./built-in.ts";
import { parseWorkflow } from "./parse.ts";

const named = (name: string): WorkflowDefinition => listBuiltIns().find((each) => each.name === name)!;

/** `key kind` per step, `|` where several may run together. */
const show = (name: string): string =>
  named(name)
    .steps.map(({ key, kind, parallelizable, critical }) =>
      [key, kind, parallelizable ? "beside others" : "", critical ? "" : "optional"]
        .filter(Boolean)
        .join(" "),
    )
    .join("\n");

test("all pass the checks that files pass", () => {
  const place = { source: "file.yaml", lineOf: () => 1 };
  for (const content of writeBuiltIns()) expect(parseWorkflow(content, place)).toHaveProperty("definition");
});

test("the default comes first, and each name once", () => {
  const names = listBuiltIns().map(({ name }) => name);
  expect(names[0]).toBe(DEFAULT_WORKFLOW);
  expect(new Set(names).size).toBe(names.length);
});

test("are in no file, in force at once, and differ from each other", () => {
  for (const { source, effective, version, steps } of listBuiltIns()) {
    expect({ source, effective, version }).toEqual({ source: BUILT_IN, effective: null, version: 1 });
    expect(steps.every(({ line }) => line === 0)).toBe(true);
  }
  expect(new Set(listBuiltIns().map(({ hash }) => hash)).size).toBe(listBuiltIns().length);
});

test("progressive, phased and systematic come for twelve types of tasks", () => {
  const types = listBuiltIns()
    .filter(({ name }) => name.startsWith("systematic."))
    .map(({ name }) => name.slice("systematic.".length));
  expect(types.toSorted()).toEqual([
    "bug-fix",
    "code-implementation",
    "code-review",
    "data-processing",
    "deployment",
    "documentation",
    "performance",
    "refactoring",
    "research",
    "security-audit",
    "testing",
    "ui-design",
  ]);
  for (const type of types) {
    expect(named(`progressive.${type}`).steps.length).toBeGreaterThan(2);
    expect(named(`phased.${type}`).steps.length).toBeGreaterThan(4);
  }
});

test("every step says what done means, and every step of systematic who is responsible", () => {
  for (const { name, steps } of listBuiltIns()) {
    for (const { definitionOfDone, role } of steps) {
      expect(definitionOfDone).not.toBeNull();
      if (name.startsWith("systematic")) expect(role).not.toBeNull();
    }
  }
});

test("the strategies go from bare to guarded", () => {
  expect(show("direct")).toBe("tasks tasks\nintegrate integrate");
  expect(show("phased")).toMatchInlineSnapshot(`
    "intake intake
    tasks tasks
    checkpoint review
    integrate integrate"
  `);
  expect(show("systematic.bug-fix")).toMatchInlineSnapshot(`
    "intake intake
    reproduce work
    diagnose work
    plan-approval review
    tasks tasks
    relatives work beside others optional
    validate work
    quality-review review
    release-review review
    integrate integrate
    verification review
    closing review"
  `);
});

test("phased gives the work up where the checkpoint is refused, and asks only where something is suspected", () => {
  const step = (key: string) => named("phased").steps.find((each) => each.key === key)!;
  expect(step("tasks").rework).toBe("restart");
  expect(step("checkpoint").returnsTo).toEqual(["tasks"]);
  expect(step("intake").duplicates?.ask).toBe("suspected");
  expect(named("systematic").steps[0]?.duplicates?.ask).toBe("always");
});

test("the gates look at the last work before the merge, whatever runs beside it", () => {
  const guarded = (name: string) =>
    applyWorkflow(spec("s", "T1, T2 [P], T3 [P]"), named(name))
      .tasks.filter(({ flow }) => flow.exit?.some(({ check }) => check.kind === "gate"))
      .map(({ task }) => task.key);
  expect(guarded("tasks")).toEqual([]);
  expect(guarded("progressive")).toEqual(["T2", "T3"]);
  expect(guarded("progressive.bug-fix")).toEqual(["validate"]);
  expect(guarded("progressive.documentation")).toEqual(["T2", "T3", "examples", "language"]);
});

test("all can be applied to a spec with and without tasks", () => {
  for (const definition of listBuiltIns()) {
    const keys = applyWorkflow(spec("s", "T1"), definition).tasks.map(({ task }) => task.key);
    expect(keys).toContain("T1");
    expect(applyWorkflow({ ...spec("s"), tasks: [] }, definition).tasks).toHaveLength(keys.length - 1);
  }
});
