import { describe, expect, it } from "vitest";
import type { TaskInput, WorkstreamInput } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { chooseSession, listUsers, mayBeReused } from "./choose.ts";

const MINUTE = 60_000;
const reuse = { withinMs: 30 * MINUTE };
const agent = (key: string, more: Partial<TaskInput> = {}): TaskInput => ({
  ...{ key, executor: "claude", script: null, reuse },
  ...more,
});

/** `T1` is done by an agent, and what comes after it has been launched. */
function begin(tasks: WorkstreamInput["tasks"] = [agent("T1"), agent("T2")]): CoreDriver {
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks }]);
  core.schedule();
  finish(core, "a#T1");
  core.schedule();
  return core;
}

function finish(core: CoreDriver, task: string): void {
  const session = { id: "s-1", executor: "claude", agent: "an agent 1" };
  core.start(task);
  core.send({ kind: "session_opened", ...core.claim(task), session, how: "new" });
  core.succeed(task);
  core.join(task);
}

const choose = (core: CoreDriver, task: string, executor = "claude", model: string | null = null) =>
  chooseSession(core.state, core.task(task), { executor, model, now: core.now });

describe("the conversation of the task before", () => {
  it("is gone on with by the same executor and model in its time", () => {
    const core = begin();
    core.wait(29);
    expect(choose(core, "a#T2")).toEqual({ from: "a-1", reason: "a-1 ended 29 min ago (limit 30 min)" });
    core.wait(2);
    expect(choose(core, "a#T2")).toEqual({
      from: null,
      reason: "a-1 ended 31 min ago, which is too long (limit 30 min)",
    });
  });

  it("is nobody's where nobody asks for it", () => {
    expect(choose(begin([agent("T1"), { ...agent("T2"), reuse: undefined } as never]), "a#T2")).toBeNull();
  });

  it("is not for another executor or model", () => {
    const core = begin();
    expect(choose(core, "a#T2", "codex")).toMatchObject({
      from: null,
      reason: expect.stringContaining("codex"),
    });
    expect(choose(core, "a#T2", "claude", "opus")?.reason).toBe("no task before it was done by claude:opus");
  });

  it("is not that of a program, nor of a task that is to be done again", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: [agent("T1"), agent("T2")] }]);
    core.schedule();
    core.finish("a#T1");
    core.schedule();
    expect(choose(core, "a#T2")?.from).toBeNull();
  });

  it("is gone on with by one of two that start beside each other", () => {
    const core = begin([agent("T1"), agent("T2", { parallel: true }), agent("T3", { parallel: true })]);
    const choice = choose(core, "a#T2");
    core.send({
      ...{ kind: "attempt_started", ...core.claim("a#T2"), sandbox: "process", continues: "a-1" as never },
      ...(choice === null ? {} : { conversation: choice }),
    });
    expect(core.attempt("a#T2").conversation).toEqual(choice);
    expect(choose(core, "a#T3")).toEqual({ from: null, reason: "the conversation of a-1 goes on with a-2" });
    expect(listUsers(core.state, "a-1" as never).map(({ id }) => id)).toEqual(["a-1", "a-2"]);
  });
});

describe("a workspace that another task may take over", () => {
  it("is kept in its time, and no longer than somebody may ask", () => {
    const core = begin();
    expect(mayBeReused(core.state, "a-1" as never, core.now)).toBe(true);
    expect(mayBeReused(core.state, "a-1" as never, core.now + 31 * MINUTE)).toBe(false);
    finish(core, "a#T2");
    expect(mayBeReused(core.state, "a-1" as never, core.now)).toBe(false);
    expect(mayBeReused(core.state, core.attempt("a#T2").id, core.now)).toBe(false);
  });

  it("is kept for a task that may start with the same cheaper model", () => {
    const cheaper = { executor: "claude", model: "haiku" };
    const route = { type: "testing", reasons: [], fallbacks: [], said: null, cheaper } as const;
    const core = begin([agent("T1", { model: "haiku" }), agent("T2", { model: "opus", route })]);
    expect(choose(core, "a#T2", "claude", "haiku")).toMatchObject({ from: "a-1" });
    expect(mayBeReused(core.state, "a-1" as never, core.now)).toBe(true);
  });

  it("is not kept in a workstream that is cancelled", () => {
    const core = begin();
    core.intend("a", "cancelled");
    expect(mayBeReused(core.state, "a-1" as never, core.now)).toBe(false);
  });
});
