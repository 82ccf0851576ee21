import { describe, expect, it } from "vitest";
import { option, PROJECT, question } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { PLACES, POLICY, run } from "../autonomy/fixture.ts";
import { NO_COUNTS } from "../autonomy/learning.ts";
import { NO_TRUST } from "../autonomy/trust.ts";
import type { AgentFailure } from "../model/agent.ts";
import type { StepDraft } from "../model/flow-event.ts";
import { type DecisionId, toWorkstreamId } from "../model/ids.ts";

const A = toWorkstreamId("a");
const OUT = "d".repeat(40);

/** Agents do its tasks at the same time. */
function begin(...keys: string[]): CoreDriver {
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks: keys.map((key) => ({ key })), ordered: false }]);
  talk(core);
  return core;
}

/** What can start does, with a conversation each. */
function talk(core: CoreDriver): string[] {
  const launched = core.schedule();
  for (const task of launched) {
    core.start(task);
    const session = { id: `s-${task}`, executor: "claude", agent: "claude-agent-acp 0.100.0" };
    core.send({ kind: "session_opened", ...core.claim(task), session, how: "new" });
  }
  return launched;
}

const request = (core: CoreDriver, task: string, command: string) =>
  core.send({
    kind: "permission_requested",
    ...core.claim(task),
    request: `permit-${command}`,
    action: run(command),
    policy: POLICY,
    places: PLACES,
    tests: "none",
  });

const choose = (core: CoreDriver, task: string, subject: string) =>
  core.send({
    kind: "choice_reported",
    ...core.claim(task),
    subject,
    choice: "SQLite",
    reason: "one file",
    confidence: 0.8,
    policy: POLICY,
    places: PLACES,
    tests: "none",
  });

function deliver(core: CoreDriver, ...tasks: string[]): void {
  for (const task of tasks) {
    core.succeed(task);
    core.join(task);
  }
}

function revert(core: CoreDriver): void {
  core.send({ kind: "revert", workstream: A, to: null, by: "dana", reason: "wrong" });
  core.send({ kind: "integration_started", workstream: A, onto: OUT });
  core.send({ kind: "landing_intended", workstream: A, from: OUT, to: OUT });
  core.send({ kind: "reverted", workstream: A, commit: OUT, held: null });
}

const trustOf = (core: CoreDriver) => core.workstream("a").trust ?? NO_TRUST;
const countsOf = (core: CoreDriver) => core.state.projects.get(PROJECT)?.autonomy ?? NO_COUNTS;

describe("work that stands", () => {
  it("is accepted when it is merged, and no more when a person takes it out again", () => {
    const core = begin("T1", "T2");
    request(core, "a#T1", "npm run build");
    deliver(core, "a#T1", "a#T2");
    expect(trustOf(core)).toMatchObject({ milliTasks: 2_000, accepted: 0 });
    core.land("a");
    expect(trustOf(core)).toMatchObject({ milliTasks: 2_000, accepted: 2, overridden: 0 });
    revert(core);
    expect(trustOf(core)).toMatchObject({ milliTasks: 0, accepted: 0, overridden: 2 });
    expect(countsOf(core)).toEqual({ "execute:npm run": { approved: 0, overridden: 0, interrupted: 1 } });
  });

  it("of run blocks tells nothing, nor does a merge that had nothing to merge", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T1"] }]);
    core.runOn();
    revert(core);
    expect(core.workstream("a").trust).toBeUndefined();
    const other = begin("T1");
    deliver(other, "a#T1");
    other.land("a", null);
    expect(trustOf(other).accepted).toBe(0);
  });
});

it("a rejected review takes back what is done again, and what went on unasked was half wrong", () => {
  const core = new CoreDriver();
  const step = (key: string, order: number, kind: StepDraft["kind"]): StepDraft => {
    return { key, title: key, order, kind, role: null, definitionOfDone: null, rework: "continue" };
  };
  const steps = [step("build", 1, "work"), step("test", 2, "work"), step("sign", 3, "review")];
  const tasks = [
    { key: "build", step: "build" },
    { key: "test", step: "test" },
    { key: "sign", step: "sign", kind: "review" as const, returnsTo: ["build"] },
  ];
  core.begin([{ id: "a", tasks, changes: { steps } }]);
  for (const task of ["a#build", "a#test"]) {
    expect(talk(core)).toEqual([task]);
    if (task === "a#build") choose(core, task, "session storage");
    deliver(core, task);
  }
  core.schedule();
  expect(trustOf(core).milliTasks).toBe(2_000);
  const answer = { option: "reject", by: "user", signer: "dana", reasoning: "no" } as const;
  core.send({ kind: "resolve", decision: "D-1" as DecisionId, ...answer });
  expect(trustOf(core)).toMatchObject({ milliTasks: 0, accepted: 0, overridden: 1 });
  expect(countsOf(core)).toEqual({
    "decide:session storag": { approved: 0, overridden: 0, interrupted: 1 },
  });
});

describe("a person who steps in", () => {
  it("by a pause soon after something went on unasked interrupts that, the last one only", () => {
    const core = begin("T1");
    request(core, "a#T1", "npm run build");
    request(core, "a#T1", "make all");
    core.intend("a", "paused");
    expect(countsOf(core)).toEqual({ "execute:make all": { approved: 0, overridden: 0, interrupted: 1 } });
    expect(trustOf(core)).toMatchObject({ milliTasks: 0, overridden: 0 });
  });

  it("by a pause of something else tells nothing", () => {
    const core = begin("T1");
    request(core, "a#T1", "npm test");
    core.intend("a", "paused");
    expect(core.workstream("a").trust).toBeUndefined();
    const late = begin("T1");
    request(late, "a#T1", "make all");
    late.wait(3);
    late.intend("a", "paused");
    expect(late.workstream("a").trust).toBeUndefined();
    expect(countsOf(late)).toEqual({});
  });

  it("by a cancel with a reason refuses what is under way", () => {
    const core = begin("T1", "T2", "T3", "T4", "T5");
    deliver(core, "a#T2", "a#T3", "a#T4", "a#T5");
    request(core, "a#T1", "npm run build");
    request(core, "a#T1", "make all");
    core.intend("a", "cancelled");
    expect(trustOf(core)).toMatchObject({ milliTasks: 1_000, overridden: 1 });
    expect(Object.keys(countsOf(core))).toEqual(["execute:npm run", "execute:make all"]);
  });

  it("by a cancel without one is like one who pauses", () => {
    const core = begin("T1");
    request(core, "a#T1", "make all");
    core.send({ kind: "set_intent", workstream: A, intent: "cancelled", by: "user", reason: "" });
    expect(trustOf(core)).toMatchObject({ overridden: 0 });
    expect(countsOf(core)["execute:make all"]?.interrupted).toBe(1);
  });

  it("is no person where osqr or a deadline does it", () => {
    const core = begin("T1");
    request(core, "a#T1", "make all");
    core.send({ kind: "set_intent", workstream: A, intent: "paused", by: "timeout", reason: "late" });
    expect(core.workstream("a").trust).toBeUndefined();
  });
});

describe("an answer", () => {
  const ask = (core: CoreDriver, learns: string | null, recommended = true) =>
    core.send({
      kind: "attempt_asked",
      ...core.claim("a#T1"),
      question: question("STORE", {
        subject: { kind: "question", key: "STORE", learns },
        options: [option("a", { recommended }), option("b")],
      }),
    });

  it("with the recommendation is accepted, against it overridden, each for its topic", () => {
    for (const [chosen, trust, counts] of [
      ["a", { accepted: 1, overridden: 0 }, { approved: 1, overridden: 0, interrupted: 0 }],
      ["b", { accepted: 0, overridden: 1 }, { approved: 0, overridden: 1, interrupted: 0 }],
    ] as const) {
      const core = begin("T1");
      ask(core, "decide:store");
      core.resolve("D-1", chosen);
      expect(trustOf(core)).toMatchObject(trust);
      expect(countsOf(core)).toEqual({ "decide:store": counts });
    }
  });

  it("where nothing was recommended, and one that a deadline gave, teaches nothing", () => {
    const core = begin("T1");
    ask(core, "decide:store", false);
    core.resolve("D-1", "b");
    expect(core.workstream("a").trust).toBeUndefined();
    const timed = begin("T1");
    ask(timed, "decide:store");
    const rest = { option: "b", by: "timeout", reasoning: "nobody answered" } as const;
    timed.send({ kind: "resolve", decision: "D-1" as DecisionId, ...rest });
    expect(timed.workstream("a").trust).toBeUndefined();
  });

  it("about what is inviolable moves trust and is learned of no kind", () => {
    const core = begin("T1");
    request(core, "a#T1", "git push");
    core.resolve("D-1", "allow");
    expect(trustOf(core)).toMatchObject({ accepted: 1 });
    expect(countsOf(core)).toEqual({});
  });
});

describe("a task that its agent could not do", () => {
  const fail = (core: CoreDriver, kind: AgentFailure["kind"]) => {
    const failure = { kind, message: "no", retryAt: null };
    const rest = { outcome: "failed", reason: "no", tail: [], workMs: 5, salvage: null } as const;
    core.send({ kind: "attempt_failed", ...core.claim("a#T1"), ...rest, failure });
  };

  it("takes one back where that was its own doing", () => {
    for (const [kind, left] of [
      ["other", 0],
      ["login", 1_000],
      ["missing", 1_000],
    ] as const) {
      const core = begin("T1", "T2");
      deliver(core, "a#T2");
      fail(core, kind);
      expect(core.kinds()).toContain("task_failed");
      expect(trustOf(core).milliTasks, kind).toBe(left);
    }
  });
});
