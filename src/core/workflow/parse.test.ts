import { describe, expect, test } from "vitest";
import { workflow } from "./fixture.ts";
import { parseWorkflow } from "./parse.ts";

/** A step's problems as `line code: message`; the line is that of the step, from 1. */
function problemsOf(content: unknown): string[] {
  const lineOf = (path: readonly (string | number)[]): number =>
    path[0] === "steps" && typeof path[1] === "number" ? path[1] + 1 : 0;
  const parsed = parseWorkflow(content, { source: "team.yaml", lineOf });
  if (!("problems" in parsed)) return [];
  expect(
    parsed.problems.every(({ severity, location }) => severity === "error" && location.path === "team.yaml"),
  ).toBe(true);
  return parsed.problems.map(({ location, code, message }) => `${location.line} ${code}: ${message}`);
}

const withSteps = (steps: readonly unknown[], more: object = {}) => ({
  name: "team",
  version: 1,
  steps,
  ...more,
});

const codesOf = (content: unknown): string[] =>
  problemsOf(content).map((line) => line.split(/[ :]/)[1] ?? "");

const TASKS = { key: "tasks" };

describe("a definition", () => {
  test("has every default", () => {
    const { hash, ...definition } = workflow([TASKS, { key: "sign-off", review: true }]);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(definition).toMatchObject({ title: "team", effective: null, change: null });
    expect(definition.steps.map(({ key, order, kind }) => ({ key, order, kind }))).toEqual([
      { key: "tasks", order: 1, kind: "tasks" },
      { key: "sign-off", order: 2, kind: "review" },
      { key: "integrate", order: 3, kind: "integrate" },
    ]);
    expect(definition.steps[1]).toEqual({
      key: "sign-off",
      title: "sign off",
      order: 2,
      kind: "review",
      role: null,
      definitionOfDone: null,
      entry: [],
      exit: [],
      parallelizable: false,
      dependsOn: null,
      critical: true,
      timeoutMs: null,
      retries: 0,
      executor: null,
      run: null,
      instructions: "",
      uses: [],
      returnsTo: ["tasks"],
      rework: "continue",
      duplicates: null,
      line: 7,
    });
  });

  test("takes the kind from what only one kind has, else from the key, else it is work", () => {
    const { steps } = workflow([
      { key: "dedup", duplicates: {} },
      { key: "build", run: "make" },
      { key: "think" },
      TASKS,
      { key: "word", review: true },
      { key: "merge", integrate: true },
    ]);
    expect(steps.map(({ kind }) => kind)).toEqual(["intake", "work", "work", "tasks", "review", "integrate"]);
  });

  test("reads every form of criterion", () => {
    const { steps } = workflow([
      {
        key: "tasks",
        exit: [
          "Docs are read by somebody",
          { command: "npm test\nnpm run lint", timeout: "2m" },
          { artifact: "dist/app.js" },
          { gate: "lint", text: "lint is clean" },
          { tick: "Docs are read by somebody" },
          { tick: true, text: "agreed", key: "ok" },
        ],
        gates: ["types"],
      },
    ]);
    expect(steps[0]?.exit).toEqual([
      { key: "docs-are-read-by-somebody", text: "Docs are read by somebody", check: { kind: "tick" } },
      {
        key: "npm-test",
        text: "npm test",
        check: { kind: "command", run: "npm test\nnpm run lint", timeoutMs: 120_000 },
      },
      {
        key: "dist-app-js-exists",
        text: "dist/app.js exists",
        check: { kind: "artifact", path: "dist/app.js" },
      },
      { key: "gate-lint", text: "lint is clean", check: { kind: "gate", gate: "lint" } },
      { key: "docs-are-read-by-somebody-2", text: "Docs are read by somebody", check: { kind: "tick" } },
      { key: "ok", text: "agreed", check: { kind: "tick" } },
      { key: "gate-types", text: "the gate types passes", check: { kind: "gate", gate: "types" } },
    ]);
  });

  test("reads both forms of uses", () => {
    const usesOf = (uses: unknown) => workflow([{ ...TASKS, uses }]).steps[0]?.uses;
    expect(usesOf(["db"])).toEqual([{ resource: "db", amount: 1 }]);
    expect(usesOf({ db: 2, gpu: 1 })).toEqual([
      { resource: "db", amount: 2 },
      { resource: "gpu", amount: 1 },
    ]);
  });

  test("has the same hash wherever it was written, and another one for any other content", () => {
    const one = parseWorkflow(withSteps([TASKS]), { source: "a.yaml", lineOf: () => 1 });
    const same = parseWorkflow(withSteps([TASKS]), { source: "b.yaml", lineOf: () => 9 });
    const other = parseWorkflow(withSteps([{ ...TASKS, retries: 1 }]), { source: "a.yaml", lineOf: () => 1 });
    const hashOf = (parsed: typeof one) => ("definition" in parsed ? parsed.definition.hash : null);
    expect(hashOf(same)).toBe(hashOf(one));
    expect(hashOf(other)).not.toBe(hashOf(one));
  });

  test("takes empty values for absent ones", () => {
    expect(workflow([{ ...TASKS, role: null, exit: null }], { change: null }).steps[0]?.role).toBeNull();
  });

  test("gives the merge a key that no step has", () => {
    const { steps } = workflow([TASKS, { key: "integrate", kind: "work" }]);
    expect(steps.map(({ key }) => key)).toEqual(["tasks", "integrate", "integrate-2"]);
  });

  test("lets a review before all work ask again", () => {
    expect(workflow([{ key: "plan", review: true }, TASKS]).steps[0]?.returnsTo).toEqual(["plan"]);
  });

  test("sends a review back to the nearest work that it comes after, not to what stands beside it", () => {
    const { steps } = workflow([
      TASKS,
      { key: "docs", kind: "work", parallelizable: true },
      { key: "look", review: true, parallelizable: true },
      { key: "code", kind: "work", parallelizable: true, depends_on: ["docs"] },
      { key: "read", review: true, parallelizable: true, depends_on: ["docs"] },
      { key: "end", review: true },
    ]);
    const ways = steps.flatMap(({ key, returnsTo }) => (returnsTo.length === 0 ? [] : [[key, ...returnsTo]]));
    expect(ways).toEqual([
      ["look", "tasks"],
      ["read", "docs"],
      ["end", "code"],
    ]);
  });
});

describe("what cannot be read", () => {
  test.each([
    [undefined, "wrong-value: the workflow: expected a mapping with name, version, steps, found nothing"],
    [[], "wrong-value: the workflow: expected a mapping with name, version, steps, found a list"],
    [withSteps([]), "wrong-value: steps: expected at least one step, found an empty list"],
    [{ version: 1, steps: [TASKS] }, "missing-field: name is missing"],
    [
      withSteps([TASKS], { version: 0 }),
      "wrong-value: version: expected a whole number from 1 to 1,000,000, found the number 0",
    ],
    [
      withSteps([TASKS], { version: "1" }),
      'wrong-value: version: expected a whole number from 1 to 1,000,000, found "1"',
    ],
    [
      withSteps([TASKS], { effective: "soon" }),
      'wrong-value: effective: expected a date such as 2026-03-01, found "soon"',
    ],
    [withSteps([TASKS], { change: { author: "dana" } }), "missing-field: change.reason is missing"],
    [withSteps([TASKS], { efective: "2026-03-01" }), 'unknown-key: unknown key "efective"'],
    [
      withSteps(["tasks"]),
      'wrong-value: step 1: expected a step: a mapping with key and more, found "tasks"',
    ],
    [withSteps([{ title: "x" }]), "missing-field: key of step 1 is missing"],
    [
      withSteps([{ key: "Tasks" }]),
      'wrong-value: key of the step "Tasks": expected a key such as quality-review: small letters, digits, - and _, found "Tasks"',
    ],
    [
      withSteps([{ ...TASKS, retries: 11 }]),
      'wrong-value: retries of the step "tasks": expected a whole number from 0 to 10, found the number 11',
    ],
    [
      withSteps([{ ...TASKS, timeout: "8 days" }]),
      'wrong-value: timeout of the step "tasks": expected a duration up to 7 days such as 5m or 1h 30m, found "8 days"',
    ],
    [
      withSteps([{ ...TASKS, joins: "any" }]),
      'wrong-value: joins of the step "tasks": expected all, found "any"',
    ],
    [
      withSteps([{ ...TASKS, kind: "job" }]),
      'wrong-value: kind of the step "tasks": expected tasks, work, review, intake or integrate, found "job"',
    ],
    [withSteps([{ ...TASKS, dependsOn: [] }]), 'unknown-key: the step "tasks": unknown key "dependsOn"'],
    [
      withSteps([{ ...TASKS, exit: [{ comand: "x" }] }]),
      'unknown-key: exit[0] of the step "tasks": unknown key "comand"',
    ],
    [
      withSteps([{ ...TASKS, exit: [{ artifact: "/etc" }] }]),
      'wrong-value: exit[0].artifact of the step "tasks": expected a path inside the repository, found "/etc"',
    ],
    [
      withSteps([{ ...TASKS, exit: [{ artifact: "a/../../b" }] }]),
      'wrong-value: exit[0].artifact of the step "tasks": expected a path inside the repository, found "a/../../b"',
    ],
    [
      withSteps([{ ...TASKS, uses: { db: 0 } }]),
      'wrong-value: uses.db of the step "tasks": expected a whole number from 1 to 1,000,000, found the number 0',
    ],
    [
      withSteps([{ key: "i", duplicates: { threshold: 2 } }]),
      'wrong-value: duplicates.threshold of the step "i": expected a number from 0 to 1, found the number 2',
    ],
  ])("%j", (content, expected) => {
    expect(problemsOf(content).map((line) => line.replace(/^\d+ /, ""))).toContain(expected);
  });

  test("is said with what was meant", () => {
    const parsed = parseWorkflow(withSteps([{ ...TASKS, returnsTo: "x", exit: [{ comand: "x" }] }]), {
      source: "team.yaml",
      lineOf: () => 1,
    });
    const hints = "problems" in parsed ? parsed.problems.map(({ hint }) => hint) : [];
    expect(hints).toEqual(expect.arrayContaining(["did you mean returns_to?", "did you mean command?"]));
  });

  test("more than 200 steps", () => {
    const steps = Array.from({ length: 201 }, (_, index) => ({ key: `s${index}` }));
    expect(problemsOf(withSteps(steps))).toEqual([
      "0 wrong-value: steps: expected at most 200 steps, found a list",
    ]);
    expect(problemsOf(withSteps(steps.slice(1)))).toEqual([]);
  });

  test("is reported in bounds", () => {
    const steps = Array.from({ length: 150 }, () => ({ key: "same" }));
    const problems = problemsOf(withSteps(steps));
    expect(problems).toHaveLength(51);
    expect(problems.at(-1)).toBe("52 more-problems: 99 more problems follow");
  });
});

describe("what does not hold together", () => {
  test.each([
    ["duplicate-step", 2, withSteps([{ key: "a" }, { key: "a" }])],
    ["unknown-step", 1, withSteps([{ key: "a", depends_on: ["b"] }])],
    ["unknown-step", 2, withSteps([{ key: "a" }, { key: "b", review: true, returns_to: "c" }])],
    ["returns-forward", 1, withSteps([{ key: "b", review: true, returns_to: "a" }, { key: "a" }])],
    [
      "returns-forward",
      3,
      withSteps([TASKS, { key: "integrate" }, { key: "b", review: true, returns_to: "integrate" }]),
    ],
    [
      "returns-forward",
      3,
      withSteps([{ key: "intake" }, TASKS, { key: "b", review: true, returns_to: "intake" }]),
    ],
    [
      "returns-aside",
      3,
      withSteps([
        TASKS,
        { key: "docs", kind: "work", parallelizable: true },
        { key: "b", review: true, parallelizable: true, returns_to: "docs" },
      ]),
    ],
    ["circular-steps", 1, withSteps([{ key: "a", depends_on: ["b"] }, { key: "b" }])],
    ["circular-steps", 1, withSteps([{ key: "a", depends_on: ["a"] }])],
    ["repeated-kind", 2, withSteps([TASKS, { key: "more", kind: "tasks" }])],
    ["repeated-kind", 3, withSteps([TASKS, { key: "m", integrate: true }, { key: "n", integrate: true }])],
    ["no-work", 0, withSteps([{ key: "a", review: true }])],
    [
      "no-work",
      0,
      withSteps([
        { key: "m", integrate: true },
        { key: "a", run: "make" },
      ]),
    ],
    ["tasks-after-integration", 2, withSteps([{ key: "integrate" }, TASKS])],
    ["intake-after-integration", 3, withSteps([TASKS, { key: "integrate" }, { key: "intake" }])],
    ["late-intake", 2, withSteps([TASKS, { key: "intake" }])],
    ["late-intake", 1, withSteps([{ key: "intake" }, { key: "a", parallelizable: true, depends_on: [] }])],
    ["review-with-run", 2, withSteps([TASKS, { key: "b", review: true, run: "make" }])],
    ["non-critical-review", 2, withSteps([TASKS, { key: "b", review: true, critical: false }])],
    ["contradicting-kind", 1, withSteps([{ key: "tasks", kind: "tasks", review: true }])],
    ["contradicting-kind", 2, withSteps([TASKS, { key: "a", kind: "review", review: false }])],
    ["unused-field", 1, withSteps([{ ...TASKS, returns_to: ["tasks"] }])],
    ["unused-field", 2, withSteps([TASKS, { key: "integrate", exit: ["done"] }])],
    ["unused-field", 2, withSteps([TASKS, { key: "integrate", parallelizable: true }])],
    ["unused-field", 1, withSteps([{ ...TASKS, exit: [{ gate: "lint", timeout: "5m" }] }])],
    ["unclear-criterion", 1, withSteps([{ ...TASKS, exit: [{ text: "x" }] }])],
    ["unclear-criterion", 1, withSteps([{ ...TASKS, exit: [{ command: "x", gate: "y" }] }])],
    ["unclear-criterion", 1, withSteps([{ ...TASKS, exit: [{ tick: true }] }])],
    ["unchecked-criterion", 2, withSteps([TASKS, { key: "b", review: true, exit: [{ gate: "lint" }] }])],
    [
      "duplicate-criterion",
      1,
      withSteps([
        {
          ...TASKS,
          exit: [
            { key: "a", tick: "x" },
            { key: "a", tick: "y" },
          ],
        },
      ]),
    ],
    ["missing-change", 0, withSteps([TASKS], { version: 2 })],
    ["bad-date", 0, withSteps([TASKS], { effective: "2026-02-30" })],
  ])("%s at step %d", (code, line, content) => {
    expect(problemsOf(content).map((each) => each.split(":")[0])).toContain(`${line} ${code}`);
  });

  test("a second circle is found beside the first", () => {
    const steps = [
      { key: "a", parallelizable: true, depends_on: ["b"] },
      { key: "b", parallelizable: true, depends_on: ["a"] },
      { key: "c", depends_on: ["d"] },
      { key: "d" },
    ];
    expect(problemsOf(withSteps(steps))).toEqual([
      "1 circular-steps: a circle: a depends on b, b depends on a",
      "3 circular-steps: a circle: c depends on d, though by the order of the steps it comes before that",
    ]);
  });

  test("a command after the merge holds, and a version with a change", () => {
    const change = { author: "dana", reason: "faster", impact: "none" };
    const steps = [TASKS, { key: "integrate" }, { key: "smoke", run: "./smoke.sh" }, { key: "look" }];
    expect(codesOf(withSteps(steps, { version: 2, change }))).toEqual([]);
  });
});

test("what is wrong in one value does not hide what is wrong elsewhere", () => {
  const steps = [
    { key: "build", kind: "tasks", retries: "many" },
    { key: "sign", review: true, returns_to: "biuld" },
  ];
  const parsed = parseWorkflow({ name: "x", version: 2, steps }, { source: "x.yaml", lineOf: () => 1 });
  const codes = "problems" in parsed ? parsed.problems.map(({ code }) => code) : [];
  expect(codes.toSorted()).toEqual(["missing-change", "unknown-step", "wrong-value"]);
});
