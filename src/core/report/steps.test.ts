import { expect, it } from "vitest";
import type { TaskInput } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import type { StepDraft } from "../model/flow-event.ts";
import type { Criterion } from "../model/workflow.ts";
import { findCurrent } from "./steps.ts";
import { viewWorkstream } from "./workstreams.ts";

const step = (key: string, order: number, kind: StepDraft["kind"]): StepDraft => ({
  key,
  title: `the ${key}`,
  order,
  kind,
  role: null,
  definitionOfDone: null,
  rework: "continue",
});
const builds: Criterion = {
  key: "builds",
  text: "it builds",
  check: { kind: "command", run: "make", timeoutMs: null },
};
const read: Criterion = { key: "read", text: "it was read", check: { kind: "tick" } };

const STEPS = [
  step("tasks", 1, "tasks"),
  step("docs", 2, "work"),
  step("site", 2, "work"),
  step("integrate", 3, "integrate"),
  step("announce", 4, "work"),
];
const TASKS: readonly TaskInput[] = [
  { key: "T", exit: [builds, read] },
  { key: "docs", step: "docs", parallel: true },
  { key: "site", step: "site", parallel: true },
  { key: "announce", step: "announce", stage: "after", requires: ["integrated:a"] },
];

function see(core: CoreDriver): unknown[] {
  const { currentStep, nextStep, remainingExit, steps } = viewWorkstream(core.state, core.workstream("a"));
  const active = steps.filter(({ status }) => status === "active").map(({ key }) => key);
  const done = steps.filter(({ status }) => status === "completed").map(({ key }) => key);
  return [currentStep, nextStep, remainingExit.map(({ task, key }) => `${task} ${key}`), active, done];
}

it("a workstream says where it is, what comes next and what it still has to show", () => {
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks: TASKS, changes: { steps: STEPS } }]);
  expect(see(core)).toEqual(["tasks", "docs", ["T builds", "T read"], ["tasks"], []]);
  core.schedule();
  core.start("a#T");
  const results = [{ key: "builds", met: true, detail: "exit 0" }];
  const rest = { side: "exit", results, tail: [], workMs: 1, salvage: null } as const;
  core.send({ kind: "criteria_checked", ...core.claim("a#T"), ...rest });
  core.succeed("a#T");
  expect(see(core)).toEqual(["tasks", "docs", ["T read"], ["tasks"], []]);
  expect(viewWorkstream(core.state, core.workstream("a")).items[0]).toMatchObject({
    step: "tasks",
    kind: "work",
    exit: [
      { key: "builds", kind: "command", met: true, detail: "exit 0" },
      { key: "read", kind: "tick", met: false, detail: null },
    ],
  });
  const answer = { option: "met", by: "user", signer: "dana", reasoning: "" } as const;
  core.send({ kind: "resolve", decision: "D-1" as never, ...answer });
  core.join("a#T");
  expect(see(core)).toEqual(["docs", "integrate", [], ["docs", "site"], ["tasks"]]);
  core.finish(...core.schedule());
  expect(see(core)).toEqual(["integrate", "announce", [], ["integrate"], ["tasks", "docs", "site"]]);
  core.land("a");
  expect(see(core)).toEqual(["announce", null, [], ["announce"], ["tasks", "docs", "site", "integrate"]]);
  core.finish(...core.schedule());
  expect(see(core)).toEqual([null, null, [], [], STEPS.map(({ key }) => key)]);
});

it("a task says whose result its last attempt took", () => {
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks: ["T"] }]);
  core.schedule();
  core.start("a#T");
  core.send({
    kind: "attempt_succeeded",
    ...core.claim("a#T"),
    ...{
      commit: "c".repeat(40),
      files: [],
      added: 0,
      deleted: 0,
      workMs: 0,
      warnings: [],
      reused: "a-9" as never,
    },
  });
  expect(viewWorkstream(core.state, core.workstream("a")).items[0]?.reused).toBe("a-9");
});

it("a step after the merge is never beside one before it", () => {
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks: TASKS.map(({ exit: _, ...each }) => each), changes: { steps: STEPS } }]);
  core.finish(...core.schedule());
  core.finish(...core.schedule());
  core.land("a");
  // What comes after the merge is held up, and what came before it is to be done again.
  core.schedule();
  core.start("a#announce");
  core.end("a#announce", "failed", "no network");
  expect(see(core)[0]).toBe("announce");
  core.send({ kind: "revert", workstream: "a" as never, to: null, by: "dana", reason: "wrong" });
  expect(see(core)[0]).toBe("integrate");
  const workstream = "a" as never;
  core.send({ kind: "integration_started", workstream, onto: "0".repeat(40) as never });
  core.send({ kind: "reverted", workstream, commit: "1".repeat(40) as never, held: null });
  expect(see(core)).toEqual(["tasks", "docs", [], ["tasks"], []]);
  core.intend("a", "run");
  core.finish(...core.schedule());
  // A task after the merge that is under way all the same is not where the work is.
  const announce = { ...core.task("a#announce"), state: { kind: "blocked", by: [] } } as const;
  const tasks = core.workstream("a").tasks.map((id) => (id === announce.id ? announce : core.task(id)));
  expect(findCurrent(core.workstream("a"), tasks).map(({ key }) => key)).toEqual(["docs", "site"]);
});
