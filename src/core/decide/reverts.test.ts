import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HistoryRules } from "../../../test/simulation/rules/history.ts";
import { overlap, type TaskInput } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { evolve } from "../evolve/evolve.ts";
import { revertOf } from "../evolve/reverts.ts";
import type { Command } from "../model/command.ts";
import { type DecisionId, toWorkstreamId } from "../model/ids.ts";
import { emptyState } from "../model/state.ts";
import { hasBegun, isLanding } from "../plan/registry.ts";
import { listOnTop, listWaitingAgain } from "../report/reverts.ts";
import { explainWorkstream } from "../report/why.ts";
import { dumpState } from "../snapshot.ts";
import { isAtRest } from "../status.ts";

const BEFORE = "b".repeat(40);
const OUT = "e".repeat(40);

const asks = (id: string, changes: Partial<Extract<Command, { kind: "revert" }>> = {}): Command => ({
  kind: "revert",
  workstream: toWorkstreamId(id),
  to: null,
  by: "dana",
  reason: "it broke the index",
  ...changes,
});

/** `a` of two tasks has landed. */
function landed(...others: { id: string; tasks: (string | TaskInput)[] }[]): CoreDriver {
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks: ["T1", "T2"] }, ...others]);
  for (let left = 2; left > 0; left -= 1) core.finish(...core.schedule().filter((id) => id.startsWith("a#")));
  core.land("a");
  return core;
}

function takeOut(core: CoreDriver, id: string, held: string | null = null): void {
  const workstream = toWorkstreamId(id);
  core.send({ kind: "integration_started", workstream, onto: BEFORE });
  core.send({ kind: "landing_intended", workstream, from: BEFORE, to: OUT });
  core.send({ kind: "reverted", workstream, commit: OUT, held });
}

function stop(core: CoreDriver, cause: "conflict" | "gates" | "error" | "approval", hashes: string[] = []) {
  const workstream = toWorkstreamId("a");
  core.send({ kind: "integration_started", workstream, onto: BEFORE });
  core.send({ kind: "integration_stopped", workstream, cause, reason: `${cause}!`, context: "", hashes });
  return core.decision(core.open().at(-1) ?? "");
}

describe("a revert is refused", () => {
  it.each<[string, (core: CoreDriver) => Command, string]>([
    ["of what nobody knows", () => asks("nothing"), "unknown-workstream"],
    ["without a reason", () => asks("a", { reason: " \n" }), "reason-missing"],
    ["of what has not landed", () => asks("b"), "not-landed"],
    ["with a step that it does not have", () => asks("a", { to: "deploy" }), "unknown-step"],
    [
      "twice",
      (core) => {
        core.send(asks("a"));
        return asks("a");
      },
      "already-reverting",
    ],
    [
      "of what is out already",
      (core) => {
        core.send(asks("a"));
        takeOut(core, "a");
        return asks("a");
      },
      "not-landed",
    ],
  ])("%s", (_name, make, code) => {
    const core = landed({ id: "b", tasks: ["T1"] });
    expect(core.refused(make(core)).code).toBe(code);
  });

  it("of what brought nothing into the base", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T1"] }]);
    core.finish(...core.schedule());
    core.land("a", null);
    expect(core.refused(asks("a")).code).toBe("nothing-to-revert");
  });
});

describe("while a workstream is being reverted", () => {
  it("it is in the merge queue, its project does not rest, and it can be paused but not cancelled or removed", () => {
    const core = landed();
    core.send(asks("a"));
    expect(core.status("a")).toBe("integrating");
    expect(core.workstream("a").integration).toMatchObject({ kind: "queued", revert: { by: "dana" } });
    expect(isAtRest(core.state, core.workstream("a").project)).toBe(false);
    const cancel = { kind: "set_intent", intent: "cancelled", by: "user", reason: "" } as const;
    const a = toWorkstreamId("a");
    expect(core.refused({ ...cancel, workstream: a }).code).toBe("workstream-reverting");
    expect(core.refused({ kind: "remove", workstream: a, by: "user", reason: "" }).code).toBe(
      "workstream-reverting",
    );
    core.intend("a", "paused");
    expect(core.status("a")).toBe("paused");
    const started = { kind: "integration_started", workstream: a, onto: BEFORE } as const;
    expect(core.refused(started).code).toBe("stale-integration");
    core.intend("a", "run");
    takeOut(core, "a");
    expect(core.workstream("a").reverts).toMatchObject([{ commit: OUT, by: "dana" }]);
  });

  it("a landing of it is not believed, and a revert of what is not being reverted neither", () => {
    const core = landed({ id: "b", tasks: ["T1"] });
    core.send(asks("a"));
    const a = toWorkstreamId("a");
    core.send({ kind: "integration_started", workstream: a, onto: BEFORE });
    expect(core.refused({ kind: "landed", workstream: a, commit: OUT, held: null }).code).toBe(
      "stale-integration",
    );
    core.finish("b#T1");
    const b = toWorkstreamId("b");
    core.send({ kind: "integration_started", workstream: b, onto: BEFORE });
    expect(core.refused({ kind: "reverted", workstream: b, commit: OUT, held: null }).code).toBe(
      "stale-integration",
    );
  });

  it("what the gates said of its landing and what the landing wrote stay as they were", () => {
    const core = landed();
    const { landedSpec, gateReports } = core.workstream("a");
    core.send(asks("a"));
    const a = toWorkstreamId("a");
    core.send({ kind: "integration_started", workstream: a, onto: BEFORE });
    core.send({ kind: "gates_run", workstream: a, tree: OUT, reports: [{} as never], ms: 1 });
    core.send({ kind: "landing_intended", workstream: a, from: BEFORE, to: OUT, specHash: "x" });
    expect(core.workstream("a")).toMatchObject({ landedSpec, gateReports });
  });

  it("the plan knows it, and after it too", () => {
    const core = landed();
    core.send(asks("a"));
    expect([hasBegun(core.workstream("a")), isLanding(core.workstream("a"))]).toEqual([true, true]);
    takeOut(core, "a");
    expect([hasBegun(core.workstream("a")), isLanding(core.workstream("a"))]).toEqual([true, false]);
    const remove = { kind: "remove", workstream: toWorkstreamId("a"), by: "user", reason: "" } as const;
    expect(core.refused(remove).code).toBe("workstream-started");
  });
});

describe("what depends on it", () => {
  const onA: TaskInput = { key: "T1", requires: ["landed:a"] };

  it("and has not started, waits again; what is named has landed on top of it", () => {
    const core = landed(
      { id: "b", tasks: [onA] },
      { id: "c", tasks: [{ ...onA, requires: ["landed:b"] }] },
      { id: "d", tasks: [onA, { key: "T2", requires: ["landed:a"] }] },
    );
    core.finish(...core.schedule());
    core.land("b");
    const named = (): string[] => listOnTop(core.state, core.workstream("a")).map(({ name }) => name);
    expect(named()).toEqual(["b"]);
    expect(listWaitingAgain(core.state, core.workstream("a")).map(({ name }) => name)).toEqual(["d"]);
    expect(core.task("d#T2").state.kind).toBe("ready");
    core.send(asks("a"));
    expect(named()).toEqual(["b"]);
    expect(core.task("d#T2").state.kind).toBe("pending");
    core.finish(...core.schedule());
    core.land("c");
    expect(named()).toEqual(["b", "c"]);
    takeOut(core, "a");
    expect(core.schedule()).toEqual([]);
    core.intend("a", "run");
    for (let left = 2; left > 0; left -= 1) core.finish(...core.schedule());
    core.land("a");
    expect(core.schedule()).toEqual(["d#T2"]);
  });

  it("goes on where the revert is given up", () => {
    const core = landed({ id: "b", tasks: [onA] });
    core.send(asks("a"));
    expect(core.task("b#T1").state.kind).toBe("pending");
    core.resolve(stop(core, "conflict").id, "leave");
    expect(core.task("b#T1").state.kind).toBe("ready");
  });

  it("and has begun with the same declared paths, is asked: neither could begin before the other", () => {
    const core = new CoreDriver();
    const b = { id: "b", tasks: [onA, { ...onA, key: "T2" }], ordered: false };
    core.begin([{ id: "a", tasks: ["T1"] }, b], { overlaps: overlap("a", "b", "src/x.ts") });
    core.finish(...core.schedule());
    core.land("a");
    expect(core.schedule(1)).toEqual(["b#T1"]);
    core.send(asks("a", { to: "T1" }));
    takeOut(core, "a");
    const [first = ""] = core.open();
    expect(core.decision(first)).toMatchObject({
      subject: { kind: "dependency", task: "b#T2" },
      question: "a, which this waits for, cannot begin before b ends: both declare src/x.ts",
    });
    core.fail("b#T1");
    core.resolve(core.open().find((id) => id !== first) ?? "", "retry");
    for (const id of core.open()) core.resolve(id, "go-on");
    expect(core.runOn()).toEqual(["b#T1", "b#T2", "a#T1"]);
    expect([core.status("a"), core.status("b")]).toEqual(["completed", "completed"]);
  });

  it("and is sent back after it was cancelled, is asked whether it goes on without it", () => {
    const review = { key: "check", kind: "review", executor: "person", script: null } as const;
    const core = landed({ id: "b", tasks: [onA, { ...review, returnsTo: ["tasks"] }] });
    core.finish(...core.schedule());
    core.schedule();
    core.send(asks("a"));
    takeOut(core, "a");
    core.intend("a", "cancelled");
    const [decision = ""] = core.open();
    const answer = { decision: decision as never, option: "reject", by: "user", signer: "sam" } as const;
    core.send({ kind: "resolve", ...answer, reasoning: "it cannot work" });
    const [asked = ""] = core.open();
    expect(core.decision(asked)).toMatchObject({
      subject: { kind: "dependency", task: "b#T1" },
      question: "a, which this waits for, was cancelled",
    });
  });

  it("and was about to land on it, lands after it again", () => {
    const core = new CoreDriver();
    const stacks = [{ workstream: toWorkstreamId("b"), on: [toWorkstreamId("a")] }];
    const b = { id: "b", tasks: [{ key: "T1", requires: ["done:a"] }] };
    core.begin([{ id: "a", tasks: ["T1"] }, b], { stacks });
    core.finish(...core.schedule());
    core.land("a");
    core.finish(...core.schedule());
    core.intend("b", "paused");
    core.send(asks("a"));
    takeOut(core, "a");
    expect(core.workstream("b").integration).toEqual({ kind: "none" });
    core.intend("b", "run");
    expect(core.workstream("b").integration).toEqual({ kind: "none" });
    core.intend("a", "run");
    core.finish(...core.schedule());
    core.land("a");
    expect(core.workstream("b").integration.kind).toBe("queued");
  });
});

describe("a revert that stops", () => {
  it.each([
    ["conflict", ["retry", "by-hand", "leave"]],
    ["gates", ["retry", "land-anyway", "by-hand", "leave"]],
    ["error", ["retry", "by-hand", "leave"]],
  ] as const)("for %s offers what fits a revert, and keeps its direction", (cause, options) => {
    const core = landed();
    core.send(asks("a", { to: "T2" }));
    const decision = stop(core, cause);
    expect(decision.subject).toEqual({ kind: "revert", workstream: "a" });
    expect(decision.options.map(({ id }) => id)).toEqual(options);
    expect(core.status("a")).toBe("blocked");
    core.resolve(decision.id, options[1]);
    const { integration } = core.workstream("a");
    expect(integration).toMatchObject({ kind: "queued", resolution: options[1], revert: { to: "T2" } });
    takeOut(core, "a");
    expect(core.task("a#T1").state.kind).toBe("ready");
  });

  it("and is left, is landed as before", () => {
    const core = landed();
    const before = core.workstream("a");
    core.send(asks("a"));
    core.wait(5);
    core.resolve(stop(core, "gates").id, "leave");
    expect(core.status("a")).toBe("completed");
    const { integration, endedAt, intent } = core.workstream("a");
    expect({ integration, endedAt, intent }).toEqual({
      integration: before.integration,
      endedAt: before.endedAt,
      intent: "run",
    });
  });

  it("for commands goes on when they are approved; rejected, it asks whether it is given up", () => {
    const core = landed();
    core.send(asks("a"));
    const approval = stop(core, "approval", ["g1"]);
    expect(approval.subject.kind).toBe("content");
    core.resolve(approval.id, "reject");
    const next = core.decision(core.open()[0] ?? "");
    expect(next.subject.kind).toBe("revert");
    core.resolve(next.id, "retry");
    // Rejected for good: the same commands ask the other way at once.
    const again = stop(core, "approval", ["g1"]);
    expect(again.subject.kind).toBe("revert");
    core.resolve(approval.id, "approve");
    core.resolve(again.id, "retry");
    takeOut(core, "a");
    expect(core.status("a")).toBe("paused");
  });

  it("for commands and waits, is queued by their approval", () => {
    const core = landed();
    core.send(asks("a"));
    core.resolve(stop(core, "approval", ["g1"]).id, "approve");
    expect(core.workstream("a").integration).toMatchObject({ kind: "queued", revert: { to: null } });
  });
});

describe("after a revert", () => {
  it("it rests with all to be done again, and says why", () => {
    const core = landed();
    core.send(asks("a"));
    takeOut(core, "a", "local changes");
    const { counts, tip, round, started, integration } = core.workstream("a");
    expect({ done: counts.completed, tip, round, started, kind: integration.kind }).toEqual({
      done: 0,
      tip: null,
      round: 2,
      started: false,
      kind: "none",
    });
    expect(core.state.projects.get(core.workstream("a").project)?.held).toBe("local changes");
    expect(explainWorkstream(core.state, core.workstream("a")).slice(0, 3)).toEqual([
      "a is paused: 0 of 2 tasks are done.",
      "Next: somebody resumes it: osqr resume a",
      "It was reverted as eeeeeee because of this: it broke the index.",
    ]);
    expect(core.schedule()).toEqual([]);
    core.intend("a", "run");
    expect(core.schedule()).toEqual(["a#T1"]);
  });

  it("it goes on at the step that was named: its result is refused, the others may be given again", () => {
    const core = landed();
    const [first, second] = [core.attempt("a#T1").id, core.attempt("a#T2").id];
    core.send(asks("a", { to: "T2" }));
    takeOut(core, "a");
    expect(core.state.attempts.get(first)?.state.kind).toBe("completed");
    expect(core.state.attempts.get(second)?.state).toMatchObject({
      kind: "rework",
      reason: "it broke the index",
    });
    expect(core.schedule()).toEqual(["a#T1"]);
  });

  it("words of people on what comes before that step stay, those behind it are asked for again", () => {
    const core = new CoreDriver();
    const review = { kind: "review", executor: "person", script: null } as const;
    const tasks: TaskInput[] = [
      { key: "design", order: 1, step: "design", returnsTo: ["design"], ...review },
      { key: "T1", order: 2, requires: ["task:a#design"] },
      { key: "quality", order: 3, step: "quality", returnsTo: ["tasks"], requires: ["task:a#T1"], ...review },
    ];
    core.begin([{ id: "a", tasks, ordered: false }]);
    const sign = (key: string): void => {
      core.schedule();
      const decision = (core.open().at(-1) ?? "") as DecisionId;
      core.send({ kind: "resolve", decision, option: "approve", by: "user", signer: "dana", reasoning: "" });
      core.join(`a#${key}`);
    };
    sign("design");
    core.finish(...core.schedule());
    sign("quality");
    core.land("a");
    core.send(asks("a", { to: "tasks" }));
    takeOut(core, "a");
    expect(core.workstream("a").tasks.map((id) => core.task(id).state.kind)).toEqual([
      "completed",
      "ready",
      "pending",
    ]);
  });

  it("what was confirmed before a step that has not begun is asked again", () => {
    const core = new CoreDriver();
    const tick = { key: "booked", text: "the room is booked", check: { kind: "tick" } } as const;
    const late = {
      key: "T2",
      step: "late",
      stage: "after",
      requires: ["integrated:a"],
      entry: [tick],
    } as const;
    core.begin([{ id: "a", tasks: ["T1", late], ordered: false }]);
    core.finish(...core.schedule());
    core.land("a");
    core.schedule();
    const decision = "D-1" as DecisionId;
    core.send({ kind: "resolve", decision, option: "met", by: "user", signer: "dana", reasoning: "" });
    expect(core.task("a#T2").entry.map(({ met }) => met)).toEqual([true]);
    core.send(asks("a", { to: "tasks" }));
    takeOut(core, "a");
    expect(core.task("a#T2").entry.map(({ met }) => met)).toEqual([false]);
  });

  it("words of people after the merge are asked for again, also where nothing leads to them", () => {
    const core = new CoreDriver();
    const late = { kind: "review", executor: "person", script: null, stage: "after" } as const;
    const tasks: TaskInput[] = [
      { key: "T1" },
      { key: "accept", step: "accept", requires: ["integrated:a"], ...late },
    ];
    core.begin([{ id: "a", tasks, ordered: false }]);
    core.finish(...core.schedule());
    core.land("a");
    core.schedule();
    const decision = "D-1" as DecisionId;
    core.send({ kind: "resolve", decision, option: "approve", by: "user", signer: "dana", reasoning: "" });
    core.join("a#accept");
    core.send(asks("a", { to: "tasks" }));
    takeOut(core, "a");
    expect(core.workstream("a").tasks.map((id) => core.task(id).state.kind)).toEqual(["ready", "pending"]);
    expect(core.workstream("a").integration.kind).toBe("none");
  });

  it("the declared paths are free for others until it starts again", () => {
    const core = new CoreDriver();
    const inputs = [
      { id: "a", tasks: ["T1"] },
      { id: "b", tasks: ["T1"] },
    ];
    core.begin(inputs, { overlaps: overlap("a", "b", "src/x.ts") });
    core.finish(...core.schedule());
    core.land("a");
    const held = core.schedule();
    expect(held).toEqual(["b#T1"]);
    core.send(asks("a", { to: "T1" }));
    takeOut(core, "a");
    expect(core.schedule()).toEqual([]);
    core.finish("b#T1");
    core.land("b");
    expect(core.schedule()).toEqual(["a#T1"]);
  });

  it("landing and reverting again and again keeps every rule, and replays to the same state", () => {
    const steps = fc.array(fc.constantFrom("revert", "to", "leave", "pause", "held"), { maxLength: 8 });
    fc.assert(
      fc.property(steps, (names) => {
        const core = landed({ id: "b", tasks: [{ key: "T1", requires: ["landed:a"] }] });
        for (const name of names) playRound(core, name);
        expect(core.status("a")).toBe("completed");
        expect(core.workstream("a").reverts).toHaveLength(names.filter((name) => name !== "leave").length);
        const rules = new HistoryRules();
        let state = emptyState();
        const problems: string[] = [];
        for (const event of core.history) {
          const next = evolve(state, event);
          problems.push(...rules.feed(event, state, next));
          state = next;
        }
        expect(problems).toEqual([]);
        expect(dumpState(state)).toBe(dumpState(core.state));
      }),
      { numRuns: 40, seed: 3 },
    );
  });
});

/** One revert of `a`, in one of its ways, until `a` has landed again. */
function playRound(core: CoreDriver, name: string): void {
  core.send(asks("a", { to: name === "to" ? "tasks" : null }));
  if (name === "pause") {
    core.intend("a", "paused");
    core.intend("a", "run");
  }
  if (name === "leave") {
    core.resolve(stop(core, "error").id, "leave");
    return;
  }
  takeOut(core, "a", name === "held" ? "local changes" : null);
  expect(revertOf(core.workstream("a"))).toBeNull();
  core.intend("a", "run");
  core.runOn();
}

it("a revert does not go on with an intake", () => {
  const core = new CoreDriver();
  const intake: TaskInput = { key: "look", step: "look", kind: "intake", executor: "person", script: null };
  core.begin([{ id: "a", tasks: [intake, { key: "T", requires: ["task:a#look"] }], ordered: false }]);
  core.schedule();
  core.join("a#look");
  core.finish(...core.schedule());
  core.land("a");
  expect(core.refused(asks("a", { to: "look" }))).toEqual({
    code: "unknown-step",
    message: "step look of a is an intake: it is no step to go on with",
    hints: ["it has tasks"],
  });
});
