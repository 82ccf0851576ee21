import { expect, test } from "vitest";
import { CoreDriver } from "../../../../test/support/core-driver.ts";
import type { StepDraft } from "../../model/flow-event.ts";
import type { StepKind } from "../../model/workflow.ts";
import { explainWorkstream } from "../why.ts";
import { sayNextAction } from "./next.ts";

const step = (key: string, order: number, kind: StepKind): StepDraft => ({
  key,
  title: `the ${key}`,
  order,
  kind,
  role: kind === "review" ? "reviewer" : null,
  definitionOfDone: null,
  rework: "continue",
});

const why = (core: CoreDriver) => explainWorkstream(core.state, core.workstream("a"));
const next = (core: CoreDriver) => why(core).filter((sentence) => sentence.startsWith("Next: "));
const place = (core: CoreDriver) => why(core).filter((sentence) => sentence.startsWith("It is in "));

function beginReview(): CoreDriver {
  const core = new CoreDriver({ roles: { reviewer: ["dana", "sam"] } });
  const review = {
    key: "check",
    step: "check",
    kind: "review",
    role: "reviewer",
    executor: "person",
  } as const;
  const tasks = [
    { key: "build", step: "build" },
    { ...review, script: null, returnsTo: ["build"] },
  ];
  core.begin([
    { id: "a", tasks, changes: { steps: [step("build", 1, "work"), step("check", 2, "review")] } },
  ]);
  core.finish(...core.schedule());
  core.schedule();
  return core;
}

const own = (core: CoreDriver, to: string): unknown =>
  core.send({
    kind: "transfer_ownership",
    workstream: "a" as never,
    task: "a#check" as never,
    to,
    by: "kim",
    reason: "absent",
  });

test("a review is the word of those who hold its role, whoever owns the step", () => {
  const core = beginReview();
  own(core, "kim");
  expect(next(core)).toEqual(["Next: a word on D-1 from dana or sam (reviewer)."]);
  own(core, "sam");
  expect(next(core)).toEqual(["Next: a word on D-1 from sam (reviewer)."]);
});

test("steps that nobody can do are not beside each other before their turn", () => {
  const core = new CoreDriver();
  const keys = ["one", "two", "three", "four"];
  const tasks = keys.map((key) => ({ key, step: key, script: null }));
  core.begin([
    { id: "a", tasks, changes: { steps: keys.map((key, index) => step(key, index + 1, "work")) } },
  ]);
  expect(place(core)).toEqual(['It is in step 1 of 4, "the one": it is the first.']);
  expect(next(core)).toHaveLength(1);
});

test("a handoff that cannot be read: what unblocks its reader, also without a workflow of its own", () => {
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks: ["T1", "T2"] }]);
  core.finish(...core.schedule());
  expect(next(core)).toEqual([]);
  core.schedule();
  const missing = { source: "a#T1" as never, message: "it is gone" };
  core.send({ kind: "handoff_missing", ...core.claim("a#T2"), ...missing });
  expect(next(core)).toEqual(["Next: somebody makes a handoff again: osqr handoff repair a#T1"]);
});

test("without a workflow of its own it says whose word is needed", () => {
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks: ["T1"] }]);
  core.schedule();
  core.fail("a#T1");
  expect(next(core)).toEqual(["Next: your answer to D-1."]);
  core.resolve("D-1", "retry");
  core.intend("a", "paused");
  expect(next(core)).toEqual(["Next: somebody resumes it: osqr resume a"]);
});

test("a pause that ends by itself is nobody's turn", () => {
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks: ["T1"] }]);
  core.schedule();
  core.send({ kind: "attempt_started", ...core.claim("a#T1"), sandbox: "process" });
  const failure = { kind: "down", message: "HTTP 500", retryAt: null } as const;
  const rest = { outcome: "failed", reason: "HTTP 500", tail: [], workMs: 5, salvage: null } as const;
  core.send({ kind: "attempt_failed", ...core.claim("a#T1"), ...rest, failure });
  const said = why(core).join("\n");
  const at = new Date(core.now + 60_000).toISOString().slice(0, 19).replace("T", " ");
  expect(said).toContain(`retry is done by itself at ${at} UTC, nobody has to act. Sooner: osqr decide D-1 `);
  expect(said).not.toContain("your turn");
  expect(next(core)).toEqual([]);
  expect(sayNextAction(core.state, core.workstream("a"))).toBe(
    `Next: a#T1: retry at ${at} UTC, by itself; nobody has to act.`,
  );
});
