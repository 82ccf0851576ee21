import { describe, expect, it } from "vitest";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import type { Command } from "../model/command.ts";
import type { Blocker } from "../model/flow.ts";
import { verdictOf } from "../status.ts";

type Declared = Partial<Pick<Blocker, "task" | "owner" | "reason" | "type">>;

function declaring(workstream: string, input: Declared = {}): Command {
  return {
    kind: "declare_blocker",
    workstream: workstream as never,
    task: null,
    type: "external",
    owner: "kim",
    reason: "the key is missing",
    by: "dana",
    ...input,
  };
}

const resolving = (blocker: string, resolution = "the key is there"): Command => ({
  kind: "resolve_blocker",
  blocker: blocker as never,
  by: "kim",
  resolution,
});

/** A workstream of two tasks whose first one runs, and one more task elsewhere. */
function begin(): CoreDriver {
  const core = new CoreDriver();
  core.begin([
    { id: "a", tasks: ["T1", "T2"] },
    { id: "b", tasks: ["T"] },
  ]);
  return core;
}

const verdict = (core: CoreDriver) => verdictOf(core.state, [...core.state.runs.values()][0] as never);

describe("a blocker on a workstream", () => {
  it("lets go on what runs and starts nothing new of it; others are untouched", () => {
    const core = begin();
    core.schedule();
    core.start("a#T1");
    core.send(declaring("a"));
    core.succeed("a#T1");
    core.join("a#T1");
    core.finish("b#T");
    core.land("b");
    expect(core.schedule()).toEqual([]);
    expect([core.task("a#T2").state.kind, core.status("a"), core.status("b")]).toEqual([
      "pending",
      "blocked",
      "completed",
    ]);
    expect([...core.state.runs.values()][0]?.status).toBe("needs_you");
    core.send(resolving("B-1"));
    expect(core.schedule()).toEqual(["a#T2"]);
  });

  it("keeps finished work from the merge until it is resolved", () => {
    const core = begin();
    core.runOn();
    const other = new CoreDriver();
    other.begin([{ id: "a", tasks: ["T"] }]);
    other.schedule();
    other.send(declaring("a"));
    other.finish("a#T");
    expect([other.status("a"), other.state.mergeQueue.size]).toEqual(["blocked", 0]);
    other.send(resolving("B-1"));
    expect([other.status("a"), other.state.mergeQueue.size]).toEqual(["integrating", 1]);
  });

  it("counts: two blockers have to be resolved both", () => {
    const core = begin();
    core.send(declaring("a"));
    core.send(declaring("a", { type: "people" }));
    expect(core.schedule()).toEqual(["b#T"]);
    core.send(resolving("B-1"));
    expect(core.schedule()).toEqual([]);
    core.send(resolving("B-2"));
    expect(core.schedule()).toEqual(["a#T1"]);
  });
});

describe("a blocker on a task", () => {
  it("keeps only that task and what is behind it", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T1", "T2"], ordered: false }]);
    core.send(declaring("a", { task: "a#T1" as never }));
    expect(core.schedule()).toEqual(["a#T2"]);
    core.finish("a#T2");
    core.schedule();
    expect([core.status("a"), verdict(core)]).toEqual(["blocked", "needs_you"]);
    core.send(resolving("B-1"));
    expect(core.schedule()).toEqual(["a#T1"]);
  });

  it("that is declared before the run holds it from the start", () => {
    const core = new CoreDriver();
    core.register([{ id: "a", tasks: ["T1"] }]);
    core.send(declaring("a", { task: "a#T1" as never }));
    expect(core.status("a")).toBe("blocked");
    core.go("a");
    expect(core.schedule()).toEqual([]);
    expect([...core.state.runs.values()][0]?.status).toBe("needs_you");
  });
});

describe("a blocker with nothing left to block is resolved by osqr", () => {
  it("when its workstream is cancelled or removed", () => {
    const core = begin();
    core.send(declaring("a"));
    core.send(declaring("b", { task: "b#T" as never }));
    core.intend("a", "cancelled");
    core.send({ kind: "remove", workstream: "b" as never, by: "user", reason: "" });
    core.schedule();
    expect([...core.state.blockers.values()].map(({ resolution }) => resolution)).toEqual([
      "the workstream was cancelled",
      "the workstream was removed",
    ]);
  });

  it("when what ran beside it has done the task", () => {
    const core = begin();
    core.schedule();
    core.send(declaring("b", { task: "b#T" as never }));
    core.finish("b#T");
    core.schedule();
    expect(core.state.blockers.get("B-1" as never)).toMatchObject({
      resolution: "the task was done without it",
    });
  });
});

describe("an owner", () => {
  it("of a blocker, a workstream, a task changes hands with a reason", () => {
    const core = begin();
    const why = { by: "dana", reason: "she is away" };
    core.send(declaring("a"));
    core.send({ kind: "transfer_blocker", blocker: "B-1" as never, to: "sam", ...why });
    core.send({ kind: "transfer_ownership", workstream: "a" as never, task: null, to: "sam", ...why });
    core.send({
      kind: "transfer_ownership",
      workstream: "a" as never,
      task: "a#T2" as never,
      to: "kim",
      ...why,
    });
    expect([
      core.state.blockers.get("B-1" as never)?.owner,
      core.workstream("a").owner,
      core.task("a#T1").owner,
      core.task("a#T2").owner,
    ]).toEqual(["sam", "sam", null, "kim"]);
    expect(core.history.filter(({ kind }) => kind === "ownership_transferred")).toMatchObject([
      { from: null, to: "sam", by: "dana", reason: "she is away" },
      { from: null, to: "kim", task: "a#T2" },
    ]);
  });
});

describe("refused is", () => {
  const core = begin();
  core.send(declaring("a"));
  core.send(declaring("b"));
  core.send(resolving("B-2"));
  core.intend("b", "cancelled");
  const why = { by: "dana", reason: "because" };
  const cases: readonly (readonly [string, Command])[] = [
    ["unknown-workstream", declaring("x")],
    ["unknown-task", declaring("a", { task: "a#T9" as never })],
    ["workstream-ended", declaring("b")],
    ["owner-missing", declaring("a", { owner: " " })],
    ["reason-missing", declaring("a", { reason: "" })],
    ["unknown-blocker", resolving("B-9")],
    ["blocker-resolved", resolving("B-2")],
    ["reason-missing", resolving("B-1", " ")],
    ["same-owner", { kind: "transfer_blocker", blocker: "B-1" as never, to: "kim", ...why }],
    ["blocker-resolved", { kind: "transfer_blocker", blocker: "B-2" as never, to: "sam", ...why }],
    ["owner-missing", { kind: "transfer_ownership", workstream: "a" as never, task: null, to: "", ...why }],
    [
      "reason-missing",
      { kind: "transfer_ownership", workstream: "a" as never, task: null, to: "kim", by: "x", reason: "" },
    ],
  ];

  it.each(cases)("%s: %j", (code, command) => {
    expect(core.refused(command).code).toBe(code);
  });

  it("a task that is done", () => {
    const other = begin();
    other.schedule();
    other.finish("a#T1");
    expect(other.refused(declaring("a", { task: "a#T1" as never })).code).toBe("task-ended");
  });
});
