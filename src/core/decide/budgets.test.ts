import { describe, expect, it } from "vitest";
import type { TaskInput, WorkstreamInput } from "../../../test/support/core-builders.ts";
import { PROJECT, question } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { checkBudget, checkSilent } from "../budget/check.ts";
import { hasLimits, NO_BUDGET } from "../budget/limits.ts";
import { listSavings, savingsOf } from "../budget/savings.ts";
import type { Budget, Limit } from "../model/budget.ts";
import { toRunId, toWorkstreamId } from "../model/ids.ts";

const tokens = (most: number | null): Limit => ({ tokens: most, microUsd: null });

/** A task of an agent that reserves so many tokens, and as many millionths of a dollar. */
function agentTask(key: string, most = 100, changes: Partial<TaskInput> = {}): TaskInput {
  const range = { low: 1, high: most };
  const cost = { tokens: range, microUsd: range, source: "default" } as const;
  return { key, executor: "agent", script: null, cost, ...changes };
}

function begin(budget: Partial<Budget>, inputs: readonly WorkstreamInput[]): CoreDriver {
  const core = new CoreDriver();
  core.register(inputs);
  go(core, budget, ...inputs.map(({ id }) => id));
  return core;
}

function go(core: CoreDriver, budget: Partial<Budget>, ...names: string[]): void {
  const rest = { approve: [], approveAll: false, planningMs: 0, maxParallel: 8, by: "user" };
  const include = names.map(toWorkstreamId);
  core.send({ kind: "go", project: PROJECT, include, ...rest, budget: { ...NO_BUDGET, ...budget } });
}

function use(core: CoreDriver, task: string, inputTokens: number, microUsd: number | null = null): void {
  const usage = { inputTokens, cachedTokens: null, outputTokens: 0, microUsd, model: null };
  core.send({ kind: "attempt_used", ...core.claim(task), usage });
}

const each = (...ids: string[]): WorkstreamInput[] => ids.map((id) => ({ id, tasks: [agentTask("T")] }));
const heldOf = (core: CoreDriver, task: string) => {
  const { state } = core.task(task);
  return state.kind === "ready" ? state.held : state.kind;
};

describe("a wave of starts", () => {
  it("stays within the run's limit together; the rest is held back", () => {
    const core = begin({ run: tokens(250) }, each("a", "b", "c"));
    expect(core.schedule()).toEqual(["a#T", "b#T"]);
    expect(core.held()).toEqual(["c#T budget: does not fit the 250 tokens of the run"]);
    expect(core.open()).toEqual([]);
    expect(core.state.ledgers.get("r-1")).toMatchObject({ reserved: { tokens: 200 }, attempts: 2 });
  });

  it("goes on with what an attempt gives back", () => {
    const core = begin({ run: tokens(250) }, each("a", "b", "c"));
    core.schedule();
    core.start("a#T");
    use(core, "a#T", 40, 1);
    core.succeed("a#T");
    expect(core.schedule()).toEqual(["c#T"]);
    expect(core.state.ledgers.get("r-1")).toMatchObject({ used: { tokens: 40 }, reserved: { tokens: 200 } });
  });

  it("keeps the limit of a spec where the run has none, and looks for none where nobody gave one", () => {
    const core = new CoreDriver();
    core.register([...each("a"), { id: "b", tasks: [agentTask("T")], changes: { budget: tokens(50) } }]);
    const rest = { approve: [], approveAll: false, planningMs: 0, maxParallel: 8, by: "user" };
    core.send({ kind: "go", project: PROJECT, include: [toWorkstreamId("a")], ...rest });
    expect(hasLimits(core.state)).toBe(false);
    core.send({ kind: "go", project: PROJECT, include: [toWorkstreamId("b")], ...rest });
    expect(hasLimits(core.state)).toBe(true);
    expect(core.schedule()).toEqual(["a#T"]);
    expect(core.decision("D-1").subject).toMatchObject({ scope: { kind: "workstream", id: "b" } });
  });

  it("keeps the limit of each workstream and each task", () => {
    const two = [agentTask("T1", 100, { parallel: true }), agentTask("T2", 100, { parallel: true })];
    const core = begin({ workstream: tokens(150) }, [
      { id: "a", tasks: two },
      { id: "b", tasks: two },
    ]);
    expect(core.schedule()).toEqual(["a#T1", "b#T1"]);
    const small = begin({ task: tokens(99) }, each("a"));
    expect(small.schedule()).toEqual([]);
    expect(small.decision("D-1").subject).toMatchObject({
      kind: "budget",
      scope: { kind: "task", id: "a#T" },
    });
  });

  it("does not count what costs nothing", () => {
    const core = begin({ run: tokens(0) }, [{ id: "a", tasks: ["T"] }, ...each("b")]);
    expect(core.schedule()).toEqual(["a#T"]);
    expect(core.state.attempts.get("a-1" as never)?.spending).toBeUndefined();
  });
});

describe("where nothing can make room", () => {
  it("the operator is asked once, and a raise lets the work go on", () => {
    const core = begin({ run: tokens(150) }, each("a", "b", "c"));
    core.schedule();
    core.finish("a#T");
    expect(core.schedule()).toEqual([]);
    core.schedule();
    expect(core.open()).toEqual(["D-1"]);
    const { question: asked, options, askers, type } = core.decision("D-1");
    expect([asked, type, askers]).toEqual([
      "The budget of the run is 150 tokens: 100 tokens are used or reserved, 200 tokens more do not fit",
      "resource",
      ["b#T", "c#T"],
    ]);
    expect(options.map(({ id, label }) => `${id}: ${label}`)).toEqual([
      "raise: raise to 300 tokens",
      "unlimited: go on without limit",
      "stop: stop",
    ]);
    core.resolve("D-1", "raise");
    expect(core.schedule()).toEqual(["b#T", "c#T"]);
  });

  it("one question names all limits that keep work back, and one answer raises them", () => {
    const core = begin({ run: tokens(80), task: { tokens: null, microUsd: 60 } }, each("a"));
    expect(core.schedule()).toEqual([]);
    core.schedule();
    expect(core.open()).toEqual(["D-1"]);
    const { question: asked, options } = core.decision("D-1");
    expect(asked).toBe(
      "The budget of the run is 80 tokens: 0 tokens are used or reserved, 100 tokens more do not fit; " +
        "the budget of task a#T is $0.0001: $0 are used or reserved, $0.0001 more do not fit",
    );
    expect(options[0]?.label).toBe("raise the run to 100 tokens, task a#T to $0.0001");
    core.resolve("D-1", "raise");
    expect(core.schedule()).toEqual(["a#T"]);
  });

  it("a limit that only what is under way fills is not asked about, one that nothing can make room in is", () => {
    const core = begin({ run: tokens(150), task: { tokens: null, microUsd: 60 } }, [
      { id: "a", tasks: [agentTask("T", 60)] },
      { id: "b", tasks: [agentTask("T", 100)] },
    ]);
    expect(core.schedule()).toEqual(["a#T"]);
    core.schedule();
    expect(core.decision("D-1").subject).toMatchObject({ scope: { kind: "task", id: "b#T" } });
    expect(core.decision("D-1").subject).not.toHaveProperty("also");
  });

  it("a run rests and needs you", () => {
    const core = begin({ run: tokens(50) }, each("a"));
    core.schedule();
    expect(core.state.runs.get(toRunId(1))?.status).toBe("needs_you");
  });

  it("the limit can be taken away, for good", () => {
    const core = begin({ run: tokens(50) }, each("a", "b"));
    core.schedule();
    core.resolve("D-1", "unlimited");
    expect(core.schedule()).toEqual(["a#T", "b#T"]);
  });

  it("stop pauses what waits and leaves alone what costs nothing", () => {
    const core = begin({ run: tokens(50) }, [...each("a"), { id: "b", tasks: ["T"] }]);
    core.schedule();
    core.resolve("D-1", "stop");
    expect([core.workstream("a").intent, core.workstream("b").intent]).toEqual(["paused", "run"]);
    core.schedule();
    expect(core.open()).toEqual([]);
    core.intend("a", "run");
    core.schedule();
    expect(core.open()).toEqual(["D-2"]);
  });

  it("a budget of 0 says what it means", () => {
    const core = begin({ run: { tokens: null, microUsd: 0 } }, each("a"));
    core.schedule();
    expect(core.decision("D-1").question).toBe("The budget of the run is 0: nothing that costs may start");
    // However little is reserved at a time, it does not fit.
    expect(listSavings(core.state, toRunId(1), "full")).toEqual([]);
  });

  it("an attempt that waits for a person does not hold up the question", () => {
    const core = begin({ run: tokens(150) }, each("a", "b"));
    core.schedule();
    core.start("a#T");
    core.send({ kind: "attempt_asked", ...core.claim("a#T"), question: question("Q") });
    core.schedule();
    expect(core.open().map((id) => core.decision(id).subject.kind)).toEqual(["question", "budget"]);
  });

  it("the question goes away with its reason", () => {
    const core = begin({ run: tokens(50) }, each("a"));
    core.schedule();
    go(core, { run: tokens(500) }, "a");
    expect(core.schedule()).toEqual(["a#T"]);
    core.schedule();
    expect(core.decision("D-1").state.kind).toBe("withdrawn");
  });
});

it("another budget in the config holds from the next go on, also against an earlier decision", () => {
  const core = begin({ run: tokens(50) }, each("a", "b"));
  core.schedule();
  core.resolve("D-1", "unlimited");
  go(core, { run: tokens(50) }, "a", "b");
  expect(core.kinds()).not.toContain("run_extended");
  go(core, { run: tokens(120) }, "a", "b");
  expect(core.schedule()).toEqual(["a#T"]);
});

describe("in the red zone", () => {
  it("work of low priority waits while other work goes on, and is not forgotten", () => {
    const low = { id: "z", tasks: [agentTask("T", 10)], changes: { priority: "low" as const } };
    const core = begin({ run: tokens(1_000) }, [{ id: "a", tasks: [agentTask("T", 900)] }, low]);
    core.send({
      kind: "register",
      project: PROJECT,
      registrations: [],
      ranks: { tasks: [{ task: "z#T" as never, tailMs: 1, priority: "low" }], overlaps: [], stacks: [] },
    });
    expect(core.schedule(1)).toEqual(["a#T"]);
    expect(savingsOf(core.state, toRunId(1))).toMatchObject({ zone: "red", isRed: true });
    expect(core.schedule()).toEqual([]);
    expect(heldOf(core, "z#T")).toBe("budget: low priority waits for the rest, nearly all is used");
    core.start("a#T");
    use(core, "a#T", 890, 1);
    core.succeed("a#T");
    expect(core.schedule()).toEqual(["z#T"]);
  });

  const CHEAPER = { executor: "agent", model: "small" };
  const cheaperTask = (changes: Partial<TaskInput> = {}): TaskInput =>
    agentTask("T", 50, {
      model: "large",
      route: { type: "testing", reasons: [], fallbacks: [], said: null, cheaper: CHEAPER },
      ...changes,
    });
  const launchesOf = (core: CoreDriver) =>
    core.history.flatMap((event) => (event.kind === "attempts_claimed" ? event.launches : []));

  it("a start takes the cheaper route and a smaller briefing, and says so; before it does not", () => {
    const inputs = [
      { id: "a", tasks: [agentTask("T", 900)] },
      { id: "b", tasks: [cheaperTask()] },
    ];
    const core = begin({ run: tokens(1_000) }, inputs);
    core.schedule(1);
    core.schedule(2);
    const [first, second] = launchesOf(core);
    expect([first?.saves, first?.model]).toEqual([undefined, undefined]);
    expect(second).toMatchObject({ ...CHEAPER, saves: ["small_briefing", "cheaper_route"] });
    expect(second?.reason).toContain(
      "nearly all of the run's budget is used: a smaller briefing, agent:small in place of agent:large",
    );
    expect(core.attempt("b#T")).toMatchObject({ ...CHEAPER, saves: ["small_briefing", "cheaper_route"] });
    // The next one, where there is room again, is done as ever.
    expect(core.task("b#T")).toMatchObject({ executor: "agent", model: "large" });
    const green = begin({ run: tokens(1_000) }, [{ id: "b", tasks: [cheaperTask()] }]);
    green.schedule();
    expect(launchesOf(green)[0]).not.toHaveProperty("saves");
  });

  it("where the cheaper route fails, the task's own takes over, and the cheaper one is not tried again", () => {
    const route = { type: "testing", reasons: [], fallbacks: [], said: null, cheaper: CHEAPER } as const;
    const cheaper = { executor: "small", model: null };
    const core = begin({ run: tokens(1_000) }, [
      { id: "a", tasks: [agentTask("T", 900)] },
      { id: "b", tasks: [cheaperTask({ route: { ...route, cheaper } })] },
    ]);
    core.schedule(1);
    core.schedule(2);
    core.start("b#T");
    expect(core.attempt("b#T")).toMatchObject(cheaper);
    const failure = { kind: "other", message: "quite broken", retryAt: null } as const;
    const end = { outcome: "failed", reason: "quite broken", tail: [], workMs: 1, salvage: null } as const;
    core.send({ kind: "attempt_failed", ...core.claim("b#T"), ...end, failure });
    expect(core.open()).toEqual([]);
    expect(core.task("b#T")).toMatchObject({
      executor: "agent",
      model: "large",
      route: { fallbacks: [], tried: [{ ...cheaper, kind: "other" }] },
    });
    expect(core.schedule(2)).toEqual(["b#T"]);
    expect(core.attempt("b#T")).toMatchObject({ executor: "agent", model: "large" });
  });

  it("what is suggested first is what saves most, by its priority", () => {
    const inputs = [
      { id: "a", tasks: [agentTask("T", 90_000)] },
      { id: "b", tasks: [cheaperTask({ cost: agentTask("T", 60_000).cost! })] },
    ];
    const core = begin({ run: tokens(100_000) }, inputs);
    core.schedule(1);
    const keys = listSavings(core.state, toRunId(1), "red").map(({ key, isApplied }) => [key, isApplied]);
    // 90k × 1 reserved, 60k × ½ × 2 of the cheaper route, 8k × 2 of the briefing, nothing of low priority.
    expect(keys).toEqual([
      ["fewer_parallel", false],
      ["cheaper_route", true],
      ["small_briefing", true],
      ["low_priority", true],
      ["drop_low_priority", false],
    ]);
  });

  it("nothing is saved before it, nor without a limit", () => {
    const core = begin({ run: tokens(1_000) }, [{ id: "a", tasks: [agentTask("T", 800)] }]);
    core.schedule();
    expect(savingsOf(core.state, toRunId(1))).toMatchObject({ zone: "yellow", isRed: false });
    expect(savingsOf(core.state, null).zone).toBe("green");
  });
});

describe("an attempt under way", () => {
  const run = () => {
    const core = begin({ run: tokens(200) }, each("a", "b"));
    core.schedule();
    core.start("a#T", "b#T");
    return core;
  };
  const check = (core: CoreDriver, task: string) => checkBudget(core.state, core.attempt(task).id);

  it("may use what is kept for it though the limit is reached, and is stopped beyond that", () => {
    const core = run();
    use(core, "a#T", 60);
    expect(check(core, "a#T").verdict).toBe("warn");
    use(core, "a#T", 60);
    expect(check(core, "a#T")).toMatchObject({
      verdict: "stop",
      reasons: ["the run: 220 tokens of 200 tokens (110 %)"],
    });
    expect(check(core, "b#T").verdict).toBe("warn");
  });

  it("goes on beyond its reservation while the limits have room", () => {
    const core = begin({ run: tokens(1_000) }, each("a"));
    core.schedule();
    core.start("a#T");
    use(core, "a#T", 700);
    expect(check(core, "a#T")).toEqual({ verdict: "ok", reasons: [], savings: [] });
    use(core, "a#T", 100);
    // Nothing is left to begin, and no cheaper route is named.
    expect(check(core, "a#T").savings.map(({ key, isApplied }) => `${key} ${isApplied}`)).toEqual([
      "low_priority true",
      "cheaper_route false",
      "small_briefing true",
      "fewer_parallel false",
      "drop_low_priority false",
    ]);
  });

  it("that says nothing may call tools so often, where there is a limit", () => {
    const core = begin({ run: tokens(1_000), toolCalls: 3 }, each("a"));
    core.schedule();
    core.start("a#T");
    const { id } = core.attempt("a#T");
    expect(checkSilent(core.state, id, 2)).toBeNull();
    expect(checkSilent(core.state, id, 3)).toBe(
      "3 calls of tools, and its agent does not say what they cost",
    );
    use(core, "a#T", 1);
    expect(checkSilent(core.state, id, 3)).toBeNull();
    const free = begin({ toolCalls: 3 }, each("a"));
    free.schedule();
    free.start("a#T");
    expect(checkSilent(free.state, free.attempt("a#T").id, 9)).toBeNull();
  });

  it("gets more reserved while there is room, and not beyond", () => {
    const core = begin({ run: tokens(150) }, each("a"));
    core.schedule();
    const more = (most: number) => ({
      kind: "reserve_more" as const,
      ...core.claim("a#T"),
      more: { tokens: most, microUsd: 0 },
    });
    core.send(more(50));
    expect(core.refused(more(1))).toMatchObject({
      code: "budget-exceeded",
      message:
        "a-1: the budget of the run is 150 tokens: 150 tokens are used or reserved, 1 tokens more do not fit",
    });
  });
});

describe("what is told", () => {
  it("is refused where it cannot be, and where the claim is another one's", () => {
    const core = begin({}, each("a"));
    core.schedule();
    const usage = { inputTokens: -1, cachedTokens: null, outputTokens: 1, microUsd: null, model: null };
    const told = { kind: "attempt_used" as const, ...core.claim("a#T"), usage };
    expect(core.refused(told)).toMatchObject({
      code: "bad-usage",
      message: "attempt a-1: inputTokens is -1; expected a whole number from 0 to 10^12, or null",
    });
    expect(core.refused({ ...told, fence: 9 }).code).toBe("stale-claim");
    expect(core.refused({ ...told, attempt: "a-9" as never }).code).toBe("unknown-attempt");
  });

  it("counts after the end too, in the task, its workstream and the run that it was started in", () => {
    const core = begin({}, each("a"));
    core.schedule();
    core.start("a#T");
    core.end("a#T", "failed");
    use(core, "a#T", 70, 9);
    for (const id of ["a#T", "a", "r-1"])
      expect(core.state.ledgers.get(id)).toMatchObject({
        used: { tokens: 70, microUsd: 9 },
        reserved: { tokens: 0, microUsd: 0 },
        assumed: { tokens: 30, microUsd: 91 },
      });
  });

  it("of a workstream that was removed is left in the run alone", () => {
    const core = begin({}, each("a", "b"));
    core.schedule();
    core.start("a#T");
    core.intend("a", "cancelled");
    core.end("a#T", "cancelled");
    core.send({ kind: "remove", workstream: "a" as never, by: "user", reason: "" });
    const usage = { inputTokens: 5, cachedTokens: null, outputTokens: 0, microUsd: null, model: null };
    core.send({ kind: "attempt_used", attempt: "a-1" as never, fence: 1, usage });
    expect([...core.state.ledgers.keys()]).toEqual(["b", "b#T", "r-1"]);
    expect(core.state.ledgers.get("r-1")?.used.tokens).toBe(5);
  });
});

describe("an attempt whose requests osqr counts itself", () => {
  const metered = (core: CoreDriver, inputTokens: number, assumed: number) => {
    const usage = { inputTokens, cachedTokens: null, outputTokens: 0, microUsd: 0, model: "m" };
    const beside = assumed === 0 ? {} : { assumed: { tokens: assumed, microUsd: 0 } };
    core.send({ kind: "attempt_used", ...core.claim("a#T"), usage, source: "metered", ...beside });
  };
  const run = () => {
    const core = begin({ run: tokens(1_000), toolCalls: 3 }, each("a"));
    core.schedule();
    core.start("a#T");
    return core;
  };
  const fail = (core: CoreDriver, outcome: "cancelled" | "lost", isUnaccounted?: true) => {
    const rest = { reason: "over", tail: [], workMs: 1, salvage: null };
    const lost = isUnaccounted === undefined ? {} : { isUnaccounted };
    core.send({ kind: "attempt_failed", ...core.claim("a#T"), outcome, ...rest, ...lost });
  };
  const ledger = (core: CoreDriver) => core.state.ledgers.get("r-1");

  it("gives back what is left; what nobody told stays counted, and is unknown", () => {
    const core = run();
    metered(core, 10, 0);
    metered(core, 5, 30);
    expect(ledger(core)).toMatchObject({
      used: { tokens: 15 },
      assumed: { tokens: 30 },
      reserved: { tokens: 55 },
    });
    fail(core, "cancelled");
    expect(ledger(core)).toMatchObject({
      used: { tokens: 15 },
      assumed: { tokens: 30 },
      reserved: { tokens: 0 },
      unknown: { tokens: 1, microUsd: 0 },
    });
  });

  it("counts whole where osqr ended in the middle: requests may have been under way", () => {
    const core = run();
    metered(core, 10, 0);
    fail(core, "lost", true);
    expect(ledger(core)).toMatchObject({
      used: { tokens: 10 },
      assumed: { tokens: 90 },
      reserved: { tokens: 0 },
    });
  });

  it("is not limited by its calls of tools, whatever was not told of one request", () => {
    const core = run();
    metered(core, 5, 30);
    expect(checkSilent(core.state, core.attempt("a#T").id, 9)).toBeNull();
  });

  it("starts again with what its last request needed", () => {
    const core = run();
    const rest = { reason: "over", tail: [], workMs: 1, salvage: null, wanted: { tokens: 700, microUsd: 1 } };
    metered(core, 500, 0);
    core.send({ kind: "attempt_failed", ...core.claim("a#T"), outcome: "cancelled", ...rest });
    expect(core.schedule()).toEqual([]);
    expect(heldOf(core, "a#T")).toBe("budget: does not fit the 1k tokens of the run");
  });
});
