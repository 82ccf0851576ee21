import { expect, test } from "vitest";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import type { StepDraft } from "../model/flow-event.ts";
import type { Rework } from "../model/workflow.ts";
import { rankInbox, viewDecision } from "./decisions.ts";
import { viewTask } from "./workstreams.ts";

const COMMIT = "c".repeat(40);

/** `build` with one work task, and `check` that sends back to it. */
function begin(rework: Rework): CoreDriver {
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
  core.begin([{ id: "a", tasks: [{ key: "T1", step: "build" }, review], changes: { steps } }]);
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
        checked: [],
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
