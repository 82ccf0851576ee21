import { expect, it } from "vitest";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import type { StepDraft } from "../model/flow-event.ts";
import type { DecisionId } from "../model/ids.ts";

const step = (key: string, order: number, changes: Partial<StepDraft> = {}): StepDraft => ({
  key,
  title: key,
  order,
  kind: "work",
  role: null,
  definitionOfDone: null,
  rework: "continue",
  ...changes,
});

it("work that was recorded in the moment in which a step began stays when the step is given up", () => {
  const core = new CoreDriver();
  const steps = [
    step("tasks", 1),
    step("build", 2, { rework: "restart" }),
    step("sign", 3, { kind: "review" }),
  ];
  const beside = { key: "beside", step: "build", parallel: true };
  const tasks = [
    { key: "T" },
    { key: "build", step: "build", parallel: true },
    beside,
    { key: "sign", step: "sign", kind: "review" as const, returnsTo: ["build"] },
  ];
  core.begin([{ id: "a", tasks, changes: { steps } }]);
  core.runOn();
  expect(core.workstream("a").steps[1]?.checkpoint).toEqual({
    tip: "c".repeat(40),
    at: core.now,
    with: ["a#T"],
  });
  const answer = { option: "reject", by: "user", signer: "dana", reasoning: "no" } as const;
  core.send({ kind: "resolve", decision: "D-1" as DecisionId, ...answer });
  expect(core.workstream("a").tasks.map((id) => core.task(id).state.kind)).toEqual([
    "completed",
    "ready",
    "ready",
    "pending",
  ]);
});

it("a step that is not there is refused with the steps and the tasks of each", () => {
  const core = new CoreDriver();
  const tasks = [{ key: "T1" }, { key: "T2" }, { key: "sign", step: "sign", kind: "review" as const }];
  core.begin([
    { id: "a", tasks, changes: { steps: [step("tasks", 1), step("sign", 2, { kind: "review" })] } },
  ]);
  core.runOn();
  const answer = { option: "approve", by: "user", signer: "dana", reasoning: "" } as const;
  core.send({ kind: "resolve", decision: "D-1" as DecisionId, ...answer });
  core.join("a#sign");
  core.land("a");
  const wanted = { kind: "revert", workstream: "a" as never, to: "T9", by: "dana", reason: "no" } as const;
  expect(core.refused(wanted).message).toBe('a has no step or task "T9"; it has tasks (T1, T2), sign');
});
