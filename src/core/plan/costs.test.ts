import { expect, test } from "vitest";
import { NO_BUDGET } from "../budget/limits.ts";
import type { DecisionId } from "../model/ids.ts";
import { buildPlan } from "./build-plan.ts";
import { apply, openState, PROJECT, spec, start, toInput } from "./fixture.ts";
import type { PlanExecutor, PlanInput } from "./input.ts";

const agent: PlanExecutor = { name: "agent", kind: "agent", refuse: () => null };
const command: PlanExecutor = { name: "command", kind: "command", refuse: () => null };

const input = (more: Partial<PlanInput> = {}, executor: string | null = "agent") =>
  toInput([spec("a", "T1,T2", [], { executor }), spec("b", "T1")], {
    executors: [agent, command],
    ...more,
  });

test("a plan says what work of agents will cost, and nothing of what costs nothing", () => {
  const plan = buildPlan(input());
  const [a, b] = plan.workstreams;
  expect(a?.tasks.map(({ cost }) => cost?.tokens)).toEqual([
    { low: 40_000, high: 200_000 },
    { low: 40_000, high: 200_000 },
  ]);
  expect(a?.cost?.microUsd).toEqual({ low: 100_000, high: 800_000 });
  expect([b?.cost, "cost" in (b?.tasks[0] ?? {})]).toEqual([undefined, false]);
  expect(plan.cost).toEqual(a?.cost);
  expect("cost" in buildPlan(input({}, null))).toBe(false);
});

test("it says the limit of a run where there is one", () => {
  const { config } = input();
  const run = { tokens: 5, microUsd: null };
  expect(buildPlan(input({ config: { ...config, budget: { ...NO_BUDGET, run } } })).budget).toEqual(run);
  expect("budget" in buildPlan(input({ config: { ...config, budget: NO_BUDGET } }))).toBe(false);
});

test("of a budget of 0 it says that nothing that costs may start, in place of a limit that could be exceeded", () => {
  const { config } = input();
  const plan = buildPlan(
    input({ config: { ...config, budget: { ...NO_BUDGET, task: { tokens: null, microUsd: 0 } } } }),
  );
  expect(plan.workstreams[0]?.tasks[0]?.limits).toMatchObject({ closedBy: "task" });
});

test("it says how exactly a limit holds on each task, and by how much all at once can go beyond", () => {
  const { config } = input();
  const run = { tokens: 5_000_000, microUsd: null };
  const limited = { ...config, budget: { ...NO_BUDGET, run } };
  const of = (metering: PlanExecutor["metering"]) => {
    const executors = [{ ...agent, ...(metering === undefined ? {} : { metering }) }, command];
    return buildPlan(input({ config: limited, executors }));
  };
  const turn = { metering: "turn", overshoot: { tokens: 200_000, microUsd: null } };
  const plan = of("turn");
  expect(plan.workstreams.map(({ tasks }) => tasks.map(({ limits }) => limits))).toEqual([
    [turn, turn],
    [undefined],
  ]);
  expect(plan.overshoot).toEqual({ tokens: Math.min(2, plan.maxParallel) * 200_000, microUsd: null });
  expect(of("exact").overshoot).toEqual({ tokens: 0, microUsd: null });
  expect(of(undefined).workstreams[0]?.tasks[0]?.limits?.metering).toBe("never");
  // Without a limit nobody needs to know.
  const free = buildPlan(input());
  expect(["overshoot" in free, "limits" in (free.workstreams[0]?.tasks[0] ?? {})]).toEqual([false, false]);
});

test("a model without a price is limited in tokens only", () => {
  const { config } = input();
  const run = { tokens: 5_000_000, microUsd: 9_000_000 };
  const executors = [{ ...agent, metering: "exact" as const, isPriced: () => false }, command];
  const plan = buildPlan(input({ config: { ...config, budget: { ...NO_BUDGET, run } }, executors }));
  expect(plan.workstreams[0]?.tasks[0]?.limits).toEqual({
    metering: "exact",
    overshoot: { tokens: 0, microUsd: null },
    isUnpriced: true,
  });
});

test("what it registers reserves the high end, and keeps the spec's own limit", () => {
  const budget = { tokens: 250_000, microUsd: null };
  const specs = [spec("a", "T1,T2", [], { executor: "agent", budget })];
  const plan = buildPlan(toInput(specs, { executors: [agent, command], state: openState() }));
  let state = start(openState(), plan);
  state = apply(state, { kind: "schedule", slots: 4 });
  const [attempt] = [...state.attempts.values()];
  expect(attempt?.spending?.reserved).toEqual({ tokens: 200_000, microUsd: 400_000 });
  const claim = { attempt: "a-1" as never, fence: 1 };
  const usage = { inputTokens: 60_000, cachedTokens: 0, outputTokens: 0, microUsd: 1, model: "m" };
  state = apply(state, { kind: "attempt_started", ...claim, sandbox: "process" });
  state = apply(state, { kind: "attempt_used", ...claim, usage });
  const result = { commit: "c", files: [], added: 0, deleted: 0, workMs: 1, warnings: [] };
  state = apply(state, { kind: "attempt_succeeded", ...claim, ...result });
  state = apply(state, { kind: "task_joined", ...claim, tip: "c", handoff: null, artifacts: [] });
  state = apply(state, { kind: "schedule", slots: 4 });
  const [asked] = [...state.decisions.values()];
  expect(asked?.question).toMatch(/^The budget of workstream \S*a is 250k tokens: 60k tokens are used/);
  expect(state.projects.get(PROJECT)?.run).not.toBeNull();
});

test("where a budget is 0 it says that nothing starts, and of no overshoot", () => {
  const { config } = input();
  const zero = { tokens: 0, microUsd: null };
  const limitsOf = (more: Partial<PlanInput>) => {
    const plan = buildPlan(input(more));
    return [plan.workstreams.map(({ tasks }) => tasks.map(({ limits }) => limits?.closedBy)), plan.overshoot];
  };
  const none = [[["run", "run"], [undefined]], undefined];
  expect(limitsOf({ config: { ...config, budget: { ...NO_BUDGET, run: zero } } })).toEqual(none);
  const specs = [
    spec("a", "T1", [], { executor: "agent", budget: zero }),
    spec("b", "T1", [], { executor: "agent" }),
  ];
  const limited = { ...config, budget: { ...NO_BUDGET, task: { tokens: 1_000_000, microUsd: null } } };
  const plan = buildPlan(toInput(specs, { executors: [agent, command], config: limited }));
  expect(plan.workstreams.map(({ tasks }) => tasks.map(({ limits }) => limits?.closedBy))).toEqual([
    ["workstream"],
    [undefined],
  ]);
  expect(plan.overshoot?.tokens).toBe(200_000);
});

test("what a decision gave counts in place of the config's 0", () => {
  const budget = { ...NO_BUDGET, run: { tokens: 0, microUsd: null } };
  const { config } = input();
  const fresh = buildPlan(input({ config: { ...config, budget } }));
  let state = start(openState(), fresh, 5, budget);
  state = apply(state, { kind: "schedule", slots: 4 });
  const [asked] = [...state.decisions.values()];
  expect(asked?.question).toBe("The budget of the run is 0: nothing that costs may start");
  const closedOf = () =>
    buildPlan(input({ config: { ...config, budget }, state })).workstreams[0]?.tasks[0]?.limits?.closedBy;
  expect(closedOf()).toBe("run");
  const answer = { option: "raise", by: "user", reasoning: "because" } as const;
  state = apply(state, { kind: "resolve", decision: asked?.id as DecisionId, ...answer });
  expect(closedOf()).toBeUndefined();
});
