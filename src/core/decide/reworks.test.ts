import { describe, expect, it } from "vitest";
import { HistoryRules } from "../../../test/simulation/rules/history.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { evolve } from "../evolve/evolve.ts";
import { describeReturn } from "../handoff/build.ts";
import type { Command } from "../model/command.ts";
import type { Event } from "../model/event.ts";
import type { StepDraft } from "../model/flow-event.ts";
import { toWorkstreamId } from "../model/ids.ts";
import { emptyState } from "../model/state.ts";
import { dumpState } from "../snapshot.ts";

const asks = (to: string, changes: Partial<Extract<Command, { kind: "rework" }>> = {}): Command => ({
  kind: "rework",
  workstream: toWorkstreamId("a"),
  to,
  by: "dana",
  reason: "wrong limit",
  ...changes,
});

const step = (key: string, order: number, changes: Partial<StepDraft> = {}): StepDraft => ({
  key,
  title: key,
  order,
  kind: "work",
  role: null,
  definitionOfDone: null,
  rework: "continue",
  ...changes,
});

const STEPS = [step("tasks", 1, { kind: "tasks" }), step("sign", 2, { kind: "review" }), step("ship", 4)];
const TASKS = [
  { key: "T1" },
  { key: "T2", requires: ["task:a#T1"] },
  {
    key: "sign",
    step: "sign",
    kind: "review" as const,
    returnsTo: ["tasks"],
    requires: ["task:a#T1", "task:a#T2"],
  },
];

function begun(): CoreDriver {
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks: TASKS, changes: { steps: STEPS } }]);
  return core;
}

const statesOf = (core: CoreDriver): string[] =>
  core.workstream("a").tasks.map((id) => core.task(id).state.kind);
const ofKind = <Kind extends Event["kind"]>(core: CoreDriver, kind: Kind) =>
  core.history.filter((event): event is Extract<Event, { kind: Kind }> => event.kind === kind);

/** The same history from the beginning gives the same state, and breaks no rule on the way. */
function checkReplay(core: CoreDriver): void {
  const rules = new HistoryRules();
  let state = emptyState();
  for (const event of core.history) {
    const after = evolve(state, event);
    expect(rules.feed(event, state, after)).toEqual([]);
    state = after;
  }
  expect(dumpState(state)).toEqual(dumpState(core.state));
}

describe("work is sent back by hand", () => {
  it("while a review is open: that is withdrawn, results of the step are refused, what depends on them is done again", () => {
    const core = begun();
    core.runOn();
    expect(statesOf(core)).toEqual(["completed", "completed", "waiting"]);
    core.send(asks("tasks"));
    expect(statesOf(core)).toEqual(["ready", "pending", "pending"]);
    expect(core.decision("D-1").state).toMatchObject({
      kind: "withdrawn",
      reason: "sent back to tasks: wrong limit",
    });
    expect(core.attempt("a#sign").state.kind).toBe("cancelled");
    expect(core.attempt("a#T1").state).toMatchObject({ kind: "rework", reason: "wrong limit" });
    expect(core.workstream("a").returns).toMatchObject([
      { from: "a#sign", to: "tasks", tasks: 2, by: "dana", reason: "wrong limit" },
    ]);
    core.runOn();
    expect(core.open()).toEqual(["D-2"]);
    checkReplay(core);
  });

  it("to one task, while the next one runs: its attempt is ended", () => {
    const core = begun();
    core.finish(...core.schedule());
    core.start(...core.schedule());
    expect(statesOf(core)).toEqual(["completed", "running", "pending"]);
    core.send(asks("T1"));
    expect(statesOf(core)).toEqual(["ready", "pending", "pending"]);
    expect(core.attempt("a#T2").state).toMatchObject({ kind: "cancelled" });
    expect(ofKind(core, "workstream_returned")).toMatchObject([
      { from: "a#T2", to: "tasks", reset: ["a#T1", "a#T2"], rework: ["a#T1"], byHand: true },
    ]);
    checkReplay(core);
  });

  it("out of the merge queue, and out of a merge that waits for a word, which is asked no more", () => {
    const queued = new CoreDriver();
    queued.begin([{ id: "a", tasks: ["T1"] }]);
    queued.finish(...queued.schedule());
    expect(queued.workstream("a").integration.kind).toBe("queued");
    queued.send(asks("T1"));
    expect([queued.workstream("a").integration.kind, queued.workstream("a").place]).toEqual(["none", null]);
    expect(queued.state.mergeQueue.size).toBe(0);
    queued.finish(...queued.schedule());
    const workstream = toWorkstreamId("a");
    queued.send({ kind: "integration_started", workstream, onto: "b".repeat(40) });
    const stop = { cause: "gates", reason: "gates!", context: "", hashes: [] } as const;
    queued.send({ kind: "integration_stopped", workstream, ...stop });
    queued.send(asks("T1", { reason: "the tests fail" }));
    expect(queued.open()).toEqual([]);
    expect([queued.workstream("a").integration.kind, statesOf(queued)]).toEqual(["none", ["ready"]]);
    queued.runOn();
    expect(queued.status("a")).toBe("completed");
    expect(queued.workstream("a").returns).toHaveLength(2);
    checkReplay(queued);
  });

  it("after a failure: its question is withdrawn", () => {
    const core = begun();
    core.schedule();
    core.fail("a#T1");
    expect(core.open()).toEqual(["D-1"]);
    core.send(asks("T1"));
    expect([core.open(), core.task("a#T1").state.kind]).toEqual([[], "ready"]);
    checkReplay(core);
  });

  it("and leaves a handoff that names who wanted it, and nobody's role", () => {
    const core = begun();
    core.runOn();
    core.send(asks("tasks"));
    const [returned] = ofKind(core, "workstream_returned");
    if (returned === undefined) throw new Error("nothing was returned");
    expect(describeReturn(core.state, returned)).toMatchObject({
      event: "work_returned",
      actor: { name: "dana", kind: "person", role: null },
      outcome: "sent back to tasks by dana, 2 tasks to do again: wrong limit",
    });
  });
});

describe("sending back is refused", () => {
  it("without a reason, to what there is not, and to what has not begun", () => {
    const core = begun();
    expect(core.refused(asks("T1", { reason: " " })).code).toBe("reason-missing");
    expect(core.refused(asks("deploy")).code).toBe("unknown-step");
    expect(core.refused(asks("T1")).code).toBe("nothing-to-rework");
    core.finish(...core.schedule());
    expect(core.refused(asks("sign")).code).toBe("nothing-to-rework");
  });

  it("of what has ended, pointing to the revert", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T1"] }]);
    core.runOn();
    expect(core.refused(asks("T1"))).toMatchObject({
      code: "workstream-ended",
      hints: ["to take it out of the base: osqr revert a --to <step> --because <text>"],
    });
  });

  it("behind the merge while steps are left after it; those may be done again", () => {
    const core = new CoreDriver();
    const after = { stage: "after" as const, requires: ["integrated:a"] };
    const tasks = [
      { key: "T1" },
      { key: "look", step: "look", ...after },
      { key: "ship", step: "ship", ...after },
    ];
    core.begin([
      { id: "a", tasks, changes: { steps: [step("tasks", 1), step("look", 3), step("ship", 4)] } },
    ]);
    core.finish(...core.schedule());
    core.land("a");
    core.schedule(1);
    core.finish("a#look");
    expect(core.refused(asks("T1"))).toMatchObject({
      code: "already-landed",
      hints: ["to take it out of the base: osqr revert a --to <step> --because <text>"],
    });
    core.send(asks("look"));
    expect(core.workstream("a").integration.kind).toBe("landed");
    expect(core.task("a#look").state.kind).toBe("ready");
    checkReplay(core);
  });

  it("while it lands, or after it was cancelled", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T1"] }]);
    core.finish(...core.schedule());
    const workstream = toWorkstreamId("a");
    core.send({ kind: "integration_started", workstream, onto: "b".repeat(40) });
    core.send({ kind: "landing_intended", workstream, from: "b".repeat(40), to: "e".repeat(40) });
    expect(core.refused(asks("T1")).code).toBe("workstream-landing");
    const cancelled = begun();
    const stop = { kind: "set_intent", workstream, intent: "cancelled", by: "dana", reason: "no" } as const;
    cancelled.send(stop);
    expect(cancelled.refused(asks("T1")).code).toBe("workstream-ended");
  });
});

describe("what does not hold before a step", () => {
  const tick = { key: "read", text: "the notes were read", check: { kind: "tick" as const } };
  const answering = (option: string, reasoning = "no notes") =>
    ({ kind: "resolve", decision: "D-1" as never, option, by: "user", signer: "dana", reasoning }) as const;

  function asked(): CoreDriver {
    const core = new CoreDriver();
    const tasks = [{ key: "T1" }, { key: "ship", step: "ship", requires: ["task:a#T1"], entry: [tick] }];
    core.begin([{ id: "a", tasks, changes: { steps: [step("tasks", 1), step("ship", 2)] } }]);
    core.finish(...core.schedule());
    core.schedule();
    return core;
  }

  it("sends the work back to the nearest step before it, with a reason, and is asked again", () => {
    const core = asked();
    expect(core.decision("D-1").options.map(({ id }) => id)).toEqual(["met", "redo-tasks", "cancel"]);
    expect(core.refused(answering("redo-tasks", " ")).code).toBe("reason-missing");
    core.send(answering("redo-tasks"));
    expect(core.workstream("a").returns).toMatchObject([
      { from: "a#ship", to: "tasks", tasks: 1, by: "dana", reason: "no notes" },
    ]);
    expect(statesOf(core)).toEqual(["ready", "pending"]);
    core.finish(...core.schedule());
    core.schedule();
    expect(core.open()).toEqual(["D-2"]);
    checkReplay(core);
  });

  it("of a first step has nothing to go back to", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: [{ key: "T1", entry: [tick] }] }]);
    core.schedule();
    expect(core.decision("D-1").options.map(({ id }) => id)).toEqual(["met", "cancel"]);
  });
});
