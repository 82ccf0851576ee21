import { expect, test } from "vitest";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { OsqrError } from "../../core/errors.ts";
import { findTaskOrRefuse, needAttempt, needDecision } from "./names.ts";

/** What a refusal says, hints included. */
function refusal(act: () => unknown): readonly string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof OsqrError) return [error.code, ...error.hints];
    throw error;
  }
  return ["it did not refuse"];
}

test("what is not there is refused with what there is", () => {
  const core = new CoreDriver();
  core.begin([{ id: "cart", tasks: ["T1", "quality"] }]);
  const { state } = core;
  const { project } = core.workstream("cart");
  expect(findTaskOrRefuse(state, project, "cart#t1")?.key).toBe("T1");
  expect(findTaskOrRefuse(state, project, "nothing#T1")).toBeNull();
  expect(refusal(() => findTaskOrRefuse(state, project, "cart#qualty"))).toEqual([
    "unknown-task",
    "did you mean cart#quality?",
    "it has T1, quality",
  ]);
  expect(refusal(() => needAttempt(state, "a-9" as never))).toEqual([
    "unknown-attempt",
    "nothing has been attempted yet",
    "those of a task: osqr show <workstream>#<task>",
  ]);
  core.finish(...core.schedule());
  core.schedule();
  expect(refusal(() => needAttempt(core.state, "a-9" as never))[1]).toBe("there are a-1 to a-2");
  core.start("cart#quality");
  core.end("cart#quality", "failed", "exit 1");
  expect(refusal(() => needDecision(core.state, "D-99" as never))).toEqual([
    "unknown-decision",
    "there is D-1",
    "those that are open: osqr inbox",
  ]);
});
