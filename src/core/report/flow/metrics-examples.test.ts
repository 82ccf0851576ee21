/** The examples of docs/metrics.md. Numbers are computed by hand in the comments; times are minutes after midnight. */
import { describe, expect, test } from "vitest";
import type { State } from "../../model/state.ts";
import { buildFlow, NO_FILTER } from "./build-flow.ts";
import { at, DAY, doneTask, flowState, HOUR, landedItem, min, returned } from "./fixture.ts";
import type { FlowFilter, FlowReport } from "./types.ts";

function measure(state: State, now: number, filter: Partial<FlowFilter> = {}): FlowReport {
  return buildFlow(state, {
    filter: { ...NO_FILTER, ...filter },
    only: null,
    detail: false,
    now: at(now),
  });
}

/** Lead times 3 h, 5 h, 4 h and 10 h; each waits an hour before its first claim. */
const FOUR = [180, 300, 240, 600].map((lead, index) =>
  landedItem(`w${index + 1}`, { registered: 0, claimed: 60, done: lead - 10, landed: lead }),
);

test("lead time: from registration to landing; flow time: from the first claim", () => {
  const { total } = measure(flowState(...FOUR), DAY);
  // 180 240 300 600: the middle is (240 + 300) / 2 = 270; 85 % of 4 is 3.4, so the fourth: 600.
  expect(total.leadTime).toEqual({ count: 4, medianMs: min(270), p85Ms: min(600) });
  // An hour less each.
  expect(total.flowTime).toEqual({ count: 4, medianMs: min(210), p85Ms: min(540) });
});

test("throughput: completed ÷ days of the window", () => {
  // Four in a day; 14 days: 4 / 14 a day, 2 a week.
  expect(measure(flowState(...FOUR), DAY).total.throughput).toEqual({ perDay: 4, perWeek: 28 });
  const long = measure(flowState(...FOUR), 14 * DAY).total.throughput;
  expect([long.perDay, long.perWeek]).toEqual([4 / 14, 2]);
});

test("cycle times: of steps from the first claim of the first task to the completion of the last", () => {
  const steps = [{ key: "build" }, { key: "merge", kind: "integrate" }, { key: "publish" }] as const;
  const state = flowState({
    name: "a",
    registered: 0,
    steps,
    tasks: [
      { ...doneTask("T1", 10, 40), step: "build" },
      { ...doneTask("T2", 20, 70), step: "build" },
      { ...doneTask("P", 100, 130), step: "publish", stage: "after" },
    ],
    landed: 85,
  });
  const report = measure(state, 200);
  // build: 10 → 70 = 60; its tasks take 30 and 50, the middle is 40. merge: 70 → 85 = 15. publish: 100 → 130 = 30.
  expect(
    report.steps.map(({ step, cycle, taskCycle }) => [step, cycle.medianMs, taskCycle.medianMs]),
  ).toEqual([
    ["build", min(60), min(40)],
    ["merge", min(15), null],
    ["publish", min(30), min(30)],
  ]);
  // Completed with the last task after the merge: 130, not 85.
  expect(report.items[0]).toMatchObject({ leadMs: min(130), flowMs: min(120) });
});

test("WIP: started and not ended; its mean is weighted by time", () => {
  const state = flowState(
    landedItem("a", { registered: 0, claimed: 0, done: 30, landed: 60 }),
    { name: "b", registered: 0, tasks: [{ key: "T1", tries: [{ claimed: 30 }] }] },
    { name: "c", registered: 0, tasks: [{ key: "T1" }] },
  );
  // In 120 min: a 60, b 90, c never started: 150 / 120. At the end b alone.
  expect(measure(state, 120).total.wip).toEqual({ now: 1, mean: 1.25 });
  // From 30 to 90: a 30, b 60: 90 / 60.
  const hour = { since: "2026-01-05T00:30Z", until: "2026-01-05T01:30Z" };
  expect(measure(state, 120, hour).total.wip).toEqual({ now: 1, mean: 1.5 });
  // Until 40: a 40, b 10: 50 / 40, and both are in progress then.
  expect(measure(state, 120, { until: "2026-01-05T00:40Z" }).total.wip).toEqual({ now: 2, mean: 1.25 });
});

describe("rework", () => {
  const redone = (key: string) => ({
    key,
    tries: [
      { claimed: 0, work: 10, end: { kind: "rework", at: 60 } as const },
      { claimed: 70, work: 5, end: { kind: "completed", at: 80 } as const },
    ],
    done: 80,
  });
  const sentBack = {
    name: "a",
    registered: 0,
    tasks: [redone("T1"), redone("T2"), doneTask("T3", 0, 20), doneTask("review", 85, 90, 0)],
    returns: [returned("a", "tasks", 2, 60)],
    landed: 100,
  };

  test("rate: tasks undone ÷ completions, the undone among them", () => {
    const report = measure(flowState(sentBack, FOUR[0] ?? sentBack), DAY);
    // a: 4 tasks done, 2 were undone once: 2 / (4 + 2). The work of the refused results: 10 + 10.
    expect(report.items[0]?.rework).toEqual({
      returns: 1,
      tasks: 2,
      completions: 6,
      rate: 2 / 6,
      workMs: min(20),
    });
    // With the one task of w1: 2 / 7; one of two workstreams was sent back.
    expect(report.total.rework).toMatchObject({ rate: 2 / 7, workstreams: 1, share: 0.5, workMs: min(20) });
    expect(report.steps[0]).toMatchObject({ returns: 1, reworkMs: min(20), attempts: 7 });
  });

  test("a revert undoes every task that had a result", () => {
    const by = { of: "m0", commit: "m1", to: null, by: "dana", reason: "it broke", at: at(60) };
    const state = flowState({
      name: "a",
      registered: 0,
      tasks: [redone("T1"), { ...redone("T2"), done: null }, { key: "T3" }],
      reverts: [by],
    });
    const { total } = measure(state, 120);
    // T1 and T2 had a result at 60; T1 is done again: 2 / (1 + 2).
    expect(total.rework).toMatchObject({ returns: 0, tasks: 2, completions: 3, rate: 2 / 3, share: 1 });
    expect(total).toMatchObject({ reverts: 1, completed: 0 });
  });
});

test("the operator's redo undoes every task before the merge: completions never go down", () => {
  const begun = { name: "a", registered: 0, decisions: [{ opened: 50, closed: 60, redo: true as const }] };
  const tried = (key: string, done: number | null, tries: readonly number[]) => ({
    key,
    done,
    tries: tries.map((claimed) => ({
      claimed,
      end: { kind: "completed", at: claimed + 10 } as const,
    })),
  });
  const after = { key: "smoke", stage: "after" as const };
  const undone = flowState({ ...begun, tasks: [tried("T1", null, [0]), tried("T2", null, [20]), after] });
  // Both were done and are not any more: 2 / (0 + 2).
  expect(measure(undone, 70).total.rework).toMatchObject({ tasks: 2, completions: 2, rate: 1, share: 1 });
  const again = flowState({ ...begun, tasks: [tried("T1", 80, [0, 70]), tried("T2", null, [20]), after] });
  // T1 is done again: 2 / (1 + 2).
  expect(measure(again, 120).total.rework).toMatchObject({ tasks: 2, completions: 3, rate: 2 / 3 });
});

test("wait for people: the time in which decisions were open, clipped to the window", () => {
  const state = flowState({
    name: "a",
    registered: 0,
    tasks: [{ key: "T1" }],
    decisions: [
      { opened: 0, closed: 30 },
      { opened: 50, closed: 100 },
      { opened: 110, closed: null },
      { opened: 60, closed: 60, by: "osqr" },
    ],
  });
  // 30 + 50 + (120 − 110 = 10) = 90; the middle of 10 30 50 is 30; osqr's own answer is not counted.
  expect(measure(state, 120).total.people).toEqual({
    count: 3,
    open: 1,
    sumMs: min(90),
    medianMs: min(30),
    p85Ms: min(50),
  });
  // From 60 to 120: 40 of the second, 10 of the third.
  expect(measure(state, 120, { since: "1h" }).total.people).toMatchObject({ count: 2, sumMs: min(50) });
  // Until 55: 30 of the first, 5 of the second, which is open at the end.
  const early = measure(state, 120, { until: "2026-01-05T00:55Z" }).total.people;
  expect(early).toMatchObject({ count: 2, open: 1, sumMs: min(35) });
});

test("blocked time: what lies side by side counts once, but under each type", () => {
  const state = flowState(
    {
      name: "a",
      registered: 0,
      tasks: [{ key: "T1" }],
      blockers: [
        { type: "external", from: 10, to: 40 },
        { type: "technical", from: 30, to: 50 },
        { type: "technical", from: 80, to: null },
      ],
    },
    landedItem(
      "b",
      { registered: 0, claimed: 0, done: 20, landed: 20 },
      { blockers: [{ type: "people", from: 10, to: 60 }] },
    ),
  );
  const { total, items } = measure(state, 100);
  // a: 10 to 50 is 40, and 80 to 100 is 20: 60. b: 10 to 60, but it ended at 20: 10.
  expect(items.map(({ blocked }) => blocked.sumMs)).toEqual([min(60), min(10)]);
  // Open: a 100, b 20: 70 / 120.
  expect(total.blocked).toMatchObject({ count: 4, sumMs: min(70), medianMs: min(35), share: 70 / 120 });
  expect(total.blocked.byType).toEqual([
    { type: "external", count: 1, ms: min(30) },
    { type: "people", count: 1, ms: min(10) },
    { type: "technical", count: 2, ms: min(40) },
  ]);
});

test("flow efficiency: working time ÷ lead time; what ran side by side counts once", () => {
  const state = flowState({
    name: "a",
    registered: 0,
    tasks: [doneTask("T1", 10, 40), doneTask("T2", 20, 50), doneTask("T3", 70, 90, 10)],
    landed: 100,
  });
  const { items, total } = measure(state, HOUR * 2);
  // 10 to 50 is 40, 70 to 80 is 10: 50 of 100. All work: 30 + 30 + 10.
  expect(items[0]).toMatchObject({ efficiency: 0.5, workMs: min(70) });
  expect(total.efficiency).toBe(0.5);
});
