import { expect, test } from "vitest";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import type { TaskId } from "../model/ids.ts";
import { buildReport } from "../report/build-report.ts";
import { explainTask } from "../report/why.ts";

const COMMIT = "d".repeat(40);
const PLACE = { commit: null, path: "a/t1/a-1-dddddddddd.md" };
const A1 = "a#T1" as TaskId;

/** One task that others start from; it is done, and its handoff waits for a collector. */
function driver(): CoreDriver {
  const core = new CoreDriver();
  core.begin([
    { id: "a", tasks: ["T1", { key: "T2", knowledge: [A1] }] },
    { id: "b", tasks: ["T1"] },
  ]);
  core.schedule();
  core.start("a#T1");
  core.succeed("a#T1");
  core.send({
    kind: "task_joined",
    ...core.claim("a#T1"),
    tip: COMMIT,
    handoff: PLACE,
    artifacts: [],
    artifact: { some: "content" },
  });
  return core;
}

test("a handoff without a commit waits for a collector, who gives it one", () => {
  const core = driver();
  expect([...core.state.uncollected.keys()]).toEqual([A1]);
  const { project } = core.workstream("a");
  const collected = { kind: "handoffs_collected", project, commit: COMMIT, tasks: [A1] } as const;
  core.send({ ...collected, paths: ["a/t1/an-older-one.md"] });
  expect(core.task("a#T1").handoff).toEqual(PLACE);
  core.send({ ...collected, paths: [PLACE.path] });
  expect(core.task("a#T1").handoff).toEqual({ ...PLACE, commit: COMMIT });
  expect(core.state.uncollected.size).toBe(0);
  expect(core.refused({ ...collected, paths: [] }).code).toBe("bad-command");
});

test("a handoff that cannot be read blocks the task that starts from it, and nobody else", () => {
  const core = driver();
  expect(core.schedule()).toEqual(["a#T2"]);
  const missing = { kind: "handoff_missing", source: A1, message: "it is not JSON" } as const;
  core.send({ ...missing, ...core.claim("a#T2") });
  const { state, lost, retried } = core.task("a#T2");
  expect({ state, lost, retried }).toEqual({
    state: {
      kind: "blocked",
      by: [{ kind: "handoff", source: A1, message: "the handoff of a#T1 cannot be read: it is not JSON" }],
    },
    lost: 0,
    retried: 0,
  });
  expect(core.attempt("a#T2").state.kind).toBe("cancelled");
  core.finish("b#T1");
  core.land("b");
  core.schedule();
  const run = core.state.runs.get("r-1" as never)!;
  expect([run.status, core.status("a"), core.status("b")]).toEqual(["needs_you", "blocked", "completed"]);
  expect(buildReport(core.state, run.project, run, core.now).nextSteps).toContain("osqr handoff repair");
  expect(explainTask(core.state, core.task("a#T2"))).toEqual([
    "a#T2 is blocked.",
    "the handoff of a#T1 cannot be read: it is not JSON.",
    "Made again from the history: osqr handoff repair a#T1",
  ]);
});

test("a handoff that was made again frees who waits for it, in the same run", () => {
  const core = driver();
  core.schedule();
  core.send({ kind: "handoff_missing", ...core.claim("a#T2"), source: A1, message: "gone" });
  const handoff = { commit: COMMIT, path: PLACE.path };
  core.send({ kind: "handoff_repaired", task: A1, handoff, by: "dana" });
  expect(core.task("a#T1").handoff).toEqual(handoff);
  expect(core.state.uncollected.size).toBe(0);
  expect(core.schedule()).toEqual(["a#T2"]);
  expect(core.attempt("a#T2").id).toBe("a-4");
});

test("a cancelled workstream is not blocked by what it cannot read", () => {
  const core = driver();
  core.schedule();
  const claim = core.claim("a#T2");
  core.intend("a", "cancelled");
  core.send({ kind: "handoff_missing", ...claim, source: A1, message: "gone" });
  expect(core.task("a#T2").state.kind).toBe("cancelled");
});

test("what a removed task has left is collected, also where another one of its name is there", () => {
  const core = driver();
  const { project, id } = core.workstream("a");
  core.intend("a", "cancelled");
  core.send({ kind: "remove", workstream: id, by: "user", reason: "not needed" });
  core.register([{ id: "a", tasks: ["T1"] }]);
  expect([...core.state.uncollected.keys()]).toEqual([A1]);
  core.send({ kind: "handoffs_collected", project, commit: COMMIT, tasks: [A1], paths: [PLACE.path] });
  expect([core.state.uncollected.size, core.task("a#T1").handoff]).toEqual([0, null]);
});

test("nobody waits for the handoff of a task that was removed", () => {
  const core = new CoreDriver();
  core.begin([
    { id: "a", tasks: ["T1"] },
    { id: "b", tasks: [{ key: "T1", knowledge: [A1] }] },
  ]);
  core.schedule();
  core.send({ kind: "handoff_missing", ...core.claim("b#T1"), source: A1, message: "it is no JSON" });
  expect(core.task("b#T1").state.kind).toBe("blocked");
  core.intend("a", "cancelled");
  core.end("a#T1", "cancelled");
  core.send({ kind: "remove", workstream: core.workstream("a").id, by: "user", reason: "not needed" });
  expect(core.schedule()).toEqual(["b#T1"]);
});

test("a handoff of nobody blocks nobody", () => {
  const core = driver();
  core.schedule();
  const source = "gone#T1" as TaskId;
  core.send({ kind: "handoff_missing", ...core.claim("a#T2"), source, message: "gone" });
  expect(core.schedule()).toEqual(["a#T2"]);
});
