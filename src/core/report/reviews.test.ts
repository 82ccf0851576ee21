import { expect, test } from "vitest";
import type { TaskInput } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { THIS_DECISION } from "../model/decision.ts";
import type { StepDraft } from "../model/flow-event.ts";
import type { Rework } from "../model/workflow.ts";
import { rankInbox, viewDecision } from "./decisions.ts";
import { explainWorkstream } from "./why.ts";
import { viewTask } from "./workstreams.ts";

const COMMIT = "c".repeat(40);

/** `build` with one work task, and `check` that sends back to it. */
function begin(rework: Rework, changes: Partial<TaskInput> = {}): CoreDriver {
  const core = new CoreDriver({ roles: { reviewer: ["dana", "sam"] } });
  const step = (key: string, order: number, kind: StepDraft["kind"]): StepDraft => ({
    key,
    title: `the ${key}`,
    order,
    kind,
    role: kind === "review" ? "reviewer" : null,
    definitionOfDone: kind === "review" ? "read by somebody else" : null,
    rework,
  });
  const review = {
    key: "check",
    step: "check",
    kind: "review",
    role: "reviewer",
    executor: "person",
    script: null,
    returnsTo: ["build"],
  } as const;
  const steps = [step("build", 1, "work"), step("check", 2, "review")];
  core.begin([{ id: "a", tasks: [{ key: "T1", step: "build", ...changes }, review], changes: { steps } }]);
  return core;
}

function make(core: CoreDriver, files: readonly string[], added: number): void {
  core.schedule();
  core.start("a#T1");
  const result = { commit: COMMIT, files, added, deleted: 1, workMs: 10, warnings: [] };
  core.send({ kind: "attempt_succeeded", ...core.claim("a#T1"), ...result });
  core.join("a#T1");
  core.schedule();
}

const view = (core: CoreDriver, id: string) => viewDecision(core.state, core.decision(id));

function reject(core: CoreDriver): void {
  core.send({
    kind: "resolve",
    decision: "D-1" as never,
    option: "reject",
    by: "user",
    signer: "dana",
    reasoning: "more",
  });
}

test("a review shows its step, who may sign, what done means and what was made", () => {
  const core = begin("continue");
  make(core, ["a.ts", "b.ts"], 7);
  expect(view(core, "D-1")).toMatchObject({
    step: "the check",
    role: "reviewer",
    holders: ["dana", "sam"],
    definitionOfDone: "read by somebody else",
    candidates: [],
    made: [
      {
        task: "a#T1",
        commit: COMMIT,
        files: ["a.ts", "b.ts"],
        filesTotal: 2,
        added: 7,
        deleted: 1,
        skipped: false,
        checked: [],
        unmet: [],
      },
    ],
  });
  expect(rankInbox(core.state, core.workstream("a").project).map(({ group }) => group)).toEqual(["blocking"]);
});

test("work that was built on counts as made, work that was given up does not", () => {
  const [on, anew] = [begin("continue"), begin("restart")];
  for (const core of [on, anew]) {
    make(core, ["a.ts"], 7);
    reject(core);
    make(core, ["b.ts"], 2);
  }
  expect(view(on, "D-2").made).toMatchObject([{ files: ["a.ts", "b.ts"], added: 9, deleted: 2 }]);
  expect(view(anew, "D-2").made).toMatchObject([{ files: ["b.ts"], added: 2, deleted: 1 }]);
});

test("any other decision has none of that", () => {
  const core = begin("continue");
  core.schedule();
  core.fail("a#T1");
  expect(view(core, "D-1")).toMatchObject({
    step: null,
    role: null,
    holders: null,
    made: [],
    candidates: [],
  });
});

test("what has not begun shows nothing of others", () => {
  const person = { kind: "review", executor: "person", script: null, returnsTo: ["build"] } as const;
  const core = new CoreDriver();
  const tasks = ["build", { key: "check", order: 2, ...person }, { key: "ship", order: 3 }];
  core.begin([{ id: "a", tasks }]);
  core.finish(...core.schedule());
  core.schedule();
  expect(view(core, "D-1").made.map(({ task }) => task)).toEqual(["a#build"]);
  expect(viewTask(core.state, core.task("a#ship"))).toMatchObject({ attempts: 0, added: 0, files: [] });
});

test("a task that changed nothing shows no commit: the one it ended on is another one's work", () => {
  const core = begin("continue");
  make(core, [], 0);
  expect(view(core, "D-1").made).toMatchObject([{ task: "a#T1", commit: null, filesTotal: 0 }]);
});

test("what a review is about: the spec, its criteria, the workflow, and where all of the work is", () => {
  const core = begin("continue");
  expect(core.workstream("a").tip).toBeNull();
  make(core, ["a.ts"], 7);
  const { spec, workflow } = core.workstream("a");
  expect(view(core, "D-1").reviewed).toEqual({
    spec: spec.path,
    summary: null,
    criteria: null,
    workflow: `${workflow.name}@${workflow.version}`,
    base: "main",
    hasWork: true,
    merged: null,
  });
});

test("a review that is asked again names the rejection, and none at the first time", () => {
  const core = begin("continue");
  make(core, ["a.ts"], 7);
  expect(view(core, "D-1").earlier).toEqual([]);
  reject(core);
  make(core, ["a.ts"], 1);
  expect(view(core, "D-2").earlier).toMatchObject([
    { task: "a#check", decision: "D-1", outcome: "rejected", by: "dana", reason: "more" },
  ]);
});

test("a review that is asked again behind work that was sent back by hand says by whom and why", () => {
  const core = begin("continue");
  make(core, ["a.ts"], 7);
  core.send({
    kind: "resolve",
    decision: "D-1" as never,
    option: "approve",
    by: "user",
    signer: "sam",
    reasoning: "",
  });
  expect(view(core, "D-1").since).toEqual([]);
  core.send({
    kind: "rework",
    workstream: core.workstream("a").id,
    to: "build",
    by: "kim",
    reason: "by hand",
  });
  make(core, ["a.ts"], 1);
  expect(view(core, "D-2").since).toEqual(["sent back to build by kim: by hand"]);
});

test("nobody approves while it is asked which text of the spec counts; a rejection goes through", () => {
  const core = begin("continue");
  make(core, ["a.ts"], 7);
  const change = { hash: "f".repeat(64), commit: COMMIT, summary: ["T1 has another title"] };
  core.send({ kind: "spec_changed", workstream: core.workstream("a").id, ...change });
  const answer = { kind: "resolve", decision: "D-1" as never, by: "user", signer: "dana" } as const;
  expect(core.refused({ ...answer, option: "approve", reasoning: "" })).toMatchObject({
    code: "spec-changed",
    hints: ["say which text counts: osqr decide D-2 keep|migrate|anew"],
  });
  core.send({ ...answer, option: "reject", reasoning: "more" });
  expect(core.state.decisions.get("D-1" as never)?.state.kind).toBe("resolved");
});

test("what comes after a review is not shown as made for it, though it was made once", () => {
  const core = new CoreDriver();
  const person = { kind: "review", executor: "person", script: null, returnsTo: ["build"] } as const;
  const reject = { option: "reject", by: "user", signer: "dana", reasoning: "more" } as const;
  const tasks = [
    { key: "build", step: "build" },
    { ...person, key: "check", step: "check", order: 2 },
    { key: "ship", step: "ship", order: 3 },
    { ...person, key: "last", step: "last", order: 4 },
  ];
  core.begin([{ id: "a", tasks }]);
  core.finish(...core.schedule());
  core.schedule();
  core.send({ ...reject, kind: "resolve", decision: "D-1" as never, option: "approve" });
  core.join("a#check");
  core.finish(...core.schedule());
  core.schedule();
  expect(view(core, "D-2").made.map(({ task }) => task)).toEqual(["a#build", "a#ship"]);
  core.send({ ...reject, kind: "resolve", decision: "D-2" as never });
  core.finish(...core.schedule());
  core.schedule();
  expect(view(core, "D-3").made.map(({ task }) => task)).toEqual(["a#build"]);
});

test("while a changed spec is asked about, the review points there", () => {
  const core = begin("continue");
  make(core, ["a.ts"], 7);
  expect(view(core, "D-1").notes).toEqual([]);
  const { id } = core.workstream("a");
  const change = { hash: "f".repeat(64), commit: COMMIT, summary: ["T1 has another title"] };
  core.send({ kind: "spec_changed", workstream: id, ...change });
  expect(view(core, "D-1").notes).toEqual(["the spec has changed since: answer D-2 first (osqr show D-2)"]);
  expect(explainWorkstream(core.state, core.workstream("a"))[1]).toBe(
    "Next: your answer to D-2: the spec has changed.",
  );
});

test("a step that fails after the merge says that the work is in the base, and how to take it out", () => {
  const core = new CoreDriver();
  const after = {
    key: "smoke",
    step: "smoke",
    order: 2,
    stage: "after",
    requires: ["integrated:a"],
  } as const;
  core.begin([{ id: "a", tasks: ["build", after] }]);
  core.finish(...core.schedule());
  core.land("a");
  core.schedule();
  core.fail("a#smoke");
  expect(view(core, "D-1").notes).toEqual([
    "the work is in main already (ccccccc); to take it out: osqr revert a --because <text>",
  ]);
});

test("a text written before its decision had a number shows the number", () => {
  const core = begin("continue");
  make(core, ["a.ts"], 7);
  const decision = { ...core.decision("D-1"), context: `osqr decide ${THIS_DECISION} by-hand` };
  expect(viewDecision(core.state, decision).context).toBe("osqr decide D-1 by-hand");
});

test("a step that is to be done again shows nothing, one that was skipped what it lacks", () => {
  const core = begin("continue");
  make(core, ["a.ts"], 7);
  reject(core);
  core.wait(1);
  core.schedule();
  expect(view(core, "D-1").made).toEqual([]);
  core.fail("a#T1");
  core.resolve("D-2", "skip");
  core.schedule();
  // What was built before the rejection is still in the work.
  expect(view(core, "D-3").made).toMatchObject([{ skipped: true, files: ["a.ts"], unmet: [] }]);
});

test("a skipped step has no files, and names the criteria that nobody met", () => {
  const check = { kind: "artifact", path: "x" } as const;
  const core = begin("continue", { exit: [{ key: "x", text: "x is there", check }] });
  core.schedule();
  core.fail("a#T1");
  const word = { option: "skip", by: "user", signer: "dana", reasoning: "because" } as const;
  core.send({ kind: "resolve", decision: "D-1" as never, ...word });
  core.schedule();
  expect(view(core, "D-2").made).toMatchObject([
    { task: "a#T1", skipped: true, commit: null, files: [], unmet: ["x is there"] },
  ]);
});

test("work before a revert is not shown, nor is work that is not done again yet", () => {
  const core = begin("continue");
  make(core, ["a.ts"], 7);
  reject(core);
  make(core, ["b.ts"], 2);
  core.send({
    kind: "resolve",
    decision: "D-2" as never,
    option: "approve",
    by: "user",
    signer: "dana",
    reasoning: "",
  });
  core.join("a#check");
  core.land("a");
  core.wait(1);
  const workstream = "a" as never;
  core.send({ kind: "revert", workstream, to: "build", by: "dana", reason: "wrong" });
  core.send({ kind: "integration_started", workstream, onto: "0".repeat(40) as never });
  core.send({ kind: "reverted", workstream, commit: "1".repeat(40) as never, held: null });
  expect(view(core, "D-2").made).toEqual([]);
  core.wait(1);
  make(core, ["c.ts"], 1);
  expect(view(core, "D-3").made).toMatchObject([{ files: ["c.ts"], added: 1 }]);
});
