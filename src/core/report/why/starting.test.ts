import { expect, test } from "vitest";
import { CoreDriver } from "../../../../test/support/core-driver.ts";
import { explainTask } from "../why.ts";

test("an agent that has no conversation yet is not said to be at work, and behind whom it starts", () => {
  const core = new CoreDriver();
  core.begin(["a", "b"].map((id) => ({ id, tasks: [{ key: "T1", script: null, executor: "claude" }] })));
  core.schedule();
  core.start("a#T1", "b#T1");
  const why = (task: string) => explainTask(core.state, core.task(task)).join(" ");
  expect(why("a#T1")).toContain("Its agent is not ready yet: it has no conversation.");
  expect(why("a#T1")).not.toContain("ahead of it");
  expect(why("b#T1")).toContain("Agents start one after the other, at most 10 s apart: ahead of it a-1.");
  const session = { id: "s", executor: "x", agent: "x 1" };
  core.send({ kind: "session_opened", ...core.claim("a#T1"), session, how: "new" });
  expect(why("a#T1")).not.toContain("not ready");
  expect(why("b#T1")).not.toContain("ahead of it");
});
