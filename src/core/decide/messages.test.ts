import { describe, expect, it } from "vitest";
import type { WorkstreamInput } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { PLACES, POLICY } from "../autonomy/fixture.ts";
import { evolve } from "../evolve/evolve.ts";
import type { AgentSession } from "../model/agent.ts";
import type { QuestionDraft } from "../model/command.ts";
import { toTaskId, toWorkstreamId } from "../model/ids.ts";
import { emptyState } from "../model/state.ts";
import { explainTask } from "../report/why.ts";
import { dumpState, loadState } from "../snapshot.ts";
import { INBOX_MAX } from "./messages.ts";

const SESSION: AgentSession = { id: "s-1", executor: "claude", agent: "an agent 1.0" };
const QUESTION: QuestionDraft = {
  ...{ contentKey: "k", type: "implementation", priority: "high", subject: { kind: "question", key: "K" } },
  ...{ question: "Which?", context: "", location: null, blocksProgress: true, deadline: null },
  options: [{ id: "a", label: "the first", description: "", implications: [], recommended: false }],
  ...{ defaultOption: null, autoResolveMinutes: null },
};
const AGENT = { executor: "claude", script: null } as const;

/** `b#T` wants the news of `a`, and is at work with an agent. */
function begin(tasks: WorkstreamInput["tasks"] = ["T1", "T2"], news = [toWorkstreamId("a")]): CoreDriver {
  const core = new CoreDriver();
  core.begin([
    { id: "b", tasks: [{ key: "T", ...AGENT, knowledge: news, news }] },
    { id: "a", tasks },
  ]);
  core.schedule();
  core.start("b#T");
  speak(core);
  return core;
}

function speak(core: CoreDriver): void {
  core.send({ kind: "session_opened", ...core.claim("b#T"), session: SESSION, how: "new" });
}

const turn = (core: CoreDriver): void => {
  core.send({ kind: "turn_ended", ...core.claim("b#T"), stop: "end_turn", checkpoint: null });
};
const take = (core: CoreDriver): readonly number[] =>
  core
    .send({ kind: "take_messages", ...core.claim("b#T") })
    .flatMap((event) => (event.kind === "messages_delivered" ? event.numbers : []));
const sent = (core: CoreDriver) =>
  core.history.flatMap((event) => (event.kind === "message_sent" ? [event.message] : []));
const subjects = (core: CoreDriver): string[] => sent(core).map(({ payload }) => payload.subject);
const succeed = (core: CoreDriver) =>
  core.refused({
    ...{ kind: "attempt_succeeded", ...core.claim("b#T"), commit: "c".repeat(40), files: [] },
    ...{ added: 0, deleted: 0, workMs: 1, warnings: [] },
  });
/** A new attempt of `b#T`. */
function startAgain(core: CoreDriver): void {
  core.schedule();
  core.start("b#T");
}

describe("a task that wants the news of others", () => {
  it("starts without them", () => {
    expect(begin().task("b#T").state.kind).toBe("running");
  });

  it("is told once what is handed off while it works, in order", () => {
    const core = begin();
    core.finish("a#T1");
    core.finish(...core.schedule());
    expect(sent(core)).toMatchObject([
      { from: "a#T1", to: "b#T", number: 1, type: "handoff", payload: { subject: "a#T1 is done: do T1" } },
      { from: "a#T2", to: "b#T", number: 2, type: "handoff" },
    ]);
    turn(core);
    expect(take(core)).toEqual([1, 2]);
    turn(core);
    expect(take(core)).toEqual([]);
  });

  it("does not complete while a message stands for it", () => {
    const core = begin();
    core.finish("a#T1");
    turn(core);
    expect(succeed(core).code).toBe("messages-untold");
    take(core);
    turn(core);
    core.succeed("b#T");
    core.join("b#T");
    core.finish(...core.schedule());
    expect(sent(core)).toHaveLength(1);
  });

  it("is told again what it may not have read: the turn that began with it had not ended", () => {
    const core = begin();
    core.finish("a#T1");
    turn(core);
    expect(take(core)).toEqual([1]);
    core.end("b#T", "lost");
    startAgain(core);
    const { id } = core.attempt("b#T");
    const told = [{ delivered: { attempt: id, turn: 1, how: "start" } }];
    expect(core.task("b#T").inbox).toMatchObject(told);
    speak(core);
    turn(core);
    core.end("b#T", "lost");
    startAgain(core);
    expect(core.task("b#T").inbox).toMatchObject(told);
  });

  it("is told nothing where what is there is only checked: that stands for whoever works on it next", () => {
    const core = begin();
    core.finish("a#T1");
    turn(core);
    expect(take(core)).toEqual([1]);
    const { id } = core.attempt("b#T");
    core.end("b#T", "lost");
    core.schedule();
    const start = { kind: "attempt_started", ...core.claim("b#T"), sandbox: "" } as const;
    core.send({ ...start, continues: id, onlyChecks: true });
    expect(core.attempt("b#T")).toMatchObject({ onlyChecks: true, finished: true });
    expect(core.task("b#T").inbox).toMatchObject([{ delivered: { attempt: id } }]);
    core.end("b#T", "lost");
    startAgain(core);
    expect(core.task("b#T").inbox).toMatchObject([{ delivered: { attempt: core.attempt("b#T").id } }]);
  });

  it("is told at its next start what came when it had none", () => {
    const core = begin();
    core.end("b#T", "lost");
    core.finish("a#T1");
    startAgain(core);
    expect(core.task("b#T").inbox).toMatchObject([{ number: 1, delivered: { how: "start", turn: 1 } }]);
  });

  it("finds in its briefing what was handed off before it began", () => {
    const core = new CoreDriver();
    const news = [toTaskId("a", "T1")];
    core.begin([
      { id: "a", tasks: ["T1"] },
      { id: "b", tasks: ["first", { key: "T", ...AGENT, knowledge: news, news }] },
    ]);
    core.schedule();
    core.finish("a#T1");
    expect(sent(core)).toEqual([]);
  });

  it("is told what its agent decides and what a person answers it", () => {
    const core = begin(["T1"], [toTaskId("a", "T1") as never]);
    core.start("a#T1");
    const said = { subject: "ids", choice: "UUID", reason: "they are  many", confidence: 0.95 };
    const judging = { policy: POLICY, places: PLACES, tests: "none" as const };
    core.send({ kind: "choice_reported", ...core.claim("a#T1"), ...said, ...judging });
    core.send({ kind: "attempt_asked", ...core.claim("a#T1"), question: QUESTION });
    core.resolve(core.open()[0] ?? "", "a");
    expect(sent(core).map(({ type, payload }) => [type, payload])).toEqual([
      ["decision", { subject: "a#T1 decided ids: UUID", text: "they are many (95 % sure)", path: null }],
      ["decision", { subject: 'D-1 of a#T1, "Which?": a (the first)', text: "because", path: null }],
    ]);
  });

  it("hears that nothing comes: of a failure, of what was skipped, of a cancelled workstream", () => {
    const core = begin();
    core.fail("a#T1");
    core.resolve("D-1", "skip");
    core.intend("a", "cancelled");
    expect(subjects(core)).toEqual([
      "no handoff comes from a#T1 for now: it failed (exit 1); a person decides what becomes of it (D-1)",
      "no handoff comes from a#T1 for now: it was skipped by user: because",
      "nothing more comes from a: the workstream was cancelled",
    ]);
    expect(core.task("b#T").state.kind).toBe("running");
  });

  it("gets a bounded number, the last of which says so", () => {
    const tasks = Array.from({ length: INBOX_MAX + 5 }, (_, at) => ({ key: `T${at}`, parallel: true }));
    const core = begin(tasks);
    const running = (): string[] =>
      tasks.map(({ key }) => `a#${key}`).filter((id) => core.task(id).state.kind === "running");
    for (let open = running(); open.length > 0; open = running()) {
      core.finish(...open);
      core.schedule();
    }
    expect(sent(core)).toHaveLength(INBOX_MAX);
    expect(sent(core).at(-1)).toMatchObject({ type: "more", number: INBOX_MAX });
    turn(core);
    expect(take(core)).toHaveLength(INBOX_MAX);
  });

  it("keeps a message short, and its words until it is done", () => {
    const core = begin(["T1"]);
    core.start("a#T1");
    core.succeed("a#T1");
    core.send({
      ...{ kind: "task_joined", ...core.claim("a#T1"), tip: null, handoff: { commit: null, path: "a/t1/x" } },
      ...{ artifacts: [], artifact: { outcome: "x".repeat(10_000), files: ["a.txt"] } },
    });
    const [message] = sent(core);
    expect(message?.payload.text).toHaveLength(4_000);
    expect(message?.payload.path).toBe("a/t1/x");
    take(core);
    expect(core.task("b#T").inbox?.[0]?.payload.text).toHaveLength(4_000);
    turn(core);
    core.succeed("b#T");
    core.join("b#T");
    expect(core.task("b#T").inbox?.[0]?.payload).toMatchObject({ text: "", path: "a/t1/x" });
  });

  it("does not keep a program waiting, which is told nothing", () => {
    const core = new CoreDriver();
    const news = [toWorkstreamId("a")];
    core.begin([
      { id: "a", tasks: ["T1"] },
      { id: "b", tasks: [{ key: "T", knowledge: news, news }] },
    ]);
    core.schedule();
    core.start("b#T");
    core.finish("a#T1");
    core.succeed("b#T");
    core.join("b#T");
    expect(core.task("b#T")).toMatchObject({ state: { kind: "completed" }, inbox: [{ delivered: null }] });
  });

  it("is told the same after a snapshot and a replay", () => {
    const core = begin();
    core.finish("a#T1");
    const replayed = core.history.reduce(evolve, emptyState());
    expect(dumpState(replayed)).toBe(dumpState(core.state));
    core.state = loadState(dumpState(core.state));
    core.finish(...core.schedule());
    turn(core);
    expect(take(core)).toEqual([1, 2]);
  });

  it("says why it is where it is", () => {
    const core = begin();
    core.finish("a#T1");
    expect(explainTask(core.state, core.task("b#T")).slice(2)).toEqual([
      "It does not wait for a#T2: it is told at work what they hand off.",
      "1 message came for it, 1 of them still to be told: osqr show b#T",
    ]);
  });
});
