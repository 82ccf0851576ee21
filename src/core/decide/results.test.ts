import { describe, expect, it } from "vitest";
import { question } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";

const COMMIT = "c".repeat(40);

describe("claims", () => {
  it("refuses a late result of an attempt that was lost; the new one is queued and has a higher fence", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T"] }]);
    core.schedule();
    core.start("a#T");
    const old = core.claim("a#T");
    core.end("a#T", "lost", "the daemon ended");
    const reason = "a-1 was lost: the daemon ended";
    expect(core.history.at(-1)).toMatchObject({ kind: "task_requeued", task: "a#T", reason, lost: true });
    expect(core.schedule()).toEqual(["a#T"]);
    expect(core.claim("a#T").fence).toBeGreaterThan(old.fence);
    const late = { commit: COMMIT, files: [], added: 0, deleted: 0, workMs: 1, warnings: [] };
    expect(core.refused({ kind: "attempt_succeeded", ...old, ...late })).toMatchObject({
      code: "stale-claim",
      message: `attempt ${old.attempt} is lost: its result comes too late`,
    });
    core.finish("a#T");
    expect(core.status("a")).toBe("integrating");
  });

  it("does not join the result of an earlier round", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T"] }]);
    core.finish(...core.schedule());
    const old = core.claim("a#T");
    core.send({ kind: "integration_started", workstream: core.workstream("a").id, onto: COMMIT });
    core.stopIntegration("a", "conflict");
    core.resolve("D-1", "redo");
    core.schedule();
    const late = { tip: COMMIT, handoff: null, artifacts: [] };
    expect(core.refused({ kind: "task_joined", ...old, ...late }).code).toBe("stale-claim");
    core.finish("a#T");
    expect(core.workstream("a").round).toBe(2);
  });

  it("asks a person after an attempt was lost ten times in a row", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T"] }]);
    for (let times = 0; times < 10; times += 1) {
      core.schedule();
      core.end("a#T", "lost", "killed");
    }
    expect(core.schedule()).toEqual([]);
    expect(core.decision("D-1").question).toBe("T failed: lost 10 times in a row: killed");
  });
});

describe("a task that failed", () => {
  const failing = () => {
    const core = new CoreDriver();
    core.begin([
      {
        id: "a",
        ordered: false,
        tasks: ["T1", "T2", "T3"].map((key, order) => ({ key, order, parallel: true })),
      },
      { id: "b", tasks: ["T1"] },
    ]);
    expect(core.schedule(2)).toEqual(["a#T1", "a#T2"]);
    core.fail("a#T1");
    return core;
  };

  it("stops what has not started of its workstream, and nothing else", () => {
    const core = failing();
    expect(core.schedule()).toEqual(["b#T1"]);
    expect(core.task("a#T2").state.kind).toBe("running");
    core.finish("a#T2");
    expect(core.task("a#T3").state.kind).toBe("pending");
    expect(core.status("a")).toBe("failed");
  });

  it("is a question with the last lines of output", () => {
    expect(failing().decision("D-1")).toMatchObject({
      type: "error",
      blocksProgress: true,
      question: "T1 failed: exit 1",
      context: "last line",
      askers: ["a#T1"],
      state: { kind: "open" },
    });
  });

  it("retry: runs again as a new attempt", () => {
    const core = failing();
    core.resolve("D-1", "retry");
    expect(core.schedule()).toEqual(["a#T1", "a#T3", "b#T1"]);
    expect(core.task("a#T1").attempts).toHaveLength(2);
  });

  it("skip: counts as done, and the rest of the workstream goes on", () => {
    const core = failing();
    core.resolve("D-1", "skip");
    expect(core.task("a#T1").state).toMatchObject({ kind: "completed", how: "skipped" });
    expect(core.schedule()).toEqual(["a#T3", "b#T1"]);
  });

  it("cancel: ends the workstream once what runs has ended", () => {
    const core = failing();
    core.resolve("D-1", "cancel");
    expect(core.status("a")).toBe("cancelled");
    core.start("a#T2");
    core.end("a#T2", "cancelled", "stopped");
    expect(core.workstream("a").counts).toMatchObject({ cancelled: 3, running: 0 });
  });

  it("and is optional: the rest goes on without it, and the choice is recorded", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: [{ key: "T1", critical: false }, "T2"] }]);
    core.schedule();
    core.fail("a#T1");
    expect(core.decision("D-1").state).toMatchObject({ kind: "resolved", option: "skip", by: "osqr" });
    expect(core.runOn()).toEqual(["a#T2"]);
    expect(core.status("a")).toBe("completed");
  });
});

describe("a question of an attempt", () => {
  const asking = () => {
    const core = new CoreDriver({ maxParallel: 1 });
    core.begin([
      { id: "a", tasks: ["T"] },
      { id: "b", tasks: ["T"] },
    ]);
    core.schedule();
    core.start("a#T");
    core.send({ kind: "attempt_asked", ...core.claim("a#T"), question: question("K") });
    return core;
  };

  it("parks it and frees its slot; the answer takes a slot again, also above the limit", () => {
    const core = asking();
    expect(core.task("a#T").state).toMatchObject({ kind: "waiting", decision: "D-1" });
    expect(core.schedule()).toEqual(["b#T"]);
    core.resolve("D-1", "a");
    core.send({ kind: "attempt_answered", ...core.claim("a#T") });
    expect(core.state.active.size).toBe(2);
    core.succeed("a#T");
    expect(core.task("a#T").state.kind).toBe("running");
  });

  it("is the same decision from another task, and answers both", () => {
    const core = asking();
    core.schedule();
    core.start("b#T");
    core.send({ kind: "attempt_asked", ...core.claim("b#T"), question: question("K") });
    expect(core.open()).toEqual(["D-1"]);
    expect(core.decision("D-1").askers).toEqual(["a#T", "b#T"]);
  });

  it("answered before is not asked again", () => {
    const core = asking();
    core.resolve("D-1", "b");
    core.schedule();
    core.start("b#T");
    core.send({ kind: "attempt_asked", ...core.claim("b#T"), question: question("K") });
    expect(core.attempt("b#T").state.kind).toBe("running");
  });

  it("is waited for again when the attempt is lost meanwhile", () => {
    const core = asking();
    core.end("a#T", "lost");
    expect(core.task("a#T").state).toMatchObject({ kind: "waiting", decision: "D-1", attempt: null });
    core.resolve("D-1", "a");
    expect(core.schedule()).toEqual(["a#T"]);
  });

  it("is refused in a workstream that was cancelled", () => {
    const core = asking();
    core.schedule();
    core.start("b#T");
    core.intend("b", "cancelled");
    const asked = { kind: "attempt_asked", ...core.claim("b#T"), question: question("L") } as const;
    expect(core.refused(asked).code).toBe("workstream-ended");
  });
});

describe("a result that conflicts with a task beside it", () => {
  const conflicting = () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T"] }]);
    core.schedule();
    core.start("a#T");
    core.succeed("a#T");
    core.send({ kind: "join_conflicted", ...core.claim("a#T"), paths: ["x.ts"], cause: "conflict" });
    return core;
  };

  it("waits for a word, then joins", () => {
    const core = conflicting();
    const early = {
      kind: "task_joined",
      ...core.claim("a#T"),
      tip: COMMIT,
      handoff: null,
      artifacts: [],
    } as const;
    expect(core.refused(early).code).toBe("stale-claim");
    core.resolve("D-1", "keep-work");
    core.join("a#T");
    expect(core.task("a#T").state.kind).toBe("completed");
  });

  it("redo: the task runs again", () => {
    const core = conflicting();
    core.resolve("D-1", "redo");
    expect(core.attempt("a#T").state.kind).toBe("rework");
    expect(core.schedule()).toEqual(["a#T"]);
  });

  it("cancelled: it is given back, and nothing waits", () => {
    const core = conflicting();
    core.intend("a", "cancelled");
    expect(core.attempt("a#T").state.kind).toBe("rejected");
    expect(core.open()).toEqual([]);
  });
});

describe("landing", () => {
  const built = () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T"] }]);
    core.finish(...core.schedule());
    core.send({ kind: "integration_started", workstream: core.workstream("a").id, onto: COMMIT });
    return core;
  };

  it("happens once", () => {
    const core = built();
    core.land("a");
    const again = {
      kind: "landed",
      workstream: core.workstream("a").id,
      commit: COMMIT,
      held: null,
    } as const;
    expect(core.refused(again)).toMatchObject({
      code: "stale-integration",
      message: "workstream a: its integration is landed, expected running or intended",
    });
  });

  it("waits while the workstream is paused, and is not undone by a second go", () => {
    const core = built();
    core.intend("a", "paused");
    const intended = {
      kind: "landing_intended",
      workstream: core.workstream("a").id,
      from: "x",
      to: "y",
    } as const;
    expect(core.refused(intended).message).toBe("workstream a is paused");
    core.go("a");
    core.intend("a", "run");
    core.land("a");
    expect(core.status("a")).toBe("completed");
  });

  it.each([
    ["retry", "integrating"],
    ["redo", "queued"],
    ["land-anyway", "integrating"],
    ["cancel", "cancelled"],
  ])("after failed gates, %s makes it %s", (option, status) => {
    const core = built();
    core.stopIntegration("a", "gates");
    expect(core.status("a")).toBe("blocked");
    core.go("a");
    expect(core.status("a")).toBe("blocked");
    core.resolve("D-1", option);
    expect(core.status("a")).toBe(status);
  });

  it("goes back into the queue where what it asks was approved in between", () => {
    const core = built();
    const project = core.workstream("a").project;
    core.send({ kind: "approve_content", project, hashes: ["h1"], by: "user", reason: "seen" });
    const rest = { cause: "approval", reason: "run them?", context: "", hashes: ["h1"] } as const;
    core.send({ kind: "integration_stopped", workstream: core.workstream("a").id, ...rest });
    expect(core.open()).toEqual([]);
    expect(core.status("a")).toBe("integrating");
  });

  it("withdraws questions that nobody waits for when the last step after the merge is done", () => {
    const core = new CoreDriver();
    const late = { key: "T2", stage: "after", requires: ["integrated:a"] } as const;
    core.begin([{ id: "a", tasks: ["T1", late] }]);
    core.finish(...core.schedule());
    core.land("a");
    core.start(...core.schedule());
    core.send({ kind: "attempt_asked", ...core.claim("a#T2"), question: question("K") });
    core.succeed("a#T2");
    expect(core.open()).toEqual(["D-1"]);
    core.join("a#T2");
    expect(core.decision("D-1").state).toMatchObject({ reason: "a is completed without it" });
  });

  it("withdraws questions that nobody waits for any more", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T"] }]);
    core.schedule();
    core.start("a#T");
    core.send({ kind: "attempt_asked", ...core.claim("a#T"), question: question("K") });
    core.succeed("a#T");
    core.join("a#T");
    expect(core.open()).toEqual(["D-1"]);
    core.land("a");
    expect(core.decision("D-1").state).toMatchObject({
      kind: "withdrawn",
      reason: "a has landed without it",
    });
  });
});
