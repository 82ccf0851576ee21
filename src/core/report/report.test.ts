import { expect, test } from "vitest";
import type { AttemptId, DecisionId, TaskId, WorkstreamId } from "../model/ids.ts";
import type { Spec } from "../model/spec.ts";
import type { State } from "../model/state.ts";
import type { Workstream } from "../model/work.ts";
import { buildPlan } from "../plan/build-plan.ts";
import { apply, openState, PROJECT, question, spec, start, toInput } from "../plan/fixture.ts";
import { claim, finish, land, play } from "../plan/world.ts";
import { toActiveForm } from "./active-form.ts";
import { buildReport, findLastRun, summarize } from "./build-report.ts";
import { rankInbox } from "./decisions.ts";
import { traceWorkstream } from "./trace.ts";
import type { RunReport } from "./types.ts";
import { explainTask, explainWorkstream } from "./why.ts";
import { viewWorkstream } from "./workstreams.ts";

const id = (name: string) => `p-1/${name}` as WorkstreamId;
const report = (state: State, now = state.at): RunReport =>
  buildReport(state, PROJECT, findLastRun(state, PROJECT), now);
const begin = (specs: readonly Spec[], slots = 4): State =>
  claim(start(openState(slots), buildPlan(toInput(specs))), slots);
const workstreamOf = (state: State, name: string): Workstream =>
  state.workstreams.get(id(name)) as Workstream;
const why = (state: State, task: string): string =>
  explainTask(state, state.tasks.get(`p-1/${task}` as TaskId) ?? fail()).join(" ");
const fail = (): never => {
  throw new Error("no such task");
};

/** Finishes and lands all that can, without answering anything. */
function work(state: State): State {
  let next = state;
  for (;;) {
    const [attempt] = [...next.active.keys()];
    if (attempt !== undefined) next = finish(next, attempt);
    else if (next.mergeQueue.size > 0) next = land(next);
    else return next;
    next = claim(next);
  }
}

function breakAttempt(state: State, attempt: string): State {
  const claimed = {
    attempt: attempt as AttemptId,
    fence: state.attempts.get(attempt as AttemptId)?.fence ?? 0,
  };
  const running = apply(state, { kind: "attempt_started", ...claimed, sandbox: "none" });
  const result = { outcome: "failed", reason: "exit 1 in 8.2 s", tail: ["boom"], workMs: 8_200 } as const;
  const salvage = `refs/osqr/salvage/${attempt}`;
  return claim(apply(running, { kind: "attempt_failed", ...claimed, ...result, salvage }));
}

const four = [
  spec("embeddings", "T1, T2", [], { questions: [question("MODEL", ["T2"])] }),
  spec("rate-limit", "T1", ["session-store"]),
  spec("session-store"),
  spec("token-format", "T1 [P], T2 [P], T3"),
];

test("built all but one: the summary says who needs you, and the rest of the report how to go on", () => {
  const { summary, status, decisions, nextSteps, notes, workstreams } = report(work(begin(four)));
  expect(summary).toBe("Built 3 of 4. #1 embeddings needs you.");
  expect(status).toBe("needs_you");
  expect(decisions.map(({ id: one, blocks, group }) => [one, blocks, group])).toEqual([
    ["D-1", ["embeddings#T2"], "blocking"],
  ]);
  expect(nextSteps).toEqual(["osqr decide D-1 a|b", "osqr accept", "osqr go"]);
  expect(notes).toEqual(["No gate configured: not verified (rate-limit, session-store and token-format)"]);
  expect(
    workstreams.map(({ id: name, status: each, merged, waitsFor }) => [name, each, merged, waitsFor]),
  ).toEqual([
    ["embeddings", "blocked", null, ["D-1"]],
    ["rate-limit", "completed", "merge-p-1/rate-limit", []],
    ["session-store", "completed", "merge-p-1/session-store", []],
    ["token-format", "completed", "merge-p-1/token-format", []],
  ]);
});

test("all built, nothing to build", () => {
  expect(report(play(begin(four), () => 0)).summary).toBe("Built 4 of 4.");
  expect(report(openState())).toMatchObject({ run: null, status: "completed", summary: "Nothing to build." });
});

test("the summary groups what needs the same, and says what others wait for", () => {
  const waiting = (name: string, on: readonly string[] = []) =>
    spec(name, "T1", on, { questions: on.length > 0 ? [] : [question(name.toUpperCase())] });
  const specs = [waiting("a"), waiting("b"), waiting("c", ["a"]), spec("d"), spec("e", "T1 -"), spec("f")];
  const set = (state: State, name: string, intent: "paused" | "cancelled") =>
    apply(state, { kind: "set_intent", workstream: id(name), intent, by: "user", reason: "" });
  const planned = start(openState(), buildPlan(toInput(specs)));
  const state = work(claim(set(set(planned, "d", "paused"), "f", "cancelled")));
  expect(report(state).summary).toBe(
    "Built 0 of 6. #1 a and #2 b need you. #3 c waits for a. #4 d is paused. #5 e is blocked. #6 f was cancelled.",
  );
  expect(report(state).nextSteps).toContain("osqr resume d");
  const views = report(state).workstreams;
  const many = [...views, ...views].map((view) => ({ ...view, status: "active", decisions: [] }) as const);
  expect(summarize(many)).toBe("Built 0 of 12. #1 a, #2 b, #3 c and 9 more are under way.");
});

test("a failed task is a decision with its output, and its work is kept", () => {
  const state = breakAttempt(begin([spec("a", "T1, T2"), spec("b")]), "a-1");
  const { decisions, workstreams, summary } = report(work(state));
  expect(summary).toBe("Built 1 of 2. #1 a needs you.");
  expect(decisions[0]).toMatchObject({ type: "error", context: "boom", blocks: ["a#T1"], waitingBehind: 1 });
  expect(workstreams[0]).toMatchObject({ status: "failed", salvage: ["refs/osqr/salvage/a-1"] });
  expect(why(state, "a#T1")).toMatchInlineSnapshot(
    `"a#T1 failed: exit 1 in 8.2 s. D-1 is open. It is your turn: osqr decide D-1 retry|skip|anew|cancel"`,
  );
  expect(why(state, "a#T2")).toMatchInlineSnapshot(
    `"a#T2 has not started. It waits for a#T1, which failed. Another task of its workstream failed, so nothing more of it starts. Behind it: D-1 is open: T1 failed: exit 1 in 8.2 s. It is your turn: osqr decide D-1 retry|skip|anew|cancel"`,
  );
});

test("an optional task that failed is said to be skipped, and the decision is shown as made for you", () => {
  const state = work(breakAttempt(begin([spec("a", "T1 ?, T2")]), "a-1"));
  const { madeForYou, notes, summary } = report(state);
  expect(summary).toBe("Built 1 of 1.");
  expect(madeForYou.map(({ answer }) => answer)).toMatchInlineSnapshot(`
    [
      {
        "by": "osqr",
        "option": "skip",
        "reasoning": "the task is marked optional: the rest goes on without it",
        "signer": null,
      },
    ]
  `);
  expect(notes).toContain("a: skipped and not ticked: T1");
});

test("the inbox: critical first, then by the work that waits behind, then what stops nobody", () => {
  const ask = (key: string, more = {}) => ({ ...question(key), ...more });
  const specs = [
    spec("a", "T1", [], { questions: [ask("SMALL")] }),
    spec("b", "T1", [], { questions: [ask("BIG")] }),
    spec("c", "T1, T2", ["b"]),
    spec("d", "T1", ["c"]),
    spec("e", "T1", [], { questions: [ask("GRAVE", { priority: "critical" })] }),
  ];
  const state = begin(specs);
  const views = rankInbox(state, PROJECT);
  expect(views.map(({ question: text, group, waitingBehind }) => [text, group, waitingBehind])).toEqual([
    ["Which GRAVE?", "critical", 0],
    ["Which BIG?", "blocking", 3],
    ["Which SMALL?", "blocking", 0],
  ]);
});

test("what keeps off the declared paths of a workstream waits behind its question", () => {
  const touches = ["src/a.ts"];
  const specs = [
    spec("a", "T1, T2", [], { touches, questions: [question("MODEL", ["T2"])] }),
    spec("b", "T1", [], { touches }),
    spec("c", "T1", ["b"]),
  ];
  const state = work(begin(specs));
  expect(rankInbox(state, PROJECT).map(({ waitingBehind }) => waitingBehind)).toEqual([2]);
  expect(why(state, "b#T1")).toBe("b#T1 is ready. It starts after a: both declare src/a.ts.");
  expect(viewWorkstream(state, workstreamOf(state, "b")).waitsFor).toEqual(["a (src/a.ts)"]);
});

test("a question that two workstreams ask is in the report of each", () => {
  const asks = { questions: [question("MODEL")] };
  const state = begin([spec("a", "T1", [], asks), spec("b", "T1", [], asks)]);
  const { workstreams, decisions } = report(state);
  expect(workstreams.map((view) => view.decisions)).toEqual([["D-1"], ["D-1"]]);
  expect(decisions.map(({ blocks }) => blocks)).toEqual([["a#T1", "b#T1"]]);
});

test("why says what is waited for, and whose turn it is at the far end", () => {
  const specs = [
    spec("a", "T1 @phase-1", [], { questions: [question("MODEL")] }),
    spec("b", "T1", ["a#phase-1"]),
    spec("c", "T1, T2", ["b"]),
    spec("d", "T1", ["file:a:dist/x.js", "approval:legal"]),
  ];
  const state = begin(specs);
  expect(why(state, "c#T2")).toMatchInlineSnapshot(
    `"c#T2 has not started. It waits for c#T1, which has not started. Behind it: D-1 is open: Which MODEL? It is your turn: osqr decide D-1 a|b"`,
  );
  expect(why(state, "d#T1")).toMatchInlineSnapshot(
    `"d#T1 has not started. It waits for dist/x.js of a. D-2 is open: Approve legal? It is your turn: osqr decide D-2 approve|reject Behind it: D-1 is open: Which MODEL? It is your turn: osqr decide D-1 a|b"`,
  );
  expect(explainWorkstream(state, workstreamOf(state, "b"))).toMatchInlineSnapshot(`
    [
      "b is queued: 0 of 1 tasks are done.",
      "b#T1 has not started.",
      "It waits for phase-1 of a.",
      "Behind it: D-1 is open: Which MODEL? It is your turn: osqr decide D-1 a|b",
    ]
  `);
});

test("why of work that is over, under way and paused", () => {
  const state = begin([spec("a", "x T1, T2, T3")]);
  expect(why(state, "a#T1")).toBe("a#T1 was ticked already.");
  expect(why(state, "a#T2")).toBe("a#T2 is running as a-1. Its output: osqr log a-1 --follow");
  const intent = {
    kind: "set_intent",
    workstream: id("a"),
    intent: "paused",
    by: "user",
    reason: "",
  } as const;
  expect(why(apply(state, intent), "a#T3")).toMatchInlineSnapshot(
    `"a#T3 has not started. It waits for a#T2, which is running. a is paused: osqr resume a"`,
  );
  const done = work(state);
  expect(why(done, "a#T3")).toBe("a#T3 is done.");
  expect(explainWorkstream(done, workstreamOf(done, "a"))).toEqual([
    "a is completed: 3 of 3 tasks are done.",
    "It has landed as merge-p.",
  ]);
});

test("a running task is shown in its active form", () => {
  const titles = [
    "Write the encoder",
    "Format it",
    "Set up CI",
    "Tie loose ends",
    "Tests for x",
    "run",
    "Agree on it",
    "API",
  ];
  expect(titles.map(toActiveForm)).toEqual([
    "writing the encoder",
    "formatting it",
    "setting up CI",
    "Tie loose ends",
    "Tests for x",
    "running",
    "Agree on it",
    "API",
  ]);
  const view = viewWorkstream(begin([spec("a")]), workstreamOf(begin([spec("a")]), "a"));
  expect(view.items[0]).toMatchObject({ id: "a#T1", status: "running", activity: "doing T1" });
});

test("what an agent says last of how far it is stands in place of its task's title", () => {
  const begun = begin([spec("a")]);
  const claimed = { attempt: "a-1" as AttemptId, fence: begun.attempts.get("a-1" as AttemptId)?.fence ?? 0 };
  const running = apply(begun, { kind: "attempt_started", ...claimed, sandbox: "none" });
  const said = ["reading the code", "writing it"].reduce(
    (state, text) => apply(state, { kind: "attempt_progressed", ...claimed, text }),
    running,
  );
  expect(viewWorkstream(said, workstreamOf(said, "a")).items[0]?.activity).toBe("writing it");
});

test("a trace leads from each task to its attempt, its commit, the merge and a command that shows it", () => {
  const state = work(begin([spec("a", "x T1, T2")]));
  expect(traceWorkstream(state, workstreamOf(state, "a"))).toMatchInlineSnapshot(`
    [
      {
        "attempt": null,
        "commit": null,
        "kind": "clause",
        "line": 11,
        "merged": null,
        "proof": null,
        "signed": null,
        "source": "docs/a.md",
        "status": "completed",
        "text": "T1 Do T1",
      },
      {
        "attempt": "a-1",
        "commit": "commit-a-1",
        "kind": "clause",
        "line": 12,
        "merged": "merge-p-1/a",
        "proof": "git show --stat commit-a-1",
        "signed": null,
        "source": "docs/a.md",
        "status": "completed",
        "text": "T2 Do T2",
      },
    ]
  `);
});

test("metrics: the chain of real times, or all work on all slots, is the least that a run could take", () => {
  const run = (specs: readonly Spec[], slots: number) => report(work(begin(specs, slots))).metrics;
  expect(run([spec("a", "T1, T2"), spec("b", "T1", ["a"])], 4)).toMatchObject({
    workMs: 30,
    lowerBoundMs: 30,
    attempts: 3,
    planningMs: 5,
    maxParallel: 1,
  });
  const wide = run([spec("a", "T1 [P], T2 [P], T3 [P], T4 [P]")], 4);
  expect(wide).toMatchObject({ workMs: 40, lowerBoundMs: 10, maxParallel: 4 });
  expect(wide.makespanMs).toBeGreaterThanOrEqual(wide.lowerBoundMs);
  expect(wide.meanParallel).toBeGreaterThan(1);
});

test("while a run is active its time goes on, and so does the mean of what runs", () => {
  const state = begin([spec("a", "T1 [P], T2 [P]")]);
  const { metrics, summary, status } = report(state, state.at + 1_000);
  expect([summary, status]).toEqual(["Built 0 of 1. #1 a is under way.", "active"]);
  expect([metrics.makespanMs >= 1_000, metrics.meanParallel > 1.9]).toEqual([true, true]);
});

test("gates that failed before, that are not verified, and a base that is held are said", () => {
  const gate = {
    name: "tests",
    command: "npm test",
    status: "passed",
    newFailures: [],
    oldFailures: ["old one"],
    counts: null,
    countsOnBase: null,
    durationMs: 5,
    recommendation: null,
    tail: [],
  } as const;
  const gates = [gate, { ...gate, name: "lint", status: "not_verified", oldFailures: [] } as const];
  const done = finish(begin([spec("a")]), "a-1" as AttemptId);
  const merging = apply(done, { kind: "integration_started", workstream: id("a"), onto: "base" });
  const checked = apply(merging, {
    kind: "gates_run",
    workstream: id("a"),
    tree: "t",
    reports: gates,
    ms: 9,
  });
  const state = apply(checked, { kind: "landed", workstream: id("a"), commit: "m1", held: "local changes" });
  const { notes, workstreams, metrics } = report(claim(state));
  expect(notes).toMatchInlineSnapshot(`
    [
      "main was not moved: local changes. The work is on refs/osqr/landed/main; osqr follows when the way is free.",
      "a: 1 failure of npm test before this work already: old one",
      "a: lint not verified.",
    ]
  `);
  expect(workstreams[0]).toMatchObject({ merged: "m1", held: "local changes", progress: 100 });
  expect(workstreams[0]?.gates.map(({ name, status }) => [name, status])).toEqual([
    ["tests", "passed"],
    ["lint", "not_verified"],
  ]);
  expect(metrics.gatesMs).toBe(9);
});

test("an answer is shown with who gave it and why", () => {
  const state = begin([spec("a", "T1", [], { questions: [question("MODEL")] })]);
  const because = { option: "b", by: "user", reasoning: "cheaper" } as const;
  const next = apply(state, { kind: "resolve", decision: "D-1" as DecisionId, ...because });
  expect(rankInbox(next, PROJECT)).toEqual([]);
  expect(report(next).decisions).toEqual([]);
});

test("a ready task that lacks a resource says who uses it", () => {
  const specs = [spec("a", "T1", ["uses:db:1"]), spec("b", "T1", ["uses:db:1"])];
  const state = claim(start(openState(), buildPlan(toInput(specs))));
  expect(why(state, "b#T1")).toBe("b#T1 is ready. db is in use by #1 a (1 of 1).");
  expect(report(state).workstreams.map(({ waitsFor }) => waitsFor)).toEqual([[], ["db (in use by #1 a)"]]);
});

test("work that was held back by the same declared paths says for how long", () => {
  const specs = [
    spec("a", "T1", [], { touches: ["src/x.ts"] }),
    spec("b", "T1", [], { touches: ["src/x.ts"] }),
  ];
  const held = claim(start(openState(), buildPlan(toInput(specs))));
  const done = claim(land(finish(held, "a-1" as never, 31_000)));
  const [, b] = report(done).workstreams;
  expect(b?.waited).toEqual([{ ms: expect.any(Number), for: "a", paths: ["src/x.ts"] }]);
  expect(Math.round((b?.waited[0]?.ms ?? 0) / 1000)).toBe(31);
});

test("work that is to be done again has taken no time yet", () => {
  const failed = breakAttempt(begin([spec("a")]), "a-1");
  const retry = {
    kind: "resolve",
    decision: "D-1" as never,
    option: "retry",
    by: "user",
    reasoning: "",
  } as const;
  expect(report(failed).workstreams[0]?.items[0]?.workMs).toBe(8_200);
  expect(report(apply(failed, retry)).workstreams[0]?.items[0]).toMatchObject({ status: "ready", workMs: 0 });
});

test("work that another of the same spec took the place of is not counted", () => {
  const failed = breakAttempt(begin([spec("a")]), "a-1");
  const cancel = {
    kind: "resolve",
    decision: "D-1" as never,
    option: "cancel",
    by: "user",
    reasoning: "",
  } as const;
  const { registrations, ranks } = buildPlan(toInput([spec("a")]));
  const again = registrations.map(({ workstream, ...rest }) => ({
    ...rest,
    workstream: { ...workstream, id: id("a-2"), name: "a-2", number: 2 },
  }));
  const anew = { decision: "D-1" as never, successor: id("a-2"), by: "user", reasoning: "" } as const;
  const register = { kind: "register", project: PROJECT, registrations: again, ranks } as const;
  expect(report(apply(failed, { ...register, anew })).summary).toBe("Built 0 of 1. #2 a-2 waits.");
  expect(report(apply(failed, cancel)).summary).toBe("Built 0 of 1. #1 a was cancelled.");
});

test("work counts as left only where nobody goes on with it", () => {
  const broken = breakAttempt(begin([spec("a")]), "a-1");
  const left = (state: State) => viewWorkstream(state, workstreamOf(state, "a")).salvage;
  expect(left(broken)).toEqual(["refs/osqr/salvage/a-1"]);
  const [decision] = [...broken.open.keys()];
  if (decision === undefined) throw new Error("nothing is asked");
  const skipped = apply(broken, { kind: "resolve", decision, option: "skip", by: "user", reasoning: "" });
  expect(left(skipped)).toEqual([]);
});
