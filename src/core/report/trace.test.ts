import { expect, it } from "vitest";
import type { TaskInput } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import type { StepDraft } from "../model/flow-event.ts";
import { traceWorkstream } from "./trace.ts";

const step = (key: string, order: number, kind: StepDraft["kind"]): StepDraft => ({
  key,
  title: key,
  order,
  kind,
  role: null,
  definitionOfDone: null,
  rework: "continue",
});

const STEPS = [
  step("tasks", 1, "tasks"),
  step("look", 2, "work"),
  step("check", 3, "review"),
  step("merge", 4, "integrate"),
];
const TASKS: readonly TaskInput[] = [
  { key: "T" },
  { key: "look", step: "look", requires: ["task:a#T"] },
  {
    key: "check",
    step: "check",
    kind: "review",
    executor: "person",
    script: null,
    role: "reviewer",
    returnsTo: ["tasks"],
    requires: ["task:a#look"],
  },
];

const see = (core: CoreDriver) =>
  traceWorkstream(core.state, core.workstream("a")).map(({ kind, text, status, commit, signed, proof }) => [
    kind,
    text.split(" ")[0],
    status,
    commit?.slice(0, 4) ?? null,
    signed === null ? null : `${signed.outcome} by ${signed.by}`,
    proof,
  ]);

const sign = (core: CoreDriver, decision: string, option: string): void => {
  const answer = { option, by: "user", signer: "sam", reasoning: "seen" } as const;
  core.send({ kind: "resolve", decision: decision as never, ...answer });
};

/** Carries out the task that is due. */
function make(core: CoreDriver, id: string, files: readonly string[]): void {
  core.schedule();
  core.start(id);
  const change = { files, added: files.length, deleted: 0, workMs: 1, warnings: [] };
  core.send({ kind: "attempt_succeeded", ...core.claim(id), commit: "c".repeat(40), ...change });
  core.join(id);
}

it("a signature is no work: it names its decision, and what changed nothing names no commit", () => {
  const core = new CoreDriver({ roles: { reviewer: ["sam"] } });
  core.begin([{ id: "a", tasks: TASKS, ordered: false, changes: { steps: STEPS } }]);
  make(core, "a#T", ["a.ts"]);
  make(core, "a#look", []);
  core.schedule();
  sign(core, "D-1", "reject");
  expect(see(core).at(-1)).toEqual(["step", "check", "pending", null, "rejected by sam", "osqr show D-1"]);
  make(core, "a#T", ["a.ts"]);
  make(core, "a#look", []);
  core.schedule();
  sign(core, "D-2", "approve");
  core.join("a#check");
  expect(see(core)).toEqual([
    ["clause", "T", "completed", "cccc", null, "git show --stat cccccccccccc"],
    ["step", "look", "completed", null, null, null],
    ["step", "check", "completed", null, "approved by sam", "osqr show D-2"],
  ]);
});
