import { describe, expect, it } from "vitest";
import type { TaskInput } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import type { CriteriaSide } from "../model/flow.ts";
import type { DecisionId } from "../model/ids.ts";
import type { Criterion } from "../model/workflow.ts";
import { viewTask } from "../report/workstreams.ts";

const COMMIT = "c".repeat(40);
const SALVAGE = "refs/osqr/salvage/a-1";

const builds: Criterion = {
  key: "builds",
  text: "it builds",
  check: { kind: "command", run: "make", timeoutMs: null },
};
const read: Criterion = { key: "read", text: "the notes were read", check: { kind: "tick" } };

/** A workstream `a` with a task T that has these criteria, launched where nothing is asked first. */
function begin(task: Partial<TaskInput>, more: readonly TaskInput[] = []): CoreDriver {
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks: [{ key: "T", ...task }, ...more] }]);
  core.schedule();
  return core;
}

function check(core: CoreDriver, side: CriteriaSide, met: boolean, changes: object = {}): void {
  core.send({
    kind: "criteria_checked",
    ...core.claim("a#T"),
    side,
    results: [{ key: "builds", met, detail: met ? "exit 0" : "exit 2: no rule" }],
    tail: ["make: no rule"],
    workMs: 7,
    salvage: side === "exit" && !met ? SALVAGE : null,
    ...changes,
  });
}

function answer(core: CoreDriver, option: string, changes: object = {}): void {
  const id = core.open()[0] as DecisionId;
  const rest = { by: "user", signer: "dana", reasoning: "because", ...changes } as const;
  core.send({ kind: "resolve", decision: id, option, ...rest });
}

const success = { commit: COMMIT, files: [], added: 1, deleted: 0, workMs: 10, warnings: [] };
const isMet = (core: CoreDriver, side: CriteriaSide) => core.task("a#T")[side].map(({ met }) => met);

describe("an entry criterion", () => {
  it("is looked at before the work starts", () => {
    const core = begin({ entry: [builds] });
    const started = { kind: "attempt_started", ...core.claim("a#T"), sandbox: "process" } as const;
    expect(core.refused(started)).toMatchObject({
      code: "criteria-open",
      message: "a#T: entry criteria have to be checked first: builds",
    });
    check(core, "entry", true);
    core.send(started);
    expect(core.attempt("a#T").state.kind).toBe("running");
    expect(core.task("a#T").entry[0]).toMatchObject({ met: true, detail: "exit 0", at: core.now });
  });

  it("that does not hold ends the attempt, and a person is asked", () => {
    const core = begin({ entry: [builds] });
    check(core, "entry", false);
    const reason = "it may not start: it builds (exit 2: no rule)";
    expect(core.attempt("a#T").state).toMatchObject({ kind: "rejected", reason });
    expect(core.decision("D-1")).toMatchObject({
      question: `T failed: ${reason}`,
      context: "make: no rule",
      subject: { kind: "task_failed", task: "a#T" },
    });
  });

  it("that was not among the results counts as not met", () => {
    const core = begin({ entry: [builds] });
    check(core, "entry", true, { results: [] });
    expect(core.attempt("a#T").state).toMatchObject({ reason: "it may not start: it builds" });
  });
});

describe("an exit criterion", () => {
  it("is looked at before the result counts", () => {
    const core = begin({ exit: [builds] });
    core.start("a#T");
    const succeeded = { kind: "attempt_succeeded", ...core.claim("a#T"), ...success } as const;
    expect(core.refused(succeeded).code).toBe("criteria-open");
    check(core, "exit", true);
    core.send(succeeded);
    core.join("a#T");
    expect(core.status("a")).toBe("integrating");
  });

  it("that does not hold refuses the result and keeps the work aside", () => {
    const core = begin({ exit: [builds] });
    core.start("a#T");
    check(core, "exit", false);
    expect(core.attempt("a#T")).toMatchObject({
      state: { kind: "rejected", reason: "its result does not hold: it builds (exit 2: no rule)" },
      salvage: SALVAGE,
      workMs: 7,
      commit: null,
    });
    const late = { kind: "attempt_succeeded", ...core.claim("a#T"), ...success } as const;
    expect(core.refused(late).code).toBe("stale-claim");
  });

  it("uses the step's retries up before it asks, and has them again after a person's word", () => {
    const core = begin({ exit: [builds], retries: 2 });
    for (const times of [1, 2]) {
      core.start("a#T");
      check(core, "exit", false);
      expect(core.history.findLast(({ kind }) => kind === "task_requeued")).toMatchObject({
        retry: times,
        reason: `attempt a-${times} failed (its result does not hold: it builds (exit 2: no rule)): retry ${times} of 2`,
      });
      expect(core.schedule()).toEqual(["a#T"]);
    }
    core.start("a#T");
    check(core, "exit", false);
    expect(core.open()).toEqual(["D-1"]);
    expect(core.task("a#T")).toMatchObject({ state: { kind: "failed" }, retried: 2 });
    core.resolve("D-1", "retry");
    expect(core.task("a#T").retried).toBe(0);
  });

  it("goes back to an agent as often as the config says, before the step's retries and a person", () => {
    const core = begin({ exit: [builds] });
    const talk = (): void => {
      core.start("a#T");
      const session = { id: "s-1", executor: "claude", agent: "claude-agent-acp 0.100.0" };
      core.send({ kind: "session_opened", ...core.claim("a#T"), session, how: "new" });
    };
    talk();
    check(core, "exit", false, { rounds: 1 });
    expect(core.history.findLast(({ kind }) => kind === "recovery_chosen")).toMatchObject({
      failure: "validation",
      step: "resume",
      nth: 1,
      output: ["it builds", "make: no rule"],
    });
    expect(core.task("a#T")).toMatchObject({ state: { kind: "ready" }, resumes: "a-1" });
    core.schedule();
    talk();
    check(core, "exit", false, { rounds: 1 });
    expect(core.decision("D-1").question).toContain("it was tried again 1 time in a row");
    core.resolve("D-1", "retry");
    core.schedule();
    talk();
    // What a person does not want to be run is nothing that an agent can mend.
    check(core, "exit", false, { isRefused: true });
    expect(core.open()).toEqual(["D-2"]);
  });

  it("of work that nobody waits for any more asks nobody", () => {
    const core = begin({ exit: [builds], retries: 1 });
    core.start("a#T");
    core.intend("a", "cancelled");
    check(core, "exit", false);
    expect(core.attempt("a#T").state.kind).toBe("cancelled");
    expect(core.task("a#T").state.kind).toBe("cancelled");
    expect(core.open()).toEqual([]);
  });

  it("that fails while the workstream is paused is tried again after it was resumed", () => {
    const core = begin({ exit: [builds], retries: 1 });
    core.start("a#T");
    core.intend("a", "paused");
    check(core, "exit", false);
    expect(core.schedule()).toEqual([]);
    core.intend("a", "run");
    expect(core.schedule()).toEqual(["a#T"]);
  });

  it("of a task that does not matter skips it", () => {
    const core = begin({ exit: [builds], critical: false });
    core.start("a#T");
    check(core, "exit", false);
    expect(core.task("a#T").state).toMatchObject({ kind: "completed", how: "skipped" });
  });

  it("keeps a detail within its bound", () => {
    const core = begin({ exit: [builds] });
    core.start("a#T");
    check(core, "exit", true, { results: [{ key: "builds", met: true, detail: "x".repeat(900) }] });
    expect(core.task("a#T").exit[0]?.detail).toHaveLength(500);
  });
});

describe("what was met is open again", () => {
  const met = (): CoreDriver => {
    const core = begin({ entry: [builds], exit: [builds], retries: 1 });
    check(core, "entry", true);
    core.start("a#T");
    expect(isMet(core, "entry")).toEqual([true]);
    return core;
  };
  const isOpen = (core: CoreDriver) => {
    expect(isMet(core, "entry")).toEqual([false]);
    expect(core.task("a#T").entry[0]).toMatchObject({ detail: null, at: null });
  };

  it("after an interruption", () => {
    const core = met();
    core.end("a#T", "lost");
    isOpen(core);
  });

  it("after a retry", () => {
    const core = met();
    core.end("a#T", "failed");
    isOpen(core);
    expect(core.schedule()).toEqual(["a#T"]);
  });

  it("after a return", () => {
    const review: TaskInput = { key: "R", step: "sign", kind: "review", returnsTo: ["tasks"] };
    const core = begin({ exit: [builds] }, [review]);
    core.start("a#T");
    check(core, "exit", true);
    core.succeed("a#T");
    core.join("a#T");
    core.schedule();
    answer(core, "reject");
    expect(isMet(core, "exit")).toEqual([false]);
    expect(core.attempt("a#T").state.kind).toBe("rework");
    expect(core.schedule()).toEqual(["a#T"]);
  });
});

describe("results of a look at criteria are refused", () => {
  const exit = { side: "exit", results: [], tail: [], workMs: 0, salvage: null } as const;
  const cases = [
    ["of the exit, before the work started", [], {}, "stale-claim"],
    ["of the entry, after the work started", ["start"], { side: "entry" }, "stale-claim"],
    ["with an old claim", ["start"], { fence: 0 }, "stale-claim"],
    ["of an attempt that has ended", ["start", "lose"], {}, "stale-claim"],
    ["of an unknown attempt", [], { attempt: "a-9" }, "unknown-attempt"],
  ] as const;
  it.each(cases)("%s", (_, acts, changes, code) => {
    const core = begin({ exit: [builds] });
    for (const act of acts) act === "start" ? core.start("a#T") : core.end("a#T", "lost");
    const command = { kind: "criteria_checked", ...core.claim("a#T"), ...exit, ...changes };
    expect(core.refused(command as never).code).toBe(code);
  });
});

describe("commands of criteria that nobody has approved", () => {
  const unapproved = { results: [], unapproved: { hashes: ["h1"], context: "x.yaml:3: make" } };

  it("are asked about; the task starts after that, and nothing has failed", () => {
    const core = begin({ entry: [builds], retries: 1 });
    check(core, "entry", false, unapproved);
    expect(core.decision("D-1")).toMatchObject({
      question: "1 command of its criteria is new or changed: run on this machine?",
      context: "x.yaml:3: make",
      askers: ["a#T"],
    });
    expect(core.task("a#T").state).toMatchObject({ kind: "waiting", decision: "D-1", attempt: null });
    expect(core.schedule()).toEqual([]);
    core.resolve("D-1", "approve");
    expect(core.schedule()).toEqual(["a#T"]);
    expect(core.task("a#T").retried).toBe(0);
  });

  it("block the task where they are rejected", () => {
    const core = begin({ entry: [builds] });
    check(core, "entry", false, unapproved);
    core.resolve("D-1", "reject");
    expect(core.task("a#T").state.kind).toBe("blocked");
  });

  it("that were rejected before block whoever has them too, until that is taken back", () => {
    const core = new CoreDriver();
    const tasks = [{ key: "T", entry: [builds] }];
    core.begin([
      { id: "a", tasks },
      { id: "b", tasks },
    ]);
    core.schedule();
    check(core, "entry", false, unapproved);
    core.resolve("D-1", "reject");
    const rest = { side: "entry", tail: [], workMs: 0, salvage: null, ...unapproved } as const;
    core.send({ kind: "criteria_checked", ...core.claim("b#T"), ...rest });
    expect(core.task("b#T").state).toMatchObject({ kind: "blocked", by: [{ decision: "D-1" }] });
    expect(core.schedule()).toEqual([]);
    core.resolve("D-1", "approve");
    expect(core.schedule()).toEqual(["a#T", "b#T"]);
  });

  it("that were approved meanwhile ask nobody", () => {
    const core = begin({ entry: [builds] });
    const project = core.workstream("a").project;
    core.send({ kind: "approve_content", project, hashes: ["h1"], by: "dana", reason: "" });
    check(core, "entry", false, unapproved);
    expect(core.open()).toEqual([]);
    expect(core.schedule()).toEqual(["a#T"]);
  });
});

describe("ticks", () => {
  it("before the work are asked for first, with a name", () => {
    const core = begin({ entry: [read, builds] });
    expect(core.task("a#T").attempts).toEqual([]);
    expect(core.decision("D-1")).toMatchObject({
      question: "a T: does this hold before it starts? the notes were read",
      options: [{ id: "met" }, { id: "cancel" }],
    });
    expect(core.schedule()).toEqual([]);
    expect(
      core.refused({
        kind: "resolve",
        decision: "D-1" as DecisionId,
        option: "met",
        by: "user",
        reasoning: "",
      }).code,
    ).toBe("signer-missing");
    answer(core, "met");
    expect(core.task("a#T").entry[0]?.detail).toBe("confirmed by dana: because");
    expect(core.schedule()).toEqual(["a#T"]);
    check(core, "entry", true);
    core.start("a#T");
  });

  it("of the result hold it back until a person confirms them", () => {
    const core = begin({ exit: [read] });
    core.start("a#T");
    core.succeed("a#T");
    expect(core.task("a#T").state).toMatchObject({ kind: "waiting", decision: "D-1", attempt: "a-1" });
    const joined = { tip: COMMIT, handoff: null, artifacts: [] };
    expect(core.refused({ kind: "task_joined", ...core.claim("a#T"), ...joined }).code).toBe("stale-claim");
    answer(core, "met");
    core.join("a#T");
    expect(core.status("a")).toBe("integrating");
  });

  it("that a person refuses with a reason have the work done again, and are asked again", () => {
    const core = begin({ exit: [read] });
    core.start("a#T");
    core.succeed("a#T");
    const redo = { kind: "resolve", decision: "D-1" as DecisionId, option: "redo", by: "user" } as const;
    expect(core.refused({ ...redo, signer: "dana", reasoning: " " }).code).toBe("reason-missing");
    answer(core, "redo", { reasoning: "the notes are old" });
    expect(core.attempt("a#T").state).toMatchObject({ kind: "rework", reason: "the notes are old" });
    expect(core.schedule()).toEqual(["a#T"]);
    core.start("a#T");
    core.succeed("a#T");
    expect(core.open()).toEqual(["D-2"]);
  });

  it("that only a role may give are refused to others", () => {
    const core = new CoreDriver({ roles: { lead: ["sam"] } });
    core.begin([{ id: "a", tasks: [{ key: "T", entry: [read], role: "lead" }] }]);
    core.schedule();
    const met = { kind: "resolve", decision: "D-1" as DecisionId, option: "met", by: "user" } as const;
    expect(core.refused({ ...met, signer: "dana", reasoning: "" }).code).toBe("not-allowed");
    answer(core, "met", { signer: "sam" });
    expect(core.schedule()).toEqual(["a#T"]);
  });

  it("of a cancelled workstream are not asked any more", () => {
    const core = begin({ exit: [read] });
    core.start("a#T");
    core.succeed("a#T");
    core.intend("a", "cancelled");
    expect(core.open()).toEqual([]);
    expect(core.task("a#T").state.kind).toBe("cancelled");
  });
});

describe("skipping what does not hold", () => {
  function failed(role: string | null): CoreDriver {
    const core = new CoreDriver({ roles: { lead: ["dana"] } });
    core.begin([{ id: "a", tasks: [{ key: "T", entry: [builds], exit: [read], role }] }]);
    core.schedule();
    check(core, "entry", false);
    return core;
  }
  const skipping = (changes: object = {}) =>
    ({
      kind: "resolve",
      decision: "D-1" as DecisionId,
      option: "skip",
      by: "user",
      signer: "dana",
      reasoning: "no time",
      ...changes,
    }) as const;

  it("needs a reason and a name, and of a step with a role a holder of it", () => {
    const core = failed("lead");
    expect(core.refused(skipping({ reasoning: " " })).code).toBe("reason-missing");
    expect(core.refused(skipping({ signer: undefined })).code).toBe("signer-missing");
    expect(core.refused(skipping({ signer: "kim" })).code).toBe("not-allowed");
    expect(failed(null).refused(skipping({ reasoning: "" })).code).toBe("reason-missing");
  });

  it("is kept with the name, and the criteria stay open", () => {
    const core = failed("lead");
    core.send(skipping());
    expect(core.history.find(({ kind }) => kind === "task_completed")).toMatchObject({
      how: "skipped",
      skip: { by: "dana", reason: "no time" },
    });
    const view = viewTask(core.state, core.task("a#T"));
    expect(view).toMatchObject({ status: "skipped", skip: { by: "dana", reason: "no time" } });
    expect([...view.entry, ...view.exit].map(({ met }) => met)).toEqual([false, false]);
  });

  it("of a step without criteria and role is said without a reason, as before", () => {
    const core = begin({});
    core.fail("a#T");
    core.send(skipping({ reasoning: "", signer: undefined }));
    expect(core.task("a#T").skip).toEqual({ by: "user", reason: "" });
  });
});
