import { expect, test } from "vitest";
import type { Criterion, WorkflowDefinition } from "../model/workflow.ts";
import { listBuiltIns } from "../workflow/built-in.ts";
import { buildPlan } from "./build-plan.ts";
import { spec, toInput } from "./fixture.ts";

const runs = (key: string, run: string): Criterion => ({
  key,
  text: key,
  check: { kind: "command", run, timeoutMs: null },
});

/** The default workflow with criteria on the spec's tasks. */
function flow(criteria: Pick<WorkflowDefinition["steps"][number], "entry" | "exit">): WorkflowDefinition {
  const plain = listBuiltIns().find(({ name }) => name === "tasks");
  if (plain === undefined) throw new Error("no default workflow");
  const steps = plain.steps.map((step) =>
    step.kind === "tasks" ? { ...step, ...criteria, line: 12 } : step,
  );
  return { ...plain, name: "flow", source: ".osqr/workflows/flow.yaml", hash: "f", steps };
}

const planWith = (definition: WorkflowDefinition, tasks: string) => {
  const one = spec("a", tasks, [], { workflow: { name: "flow", line: 2 } });
  const input = toInput([one], { workflows: { definitions: [definition], problems: [] } });
  return buildPlan({ ...input, approval: { all: false, hashes: [] } });
};

test("commands of criteria are listed with the place of their step; what a person says or osqr reads is not", () => {
  const exit = [
    runs("ok", "make check"),
    { key: "read", text: "read", check: { kind: "tick" as const } },
    { key: "file", text: "file", check: { kind: "artifact" as const, path: "a" } },
  ];
  const { commands } = planWith(flow({ entry: [runs("ready", "test -f ready")], exit }), "T1, T2, T3");
  expect(commands.map(({ kind, source, text }) => `${kind} ${source} ${text}`)).toEqual([
    "run docs/a.md:12 echo docs/a.md T1",
    "criterion .osqr/workflows/flow.yaml:12 test -f ready",
    "run docs/a.md:13 echo docs/a.md T2",
    "run docs/a.md:14 echo docs/a.md T3",
    "criterion .osqr/workflows/flow.yaml:12 make check",
  ]);
});

test("a task without a script that has a command to check waits for the approval too", () => {
  const plan = planWith(flow({ entry: [runs("ready", "test -f ready")], exit: [] }), "T1 -, T2 -");
  const [registration] = plan.registrations;
  const content = registration?.questions.find(({ subject }) => subject.kind === "content");
  expect(content?.context).toBe(".osqr/workflows/flow.yaml:12: test -f ready");
  expect(
    registration?.tasks.map(({ requires }) => requires.some((each) => each.startsWith("question:content"))),
  ).toEqual([true, false]);
});

test("gates that share a command are one, and one that cannot be run here is none", () => {
  const tests = {
    name: "tests",
    command: "npm test",
    source: "package.json scripts.test",
    content: "node --test",
  };
  const cannot = "No lockfile of a package manager with an audit is there.";
  const security = { name: "security", command: "", source: "config gates.security", content: "", cannot };
  const input = toInput([spec("a")], { gates: [tests, { ...tests, name: "coverage" }, security] });
  const plan = buildPlan({ ...input, approval: { all: false, hashes: [] } });
  expect(plan.commands.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    "run echo docs/a.md T1",
    "gate npm test",
  ]);
  expect(plan.gates.map(({ name }) => name)).toEqual(["tests", "coverage", "security"]);
  expect(plan.notes).toContain(`gate security cannot be run: ${cannot}`);
});
