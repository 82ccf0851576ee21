import { expect, test } from "vitest";
import type { TaskInput } from "../../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../../test/support/core-driver.ts";
import type { StepDraft } from "../../model/flow-event.ts";
import type { StepKind } from "../../model/workflow.ts";
import { explainTask, explainWorkstream } from "../why.ts";
import { explainAttempt } from "./attempt.ts";

const step = (key: string, order: number, kind: StepKind, role: string | null = null): StepDraft => ({
  key,
  title: `the ${key}`,
  order,
  kind,
  role,
  definitionOfDone: null,
  rework: "continue",
});

const PERSON = { executor: "person", script: null } as const;
const TASKS: readonly TaskInput[] = [
  {
    key: "build",
    order: 1,
    step: "build",
    role: "developer",
    exit: [
      { key: "tests", text: "the tests pass", check: { kind: "gate", gate: "tests" } },
      { key: "notes", text: "notes.md is there", check: { kind: "artifact", path: "notes.md" } },
    ],
  },
  { key: "docs", order: 1, step: "docs", parallel: true },
  {
    ...PERSON,
    key: "check",
    order: 2,
    step: "check",
    kind: "review",
    role: "reviewer",
    returnsTo: ["build"],
    requires: ["task:a#build", "task:a#docs"],
  },
];

/** `build` and `docs` beside each other, `check` joins them, then the merge. */
function begin(roles: Record<string, string[]> = { reviewer: ["dana", "sam"] }): CoreDriver {
  const core = new CoreDriver({ roles });
  const steps = [
    step("build", 1, "work", "developer"),
    step("docs", 1, "work"),
    step("check", 2, "review", "reviewer"),
    step("merge", 3, "integrate"),
  ];
  core.begin([{ id: "a", tasks: TASKS, ordered: false, changes: { steps } }]);
  return core;
}

const check = (core: CoreDriver, met: boolean): void => {
  const { attempt, fence } = core.claim("a#build");
  core.send({
    kind: "criteria_checked",
    attempt,
    fence,
    side: "exit",
    results: ["tests", "notes"].map((key) => ({ key, met, detail: met ? "as expected" : "not there" })),
    tail: [],
    workMs: 1,
    salvage: null,
  });
};

function finishBuild(core: CoreDriver): void {
  core.start("a#build");
  check(core, true);
  core.succeed("a#build");
  core.join("a#build");
}

const why = (core: CoreDriver) => explainWorkstream(core.state, core.workstream("a"));
const whyTask = (core: CoreDriver, key: string) => explainTask(core.state, core.task(`a#${key}`));

const rejecting = {
  kind: "resolve",
  decision: "D-1" as never,
  option: "reject",
  by: "user",
  signer: "dana",
  reasoning: "no tests for errors",
} as const;

test("branches beside each other: which are open, what a join waits for, what remains, who is responsible", () => {
  const core = begin();
  core.schedule();
  core.finish("a#docs");
  core.start("a#build");
  expect(why(core)).toMatchInlineSnapshot(`
    [
      "a is active: 1 of 3 tasks are done.",
      "Next: a-1 finishes a#build; nobody has to act.",
      "It is in step 1 of 4, "the build": it is the first.",
      "Then comes "the check".",
      "a#check joins 2 branches; 1 done, open: a#build (running).",
      "Before a#build is done: the tests pass (osqr checks it); notes.md is there (osqr checks it).",
      "Responsible for a#build: whoever takes the role developer.",
      "a#build is running as a-1.",
      "Its output: osqr log a-1 --follow",
      "a#check has not started.",
      "It waits for a#build, which is running.",
    ]
  `);
  expect(whyTask(core, "build")).toMatchInlineSnapshot(`
    [
      "a#build is running as a-1.",
      "Its output: osqr log a-1 --follow",
      "Before a#build is done: the tests pass (osqr checks it); notes.md is there (osqr checks it).",
      "Responsible for a#build: whoever takes the role developer.",
    ]
  `);
  expect(whyTask(core, "check")).toMatchInlineSnapshot(`
    [
      "a#check has not started.",
      "It waits for a#build, which is running.",
    ]
  `);
});

test("a review: whose word it is", () => {
  const core = begin();
  core.schedule();
  core.finish("a#docs");
  finishBuild(core);
  core.schedule();
  expect(why(core)).toMatchInlineSnapshot(`
    [
      "a is blocked: 2 of 3 tasks are done.",
      "Next: a word on D-1 from dana or sam (reviewer).",
      "It is in step 3 of 4, "the check": all before it is done.",
      "Then comes "the merge".",
      "a#check waits for D-1.",
      "D-1 is open: a: do check? It is the turn of dana or sam (reviewer): osqr decide D-1 approve|reject --because <text>",
    ]
  `);
  expect(whyTask(core, "check")).toMatchInlineSnapshot(`
    [
      "a#check waits for D-1.",
      "D-1 is open: a: do check? It is the turn of dana or sam (reviewer): osqr decide D-1 approve|reject --because <text>",
    ]
  `);
  const anybody = begin({});
  anybody.schedule();
  anybody.finish("a#docs");
  finishBuild(anybody);
  anybody.schedule();
  expect(whyTask(anybody, "check").at(-1)).toMatchInlineSnapshot(
    `"D-1 is open: a: do check? It is the turn of whoever takes the role reviewer: osqr decide D-1 approve|reject --because <text>"`,
  );
});

test("work that was sent back: by whom, why, and that everything is looked at again", () => {
  const core = begin();
  core.schedule();
  core.finish("a#docs");
  finishBuild(core);
  core.schedule();
  core.send(rejecting);
  expect(why(core)).toMatchInlineSnapshot(`
    [
      "a is queued: 1 of 3 tasks are done.",
      "Next: osqr starts a#build; nobody has to act.",
      "It is in step 1 of 4, "the build": it is the first.",
      "Then comes "the check".",
      "a#check joins 2 branches; 1 done, open: a#build (ready).",
      "Before a#build is done: the tests pass (osqr checks it); notes.md is there (osqr checks it).",
      "All of them are looked at again, because a-1 was sent back (no tests for errors).",
      "Responsible for a#build: whoever takes the role developer.",
      "It was sent back once, last by dana from a#check to build (1 task to do again): no tests for errors",
      "a#build is ready.",
      "It starts as soon as a slot and its resources are free.",
      "a#check has not started.",
      "It waits for a#build, which is ready.",
    ]
  `);
});

test("an interruption: what was met has to be verified again", () => {
  const core = begin();
  core.schedule();
  core.start("a#build");
  core.end("a#build", "lost", "the daemon was killed");
  core.schedule();
  core.start("a#build");
  expect(whyTask(core, "build")).toMatchInlineSnapshot(`
    [
      "a#build is running as a-3.",
      "Its output: osqr log a-3 --follow",
      "Before a#build is done: the tests pass (osqr checks it); notes.md is there (osqr checks it).",
      "All of them are looked at again, because a-1 was lost (the daemon was killed).",
      "Responsible for a#build: whoever takes the role developer.",
    ]
  `);
});

test("what was never tried is not said to be looked at again", () => {
  const core = begin();
  core.schedule();
  core.finish("a#docs");
  const { exit } = core.task("a#build");
  const untried = { ...core.task("a#check"), exit };
  expect(explainTask(core.state, untried).join(" ")).toContain("Before a#check is done");
  expect(explainTask(core.state, untried).join(" ")).not.toContain("looked at again");
});

test("a criterion that did not hold says what was found", () => {
  const core = begin();
  core.schedule();
  core.start("a#build");
  check(core, false);
  expect(whyTask(core, "build")).toMatchInlineSnapshot(`
    [
      "a#build failed: its result does not hold: the tests pass (not there); notes.md is there (not there).",
      "D-1 is open. It is your turn: osqr decide D-1 retry|skip|anew|cancel",
      "Before a#build is done: the tests pass (osqr checks it; the last time: not there); notes.md is there (osqr checks it; the last time: not there).",
      "Responsible for a#build: whoever takes the role developer.",
    ]
  `);
});

test("a blocker: what is in the way and whose it is", () => {
  const core = begin();
  core.send({
    kind: "declare_blocker",
    workstream: "a" as never,
    task: null,
    type: "external",
    owner: "kim",
    reason: "no key for the API",
    by: "dana",
  });
  core.send({
    kind: "transfer_ownership",
    workstream: "a" as never,
    task: null,
    to: "sam",
    by: "dana",
    reason: "she knows it",
  });
  core.schedule();
  expect(why(core)).toMatchInlineSnapshot(`
    [
      "a is blocked: 0 of 3 tasks are done.",
      "Next: kim resolves B-1.",
      "It is in step 1 of 4, "the build": it is the first.",
      "Then comes "the check".",
      "Before a#build is done: the tests pass (osqr checks it); notes.md is there (osqr checks it).",
      "Responsible for a#build: sam (developer).",
      "B-1 (external) is in the way: no key for the API. It is kim's: osqr blocker resolve B-1 --because <text>",
      "a#build has not started.",
      "a#docs has not started.",
      "a#check has not started.",
      "It waits for a#build, which has not started.",
      "It waits for a#docs, which has not started.",
    ]
  `);
  expect(whyTask(core, "docs")).toMatchInlineSnapshot(`
    [
      "a#docs has not started.",
      "B-1 (external) is in the way: no key for the API. It is kim's: osqr blocker resolve B-1 --because <text>",
      "Responsible for a#docs: sam.",
    ]
  `);
});

test("a merge under way, and what comes after it", () => {
  const core = begin();
  core.schedule();
  core.finish("a#docs");
  finishBuild(core);
  core.schedule();
  core.send({ ...rejecting, option: "approve", reasoning: "" });
  core.join("a#check");
  expect(why(core)).toMatchInlineSnapshot(`
    [
      "a is integrating: 3 of 3 tasks are done.",
      "Next: osqr merges a; nobody has to act.",
      "It is in step 4 of 4, "the merge": all before it is done.",
      "Its work is done and waits in the merge queue.",
    ]
  `);
  core.land("a");
  expect(why(core)).toMatchInlineSnapshot(`
    [
      "a is completed: 3 of 3 tasks are done.",
      "It has landed as ccccccc.",
    ]
  `);
});

test("a duplicate: what stands for it", () => {
  const core = new CoreDriver();
  const intake = { ...PERSON, key: "intake", kind: "intake", step: "intake" } as const;
  const like = { workstream: "old" as never, similarity: 0.8, shared: [] };
  core.begin([
    { id: "old", tasks: ["T"], changes: { number: 1 } },
    {
      id: "a",
      tasks: [
        { ...intake, candidates: [like] },
        { key: "T", step: "build", requires: ["task:a#intake"] },
      ],
      ordered: false,
      changes: { number: 2, steps: [step("intake", 1, "intake"), step("build", 2, "work")] },
    },
  ]);
  core.schedule();
  expect(why(core)).toMatchInlineSnapshot(`
    [
      "a is blocked: 0 of 2 tasks are done.",
      "Next: a word on D-1 from anybody.",
      "It is in step 1 of 2, "the intake": it is the first.",
      "Then comes "the build".",
      "a#intake waits for D-1.",
      "D-1 is open: a: do intake? It resembles #1 old. It is your turn: osqr decide D-1 distinct|merge-1|link-1|close-1 --because <text>",
      "a#T has not started.",
      "It waits for a#intake, which waits.",
    ]
  `);
  core.send({ ...rejecting, option: "merge-1", reasoning: "the same limits" });
  expect(why(core)).toMatchInlineSnapshot(`
    [
      "a is cancelled: 0 of 2 tasks are done.",
      "It was merged into old: the same limits",
    ]
  `);
  expect(explainWorkstream(core.state, core.workstream("old"))).toMatchInlineSnapshot(`
    [
      "old is active: 0 of 1 tasks are done.",
      "It stands for a too, which was merged into it: the same limits",
      "old#T is running as a-2.",
      "Its output: osqr log a-2 --follow",
    ]
  `);
});

test("an attempt: what became of it, and where its task is now", () => {
  const core = begin();
  core.schedule();
  core.start("a#build");
  const whyAttempt = (id: string) => {
    const attempt = core.state.attempts.get(id as never);
    return attempt === undefined ? [] : explainAttempt(core.state, attempt);
  };
  expect(whyAttempt("a-1")[0]).toBe("a-1 (command) is running on a#build.");
  core.end("a#build", "lost", "the daemon was killed");
  core.schedule();
  expect(whyAttempt("a-1")).toMatchInlineSnapshot(`
    [
      "a-1 (command) on a#build was lost: the daemon was killed.",
      "Its output: osqr log a-1",
      "The last attempt on a#build is a-3.",
      "a#build is running as a-3.",
      "Its output: osqr log a-3 --follow",
      "Before a#build is done: the tests pass (osqr checks it); notes.md is there (osqr checks it).",
      "All of them are looked at again, because a-1 was lost (the daemon was killed).",
      "Responsible for a#build: whoever takes the role developer.",
    ]
  `);
});
