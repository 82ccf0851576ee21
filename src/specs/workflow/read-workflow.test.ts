import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { writeBuiltIns } from "../../core/workflow/built-in.ts";
import { parseWorkflow } from "../../core/workflow/parse.ts";
import { readWorkflow, WORKFLOW_BYTES_MAX } from "./read-workflow.ts";

const PATH = ".osqr/workflows/team.yaml";

/** `line code` of every problem. */
function problemsOf(text: string): string[] {
  const read = readWorkflow(text, PATH);
  return "problems" in read ? read.problems.map(({ location, code }) => `${location.line} ${code}`) : [];
}

const HEAD = "name: team\nversion: 1\n";

test("a definition knows its file and the lines of its steps", () => {
  const read = readWorkflow(`# ours\n${HEAD}steps:\n  - key: build\n    run: make\n\n  - key: tasks\n`, PATH);
  expect(read).toMatchObject({
    definition: {
      source: PATH,
      steps: [
        { key: "build", line: 5 },
        { key: "tasks", line: 8 },
        { key: "integrate", line: 8 },
      ],
    },
  });
});

test("words that older YAML takes for truth stay words", () => {
  const read = readWorkflow(`${HEAD}title: off\nsteps:\n  - { key: tasks, title: no, role: on }\n`, PATH);
  expect(read).toMatchObject({ definition: { title: "off", steps: [{ title: "no", role: "on" }, {}] } });
});

test("a byte order mark, CRLF and a date are no problem", () => {
  const text = `\uFEFF${HEAD}effective: 2026-03-01\nsteps:\n  - key: tasks\n`.replaceAll("\n", "\r\n");
  expect(readWorkflow(text, PATH)).toMatchObject({ definition: { effective: "2026-03-01" } });
});

test("every built-in workflow survives a file", () => {
  for (const content of writeBuiltIns()) {
    const renamed = { ...content, name: `team.${content.name}` };
    const expected = parseWorkflow(renamed, { source: "", lineOf: () => 0 });
    const read = readWorkflow(stringify(renamed), PATH);
    expect("definition" in read && "definition" in expected && read.definition.hash).toBe(
      "definition" in expected && expected.definition.hash,
    );
  }
});

describe("a problem is said at its line", () => {
  test.each([
    ["1 broken-yaml", "a: b: c"],
    ["4 broken-yaml", `${HEAD}steps:\n\t- key: tasks\n`],
    ["3 broken-yaml", `${HEAD}name: other\nsteps:\n  - key: tasks\n`],
    ["5 broken-yaml", `${HEAD}steps:\n  - key: tasks\n--- \na: 1\n`],
    ["3 broken-yaml", `${HEAD}title: !!js/function x\nsteps: [{ key: tasks }]\n`],
    ["4 yaml-alias", `${HEAD}title: &a team\nsteps: [{ key: tasks, title: *a }]\n`],
    ["1 missing-field", "version: 1\nsteps: [{ key: tasks }]\n"],
    ["3 unknown-key", `${HEAD}stages: []\nsteps: [{ key: tasks }]\n`],
    ["6 wrong-value", `${HEAD}steps:\n  - key: tasks\n    title: x\n    retries: many\n`],
    ["5 missing-field", `${HEAD}steps:\n  - key: tasks\n  - title: x\n`],
    ["6 unknown-step", `${HEAD}steps:\n  - key: tasks\n  - key: look\n    depends_on: [task]\n`],
    ["8 unclear-criterion", `${HEAD}steps:\n  - key: tasks\n    exit:\n      - agreed\n\n      - text: x\n`],
    ["1 reserved-name", "name: systematic\nversion: 1\nsteps: [{ key: tasks }]\n"],
    ["1 wrong-value", ""],
    ["1 wrong-value", "- key: tasks\n"],
    ["1 too-large", `${HEAD}steps: [{ key: tasks }]\n#${"x".repeat(WORKFLOW_BYTES_MAX)}`],
  ])("%s", (expected, text) => {
    expect(problemsOf(text)).toContain(expected);
  });

  test("with what was found, what was expected, and one next step", () => {
    const read = readWorkflow(`${HEAD}steps:\n  - key: tasks\n    retires: 2\n`, PATH);
    expect(read).toMatchObject({
      problems: [
        {
          severity: "error",
          code: "unknown-key",
          message: 'the step "tasks": unknown key "retires"',
          location: { path: PATH, line: 5 },
          found: "retires",
          expected: expect.stringContaining("retries"),
          hint: "did you mean retries?",
        },
      ],
    });
  });
});

test.each(["[", "{a: ", "- "])("nesting without end (%j) is refused", (opening) => {
  expect(problemsOf(opening.repeat(50_000))).toContain("1 broken-yaml");
});
