import { expect, it } from "vitest";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import type { AttemptId } from "../model/ids.ts";

const T1 = "a#T1";

/** T1 runs and has a conversation. */
function begin(): CoreDriver {
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks: [{ key: "T1" }, { key: "T2" }] }]);
  talk(core);
  return core;
}

function talk(core: CoreDriver, continues?: AttemptId): void {
  core.schedule();
  const goesOn = continues === undefined ? {} : { continues };
  core.send({ kind: "attempt_started", ...core.claim(T1), sandbox: "process", ...goesOn });
  const session = { id: "s-1", executor: "claude", agent: "claude-agent-acp 0.100.0" };
  core.send({ kind: "session_opened", ...core.claim(T1), session, how: "new" });
}

const quiet = (core: CoreDriver) =>
  core.send({ kind: "attempt_stuck", ...core.claim(T1), quietMs: 10 * 60_000 });

it("asks about an agent of which nothing is seen; it goes on and holds no slot meanwhile", () => {
  const core = begin();
  quiet(core);
  expect(core.decision("D-1")).toMatchObject({
    question: "T1 may be stuck: nothing was seen of command for 10 min",
    options: [{ id: "wait", recommended: true }, { id: "again" }, { id: "cancel" }],
  });
  expect(core.attempt(T1).state).toMatchObject({ kind: "waiting", decision: "D-1" });
  expect(quiet(core)).toEqual([]);
});

it("asks again after it was answered, and once for one time at which it is quiet", () => {
  const core = begin();
  quiet(core);
  core.resolve("D-1", "wait");
  core.send({ kind: "attempt_answered", ...core.claim(T1) });
  expect(core.attempt(T1).state.kind).toBe("running");
  quiet(core);
  expect(core.open()).toEqual(["D-2"]);
});

it("asks nobody any more once it moves, or has ended", () => {
  const core = begin();
  quiet(core);
  core.send({ kind: "attempt_moved", ...core.claim(T1) });
  expect(core.decision("D-1").state).toMatchObject({ kind: "withdrawn", reason: "a-1 moves again" });
  expect(core.attempt(T1).state.kind).toBe("running");
  expect(core.send({ kind: "attempt_moved", ...core.claim(T1) })).toEqual([]);
  quiet(core);
  core.end(T1, "lost");
  expect(core.decision("D-2").state.kind).toBe("withdrawn");
  expect(core.task(T1)).toMatchObject({ state: { kind: "ready" }, resumes: "a-1" });
});

it("asks of one that makes nothing without taking its slot; each of the two questions ends for itself", () => {
  const core = begin();
  const busy = { reason: "40 calls of tools, and nothing changed", advice: "Read its log." };
  const claim = core.claim(T1);
  core.send({ kind: "attempt_stuck", ...claim, quietMs: 0, busy });
  expect(core.attempt(T1).state.kind).toBe("running");
  quiet(core);
  expect(core.attempt(T1).state).toMatchObject({ kind: "waiting", decision: "D-2" });
  core.send({ kind: "attempt_moved", ...claim });
  expect(core.open()).toEqual(["D-1"]);
  quiet(core);
  core.send({ kind: "attempt_moved", ...claim, busy: true });
  expect(core.open()).toEqual(["D-3"]);
  expect(core.attempt(T1).state).toMatchObject({ kind: "waiting", decision: "D-3" });
});

it("asks nothing about an agent that waits for an answer itself", () => {
  const core = begin();
  quiet(core);
  core.send({ kind: "attempt_moved", ...core.claim(T1) });
  const { subject: _, ...draft } = core.decision("D-1");
  const question = { ...draft, subject: { kind: "question", key: "K" }, contentKey: "k" } as const;
  core.send({
    kind: "attempt_asked",
    ...core.claim(T1),
    question: { ...question, autoResolveMinutes: null },
  });
  expect(quiet(core)).toEqual([]);
});

it("goes on with the conversation however often a person wants it started again", () => {
  const core = begin();
  for (const nth of [1, 2, 3, 4]) {
    quiet(core);
    core.resolve(`D-${nth}`, "again");
    core.send({ kind: "attempt_answered", ...core.claim(T1) });
    const failure = { kind: "stuck", message: "nothing was seen of it", retryAt: null } as const;
    const rest = { outcome: "failed", reason: "stuck", tail: [], workMs: 5, salvage: null } as const;
    core.send({ kind: "attempt_failed", ...core.claim(T1), ...rest, failure });
    expect(core.task(T1)).toMatchObject({ state: { kind: "ready" }, resumes: "a-1" });
    talk(core, "a-1" as AttemptId);
  }
});

it("cancels the workstream where a person wants that", () => {
  const core = begin();
  quiet(core);
  core.resolve("D-1", "cancel");
  expect(core.workstream("a").intent).toBe("cancelled");
  core.end(T1, "cancelled");
  expect(core.open()).toEqual([]);
});
