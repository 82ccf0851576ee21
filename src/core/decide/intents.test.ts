import { describe, expect, it } from "vitest";
import { PROJECT, question, type WorkstreamInput } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { describeBlueprint } from "../migration/blueprint.ts";
import { toWorkstreamId } from "../model/ids.ts";

const on = (requirement: string, id = "b"): WorkstreamInput => ({
  id,
  tasks: [{ key: "T", requires: [requirement] }],
});

describe("pause and resume", () => {
  it("starts nothing more, keeps what was done, and goes on", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T1", "T2"] }]);
    core.finish(...core.schedule());
    core.intend("a", "paused");
    expect(core.schedule()).toEqual([]);
    expect(core.status("a")).toBe("paused");
    core.intend("a", "run");
    expect(core.runOn()).toEqual(["a#T2"]);
  });

  it("an attempt that a pause ends is not a failure: the task starts anew after it", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T"] }]);
    core.schedule();
    core.start("a#T");
    core.intend("a", "paused");
    core.end("a#T", "cancelled", "paused by the operator");
    expect(core.schedule()).toEqual([]);
    expect(core.open()).toEqual([]);
    core.intend("a", "run");
    expect(core.schedule()).toEqual(["a#T"]);
  });
});

describe("cancel", () => {
  it.each([
    ["landed:a", "a, which this waits for, was cancelled"],
    ["done:a", "a, which this waits for, was cancelled"],
    ["task:a#T", "a, which this waits for, was cancelled"],
    ["artifact:a:out.txt", "a, which this waits for, was cancelled"],
  ])("asks whoever waits for it (%s)", (requirement, message) => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T"] }, on(requirement)]);
    core.intend("a", "cancelled");
    expect(core.decision("D-1")).toMatchObject({ type: "scope", question: message, askers: ["b#T"] });
    expect(core.task("b#T").state).toMatchObject({ kind: "waiting", decision: "D-1" });
    core.resolve("D-1", "go-on");
    expect(core.runOn()).toEqual(["b#T"]);
    expect(core.status("b")).toBe("completed");
  });

  it("is final and withdraws what only it asked", () => {
    const core = new CoreDriver();
    const requires = ["question:K"];
    core.begin([
      {
        id: "a",
        tasks: [{ key: "T", requires: [...requires, "question:L"] }],
        questions: [question("K"), question("L")],
      },
      { id: "b", tasks: [{ key: "T", requires }], questions: [question("K")] },
    ]);
    core.intend("a", "cancelled");
    expect(core.open()).toEqual(["D-1"]);
    expect(core.decision("D-2").state.kind).toBe("withdrawn");
    const resume = { kind: "set_intent", workstream: toWorkstreamId("a"), by: "user", reason: "" } as const;
    expect(core.refused({ ...resume, intent: "run" }).code).toBe("workstream-ended");
    core.intend("b", "cancelled");
    expect(core.open()).toEqual([]);
  });

  it("of what another stands on asks that one; redo runs it on the base alone", () => {
    const core = new CoreDriver();
    const b = { id: "b", tasks: [{ key: "T1", requires: ["task:a#T1"] }, "T2"] };
    const stacks = [{ workstream: toWorkstreamId("b"), on: [toWorkstreamId("a")] }];
    core.begin([{ id: "a", tasks: ["T1", "T2"] }, b], { stacks });
    core.finish(...core.schedule());
    expect(core.schedule()).toEqual(["a#T2", "b#T1"]);
    core.finish("b#T1");
    core.intend("a", "cancelled");
    expect(core.decision("D-1").question).toBe("b is built on work of a, which was cancelled");
    expect(core.status("b")).toBe("blocked");
    core.resolve("D-1", "redo");
    expect(core.runOn()).toEqual(["b#T1", "b#T2"]);
    expect(core.status("b")).toBe("completed");
  });

  it("is asked about again after a migration; redo ends the review that is open", () => {
    const core = new CoreDriver();
    const word = { kind: "review", executor: "person", script: null, returnsTo: ["tasks"] } as const;
    const b = {
      id: "b",
      tasks: [{ key: "T1", requires: ["task:a#T1"] }, "T2", { key: "check", ...word }],
    };
    const stacks = [{ workstream: toWorkstreamId("b"), on: [toWorkstreamId("a")] }];
    core.begin([{ id: "a", tasks: ["T1", "T2"] }, b], { stacks });
    core.finish(...core.schedule());
    core.schedule();
    core.finish("b#T1");
    core.intend("a", "cancelled");
    const { spec, title, steps, tasks } = core.workstream("b");
    const drafts = describeBlueprint(core.state, core.workstream("b")).tasks;
    core.send({
      kind: "migrate",
      workstream: toWorkstreamId("b"),
      workflow: { name: "feature", version: 2 },
      spec,
      title,
      declared: { touches: [], gates: null },
      tasks: drafts,
      steps: steps.map(({ total: _, completed: _done, checkpoint: _tip, ...each }) => each),
      phases: [],
      mapping: tasks.map((id) => ({ from: id.slice(2), to: id.slice(2) })),
      questions: [],
      ranks: null,
      by: "dana",
      reason: "the new process",
      rollsBack: null,
    });
    expect(core.decision("D-1").state.kind).toBe("withdrawn");
    expect(core.decision("D-2").question).toBe("b is built on work of a, which was cancelled");
    core.finish(...core.schedule());
    core.schedule();
    expect(core.open()).toEqual(["D-2", "D-3"]);
    core.resolve("D-2", "redo");
    expect(core.open()).toEqual([]);
    expect(core.schedule()).toEqual(["b#T1"]);
  });

  it("of what another would have stood on lets it go on without asking twice", () => {
    const core = new CoreDriver();
    const stacks = [{ workstream: toWorkstreamId("b"), on: [toWorkstreamId("a")] }];
    core.begin([{ id: "a", tasks: ["T"] }, on("task:a#T")], { stacks });
    core.intend("a", "cancelled");
    expect(core.open()).toEqual(["D-1"]);
    core.resolve("D-1", "go-on");
    core.runOn();
    expect(core.status("b")).toBe("completed");
  });
});

describe("landing in order", () => {
  it("what stands on another lands after it", () => {
    const core = new CoreDriver();
    const stacks = [{ workstream: toWorkstreamId("b"), on: [toWorkstreamId("a")] }];
    core.begin([{ id: "a", tasks: ["T1", "T2"] }, on("task:a#T1")], { stacks });
    core.finish(...core.schedule());
    core.finish(...core.schedule());
    expect([core.status("a"), core.status("b")]).toEqual(["integrating", "queued"]);
    core.land("a");
    expect(core.status("b")).toBe("integrating");
  });

  it("redo: its tasks run again, phase after phase, and whoever waited for them waits again", () => {
    const core = new CoreDriver();
    const phased = [
      { key: "T1", order: 1, phase: "p1" },
      { key: "T2", order: 2, phase: "p2", requires: ["phase:a/p1"] },
    ];
    core.begin(
      [
        { id: "a", ordered: false, tasks: phased },
        { ...on("task:a#T2"), questions: [] },
      ],
      {},
    );
    core.begin([
      { id: "c", tasks: [{ key: "T", requires: ["done:a", "question:K"] }], questions: [question("K")] },
    ]);
    core.finish(...core.schedule());
    core.finish(...core.schedule());
    core.send({ kind: "integration_started", workstream: toWorkstreamId("a"), onto: "x" });
    core.stopIntegration("a", "conflict");
    core.resolve("D-2", "redo");
    core.resolve("D-1", "a");
    expect(core.schedule()).toEqual(["a#T1"]);
    core.finish("a#T1");
    expect(core.schedule()).toEqual(["a#T2"]);
    core.finish("a#T2");
    expect(core.schedule()).toEqual(["b#T", "c#T"]);
  });
});

describe("what has ended", () => {
  const words = { run: "resume", paused: "pause", cancelled: "cancel" } as const;

  it("is not steered any more, and says so", () => {
    const core = new CoreDriver();
    core.begin([
      { id: "a", tasks: ["T"] },
      { id: "b", tasks: ["T"] },
    ]);
    core.intend("b", "cancelled");
    core.runOn();
    const by = { by: "user", reason: "" } as const;
    const say = (workstream: string, intent: keyof typeof words) =>
      core.refused({ kind: "set_intent", workstream: toWorkstreamId(workstream), intent, ...by }).message;
    for (const intent of ["run", "paused", "cancelled"] as const) {
      expect(say("a", intent)).toBe(`workstream a has landed; nothing is left to ${words[intent]}`);
    }
    expect(say("b", "paused")).toBe("workstream b was cancelled; nothing is left to pause");
    expect(core.refused({ kind: "prioritize", workstream: toWorkstreamId("a"), by: "user" }).message).toBe(
      "workstream a has landed; nothing is left to prioritize",
    );
  });
});

describe("remove", () => {
  it("is refused once work has begun", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T"] }]);
    core.schedule();
    const remove = { kind: "remove", workstream: toWorkstreamId("a"), by: "user", reason: "" } as const;
    expect(core.refused(remove)).toMatchObject({
      code: "workstream-started",
      hints: ["cancel it first: osqr cancel a"],
    });
  });

  it("is refused for what has landed, and takes out what was cancelled", () => {
    const core = new CoreDriver();
    core.begin([
      { id: "a", tasks: ["T"] },
      { id: "b", tasks: ["T"] },
    ]);
    core.schedule();
    core.finish("a#T");
    core.land("a");
    const remove = { kind: "remove", workstream: toWorkstreamId("a"), by: "user", reason: "" } as const;
    expect(core.refused(remove)).toMatchObject({
      code: "workstream-ended",
      message: "workstream a has landed; nothing is left to remove",
    });
    core.intend("b", "cancelled");
    core.end("b#T", "cancelled");
    core.send({ ...remove, workstream: toWorkstreamId("b") });
    expect(core.state.workstreams.has(toWorkstreamId("b"))).toBe(false);
  });

  it("leaves a shared question to the others and asks who waited", () => {
    const core = new CoreDriver();
    const requires = ["question:K"];
    core.begin([
      { id: "a", tasks: [{ key: "T", requires }], questions: [question("K")] },
      { id: "b", tasks: [{ key: "T", requires: [...requires, "landed:a"] }], questions: [question("K")] },
    ]);
    core.send({ kind: "remove", workstream: toWorkstreamId("a"), by: "user", reason: "not needed" });
    expect(core.decision("D-1")).toMatchObject({ workstream: "b", askers: ["b#T"], state: { kind: "open" } });
    expect(core.decision("D-2").question).toBe("a, which this waits for, was removed");
    core.resolve("D-1", "a");
    core.resolve("D-2", "go-on");
    expect(core.schedule()).toEqual(["b#T"]);
  });
});

describe("a requirement that cannot be met is asked, not waited for", () => {
  it.each([
    ["landed:ghost", "osqr knows nothing that gives landed:ghost, which this waits for"],
    ["phase:a/ghost", "osqr knows nothing that gives phase:a/ghost, which this waits for"],
    ["artifact:a:never.txt", "a is done and did not make never.txt"],
  ])("%s", (requirement, message) => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T"] }]);
    core.runOn();
    core.begin([on(requirement)]);
    expect(core.decision("D-1").question).toBe(message);
  });

  it("an artifact that is not there when its maker is done", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T"] }, on("artifact:a:x.txt"), on("artifact:a:y.txt", "c")]);
    core.schedule();
    core.start("a#T");
    core.succeed("a#T");
    core.join("a#T", ["x.txt"]);
    expect(core.decision("D-1").question).toBe("a is done and did not make y.txt");
    expect(core.schedule()).toEqual(["b#T"]);
  });
});

describe("a run", () => {
  const statusOfRun = (core: CoreDriver) => [...core.state.runs.values()].at(-1)?.status;

  it("rests when only a person can go on, wakes with the answer, and counts only the time between", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: [{ key: "T", requires: ["question:K"] }], questions: [question("K")] }]);
    core.schedule();
    expect(statusOfRun(core)).toBe("needs_you");
    core.wait(60);
    core.resolve("D-1", "a");
    core.schedule();
    expect(statusOfRun(core)).toBe("active");
    core.wait(1);
    core.finish("a#T");
    core.land("a");
    core.schedule();
    const [run] = [...core.state.runs.values()];
    expect(run).toMatchObject({ status: "completed", activeMs: 60_000, parallelPeak: 1, parallelMs: 60_000 });
    expect(core.state.projects.get(PROJECT)?.run).toBeNull();
  });

  it("is cancelled when all of it was, and one at a time", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T"] }]);
    core.begin([{ id: "b", tasks: ["T"] }]);
    expect(core.state.runs.size).toBe(1);
    core.intend("a", "cancelled");
    core.intend("b", "cancelled");
    core.schedule();
    expect(statusOfRun(core)).toBe("cancelled");
  });

  it("takes in what an ended run left behind and what goes on now", () => {
    const core = new CoreDriver();
    const approval = { ...question("x"), subject: { kind: "approval", subject: "x" } } as const;
    const options = ["approve", "reject"].map((id) => ({ ...question("x").options[0]!, id }));
    core.begin([
      { id: "a", tasks: [{ key: "T", requires: ["question:x"] }], questions: [{ ...approval, options }] },
    ]);
    core.resolve("D-1", "reject");
    core.schedule();
    expect(statusOfRun(core)).toBe("failed");
    core.begin([{ id: "b", tasks: ["T"] }]);
    core.schedule();
    core.resolve("D-1", "approve");
    core.runOn();
    core.finish("b#T");
    core.land("b");
    core.schedule();
    expect([...core.state.runs.values()].map(({ status }) => status)).toEqual(["failed", "completed"]);
    expect(core.workstream("a").run).toBe("r-2");
  });
});

it("a task that has to run again asks for what was cancelled while it ran", () => {
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks: ["T1", "T2"] }, on("task:a#T1")]);
  core.finish(...core.schedule());
  expect(core.schedule()).toEqual(["a#T2", "b#T"]);
  core.finish("a#T2");
  core.send({ kind: "integration_started", workstream: toWorkstreamId("a"), onto: "x" });
  core.stopIntegration("a", "conflict");
  core.resolve("D-1", "redo");
  core.intend("a", "cancelled");
  core.end("b#T", "lost");
  expect(core.decision(core.open()[0] ?? "").question).toBe("a, which this waits for, was cancelled");
});

it("a base that is held stays held when another workstream has nothing to land", () => {
  const core = new CoreDriver();
  core.begin(["a", "b"].map((id) => ({ id, tasks: ["T"] })));
  core.finish(...core.schedule());
  const [a, b] = ["a", "b"].map(toWorkstreamId);
  for (const workstream of [a!, b!]) core.send({ kind: "integration_started", workstream, onto: "x" });
  core.send({ kind: "landed", workstream: a!, commit: "c", held: "local changes" });
  core.send({ kind: "landed", workstream: b!, commit: null, held: null });
  expect(core.state.projects.get(PROJECT)?.held).toBe("local changes");
});
