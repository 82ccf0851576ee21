import { describe, expect, it } from "vitest";
import type { TaskInput, WorkstreamInput } from "../../../test/support/core-builders.ts";
import { NO_RANKS, PROJECT, registration } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { evolve } from "../evolve/evolve.ts";
import type { DecisionId } from "../model/ids.ts";
import { emptyState } from "../model/state.ts";
import { buildReport } from "../report/build-report.ts";
import { viewDecision } from "../report/decisions.ts";
import { explainWorkstream } from "../report/why.ts";
import { viewWorkstream } from "../report/workstreams.ts";
import { dumpState } from "../snapshot.ts";

const candidate = (workstream: string, similarity = 0.8) => ({
  workstream: workstream as never,
  similarity,
  shared: ["rate", "limit"],
});

/** A workstream with an intake before its one task. */
function taken(
  id: string,
  number: number,
  alike: readonly string[],
  more: Partial<TaskInput> = {},
): WorkstreamInput {
  const intake: TaskInput = {
    key: "intake",
    title: "is it new",
    kind: "intake",
    executor: "person",
    script: null,
    candidates: alike.map((each) => candidate(each)),
    ...more,
  };
  return {
    id,
    tasks: [intake, { key: "T", requires: [`task:${id}#intake`] }],
    ordered: false,
    changes: { number },
  };
}

const answering = (decision: string, option: string, because = "same text", as = "dana") =>
  ({
    kind: "resolve",
    decision: decision as DecisionId,
    option,
    by: "user",
    signer: as,
    reasoning: because,
  }) as const;

/** `new` resembles `old`; a third one waits for `new`. */
function begin(): CoreDriver {
  const core = new CoreDriver();
  core.begin([
    { id: "old", tasks: ["T"], changes: { number: 1 } },
    taken("new", 2, ["old"]),
    { id: "behind", tasks: [{ key: "T", requires: ["landed:new"] }], changes: { number: 3 } },
  ]);
  core.schedule();
  return core;
}

describe("an intake", () => {
  it("names what is alike and with which words, before anything of it runs", () => {
    const core = begin();
    expect(core.open()).toEqual(["D-1"]);
    expect(core.decision("D-1")).toMatchObject({
      type: "scope",
      question: "new: is it new? It resembles #1 old.",
      context: "#1 old is 80 % alike: both say rate, limit",
    });
    expect(core.decision("D-1").options.map(({ id }) => id)).toEqual([
      "distinct",
      "merge-1",
      "link-1",
      "close-1",
    ]);
    expect([core.task("new#T").attempts, core.task("new#T").state.kind]).toEqual([[], "pending"]);
  });

  it("asks nobody where nothing resembles it; the history says so", () => {
    const core = new CoreDriver();
    core.begin([taken("new", 1, [])]);
    core.schedule();
    expect(core.open()).toEqual([]);
    expect(core.workstream("new").signOffs).toMatchObject([
      { outcome: "approved", by: "osqr", reason: "nothing that is registered resembles it" },
    ]);
    core.join("new#intake");
    expect(core.schedule()).toEqual(["new#T"]);
  });

  it("that always asks, asks", () => {
    const core = new CoreDriver();
    core.begin([taken("new", 1, [], { asksAlways: true })]);
    core.schedule();
    expect(core.decision("D-1").options.map(({ id }) => id)).toEqual(["distinct"]);
    core.schedule();
    expect(core.open()).toEqual(["D-1"]);
  });

  it("wants a reason and a name, also where the suspicion is overturned", () => {
    const core = begin();
    for (const option of ["distinct", "merge-1", "link-1", "close-1"]) {
      expect(core.refused(answering("D-1", option, " ")).code).toBe("reason-missing");
      expect(core.refused(answering("D-1", option, "because", "")).code).toBe("signer-missing");
    }
  });

  it("offers no merge into what has landed", () => {
    const core = new CoreDriver();
    core.begin([{ id: "old", tasks: ["T"], changes: { number: 1 } }]);
    core.runOn();
    core.begin([taken("new", 2, ["old"])]);
    core.schedule();
    expect(core.decision("D-1").options.map(({ id }) => id)).toEqual(["distinct", "link-1", "close-1"]);
  });
});

describe("its answer", () => {
  it("distinct lets the work begin and keeps why", () => {
    const core = begin();
    core.send(answering("D-1", "distinct", "another API"));
    core.join("new#intake");
    expect(core.schedule()).toEqual(["new#T"]);
    expect(core.workstream("new").signOffs).toMatchObject([
      { outcome: "approved", by: "dana", reason: "another API" },
    ]);
    expect(core.workstream("new").links).toEqual([]);
  });

  it("link lets both go on, and each knows of the other", () => {
    const core = begin();
    core.send(answering("D-1", "link-1"));
    core.join("new#intake");
    expect(core.schedule()).toEqual(["new#T"]);
    expect(core.workstream("new").links).toEqual([
      { workstream: "old", how: "related", reason: "same text" },
    ]);
    expect(core.workstream("old").links).toEqual([
      { workstream: "new", how: "related", reason: "same text" },
    ]);
  });

  it.each([
    ["merge-1", "merged", "merged into old: same text"],
    ["close-1", "duplicate", "a duplicate of old: same text"],
  ] as const)("%s ends it before any work, and who waited waits for the other one", (option, how, reason) => {
    const core = begin();
    core.send(answering("D-1", option));
    expect(core.status("new")).toBe("cancelled");
    expect(core.workstream("new").closed).toEqual({ how, into: "old" });
    expect(core.workstream("old").links).toEqual([{ workstream: "new", how, reason: "same text" }]);
    expect(core.workstream("new").tasks.map((id) => core.task(id).state.kind)).toEqual([
      "cancelled",
      "cancelled",
    ]);
    expect(core.history).toContainEqual(
      expect.objectContaining({ kind: "intent_set", workstream: "new", intent: "cancelled", reason }),
    );
    expect(core.task("behind#T").requires).toEqual(["landed:old"]);
    core.finish("old#T");
    core.land("old");
    expect(core.runOn()).toEqual(["behind#T"]);
    expect([...core.state.runs.values()][0]?.status).toBe("completed");
  });

  it("does not close what the other one waits for", () => {
    const core = new CoreDriver();
    core.begin([
      { id: "old", tasks: [{ key: "T", requires: ["landed:between"] }], changes: { number: 1 } },
      { id: "between", tasks: [{ key: "T", requires: ["landed:new"] }], changes: { number: 2 } },
      taken("new", 3, ["old"]),
    ]);
    core.schedule();
    expect(core.refused(answering("D-1", "merge-1"))).toEqual({
      code: "circle",
      message: "#1 old waits for new, so it cannot stand for it",
      hints: ["let both go on: distinct, or link-1"],
    });
    core.send(answering("D-1", "link-1"));
  });

  it("is refused for one that was cancelled meanwhile", () => {
    const core = new CoreDriver();
    core.begin([
      { id: "old", tasks: ["T"], changes: { number: 1 } },
      { id: "other", tasks: ["T"], changes: { number: 2 } },
      taken("new", 3, ["old", "other"]),
    ]);
    core.schedule();
    core.intend("old", "cancelled");
    core.schedule();
    expect(core.refused(answering("D-1", "close-1")).code).toBe("workstream-ended");
    core.send(answering("D-1", "close-2"));
  });
});

describe("a suspicion that falls away frees the intake", () => {
  function beginPair(): CoreDriver {
    const core = new CoreDriver();
    core.begin([taken("a", 1, ["b"]), taken("b", 2, ["a"], { role: "reviewer" })]);
    core.schedule();
    expect(core.open()).toEqual(["D-1", "D-2"]);
    return core;
  }

  it("because the only candidate was closed itself", () => {
    const core = beginPair();
    core.send(answering("D-1", "merge-2"));
    core.schedule();
    expect(core.open()).toEqual([]);
    const [signed] = core.workstream("b").signOffs;
    expect(signed).toMatchObject({ by: "osqr", role: null, reason: "nothing resembles it any more" });
    core.join("b#intake");
    expect(core.schedule()).toEqual(["b#T"]);
  });

  it("because it was cancelled", () => {
    const core = beginPair();
    core.intend("a", "cancelled");
    core.schedule();
    expect(core.open()).toEqual([]);
    expect(core.workstream("b").signOffs).toMatchObject([{ by: "osqr", outcome: "approved" }]);
  });

  it("and is offered no more where another candidate is left", () => {
    const core = new CoreDriver();
    core.begin([
      { id: "one", tasks: ["T"], changes: { number: 1 } },
      taken("two", 2, ["one"]),
      taken("three", 3, ["two", "one"]),
    ]);
    core.schedule();
    const optionsOf = (id: string) =>
      viewDecision(core.state, core.decision(id)).options.map((each) => each.id);
    expect(optionsOf("D-1")).toContain("merge-2");
    core.send(answering("D-2", "merge-1"));
    expect(optionsOf("D-1")).toEqual(["distinct", "merge-1", "link-1", "close-1"]);
    const { question, context } = viewDecision(core.state, core.decision("D-1"));
    expect(question).toBe("three: is it new? It resembles #1 one.");
    expect(context).not.toContain("two");
    for (const how of ["merge-2", "link-2", "close-2"])
      expect(core.refused(answering("D-1", how))).toMatchObject({
        code: "workstream-ended",
        message: "#2 two was closed itself: it cannot stand for three, or beside it",
      });
    core.send(answering("D-1", "link-1"));
  });

  it("but not where another candidate is left", () => {
    const core = new CoreDriver();
    core.begin([
      { id: "c", tasks: ["T"], changes: { number: 3 } },
      taken("a", 1, ["b"]),
      taken("b", 2, ["a", "c"]),
    ]);
    core.schedule();
    core.send(answering("D-1", "close-2"));
    core.schedule();
    expect(core.open()).toEqual(["D-2"]);
  });
});

describe("a duplicate of a duplicate", () => {
  /** `a` was closed into `b`, and `b` into `c`. */
  function beginChain(first = "merge-2", then = "merge-3"): CoreDriver {
    const core = new CoreDriver();
    core.begin([
      { id: "c", tasks: ["T"], changes: { number: 3 } },
      taken("a", 1, ["b"]),
      taken("b", 2, ["c"]),
    ]);
    core.schedule(0);
    core.send(answering("D-1", first, "the same as b"));
    core.send(answering("D-2", then, "the same as c"));
    return core;
  }

  const standsFor = (core: CoreDriver, id: string) =>
    viewWorkstream(core.state, core.workstream(id)).links.map(({ workstream, how, reason, through }) =>
      [how, workstream, reason, through].join(" · "),
    );

  it("goes over to the one at the end, as it was closed itself", () => {
    expect(standsFor(beginChain(), "c")).toEqual([
      "merged · b · the same as c · ",
      "merged · a · the same as b · b",
    ]);
    expect(standsFor(beginChain("merge-2", "close-3"), "c")).toEqual([
      "duplicate · b · the same as c · ",
      "merged · a · the same as b · b",
    ]);
  });

  it("is told by why, of all of them", () => {
    const core = beginChain("close-2");
    const whyOf = (id: string) => explainWorkstream(core.state, core.workstream(id));
    expect(whyOf("c")).toEqual(
      expect.arrayContaining([
        "It stands for b too, which was merged into it: the same as c",
        "It stands for a too, which was a duplicate of b: the same as b",
      ]),
    );
    expect(whyOf("a")).toEqual(
      expect.arrayContaining([
        "It was closed as a duplicate of b: the same as b",
        "b was closed itself: c stands for it now.",
      ]),
    );
  });

  it("stays with what is registered again in the place of the one at the end", () => {
    const core = beginChain();
    core.send({ kind: "remove", workstream: "c" as never, by: "osqr", reason: "its spec has changed" });
    core.register([{ id: "c", tasks: ["T"], changes: { number: 3 } }]);
    expect(standsFor(core, "c")).toEqual(["merged · b · the same as c · ", "merged · a · the same as b · b"]);
  });

  it("is not dropped without a word where the one at the end is cancelled", () => {
    const core = beginChain();
    const whyOf = (id: string) => explainWorkstream(core.state, core.workstream(id));
    const aloneOf = (id: string) => viewWorkstream(core.state, core.workstream(id)).closed?.isLeftAlone;
    expect([aloneOf("a"), aloneOf("b")]).toEqual([false, false]);
    core.intend("c", "cancelled");
    expect([aloneOf("a"), aloneOf("b")]).toEqual([true, true]);
    const back = (id: string) =>
      `Nobody does the work of ${id} now. To bring it back: osqr add docs/${id}.md`;
    expect(whyOf("a")).toEqual(
      expect.arrayContaining(["b was closed itself: c stands for it now.", "c was cancelled.", back("a")]),
    );
    expect(whyOf("c")).toEqual(expect.arrayContaining([back("b"), back("a")]));
    const run = [...core.state.runs.values()].at(-1) ?? null;
    const report = buildReport(core.state, PROJECT, run, core.now);
    expect(report.notes).toContain("c was cancelled, which stood for a and b: nobody does that now");
    expect(report.nextSteps).toEqual(expect.arrayContaining(["osqr add docs/a.md", "osqr add docs/b.md"]));
    // Registered again, it is on its way once more.
    core.register([{ id: "a-2", tasks: ["T"], changes: { number: 9, spec: core.workstream("a").spec } }]);
    expect([aloneOf("a"), aloneOf("b")]).toEqual([false, true]);
    expect(whyOf("a")).toContain("Its spec was registered again: a-2");
    core.send({ kind: "remove", workstream: "c" as never, by: "dana", reason: "" });
    expect([aloneOf("a"), aloneOf("b")]).toEqual([false, true]);
    expect(whyOf("b")).toEqual(expect.arrayContaining(["What stood for it was removed.", back("b")]));
  });

  it("is named where somebody is asked whether to cancel the one at the end", () => {
    const core = beginChain();
    core.schedule();
    core.fail("c#T");
    const [decision = ""] = core.open();
    expect(core.decision(decision).options.map(({ id }) => id)).toContain("cancel");
    expect(viewDecision(core.state, core.decision(decision)).notes).toEqual([
      "to cancel c gives up b, a too, which it stands for",
    ]);
  });

  it("stays with what is started anew, and the history says so", () => {
    const core = beginChain();
    const change = { workstream: "c" as never, hash: "h1", commit: "d".repeat(40), summary: ["+1 task"] };
    core.schedule();
    core.start("c#T");
    core.send({ kind: "spec_changed", ...change });
    const registrations = [registration({ id: "c-2", tasks: ["T"] })];
    const [decision] = core.open();
    const anew = {
      decision: decision as never,
      successor: "c-2" as never,
      by: "user",
      signer: "kim",
    } as const;
    const given = { project: PROJECT, registrations, ranks: NO_RANKS, anew: { ...anew, reasoning: "" } };
    core.send({ kind: "register", ...given });
    expect(standsFor(core, "c")).toEqual([]);
    expect(standsFor(core, "c-2")).toEqual([
      "merged · b · the same as c · ",
      "merged · a · the same as b · b",
    ]);
    expect(core.history).toContainEqual(
      expect.objectContaining({ kind: "workstream_closed", workstream: "b", into: "c-2", by: "kim" }),
    );
    expect(dumpState(core.history.reduce(evolve, emptyState()))).toBe(dumpState(core.state));
  });
});

it("duplicates that were closed replay to the same state", () => {
  const core = begin();
  core.send(answering("D-1", "merge-1"));
  core.runOn();
  expect(dumpState(core.history.reduce(evolve, emptyState()))).toBe(dumpState(core.state));
});

describe("a workstream that osqr has not named", () => {
  const other = (id: string) => ({ other: id as never });

  it("takes the work, is linked with it, or stands for it, as one that osqr had found", () => {
    for (const [option, how] of [
      ["merge", "merged"],
      ["link", "related"],
      ["close", "duplicate"],
    ] as const) {
      const core = new CoreDriver();
      core.begin([
        { id: "old", tasks: ["T"], changes: { number: 1 } },
        { id: "far", tasks: ["T"], changes: { number: 4 } },
        taken("new", 2, ["old"]),
      ]);
      core.schedule();
      core.send({ ...answering("D-1", option), ...other("far") });
      expect(core.decision("D-1").state).toMatchObject({ option: `${option}-4`, signer: "dana" });
      expect(core.workstream("new").links).toMatchObject([{ workstream: "far", how, reason: "same text" }]);
      expect(core.workstream("new").closed).toEqual(how === "related" ? null : { how, into: "far" });
      expect(core.workstream("old").links).toEqual([]);
    }
  });

  it("is refused without a reason, for itself, where it is gone, has landed, waits for it, or nobody asks for one", () => {
    const core = begin();
    const refused = (option: string, id: string, because?: string) =>
      core.refused({ ...answering("D-1", option, because), ...other(id) }).code;
    expect(refused("merge", "behind", " ")).toBe("reason-missing");
    expect(refused("merge", "new")).toBe("circle");
    expect(refused("close", "behind")).toBe("circle");
    expect(refused("merge", "nothing")).toBe("unknown-workstream");
    expect(refused("distinct", "old")).toBe("unknown-option");
    expect(core.refused(answering("D-1", "merge"))).toMatchObject({
      code: "unknown-option",
      hints: expect.arrayContaining([
        "one that is not listed: osqr decide D-1 merge|link|close --with <workstream> --because <text>",
      ]),
    });
    core.finish("old#T");
    core.land("old");
    expect(refused("merge", "old")).toBe("workstream-ended");
    const reason = { by: "dana", reason: "no" };
    core.send({ kind: "set_intent", workstream: "behind" as never, intent: "cancelled", ...reason });
    expect(refused("link", "behind")).toBe("workstream-ended");
  });
});
