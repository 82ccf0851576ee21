import { expect, test } from "vitest";
import type { Script } from "../fixtures/agents/script.ts";
import { edit, makeAgentsRepo, openWithAgent } from "../support/agents-repo.ts";
import { workflow } from "../support/cli-repo.ts";
import { findDecision, spec } from "../support/e2e-repo.ts";

/** `npm test` fails, and says so, where a file is called `broken`. */
const makeCheckedRepo = (tasks: readonly string[]) =>
  makeAgentsRepo(
    { a: tasks },
    {
      "package.json": JSON.stringify({ name: "a", scripts: { test: "sh check.sh" } }),
      "check.sh":
        "echo 1..1\nif [ -e broken ]; then echo 'not ok - nothing is broken'; exit 1; fi\necho 'ok - all'\n",
    },
  );

const breakIt: Script["turns"] = [[edit("broken", "x"), { do: "lie" }]];

test("what breaks a gate goes back to the same conversation with what the gate said, and counts once it is mended", async () => {
  const repo = makeCheckedRepo(["T1"]);
  const mend = [{ do: "shell", command: "rm broken" }, edit("prompt.txt", "{prompt}")] as const;
  const osqr = await openWithAgent(repo, { "a#T1": { turns: [...breakIt, mend] } });
  const report = await osqr.go();
  expect(report.summary).toContain("Built 1 of 1");
  expect(osqr.ofKind("session_opened").map(({ how }) => how)).toEqual(["new", "resumed"]);
  const [chosen, ...more] = osqr.ofKind("recovery_chosen");
  expect(more).toEqual([]);
  expect(chosen).toMatchObject({ attempt: "a-1", failure: "validation", step: "resume", nth: 1 });
  expect(chosen?.output?.join("\n")).toContain("not ok - nothing is broken");
  const prompt = repo.git("show", "main:prompt.txt");
  expect(prompt).toContain("its result does not pass: npm test (nothing is broken)");
  expect(prompt).toContain("    not ok - nothing is broken");
  expect(repo.git("ls-tree", "--name-only", "main")).not.toContain("broken");
  expect(osqr.ofKind("gates_run")).toHaveLength(1);
  expect(osqr.reported).toEqual([]);
});

test("what is never mended is asked after two rounds, with the gate's name; the person's retry still tells what it said", async () => {
  const repo = makeCheckedRepo(["T1"]);
  const again = [{ do: "lie" }] as const;
  const mend = [{ do: "shell", command: "rm broken" }, edit("prompt.txt", "{prompt}")] as const;
  const osqr = await openWithAgent(repo, { "a#T1": { turns: [...breakIt, again, again, mend] } });
  const report = await osqr.go();
  expect(report.summary).toContain("Built 0 of 1");
  expect(osqr.ofKind("recovery_chosen").map(({ step, nth }) => [step, nth])).toEqual([
    ["resume", 1],
    ["resume", 2],
    ["ask", 3],
  ]);
  const decision = findDecision(report, "a");
  expect(decision.question).toContain("npm test (nothing is broken); it was tried again 2 times in a row");
  expect(decision.context).toContain("not ok - nothing is broken");
  expect(osqr.ofKind("gates_run")).toEqual([]);
  expect((await osqr.decide(decision.id, "retry")).summary).toContain("Built 1 of 1");
  expect(repo.git("show", "main:prompt.txt")).toContain("    not ok - nothing is broken");
});

test("only the last task of a workstream is held against the gates: what an earlier one breaks, a later one may mend", async () => {
  const repo = makeCheckedRepo(["T1", "T2"]);
  const osqr = await openWithAgent(repo, {
    "a#T1": { turns: breakIt },
    "a#T2": { turns: [[{ do: "shell", command: "rm broken; echo mended > mended.txt" }]] },
  });
  expect((await osqr.go()).summary).toContain("Built 1 of 1");
  expect(osqr.ofKind("recovery_chosen")).toEqual([]);
});

test("gates that nobody has approved are not run here: the merge asks for them", async () => {
  const repo = makeCheckedRepo(["T1"]);
  const weaken = edit("package.json", JSON.stringify({ name: "a", scripts: { test: "true" } }));
  const osqr = await openWithAgent(repo, { "a#T1": { turns: [[edit("broken", "x"), weaken]] } });
  const { commands } = await osqr.service.plan(repo.root, { only: null, skip: [] });
  const { after } = await osqr.start({ approveAll: false, approve: commands.map(({ hash }) => hash) });
  const report = await osqr.rest(after);
  expect(osqr.ofKind("recovery_chosen")).toEqual([]);
  expect(findDecision(report, "a")).toMatchObject({
    type: "approval",
    question: "1 command of the gates is new or has changed: run it?",
  });
});

test("a step's exit criterion that does not hold goes back to the same conversation like a gate", async () => {
  const steps = [
    {
      key: "tasks",
      exit: [{ key: "documented", command: "grep -q '^# ' notes.md || { echo 'no heading'; exit 4; }" }],
    },
    { key: "integrate" },
  ];
  const repo = makeAgentsRepo(
    {},
    {
      ".osqr/workflows/flow.yaml": workflow("flow", steps),
      "docs/a.md": spec({ "T1 write notes": null }, ["id: a", "workflow: flow"]),
    },
  );
  const turns = [
    [edit("notes.md", "plain\n")],
    [edit("notes.md", "# Notes\n"), edit("prompt.txt", "{prompt}")],
  ] as const;
  const osqr = await openWithAgent(repo, { "a#T1": { turns } });
  expect((await osqr.go()).summary).toContain("Built 1 of 1");
  expect(osqr.ofKind("session_opened").map(({ how }) => how)).toEqual(["new", "resumed"]);
  expect(osqr.ofKind("recovery_chosen")).toMatchObject([{ failure: "validation", step: "resume", nth: 1 }]);
  expect(osqr.ofKind("decision_opened")).toEqual([]);
  expect(repo.git("show", "main:notes.md")).toBe("# Notes");
  const prompt = repo.git("show", "main:prompt.txt");
  expect(prompt).toContain("its result does not hold: ");
  expect(prompt).toContain("    no heading");
});

test("where the config gives no rounds the first result that does not pass is asked about", async () => {
  const repo = makeCheckedRepo(["T1"]);
  const osqr = await openWithAgent(repo, { "a#T1": { turns: breakIt } }, { config: "taskRounds: 0" });
  const decision = findDecision(await osqr.go(), "a");
  expect(osqr.ofKind("recovery_chosen").map(({ step, nth }) => [step, nth])).toEqual([["ask", 1]]);
  expect(decision.question).toMatch(/npm test \(nothing is broken\)$/);
});

test("the agent that takes over is told what failed, has rounds of its own, and the report says who did it and why", async () => {
  const repo = makeCheckedRepo(["T1"]);
  const again = [{ do: "lie" }] as const;
  const mend = [{ do: "shell", command: "rm broken" }] as const;
  const osqr = await openWithAgent(
    repo,
    { "a#T1": { turns: [...breakIt, again, again] } },
    { second: { "a#T1": { turns: [[edit("broken", "y"), edit("told.txt", "{prompt}")], again, mend] } } },
  );
  const report = await osqr.go();
  expect(report.summary).toContain("Built 1 of 1");
  expect(osqr.ofKind("recovery_chosen").map(({ step, nth }) => [step, nth])).toEqual([
    ["resume", 1],
    ["resume", 2],
    ["ask", 3],
    ["resume", 1],
    ["resume", 2],
  ]);
  expect(osqr.ofKind("task_rerouted")).toMatchObject([
    { from: { executor: "scripted" }, to: { executor: "second" }, failure: "validation" },
  ]);
  expect(osqr.ofKind("session_opened").map(({ session, how }) => [session.executor, how])).toEqual([
    ["scripted", "new"],
    ["scripted", "resumed"],
    ["scripted", "resumed"],
    ["second", "new"],
    ["second", "resumed"],
    ["second", "resumed"],
  ]);
  // It is told what the checks said, and begins without the other one's work.
  const told = repo.git("show", "main:told.txt");
  expect(told).toContain("The result of a-3 did not pass its checks");
  expect(told).toContain("    not ok - nothing is broken");
  expect(told).not.toContain("All tests pass");
  expect(told).toContain("- tests: npm test");
  const why = "its result does not pass: npm test (nothing is broken)";
  expect(report.notes).toEqual([
    `a T1: 3 results of scripted were turned down (${why}); second took over`,
    `a T1: 2 results of second were turned down (${why})`,
  ]);
});
