import { expect, test } from "vitest";
import { diffWorkflows } from "./diff.ts";
import { workflow } from "./fixture.ts";

const BEFORE = workflow(
  [
    { key: "analyze", instructions: "Read.\nThink." },
    { key: "tasks", exit: [{ command: "npm test" }, "agreed"], uses: ["db"] },
    { key: "review", review: true, role: "reviewer" },
  ],
  { title: "Team" },
);

test("two versions differ by workflow, step and field", () => {
  const after = workflow(
    [
      { key: "intake", role: "approver" },
      {
        key: "tasks",
        exit: [{ command: "npm test", timeout: "2m" }],
        gates: ["lint"],
        retries: 2,
        timeout: "90s",
      },
      { key: "review", review: true, role: "approver" },
      { key: "analyze", instructions: "Read.", depends_on: ["tasks"], parallelizable: true },
    ],
    { title: "The team", effective: "2026-03-01" },
  );
  const { lines, added, removed, changed } = diffWorkflows(BEFORE, after);
  expect(lines.join("\n")).toMatchInlineSnapshot(`
    "title: Team -> The team
    effective: at once -> 2026-03-01
    + step intake at 1: intake, intake (approver)
    ~ step tasks
        + timeout: 90 s
        retries: 0 -> 2
        - uses: db: 1
        exit criterion npm-test: npm test (command: npm test) -> npm test (command: npm test, up to 120 s)
        - exit criterion agreed: agreed (a person's tick)
        + exit criterion gate-lint: the gate lint passes (gate: lint)
    ~ step review
        role: reviewer -> approver
    ~ step analyze: moved from 1 to 4
        parallelizable: false -> true
        depends on: what its order says -> tasks
        instructions: Read. / Think. -> Read."
  `);
  expect(added.map(({ step, at }) => [step.key, at])).toEqual([["intake", 1]]);
  expect(removed).toEqual([]);
  expect(changed.map(({ key, moved }) => [key, moved])).toEqual([
    ["tasks", null],
    ["review", null],
    ["analyze", { from: 1, to: 4 }],
  ]);
});

test("a difference the other way round takes everything back", () => {
  const after = workflow([{ key: "tasks" }, { key: "docs", role: "author", title: "write docs" }]);
  expect(diffWorkflows(after, workflow([{ key: "tasks" }])).lines).toEqual([
    "- step docs at 2: work, write docs (author)",
  ]);
});

test("the same blueprint does not differ, also from another file and with other numbers", () => {
  expect(diffWorkflows(BEFORE, BEFORE).lines).toEqual([]);
  const numbered = workflow([
    { key: "tasks", order: 10 },
    { key: "docs", order: 20 },
  ]);
  const plain = workflow([{ key: "tasks" }, { key: "docs" }]);
  expect(diffWorkflows(plain, numbered).lines).toEqual([
    "the steps have other order numbers and the same places",
  ]);
});

test("texts that differ far behind are not shown as the same", () => {
  const long = (end: string) =>
    workflow([{ key: "tasks" }, { key: "a", instructions: `${"word ".repeat(80)}${end}` }]);
  expect(diffWorkflows(long("one"), long("two")).lines).toEqual([
    "~ step a",
    "    instructions: differs behind its first 160 characters",
  ]);
});
