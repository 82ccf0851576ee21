import { expect, test } from "vitest";
import type { WorkstreamId } from "../model/ids.ts";
import type { Spec } from "../model/spec.ts";
import type { State } from "../model/state.ts";
import { buildPlan } from "./build-plan.ts";
import { apply, openState, spec, start, toInput } from "./fixture.ts";
import type { Plan } from "./types.ts";
import { claim, finish, land, listStuck, play } from "./world.ts";

const first = () => 0;
const changed = (each: Spec): Spec => ({ ...each, hash: `${each.hash} changed` });
const planAt = (state: State, specs: readonly Spec[], commit = "c1"): Plan =>
  buildPlan({ ...toInput(specs, { state }), project: { ...toInput([]).project, commit } });
const begin = (specs: readonly Spec[], stepsMax = 0): State =>
  play(start(openState(1), buildPlan(toInput(specs))), first, { stepsMax, slots: 1 });
const shown = (plan: Plan) =>
  plan.workstreams.map(({ name, number, known, status }) => [number, name, known, status]);

test("what is registered goes on and is not registered again", () => {
  const specs = [spec("a"), spec("b", "T1", ["a"])];
  const plan = planAt(begin(specs), specs);
  expect(shown(plan)).toEqual([
    [1, "a", true, "active"],
    [2, "b", true, "queued"],
  ]);
  expect(plan.workstreams[1]?.waitsFor).toEqual(["#1"]);
  expect(plan.edges).toEqual([{ from: "p-1/b", to: "p-1/a", type: "completion", detail: "" }]);
  expect([plan.registrations, plan.replace, plan.ranks]).toEqual([
    [],
    [],
    { tasks: [], overlaps: [], stacks: [] },
  ]);
});

test("numbers stay: a new spec gets the lowest that is free", () => {
  const state = begin([spec("b"), spec("d")]);
  const plan = planAt(state, [spec("a"), spec("b"), spec("c"), spec("d")]);
  expect(shown(plan).map(([number, name]) => `${number} ${name}`)).toEqual(["1 b", "2 d", "3 a", "4 c"]);
});

test("a number means the same whatever is selected", () => {
  const specs = [spec("a"), spec("b"), spec("c")];
  const only = buildPlan(toInput(specs, { selection: { only: ["c"], skip: [] } }));
  expect(shown(only)).toEqual([[3, "c", false, "ready"]]);
  const state = start(openState(), only);
  expect(shown(planAt(state, specs)).map(([number, name]) => `${number} ${name}`)).toEqual([
    "1 a",
    "2 b",
    "3 c",
  ]);
});

test("the number of a workstream that was removed is not given again", () => {
  const state = start(openState(), buildPlan(toInput([spec("a"), spec("b")])));
  const removed = apply(state, {
    kind: "remove",
    workstream: "p-1/a" as WorkstreamId,
    by: "user",
    reason: "",
  });
  const plan = planAt(removed, [spec("a"), spec("b")]);
  expect(plan.workstreams.map(({ number, name }) => `${number} ${name}`)).toEqual(["2 b", "3 a"]);
});

test("a new text replaces one that has not begun, together with who waits for it", () => {
  const [a, b, c] = [spec("a", "T1, T2, T3"), spec("b"), spec("c", "T1", ["b"])];
  const state = begin([a, b, c]);
  const plan = planAt(state, [a, changed(b), c]);
  expect(plan.replace).toEqual(["p-1/c", "p-1/b"]);
  expect(shown(plan)).toEqual([
    [1, "a", true, "active"],
    [2, "b", false, "ready"],
    [3, "c", false, "ready"],
  ]);
  expect(plan.notes).toContain("b: changed since it was registered; the new text counts");
  const next = start(state, plan);
  expect(next.open.size).toBe(0);
  expect(listStuck(play(next, first))).toEqual([]);
});

test("what has begun goes on with the old text, and so does what it waits for", () => {
  const [a, b] = [spec("a", "T1, T2 <b"), spec("b")];
  const state = begin([a, b]);
  const plan = planAt(state, [changed(a), changed(b)]);
  expect(plan.replace).toEqual([]);
  expect(plan.notes.slice(1)).toEqual([
    "a: changed since it began; osqr go asks which text counts, if work depends on it",
    "b: changed since it was registered, but it keeps the old text: a waits for it and has begun",
  ]);
});

test("a new text that does not work is left out, and the old one of who waits for it stays", () => {
  const [a, b] = [spec("b"), spec("c", "T1", ["b"])];
  const state = begin([spec("a"), a, b]);
  const broken = spec("c", "T1, T2 <c#T3, T3", ["b"]);
  const plan = planAt(state, [spec("a"), changed(a), broken]);
  expect(plan.replace).toEqual([]);
  expect(plan.leftOut.map(({ name, reason }) => `${name}: ${reason}`)).toMatchInlineSnapshot(`
    [
      "c: c#T2 waits for c#T3, which comes after it in the list (docs/c.md:12)",
    ]
  `);
});

test("what has not begun waits for a new spec that stands before it", () => {
  const state = begin([spec("a"), spec("b")]);
  const blocks = [{ spec: "b", location: { path: "docs/z.md", line: 4 } }];
  const plan = planAt(state, [spec("a"), spec("b"), spec("z", "T1", [], { blocks })]);
  expect(plan.replace).toEqual(["p-1/b"]);
  expect(plan.workstreams.find(({ name }) => name === "b")?.waitsFor).toEqual(["#3"]);
});

test("built specs are done; one that lies in the base unticked or with a new text is new work", () => {
  const a = spec("a");
  const built = play(begin([a]), first);
  expect(planAt(built, [{ ...changed(a), readiness: "done" }]).leftOut[0]?.reason).toBe("done");
  // The plan reads a commit from before the landing.
  expect(planAt(built, [a], "c0").leftOut[0]?.reason).toBe("built");
  expect(shown(planAt(built, [a]))).toEqual([[2, "a-2", false, "ready"]]);
  expect(shown(planAt(built, [changed(a)]))).toEqual([[2, "a-2", false, "ready"]]);
});

/** Its work is done; what a landing does is left to the test. */
const finished = (specs: readonly Spec[]): State => finishFirst(begin(specs));

function landWith(state: State, specHash: string): State {
  const workstream = "p-1/a" as WorkstreamId;
  const running = apply(state, { kind: "integration_started", workstream, onto: "base" });
  const to = "merge";
  const intended = apply(running, { kind: "landing_intended", workstream, from: "base", to, specHash });
  return apply(intended, { kind: "landed", workstream, commit: to, held: null });
}

test("what is being merged is not to build, and the boxes that its landing ticks are no change", () => {
  const state = finished([spec("a"), spec("b", "T1", ["a"])]);
  const ticked = { ...changed(spec("a")), readiness: "done" } as const;
  const plan = planAt(state, [ticked, spec("b", "T1", ["a"])]);
  expect(plan.workstreams.map(({ name, waitsFor }) => [name, waitsFor])).toEqual([["b", ["#1"]]]);
  expect(plan.leftOut.map(({ name, reason }) => [name, reason])).toEqual([
    ["a", "its work is done and is being merged"],
  ]);
  expect(plan.notes.join()).not.toContain("changed");
});

test("skipped tasks that remain are not built in a loop, but when they are asked for", () => {
  let state = begin([spec("a", "T1, T2")]);
  const { fence } = state.attempts.get("a-1" as never) as { fence: number };
  const failed = {
    kind: "attempt_failed",
    outcome: "failed",
    reason: "exit 1",
    tail: [],
    workMs: 1,
  } as const;
  state = apply(state, { ...failed, attempt: "a-1" as never, fence, salvage: null });
  const skip = {
    kind: "resolve",
    decision: "D-1" as never,
    option: "skip",
    by: "user",
    reasoning: "",
  } as const;
  state = landWith(finish(claim(apply(state, skip)), "a-2" as never), "ticked");
  const ticked = spec("a", "T1, x T2", [], { hash: "ticked" });
  const plan = planAt(state, [ticked, spec("b", "T1", ["a"])]);
  expect(plan.leftOut.map(({ reason }) => reason)).toEqual(["skipped tasks remain (T1): osqr add docs/a.md"]);
  expect(plan.workstreams.map(({ name }) => name)).toEqual(["b"]);
  const mended = planAt(state, [{ ...ticked, hash: "mended" }]);
  expect(mended.workstreams.map(({ name }) => name)).toEqual(["a-2"]);
});

test("what landed beside a held base is not built twice, and who depends on it starts", () => {
  const a = spec("a");
  const done = finish(claim(begin([a])), [...begin([a]).active.keys()][0] ?? ("" as never));
  const workstream = "p-1/a" as WorkstreamId;
  const merging = apply(done, { kind: "integration_started", workstream, onto: "base" });
  const held = apply(merging, { kind: "landed", workstream, commit: "m1", held: "local changes" });
  const plan = planAt(held, [a, spec("b", "T1", ["a"])]);
  expect(plan.leftOut[0]?.reason).toBe("built; refs/osqr/landed/main is ahead of main");
  expect(plan.registrations[0]?.tasks[0]?.requires).toEqual([]);
  expect(plan.notes).toContain("refs/osqr/landed/main is ahead of the branch: local changes.");
});

test("a new spec that depends on work under way waits for it, or starts from what is there", () => {
  const a = spec("a", "T1, T2");
  const state = begin([a], 1);
  const specs = [
    a,
    spec("b", "T1", ["a"]),
    spec("c", "T1", ["a#T1"]),
    spec("d", "T1", ["file:a:p-1/a#T1.txt"]),
  ];
  const plan = planAt(state, specs);
  expect(plan.registrations.map(({ tasks }) => tasks[0]?.requires)).toEqual([
    ["landed:p-1/a"],
    ["task:p-1/a#T1"],
    [],
  ]);
  expect(plan.ranks.stacks.map(({ workstream }) => workstream)).toEqual(["p-1/c", "p-1/d"]);
});

test("estimates come from the same task, else from the executor, else from the config", () => {
  const a = spec("a", "T1, T2");
  const built = land(finish(claim(finishFirst(begin([a]))), "a-2" as never, 400));
  const plan = planAt(built, [changed(a), spec("b")]);
  const estimates = plan.workstreams.flatMap(({ tasks }) => tasks.map(({ estimate }) => estimate));
  expect(estimates).toEqual([
    { lowMs: 80, highMs: 120, source: "history" },
    { lowMs: 320, highMs: 480, source: "history" },
    { lowMs: 1_000, highMs: 3_000, source: "default" },
  ]);
});

const finishFirst = (state: State): State => finish(state, "a-1" as never, 100);

test("a refused approval is asked anew for a new workstream", () => {
  const state = apply(begin([spec("a", "T1", ["approval:legal"])]), {
    kind: "resolve",
    decision: "D-1" as never,
    option: "reject",
    by: "user",
    reasoning: "",
  });
  const plan = planAt(state, [spec("b", "T1", ["approval:legal"])]);
  expect(plan.workstreams.find(({ name }) => name === "b")?.waitsFor).toEqual(["D-2"]);
  expect(plan.registrations[0]?.questions[0]?.context).toContain("It was refused before (D-1).");
});

test("overlaps that would hold each other up do not: each waits before it takes its paths", () => {
  // a needs c late, b needs d late; c and b share a file, and so do d and a.
  const specs = [
    spec("a", "T1, T2 <c", [], { touches: ["x"] }),
    spec("b", "T1, T2 <d", [], { touches: ["y"] }),
    spec("c", "T1", [], { touches: ["y"], priority: "low" }),
    spec("d", "T1", [], { touches: ["x"], priority: "low" }),
  ];
  for (const pick of [0, 1, 2]) {
    const end = play(start(openState(), buildPlan(toInput(specs))), (count) => pick % Math.max(1, count));
    expect(listStuck(end)).toEqual([]);
  }
});

test("other tasks say something of one that never ran only where there were enough of them, and widely", () => {
  const built = begin([spec("a", "T1 [P], T2 [P], T3 [P], T4 [P], T5 [P]")]);
  const times = [10_000, 20_000, 30_000, 40_000, 50_000];
  let state = built;
  times.forEach((workMs, index) => {
    state = claim(finish(state, `a-${index + 1}` as never, workMs), 1);
  });
  const estimate = planAt(state, [spec("b")]).workstreams.find(({ name }) => name === "b")?.estimate;
  expect(estimate).toEqual({ lowMs: 15_000, highMs: 80_000, source: "history" });
});

test("a run block that never ran is taken for short where the config does not say else", () => {
  const config = { ...toInput([]).config, estimates: { default: { lowMs: 5_000, highMs: 60_000 } } };
  const plan = buildPlan(toInput([spec("a")], { config }));
  expect(plan.estimate).toEqual({ lowMs: 1_000, highMs: 20_000, source: "default" });
});

test("what is registered says in the plan what it stands still for", () => {
  const specs = [spec("a"), spec("b"), spec("c")];
  let state = begin(specs);
  const { fence } = state.attempts.get("a-1" as never) as { fence: number };
  const failed = {
    kind: "attempt_failed",
    outcome: "failed",
    reason: "exit 1",
    tail: [],
    workMs: 1,
  } as const;
  state = apply(state, { ...failed, attempt: "a-1" as never, fence, salvage: null });
  const pause = { kind: "set_intent", intent: "paused", by: "user", reason: "" } as const;
  state = apply(state, { ...pause, workstream: "p-1/b" as WorkstreamId });
  const [a, , c] = [state, state, finish(claim(state, 1), "a-2" as never)];
  expect(planAt(a, specs).workstreams.map(({ waitsFor }) => waitsFor)).toEqual([
    ["failed: D-1"],
    ["paused"],
    [],
  ]);
  const workstream = "p-1/c" as WorkstreamId;
  const stop = { cause: "gates", reason: "npm test failed", context: "", hashes: [] } as const;
  const stopped = apply(c, { kind: "integration_stopped", workstream, ...stop });
  expect(planAt(stopped, specs).workstreams[2]?.waitsFor).toEqual(["D-2"]);
});

test("what no executor can do is blocked from the start, takes no time, and is said once", () => {
  const lone = spec("a", "T1 [P] -, T2 [P] -");
  const other = spec("b", "T1", [], { executor: "ghost" });
  const plan = buildPlan(toInput([lone, other]));
  expect(plan.workstreams.map(({ status, estimate }) => [status, estimate.highMs])).toEqual([
    ["blocked", 0],
    ["blocked", 0],
  ]);
  const why = "no run block, and no agent is here that could do it: osqr doctor";
  expect(plan.workstreams.map(({ tasks }) => tasks.map(({ blocked }) => blocked))).toEqual([
    [why, why],
    ["no executor named ghost is there; there is command"],
  ]);
  expect(plan.notes.slice(1)).toEqual([]);
  const state = claim(start(openState(), plan));
  expect([...state.tasks.values()].map((task) => task.state.kind)).toEqual(["blocked", "blocked", "blocked"]);
});

test("resources that are shared, or not named in the config, are said", () => {
  const specs = [
    spec("a", "T1", ["uses:gpu:2"]),
    spec("b", "T1", ["uses:gpu:1"]),
    spec("c", "T1", ["uses:db:1"]),
  ];
  expect(buildPlan(toInput(specs)).notes.slice(1)).toEqual([
    "resource gpu (2): a, b take turns",
    "resource db: not in the config, counted as 1",
  ]);
});
