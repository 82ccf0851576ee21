import { describe, expect, it } from "vitest";
import { question } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import type { AgentFailure, FailureKind } from "../model/agent.ts";
import type { AttemptId } from "../model/ids.ts";

const T1 = "a#T1";

function begin(retries = 0): CoreDriver {
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks: [{ key: "T1", retries }, { key: "T2" }] }]);
  return core;
}

/** The next attempt of T1 starts and opens a conversation. */
function talk(core: CoreDriver, continues?: AttemptId): void {
  core.schedule();
  const goesOn = continues === undefined ? {} : { continues };
  core.send({ kind: "attempt_started", ...core.claim(T1), sandbox: "process", ...goesOn });
  const session = { id: "s-1", executor: "claude", agent: "claude-agent-acp 0.100.0" };
  core.send({ kind: "session_opened", ...core.claim(T1), session, how: "new" });
}

function fail(core: CoreDriver, kind: FailureKind, retryAt: number | null = null): void {
  const failure: AgentFailure = { kind, message: "it broke", retryAt };
  const rest = { outcome: "failed", reason: "it broke", tail: [], workMs: 5, salvage: null } as const;
  core.send({ kind: "attempt_failed", ...core.claim(T1), ...rest, failure });
}

describe("an attempt of an agent", () => {
  it("knows its conversation, its turns and its checkpoints", () => {
    const core = begin();
    talk(core);
    const commit = "d".repeat(40);
    core.send({ kind: "turn_ended", ...core.claim(T1), stop: "end_turn", checkpoint: commit });
    core.send({ kind: "turn_ended", ...core.claim(T1), stop: "max_tokens", checkpoint: null });
    expect(core.attempt(T1)).toMatchObject({
      session: { id: "s-1" },
      turns: 2,
      checkpoint: commit,
      home: "a-1",
    });
    expect(core.history.filter(({ kind }) => kind === "turn_ended")).toMatchObject([
      { turn: 1 },
      { turn: 2 },
    ]);
  });

  it("reports nothing any more once it has ended, and nothing with an old fence", () => {
    const core = begin();
    talk(core);
    const claim = core.claim(T1);
    const report = { kind: "turn_ended", stop: "end_turn", checkpoint: null } as const;
    expect(core.refused({ ...report, ...claim, fence: claim.fence - 1 }).code).toBe("stale-claim");
    core.end(T1, "lost");
    expect(core.refused({ ...report, ...claim }).code).toBe("stale-claim");
  });

  it("hands off in bounded words", () => {
    const core = begin();
    talk(core);
    const notes = Array.from({ length: 30 }, () => "n".repeat(2_000));
    core.send({ kind: "hand_off_written", ...core.claim(T1), summary: "s".repeat(9_000), notes });
    const { handOff } = core.attempt(T1);
    expect([handOff?.summary.length, handOff?.notes.length, handOff?.notes[0]?.length]).toEqual([
      4_000, 20, 1_000,
    ]);
  });
});

describe("the next attempt goes on where the last one was", () => {
  it.each(["lost", "cancelled"] as const)("after it was %s", (outcome) => {
    const core = begin();
    talk(core);
    if (outcome === "cancelled") core.intend("a", "paused");
    core.end(T1, outcome);
    expect(core.task(T1).resumes).toBe("a-1");
    if (outcome === "cancelled") core.intend("a", "run");
    talk(core, "a-1" as AttemptId);
    expect(core.task(T1).resumes).toBeNull();
    expect(core.attempt(T1)).toMatchObject({ id: "a-2", home: "a-1" });
    core.end(T1, "lost");
    expect(core.task(T1).resumes).toBe("a-1");
  });

  it("also after one that was lost before it had taken up the conversation", () => {
    const core = begin();
    talk(core);
    core.end(T1, "lost");
    core.schedule();
    core.end(T1, "lost");
    expect(core.task(T1).resumes).toBe("a-1");
    core.schedule();
    const started = { kind: "attempt_started", ...core.claim(T1), sandbox: "process" } as const;
    core.send({ ...started, continues: "a-1" as AttemptId });
    core.end(T1, "lost");
    expect(core.task(T1).resumes).toBe("a-1");
  });

  it("only with its checks where its agent had come to its end; not once they have turned it down", () => {
    const core = begin();
    talk(core);
    core.send({ kind: "work_finished", ...core.claim(T1) });
    core.end(T1, "lost");
    expect(core.state.attempts.get("a-1" as AttemptId)?.finished).toBe(true);
    core.schedule();
    const started = { kind: "attempt_started", ...core.claim(T1), sandbox: "" } as const;
    core.send({ ...started, continues: "a-1" as AttemptId, onlyChecks: true });
    fail(core, "validation");
    expect(core.state.attempts.get("a-2" as AttemptId)).toMatchObject({ home: "a-1", onlyChecks: true });
    expect(core.state.attempts.get("a-2" as AttemptId)).not.toHaveProperty("finished");
    expect(core.task(T1)).toMatchObject({ state: { kind: "ready" }, resumes: "a-1" });
  });

  it("not where it never had a conversation, and not once the task is done or was sent back", () => {
    const core = begin();
    core.schedule();
    core.start(T1);
    core.end(T1, "lost");
    expect(core.task(T1).resumes).toBeNull();
    talk(core);
    core.succeed(T1);
    core.join(T1);
    expect(core.task(T1)).toMatchObject({ resumes: null, failures: {} });
  });
});

describe("an agent that failed", () => {
  it("is taken up again twice where it crashed, then a person is asked; a new attempt is no new patience", () => {
    const core = begin();
    for (const nth of [1, 2]) {
      talk(core);
      fail(core, "crashed");
      expect(core.task(T1)).toMatchObject({
        state: { kind: "ready" },
        resumes: `a-${nth}`,
        failures: { crashed: nth },
      });
    }
    talk(core);
    fail(core, "crashed");
    expect(core.task(T1).state.kind).toBe("failed");
    expect(core.decision("D-1")).toMatchObject({ question: expect.stringContaining("tried again 2 times") });
    expect(core.decision("D-1").options.map(({ id }) => id)).toEqual([
      "retry",
      "fresh",
      "skip",
      "anew",
      "cancel",
    ]);
    core.resolve("D-1", "retry");
    expect(core.task(T1)).toMatchObject({ resumes: "a-3", failures: {} });
  });

  it("begins anew where somebody wants that", () => {
    const core = begin();
    talk(core);
    fail(core, "timeout");
    core.resolve("D-1", "fresh");
    expect(core.task(T1)).toMatchObject({ state: { kind: "ready" }, resumes: null, failures: {} });
  });

  it("waits for the announced reset and goes on by itself; nobody is needed, the rest goes on", () => {
    const core = begin();
    talk(core);
    fail(core, "rate_limit", core.now + 10 * 60_000);
    expect(core.task(T1).state).toMatchObject({ kind: "waiting", decision: "D-1", attempt: null });
    expect(core.decision("D-1")).toMatchObject({
      blocksProgress: false,
      priority: "low",
      defaultOption: "retry",
    });
    core.wait(9);
    core.send({ kind: "tick" });
    expect(core.task(T1).state.kind).toBe("waiting");
    core.wait(2);
    core.send({ kind: "tick" });
    expect(core.task(T1)).toMatchObject({
      state: { kind: "ready" },
      resumes: "a-1",
      failures: { rate_limit: 1 },
    });
  });

  it("waits for it also over a pause, and goes on once it is lifted and may", () => {
    const core = begin();
    talk(core);
    fail(core, "rate_limit", core.now + 10 * 60_000);
    core.intend("a", "paused");
    core.intend("a", "run");
    expect(core.task(T1).state).toMatchObject({ kind: "waiting", decision: "D-1" });
    expect(core.schedule()).toEqual([]);
    core.intend("a", "paused");
    core.wait(11);
    core.send({ kind: "tick" });
    expect(core.task(T1).state.kind).toBe("pending");
    core.intend("a", "run");
    expect(core.schedule()).toEqual([T1]);
  });

  it("waits longer each time where nobody said until when, also across attempts", () => {
    const core = begin();
    const waits: number[] = [];
    for (let nth = 1; nth <= 4; nth += 1) {
      talk(core);
      fail(core, "rate_limit");
      const { autoResolveAt, id } = core.decision(core.open()[0] ?? "");
      waits.push(((autoResolveAt ?? 0) - core.now) / 60_000);
      core.now = autoResolveAt ?? 0;
      core.send({ kind: "tick" });
      expect(core.decision(id).state.kind).toBe("resolved");
    }
    expect(waits).toEqual([1, 5, 15, 60]);
    talk(core);
    fail(core, "rate_limit");
    expect(core.task(T1).state.kind).toBe("failed");
  });

  it("waits for a model's server that fails, and hands over before the longest wait", () => {
    const core = begin();
    const route = { type: "code-implementation", reasons: ["it was asked for"], said: null } as const;
    core.send({
      kind: "reroute_task",
      task: T1 as never,
      to: { executor: "claude", model: null },
      route: { ...route, fallbacks: [{ executor: "codex", model: null }] },
      reason: "the operator wants it",
    });
    for (let nth = 1; nth <= 2; nth += 1) {
      talk(core);
      fail(core, "down");
      const { autoResolveAt, question, priority } = core.decision(core.open()[0] ?? "");
      expect([question, priority]).toEqual(["T1 waits: the model of claude does not answer for now", "low"]);
      core.now = autoResolveAt ?? 0;
      core.send({ kind: "tick" });
    }
    expect(core.task(T1)).toMatchObject({ executor: "claude", resumes: "a-2", state: { kind: "ready" } });
    talk(core);
    fail(core, "down");
    expect(core.task(T1)).toMatchObject({ executor: "codex", resumes: null, state: { kind: "ready" } });
  });

  it("hands over to the next one of its route, once it has been tried enough; the last one asks", () => {
    const core = begin();
    const route = { type: "code-implementation", reasons: ["it was asked for"], said: null } as const;
    const fallbacks = [{ executor: "codex", model: null }];
    core.send({
      kind: "reroute_task",
      task: T1 as never,
      to: { executor: "claude", model: null },
      route: { ...route, fallbacks },
      reason: "the operator wants it",
    });
    talk(core);
    fail(core, "login");
    expect(core.task(T1)).toMatchObject({ executor: "codex", resumes: null, state: { kind: "ready" } });
    talk(core);
    fail(core, "login");
    expect(core.task(T1).state.kind).toBe("failed");
  });

  it("whose result did not pass knows what the gates said, until a result counts; a person's word keeps it", () => {
    const core = begin();
    const turnDown = (line: string): void => {
      talk(core);
      const failure: AgentFailure = { kind: "validation", message: "it does not pass", retryAt: null };
      const tail = [line, ...Array.from({ length: 100 }, () => "x".repeat(500))];
      const rest = { outcome: "failed", reason: "it does not pass", tail, workMs: 5, salvage: null } as const;
      core.send({ kind: "attempt_failed", ...core.claim(T1), ...rest, failure });
    };
    const said = () => core.task(T1).turnedDown;
    turnDown("first");
    expect(core.task(T1)).toMatchObject({ state: { kind: "ready" }, resumes: "a-1" });
    expect(said()).toMatchObject({ attempt: "a-1", output: expect.arrayContaining(["first"]) });
    expect((said()?.output.join("\n") ?? "").length).toBeLessThanOrEqual(8 * 1024);
    turnDown("second");
    turnDown("third");
    expect(said()).toMatchObject({ attempt: "a-3", output: expect.arrayContaining(["third"]) });
    core.resolve("D-1", "retry");
    expect(said()?.attempt).toBe("a-3");
    talk(core);
    fail(core, "crashed");
    expect(said()?.attempt).toBe("a-3");
    talk(core);
    core.succeed(T1);
    core.join(T1);
    expect(core.task(T1)).not.toHaveProperty("turnedDown");
  });

  it("keeps its count over a stop of osqr and a pause", () => {
    const core = begin();
    talk(core);
    fail(core, "crashed");
    talk(core);
    core.end(T1, "lost");
    core.intend("a", "paused");
    core.intend("a", "run");
    talk(core);
    fail(core, "crashed");
    expect(core.task(T1)).toMatchObject({ state: { kind: "ready" }, failures: { crashed: 2 } });
    talk(core);
    fail(core, "crashed");
    expect(core.task(T1).state.kind).toBe("failed");
  });

  it("leaves the one that takes over a patience of its own; all together have an end", () => {
    const core = begin();
    const fallbacks = Array.from({ length: 9 }, (_, index) => ({ executor: `agent-${index}`, model: null }));
    core.send({
      kind: "reroute_task",
      task: T1 as never,
      to: { executor: "claude", model: null },
      route: { type: "code-implementation", reasons: ["it was asked for"], said: null, fallbacks },
      reason: "the operator wants it",
    });
    for (let nth = 1; nth <= 3; nth += 1) {
      talk(core);
      fail(core, "validation");
    }
    expect(core.task(T1)).toMatchObject({ executor: "agent-0", failures: {}, failed: 3 });
    for (let failed = 4; core.task(T1).state.kind === "ready"; failed += 1) {
      talk(core);
      fail(core, "validation");
      expect(core.task(T1).failed).toBe(failed);
    }
    expect(core.task(T1)).toMatchObject({ state: { kind: "failed" }, executor: "agent-5", failed: 20 });
    expect(core.decision("D-1").question).toContain("it failed 20 times in all");
    core.resolve("D-1", "retry");
    expect(core.task(T1)).not.toHaveProperty("failed");
  });

  it("that ran out of time may go on with as much again, or what is there is taken and only checked", () => {
    const core = begin();
    talk(core);
    fail(core, "timeout");
    const { options } = core.decision("D-1");
    expect(options.map(({ id }) => id)).toEqual(["retry", "split", "fresh", "skip", "anew", "cancel"]);
    expect(options[0]?.description).toMatch(/with another \d+/);
    core.resolve("D-1", "split");
    expect(core.task(T1)).toMatchObject({ state: { kind: "ready" }, resumes: "a-1" });
    expect(core.state.attempts.get("a-1" as AttemptId)?.finished).toBe(true);
    core.schedule();
    const start = { kind: "attempt_started", ...core.claim(T1), sandbox: "" } as const;
    core.send({ ...start, continues: "a-1" as AttemptId, onlyChecks: true });
    expect(core.attempt(T1)).toMatchObject({ home: "a-1", session: { id: "s-1" }, finished: true });
    core.succeed(T1);
    core.join(T1);
    expect(core.task(T1).state).toMatchObject({ kind: "completed", how: "done" });
  });

  it("of a cancelled workstream is only cancelled", () => {
    const core = begin();
    talk(core);
    core.intend("a", "cancelled");
    fail(core, "crashed");
    expect(core.task(T1)).toMatchObject({ state: { kind: "cancelled" } });
  });
});

describe("what an agent has asked", () => {
  const ask = (core: CoreDriver, key: string): void => {
    core.send({ kind: "attempt_asked", ...core.claim(T1), question: question(key) });
  };

  it.each(["lost", "paused", "crashed"] as const)(
    "is waited for before it goes on, all of it (%s)",
    (how) => {
      const core = begin();
      talk(core);
      ask(core, "q1");
      ask(core, "q2");
      if (how === "paused") core.intend("a", "paused");
      if (how === "crashed") fail(core, "crashed");
      else core.end(T1, how === "lost" ? "lost" : "cancelled");
      if (how === "paused") core.intend("a", "run");
      expect(core.schedule()).not.toContain(T1);
      core.resolve("D-1", "a");
      expect(core.schedule()).not.toContain(T1);
      core.resolve("D-2", "a");
      expect(core.schedule()).toContain(T1);
    },
  );

  it("does not hold up whoever begins anew", () => {
    const core = begin();
    talk(core);
    ask(core, "q1");
    fail(core, "timeout");
    core.resolve("D-2", "fresh");
    expect(core.schedule()).toContain(T1);
  });
});
