import { expect, test } from "vitest";
import { TASK_TYPES } from "../model/route.ts";
import { TEMPLATES } from "../workflow/templates.ts";
import { findTaskType, toTaskType } from "./task-type.ts";

const typeOf = (title: string, more: Partial<Parameters<typeof findTaskType>[0]> = {}) =>
  findTaskType({ type: null, workflow: "tasks", title, specTitle: "Session store", ...more }).type;

test("every template of a workflow has a type of its own", () => {
  expect(
    TEMPLATES.map(({ type }) => type).filter((type) => !TASK_TYPES.some((each) => each === type)),
  ).toEqual([]);
});

test.each([
  ["Refactor the session store", "refactoring"],
  ["Extract the parser and its tests", "refactoring"],
  ["Fix the flaky test of the store", "bug-fix"],
  ["Fix a typo in the README", "quick-fix"],
  ["Write tests for the limiter", "testing"],
  ["Test the borders", "testing"],
  ["Document `parse()`", "documentation"],
  ["Update the README", "documentation"],
  ["Compare vector databases", "research"],
  ["Review the pull request", "code-review"],
  ["Speed up the query", "performance"],
  ["Reduce the latency of a lookup", "performance"],
  ["Write the architecture of the store down", "architecture"],
  ["Deploy to staging", "deployment"],
])("%s: %s", (title, type) => {
  expect(typeOf(title)).toBe(type);
});

test.each([
  ["Store sessions"],
  ["Count requests"],
  ["Write docs and tests"],
  ["Latest contestants"],
  ["Prefix the keys"],
  ["Design the table"],
  ["___"],
  [""],
])("nothing is guessed from %j", (title) => {
  expect(typeOf(title)).toBe("code-implementation");
});

test("what is said counts first, then the workflow, the title, the title of the spec", () => {
  const all = { workflow: "systematic.bug-fix", specTitle: "Speed up lookups" };
  expect(findTaskType({ ...all, type: "research", title: "Document it" })).toEqual({
    type: "research",
    why: "the spec says so",
  });
  expect(typeOf("Document it", all)).toBe("bug-fix");
  expect(typeOf("Document it", { ...all, workflow: "direct" })).toBe("documentation");
  expect(typeOf("Do it", { ...all, workflow: "direct" })).toBe("performance");
});

test("the name of a team's own workflow says nothing, unless it ends in a type", () => {
  expect(typeOf("Do it", { workflow: "review" })).toBe("code-implementation");
  expect(typeOf("Do it", { workflow: "team.testing" })).toBe("testing");
});

test("types are known by the words that people use", () => {
  expect(["Bug fix", "bugfix", "DOCS", "code_review", "quick-fix", "feature"].map(toTaskType)).toEqual([
    "bug-fix",
    "bug-fix",
    "documentation",
    "code-review",
    "quick-fix",
    "code-implementation",
  ]);
  expect(["", "note", "constructor", "blog post"].map(toTaskType)).toEqual([null, null, null, null]);
});
