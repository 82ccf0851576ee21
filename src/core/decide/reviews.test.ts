import { describe, expect, it } from "vitest";
import type { TaskInput } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { evolve } from "../evolve/evolve.ts";
import type { StepDraft } from "../model/flow-event.ts";
import type { DecisionId } from "../model/ids.ts";
import { emptyState } from "../model/state.ts";
import { dumpState } from "../snapshot.ts";

const step = (key: string, order: number, changes: Partial<StepDraft> = {}): StepDraft => ({
  key,
  title: `step ${key}`,
  order,
  kind: "work",
  role: null,
  definitionOfDone: null,
  rework: "continue",
  ...changes,
});

/** `build` (T1, T2), `docs` beside it, `check` that joins both, and `release` after the merge. */
function begin(
  changes: { build?: Partial<StepDraft>; check?: Partial<TaskInput>; release?: Partial<TaskInput> } = {},
  roles: Record<string, string[]> = {},
): CoreDriver {
  const core = new CoreDriver({ roles });
  const tasks: TaskInput[] = [
    { key: "T1", order: 1, step: "build" },
    { key: "T2", order: 2, step: "build", requires: ["task:a#T1"] },
    { key: "docs", order: 2, step: "docs", parallel: true },
    {
      key: "check",
      order: 3,
      step: "check",
      kind: "review",
      role: "reviewer",
      executor: "person",
      script: null,
      returnsTo: ["build", "docs"],
      requires: ["task:a#T2", "task:a#docs"],
      ...changes.check,
    },
    {
      key: "release",
      order: 4,
      step: "release",
      kind: "review",
      executor: "person",
      script: null,
      stage: "after",
      returnsTo: ["build"],
      requires: ["task:a#check", "integrated:a"],
      ...changes.release,
    },
  ];
  const steps = [
    step("build", 1, changes.build),
    step("docs", 2),
    step("check", 3, { kind: "review", role: "reviewer", definitionOfDone: "somebody else has read it" }),
    step("release", 4, { kind: "review" }),
  ];
  core.begin([{ id: "a", tasks, ordered: false, changes: { steps } }]);
  return core;
}

/** All work is done and the first review is open: `D-1`. */
function beginReview(...input: Parameters<typeof begin>): CoreDriver {
  const core = begin(...input);
  core.finish(...core.schedule());
  core.finish(...core.schedule());
  core.schedule();
  return core;
}

interface Answer {
  readonly as?: string;
  readonly to?: string;
  readonly because?: string;
}

const answering = (decision: string, option: string, { as = "dana", to, because = "read it" }: Answer = {}) =>
  ({
    kind: "resolve",
    decision: decision as DecisionId,
    option,
    by: "user",
    signer: as,
    reasoning: because,
    ...(to === undefined ? {} : { to }),
  }) as const;

const states = (core: CoreDriver) =>
  core.workstream("a").tasks.map((id) => `${core.task(id).key} ${core.task(id).state.kind}`);

describe("a review", () => {
  it("is asked when all branches before it are done, holds a claim and no slot", () => {
    const core = beginReview();
    expect(core.open()).toEqual(["D-1"]);
    expect(core.decision("D-1")).toMatchObject({
      subject: { kind: "review", task: "a#check" },
      question: "a: do check?",
      context: "done means: somebody else has read it",
      options: [{ id: "approve" }, { id: "reject" }, { id: "reject-docs" }],
    });
    expect([core.attempt("a#check").executor, core.state.active.size]).toEqual(["person", 0]);
    expect([core.status("a"), [...core.state.runs.values()][0]?.status]).toEqual(["blocked", "needs_you"]);
  });

  it("before all work goes back to nothing: a rejection asks again", () => {
    const core = new CoreDriver();
    const design = { kind: "review", executor: "person", script: null, step: "design" } as const;
    const steps = [step("design", 1, { kind: "review" })];
    const tasks = [{ ...design, key: "design", returnsTo: ["design"] }];
    core.begin([{ id: "a", tasks, changes: { steps } }]);
    core.schedule();
    expect(core.decision("D-1").options.map(({ description }) => description)).toEqual([
      "sign it off; the next step goes on",
      "asks again; change the spec meanwhile; needs a reason",
    ]);
  });

  it("is ended by a person's word alone: what an effect reports of it is refused", () => {
    const core = beginReview();
    const { id: attempt, fence } = core.attempt("a#check");
    const failed = { outcome: "failed", reason: "exit 1", tail: [], workMs: 1, salvage: null } as const;
    const result = { commit: "c".repeat(40), files: [], added: 0, deleted: 0, workMs: 1, warnings: [] };
    expect(core.refused({ kind: "attempt_failed", attempt, fence, ...failed }).code).toBe("a-persons-claim");
    expect(core.refused({ kind: "attempt_succeeded", attempt, fence, ...result }).code).toBe(
      "a-persons-claim",
    );
    expect(core.refused({ kind: "attempt_answered", attempt, fence }).code).toBe("a-persons-claim");
  });

  it("that is approved completes like any other task and keeps name, role, time and reason", () => {
    const core = beginReview();
    core.wait(3);
    core.send(answering("D-1", "approve"));
    expect(core.attempt("a#check").state.kind).toBe("completed");
    core.join("a#check");
    expect(core.workstream("a").signOffs).toEqual([
      {
        task: "a#check",
        attempt: core.attempt("a#check").id,
        decision: "D-1",
        outcome: "approved",
        by: "dana",
        role: "reviewer",
        reason: "read it",
        at: core.now,
        returnedTo: null,
      },
    ]);
    expect(core.workstream("a").integration.kind).toBe("queued");
  });

  it("is never answered by default, nor without a name, nor by who does not hold the role", () => {
    const core = beginReview({}, { reviewer: ["dana", "sam"] });
    core.wait(10_000);
    core.send({ kind: "tick" });
    expect(core.open()).toEqual(["D-1"]);
    expect(core.refused(answering("D-1", "approve", { as: " " })).code).toBe("signer-missing");
    expect(core.refused(answering("D-1", "approve", { as: "kim" }))).toEqual({
      code: "not-allowed",
      message: "D-1 (a check): kim does not have the role reviewer; it is held by dana, sam",
      hints: ["ask dana or sam to sign it"],
    });
    core.send(answering("D-1", "approve", { as: "sam" }));
    expect(core.decision("D-1").state).toMatchObject({ by: "user", signer: "sam" });
  });

  it("refuses a rejection without a reason, a step that it does not go back to, and a step on an approval", () => {
    const core = beginReview();
    expect(core.refused(answering("D-1", "reject", { because: "" })).code).toBe("reason-missing");
    expect(core.refused(answering("D-1", "reject", { to: "release" })).code).toBe("not-a-return");
    expect(core.refused(answering("D-1", "approve", { to: "build" })).code).toBe("not-a-return");
  });
});

describe("a rejection", () => {
  it("goes back to the first named step: its tasks are rework, those behind it may be given again", () => {
    const core = beginReview();
    core.send(answering("D-1", "reject", { because: "no tests" }));
    expect(states(core)).toEqual([
      "T1 ready",
      "T2 pending",
      "docs completed",
      "check pending",
      "release pending",
    ]);
    expect(core.state.attempts.get(core.task("a#T1").attempts[0] as never)?.state).toMatchObject({
      kind: "rework",
      reason: "no tests",
    });
    expect(core.attempt("a#check").state).toMatchObject({ kind: "rejected", reason: "no tests" });
    expect(core.workstream("a").returns).toEqual([
      { from: "a#check", to: "build", tasks: 2, by: "dana", reason: "no tests", at: core.now },
    ]);
    expect(core.workstream("a").signOffs).toMatchObject([{ outcome: "rejected", returnedTo: "build" }]);
    expect(core.runOn()).toEqual(["a#T1", "a#T2"]);
    expect(core.open()).toEqual(["D-2"]);
  });

  it("goes back to another step, or to one task of a step", () => {
    const core = beginReview();
    core.send(answering("D-1", "reject-docs"));
    expect(states(core).slice(0, 4)).toEqual(["T1 completed", "T2 completed", "docs ready", "check pending"]);
    core.runOn();
    core.send(answering("D-2", "reject", { to: "T2" }));
    expect(states(core).slice(0, 4)).toEqual(["T1 completed", "T2 ready", "docs completed", "check pending"]);
    core.runOn();
    core.send(answering("D-3", "reject", { to: "docs" }));
    expect(core.workstream("a").returns.map(({ to, tasks }) => [to, tasks])).toEqual([
      ["docs", 1],
      ["build", 1],
      ["docs", 1],
    ]);
  });

  it("builds on what is there, or gives it up with all that joined since the step began", () => {
    const tip = (core: CoreDriver) => core.workstream("a").tip;
    const on = beginReview();
    on.send(answering("D-1", "reject"));
    expect([tip(on) === null, states(on)[2]]).toEqual([false, "docs completed"]);
    const anew = beginReview({ build: { rework: "restart" } });
    anew.send(answering("D-1", "reject"));
    expect([tip(anew), states(anew).slice(0, 3)]).toEqual([null, ["T1 ready", "T2 pending", "docs ready"]]);
    // The work beside it was not refused: its recorded result may be given again.
    expect(anew.attempt("a#docs").state.kind).toBe("completed");
    expect(anew.workstream("a").steps.map(({ key, checkpoint }) => [key, checkpoint?.tip])).toEqual([
      ["build", null],
      ["docs", undefined],
      ["check", undefined],
      ["release", undefined],
    ]);
    anew.runOn();
    anew.send(answering("D-2", "approve"));
    anew.join("a#check");
    expect(anew.workstream("a").integration.kind).toBe("queued");
  });

  it("ends what runs on the work that goes back; its result comes too late", () => {
    const core = begin({
      check: { requires: ["task:a#T1"] },
      release: { requires: ["integrated:a"] },
    });
    core.finish("a#T1", ...(core.schedule().includes("a#docs") ? ["a#docs"] : []));
    core.schedule();
    core.start("a#T2");
    const late = core.claim("a#T2");
    core.send(answering("D-1", "reject"));
    expect(core.attempt("a#T2").state).toMatchObject({ kind: "cancelled" });
    expect(states(core).slice(0, 3)).toEqual(["T1 ready", "T2 pending", "docs completed"]);
    const result = { commit: "c".repeat(40), files: [], added: 0, deleted: 0, workMs: 1, warnings: [] };
    expect(core.refused({ kind: "attempt_succeeded", ...late, ...result }).code).toBe("stale-claim");
  });

  it("withdraws what a failed task behind the step asks", () => {
    const core = begin({ check: { requires: ["task:a#T1"] } });
    core.finish(...core.schedule());
    core.schedule();
    core.fail("a#T2");
    const [asked] = core.open().filter((id) => core.decision(id).subject.kind === "task_failed");
    core.send(answering("D-1", "reject"));
    expect([core.decision(asked ?? "").state.kind, core.task("a#T2").state.kind]).toEqual([
      "withdrawn",
      "pending",
    ]);
  });

  it("opens the criteria of what is done again", () => {
    const core = beginReview({
      check: {
        exit: [{ key: "read", text: "read by two", check: { kind: "tick" } }],
      },
    });
    core.send(answering("D-1", "approve"));
    expect(core.decision("D-2")).toMatchObject({ subject: { kind: "ticks", side: "exit" } });
    core.send(answering("D-2", "redo", { because: "read by one" }));
    expect(core.task("a#check").exit).toMatchObject([{ met: false, detail: null }]);
    core.schedule();
    core.send(answering("D-3", "approve"));
    core.send(answering("D-4", "met"));
    expect(core.task("a#check").exit).toMatchObject([{ met: true, detail: "confirmed by dana: read it" }]);
    core.join("a#check");
    expect(core.status("a")).toBe("integrating");
  });
});

describe("a review after the merge", () => {
  function released(
    input: Parameters<typeof begin>[0] = {},
    commit: string | null = "d".repeat(40),
  ): CoreDriver {
    const core = beginReview(input);
    core.send(answering("D-1", "approve"));
    core.join("a#check");
    core.land("a", commit);
    core.schedule();
    return core;
  }

  it("is asked when the work has landed; approved, the workstream is completed", () => {
    const core = released();
    expect([core.open(), core.status("a")]).toEqual([["D-2"], "blocked"]);
    core.send(answering("D-2", "approve"));
    core.join("a#release");
    core.schedule();
    expect([core.status("a"), [...core.state.runs.values()][0]?.status]).toEqual(["completed", "completed"]);
  });

  it("rejected, takes the merge back first and goes on at the step then", () => {
    const core = released();
    core.send(answering("D-2", "reject", { because: "it breaks the login" }));
    expect(core.workstream("a").integration).toMatchObject({
      kind: "queued",
      revert: { of: "d".repeat(40), to: "build", by: "dana", reason: "it breaks the login" },
    });
    expect(core.schedule()).toEqual([]);
    expect(core.open()).toEqual([]);
    core.send({ kind: "integration_started", workstream: "a" as never, onto: "e".repeat(40) });
    core.send({ kind: "reverted", workstream: "a" as never, commit: "f".repeat(40), held: null });
    expect(states(core)).toEqual([
      "T1 ready",
      "T2 pending",
      "docs ready",
      "check pending",
      "release pending",
    ]);
    expect(core.state.attempts.get(core.task("a#T1").attempts[0] as never)?.state.kind).toBe("rework");
    expect(core.attempt("a#docs").state.kind).toBe("completed");
  });

  it("rejected where nothing was merged, goes back without a revert", () => {
    const core = released({}, null);
    core.send(answering("D-2", "reject"));
    expect(core.workstream("a").integration.kind).toBe("none");
    expect(states(core)).toEqual([
      "T1 ready",
      "T2 pending",
      "docs completed",
      "check pending",
      "release pending",
    ]);
  });
});

describe("while a review is open", () => {
  it("a pause keeps it; its answer counts, and the work goes on after the resume", () => {
    const core = beginReview();
    core.intend("a", "paused");
    expect(core.open()).toEqual(["D-1"]);
    core.send(answering("D-1", "reject"));
    expect(core.schedule()).toEqual([]);
    core.intend("a", "run");
    expect(core.schedule()).toEqual(["a#T1"]);
  });

  it("a cancelled workstream ends it", () => {
    const core = beginReview();
    core.intend("a", "cancelled");
    expect([core.open(), core.attempt("a#check").state.kind, core.task("a#check").state.kind]).toEqual([
      [],
      "cancelled",
      "cancelled",
    ]);
    expect(core.refused(answering("D-1", "approve")).code).toBe("decision-closed");
  });

  it("a removed workstream takes it away", () => {
    const core = new CoreDriver();
    core.begin([
      { id: "a", tasks: [{ key: "first", kind: "review", executor: "person", script: null }, "T1"] },
    ]);
    core.schedule();
    core.send({ kind: "remove", workstream: "a" as never, by: "user", reason: "" });
    expect([core.open(), core.state.tasks.size, core.state.parked.size]).toEqual([[], 0, 0]);
  });

  it("a review that takes resources in its workflow holds none", () => {
    const core = beginReview({ check: { uses: [{ resource: "db", amount: 1 }] } });
    expect(core.state.inUse.size).toBe(0);
    core.send(answering("D-1", "approve"));
    core.join("a#check");
    expect(core.state.inUse.size).toBe(0);
  });
});

describe("ticks before the work", () => {
  const tick = { key: "window", text: "the maintenance window is open", check: { kind: "tick" } } as const;

  function beginTicked(roles = {}): CoreDriver {
    const core = new CoreDriver({ roles });
    core.begin([{ id: "a", tasks: [{ key: "T1", entry: [tick], role: "operator" }] }]);
    core.schedule();
    return core;
  }

  it("are asked before anything runs; met, the work begins", () => {
    const core = beginTicked({ operator: ["sam"] });
    expect(core.task("a#T1").attempts).toEqual([]);
    expect(core.refused(answering("D-1", "met", { as: "dana" })).code).toBe("not-allowed");
    core.send(answering("D-1", "met", { as: "sam" }));
    expect(core.schedule()).toEqual(["a#T1"]);
  });

  it("offer no cancelling of what has landed", () => {
    const core = new CoreDriver();
    const late = { key: "T2", stage: "after", requires: ["integrated:a"] } as const;
    core.begin([
      {
        id: "a",
        tasks: [
          { key: "T1", entry: [tick] },
          { ...late, entry: [tick], exit: [tick] },
        ],
      },
    ]);
    core.schedule();
    expect(core.decision("D-1").options.map(({ id }) => id)).toEqual(["met", "cancel"]);
    core.send(answering("D-1", "met"));
    core.finish(...core.schedule());
    core.land("a");
    core.schedule();
    expect(core.decision("D-2").options.map(({ id }) => id)).toEqual(["met"]);
    core.send(answering("D-2", "met"));
    core.schedule();
    core.fail("a#T2");
    expect(core.decision("D-3").options.map(({ id }) => id)).toEqual(["retry", "skip"]);
  });

  it("of a result that comes after the workstream was cancelled are not asked: it is refused", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: [{ key: "T1", exit: [tick] }] }]);
    core.start(...core.schedule());
    core.intend("a", "cancelled");
    core.succeed("a#T1");
    expect(core.open()).toEqual([]);
    expect([core.attempt("a#T1").state.kind, core.task("a#T1").state.kind]).toEqual([
      "rejected",
      "cancelled",
    ]);
  });

  it("are open again after an attempt that was lost", () => {
    const core = beginTicked();
    core.send(answering("D-1", "met"));
    core.schedule();
    core.start("a#T1");
    core.end("a#T1", "lost");
    expect(core.schedule()).toEqual([]);
    expect(core.decision("D-2").subject).toMatchObject({ kind: "ticks", side: "entry" });
  });

  it("are asked once, also when the workstream is paused and resumed", () => {
    const core = beginTicked();
    core.intend("a", "paused");
    core.intend("a", "run");
    core.schedule();
    expect(core.open()).toEqual(["D-1"]);
    core.send(answering("D-1", "cancel"));
    expect(core.status("a")).toBe("cancelled");
  });
});

it("the history of reviews replays to the same state", () => {
  const core = beginReview({ build: { rework: "restart" } }, { reviewer: ["dana"] });
  core.send(answering("D-1", "reject"));
  core.runOn();
  core.send(answering("D-2", "approve"));
  core.join("a#check");
  core.land("a");
  core.schedule();
  core.send(answering("D-3", "reject"));
  const replayed = core.history.reduce(evolve, emptyState());
  expect(dumpState(replayed)).toBe(dumpState(core.state));
});
