import { describe, expect, it } from "vitest";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { toTaskId } from "../model/ids.ts";
import type { RouteFailure, TaskRoute } from "../model/route.ts";
import { formatChoice, parseChoice } from "../routing/choice.ts";
import { dumpState, loadState } from "../snapshot.ts";
import { takeNextRoute } from "./routes.ts";
import { Step } from "./step.ts";

const read = (text: string) => parseChoice(text) ?? { executor: text, model: null };

const routeTo = (...fallbacks: string[]): TaskRoute => ({
  type: "testing",
  reasons: ["the executor of the config"],
  fallbacks: fallbacks.map(read),
  said: null,
});

/** `a#T` is claude's, with two that take over. */
function begin(): CoreDriver {
  const core = new CoreDriver();
  const route = routeTo("codex", "gemini");
  core.begin([{ id: "a", tasks: [{ key: "T", script: null, executor: "claude", model: "opus", route }] }]);
  return core;
}

const reroute = (to: string, task = "T") =>
  ({ kind: "reroute_task", task: toTaskId("a", task), to: read(to), reason: "as asked" }) as const;

const show = (core: CoreDriver, id = "a#T"): string => {
  const task = core.task(id);
  return [task, ...(task.route?.fallbacks ?? [])].map(formatChoice).join(" > ");
};

const whoOf = (core: CoreDriver) => {
  const { executor, model } = core.attempt("a#T");
  return { executor, model };
};

/** What the engine's decision on a failed attempt does with it, in the same step. */
function takeOver(core: CoreDriver, kind: RouteFailure): boolean {
  const task = core.task("a#T");
  const { attempt, fence } = core.claim("a#T");
  const step = new Step(core.state, core.state.at + 1);
  const rest = { outcome: "failed", reason: "gone", workMs: 1, salvage: null } as const;
  step.emit({ kind: "attempt_ended", attempt, fence, ...rest });
  const isTaken = takeNextRoute(step, task.id, { ...whoOf(core), kind, message: "gone" });
  if (isTaken) core.state = step.state;
  return isTaken;
}

describe("reroute_task", () => {
  it("changes who does a task from its next attempt on, and what comes after it", () => {
    const core = begin();
    core.send(reroute("codex:mini"));
    expect(show(core)).toBe("codex:mini > codex > gemini > claude:opus");
    expect(core.schedule()).toEqual(["a#T"]);
    expect(core.attempt("a#T")).toMatchObject({ executor: "codex", model: "mini" });
    expect(core.refused(reroute("claude")).code).toBe("task-busy");
    core.finish("a#T");
    expect(core.refused(reroute("claude")).code).toBe("task-ended");
    expect(core.refused(reroute("claude", "X")).code).toBe("unknown-task");
  });

  it("to the same executor changes nothing", () => {
    const core = begin();
    expect(core.send(reroute("claude:opus"))).toEqual([]);
  });

  it("does not touch a person's word", () => {
    const core = new CoreDriver();
    const review = { kind: "review", executor: "person", script: null, returnsTo: ["tasks"] } as const;
    core.begin([{ id: "a", tasks: ["T", { key: "R", ...review, requires: ["task:a#T"] }] }]);
    expect(core.refused(reroute("claude", "R")).code).toBe("not-allowed");
  });

  it("frees a task that nobody could do, and asks no more about it", () => {
    const core = new CoreDriver();
    const refusal = "no run block, and no agent is here";
    core.begin([{ id: "a", tasks: ["S", { key: "T", script: null, refusal, requires: ["task:a#S"] }] }]);
    expect(core.runOn()).toEqual(["a#S"]);
    expect(core.open()).toEqual(["D-1"]);
    const [first, ...rest] = core.send(reroute("claude"));
    expect([first, rest.map(({ kind }) => kind)]).toMatchObject([
      { kind: "task_rerouted", from: read("command"), to: read("claude"), failure: null },
      ["decision_withdrawn"],
    ]);
    expect(core.open()).toEqual([]);
    expect(core.schedule()).toEqual(["a#T"]);
    expect(core.attempt("a#T").executor).toBe("claude");
  });

  it("leaves a task blocked by what else blocks it", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: [{ key: "T", script: null, refusal: "nobody" }] }]);
    const step = new Step(core.state, core.state.at);
    const task = toTaskId("a", "T");
    const other = { kind: "handoff", source: task, message: "gone" } as const;
    step.emit({ kind: "task_blocked", task, by: [{ kind: "no_executor", message: "nobody" }, other] });
    core.state = step.state;
    core.send(reroute("claude"));
    expect(core.task("a#T").state).toEqual({ kind: "blocked", by: [other] });
  });

  it("is in the snapshot as it is in the state", () => {
    const core = begin();
    core.send(reroute("gemini"));
    core.schedule();
    const loaded = loadState(dumpState(core.state));
    expect(loaded.tasks.get(toTaskId("a", "T"))).toEqual(core.task("a#T"));
    expect([...loaded.attempts.values()]).toEqual([...core.state.attempts.values()]);
  });
});

describe("takeNextRoute", () => {
  it("goes from one to the next along a task's attempts, each once, and gives up after the last", () => {
    const core = begin();
    for (const next of ["codex", "gemini"]) {
      core.schedule();
      core.start("a#T");
      expect([takeOver(core, "crashed"), core.task("a#T").executor]).toEqual([true, next]);
    }
    expect(core.task("a#T").route?.tried?.map(({ executor, kind }) => `${executor} ${kind}`)).toEqual([
      "claude crashed",
      "codex crashed",
    ]);
    core.schedule();
    core.start("a#T");
    expect(takeOver(core, "crashed")).toBe(false);
  });

  it("takes no retry away", () => {
    const core = new CoreDriver();
    const route = routeTo("codex");
    core.begin([{ id: "a", tasks: [{ key: "T", script: null, executor: "claude", route, retries: 1 }] }]);
    core.schedule();
    core.fail("a#T");
    expect(core.task("a#T").retried).toBe(1);
    core.schedule();
    core.start("a#T");
    expect(takeOver(core, "stuck")).toBe(true);
    expect(core.task("a#T")).toMatchObject({ retried: 1, executor: "codex", state: { kind: "ready" } });
  });

  it("starts over once somebody has decided that the task is to be tried again", () => {
    const core = begin();
    core.schedule();
    core.start("a#T");
    takeOver(core, "crashed");
    core.schedule();
    core.fail("a#T");
    core.resolve(core.open()[0] ?? "", "retry");
    expect(core.task("a#T").route?.tried).toBeUndefined();
    expect(show(core)).toBe("codex > gemini > claude:opus");
    core.schedule();
    core.start("a#T");
    takeOver(core, "rate_limit");
    core.schedule();
    core.start("a#T");
    expect([takeOver(core, "rate_limit"), core.task("a#T").executor]).toEqual([true, "claude"]);
  });
});
