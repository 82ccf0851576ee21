import { describe, expect, test } from "vitest";
import { toProjectId, toWorkstreamId } from "../../model/ids.ts";
import { emptyState, type State } from "../../model/state.ts";
import { buildFlow, NO_FILTER } from "./build-flow.ts";
import { at, DAY, doneTask, flowState, landedItem, min, returned } from "./fixture.ts";
import { medianOf, p85Of, unionMs } from "./spread.ts";
import type { FlowFilter } from "./types.ts";
import { parseMoment, readWindow } from "./window.ts";

const measure = (state: State, now: number, filter: Partial<FlowFilter> = {}, detail = false) =>
  buildFlow(state, { filter: { ...NO_FILTER, ...filter }, only: null, detail, now: at(now) });
const namesOf = (state: State, filter: Partial<FlowFilter>): string[] =>
  measure(state, 3 * DAY, filter).items.map(({ name }) => name);

test("nothing gives null, never 0 ÷ 0", () => {
  const report = measure(emptyState(), 10);
  expect(report).toMatchObject({ items: [], steps: [], byOwner: [], window: { ms: 0 } });
  expect(report.total).toEqual({
    workstreams: 0,
    completed: 0,
    leadTime: { count: 0, medianMs: null, p85Ms: null },
    flowTime: { count: 0, medianMs: null, p85Ms: null },
    throughput: { perDay: null, perWeek: null },
    wip: { now: 0, mean: null },
    rework: { returns: 0, tasks: 0, completions: 0, rate: null, workMs: 0, workstreams: 0, share: null },
    people: { count: 0, open: 0, sumMs: 0, medianMs: null, p85Ms: null },
    blocked: { count: 0, open: 0, sumMs: 0, medianMs: null, p85Ms: null, share: null, byType: [] },
    workMs: 0,
    efficiency: null,
    reverts: 0,
  });
});

test("one value is its own median and has no percentile; the rank is the nearest above", () => {
  expect([medianOf([]), medianOf([7]), medianOf([1, 9]), medianOf([9, 1, 5])]).toEqual([null, 7, 5, 5]);
  // 85 % of 20 is 17: the 17th. Of 7 it is 5.95: the 6th.
  const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  expect([p85Of([7]), p85Of(upTo(20)), p85Of(upTo(7))]).toEqual([null, 17, 6]);
});

test("intervals side by side, one in another and apart", () => {
  expect(unionMs([])).toBe(0);
  expect(
    unionMs([
      [50, 60],
      [0, 10],
      [5, 20],
      [7, 8],
    ]),
  ).toBe(30);
});

describe("the window", () => {
  const now = at(600);

  test("takes dates, times and durations; what has no zone is UTC", () => {
    expect(parseMoment("2026-01-05", now, "since")).toBe(at(0));
    expect(parseMoment("2026-01-05T01:30", now, "since")).toBe(at(90));
    expect(parseMoment("2026-01-05T01:30:00+01:00", now, "since")).toBe(at(30));
    expect(parseMoment("2h", now, "since")).toBe(at(480));
    for (const text of [
      "",
      "yesterday",
      "2026-02-30",
      "2026-02-30T10:00",
      "2026-13-01",
      "7",
      "400d",
      "05/01/2026",
    ]) {
      expect(() => parseMoment(text, now, "since")).toThrow(`found "${text}"`);
    }
  });

  test("must end after it starts, and start before now", () => {
    expect(() => readWindow({ since: "1h", until: "2h" }, now, null)).toThrow("since before until");
    expect(() => readWindow({ since: "2027-01-01", until: null }, now, null)).toThrow("before now");
    expect(readWindow({ since: null, until: "2030-01-01" }, now, at(7))).toMatchObject({
      from: at(7),
      to: now,
    });
  });

  test("holds its start and not its end", () => {
    const state = flowState(landedItem("a", { registered: 0, claimed: 10, done: 50, landed: 60 }));
    const completedIn = (since: string, until: string) =>
      measure(state, 600, { since, until }).total.completed;
    expect(completedIn("2026-01-05T01:00Z", "2026-01-05T02:00Z")).toBe(1);
    expect(completedIn("2026-01-05T00:00Z", "2026-01-05T01:00Z")).toBe(0);
    // It is in progress as seen from there, though it has ended since.
    const before = measure(state, 600, { until: "2026-01-05T00:30Z" });
    expect([before.total.wip.now, before.items[0]?.status]).toEqual([1, "completed"]);
  });

  test("leaves out what was over before it and what came after it", () => {
    const state = flowState(
      landedItem("old", { registered: 0, claimed: 10, done: 50, landed: 60 }),
      landedItem("now", { registered: 0, claimed: 10, done: 200, landed: 300 }),
      { name: "new", registered: 500, tasks: [{ key: "T1" }] },
    );
    const filter = { since: "2026-01-05T02:00Z", until: "2026-01-05T06:00Z" };
    expect(namesOf(state, filter)).toEqual(["now"]);
  });
});

test("filters choose by owner, workflow, status and project, joined with and", () => {
  const done = { registered: 0, claimed: 10, done: 50, landed: 60 };
  const state = flowState(
    landedItem("a", done, { owner: "dana", workflow: { name: "delivery", version: 1 } }),
    landedItem("b", done, { owner: "sam", workflow: { name: "delivery", version: 2 } }),
    { name: "c", registered: 0, tasks: [{ key: "T1", owner: "dana" }], project: toProjectId("p-2") },
    { name: "d", registered: 0, tasks: [{ key: "T1" }], cancelled: 20 },
  );
  expect(namesOf(state, { owner: "dana" })).toEqual(["a", "c"]);
  expect(namesOf(state, { workflow: "delivery" })).toEqual(["a", "b"]);
  expect(namesOf(state, { workflow: "delivery@2" })).toEqual(["b"]);
  expect(namesOf(state, { status: "cancelled" })).toEqual(["d"]);
  expect(namesOf(state, { project: "site" })).toEqual(["c"]);
  expect(namesOf(state, { project: "/home/me/shop" })).toEqual(["a", "b", "d"]);
  expect(namesOf(state, { owner: "dana", status: "completed" })).toEqual(["a"]);
  const { byOwner, byWorkflow, byProject } = measure(state, DAY);
  const sizes = (groups: typeof byOwner) => groups.map(({ key, figures }) => [key, figures.workstreams]);
  expect(sizes(byOwner)).toEqual([
    ["dana", 1],
    ["sam", 1],
    [null, 2],
  ]);
  expect(sizes(byWorkflow)).toEqual([
    ["delivery@1", 1],
    ["delivery@2", 1],
    ["tasks@1", 2],
  ]);
  expect(sizes(byProject)).toEqual([
    ["/home/me/shop", 3],
    ["/home/me/site", 1],
  ]);
  const only = new Set([toWorkstreamId("p-1/b")]);
  expect(buildFlow(state, { filter: NO_FILTER, only, detail: false, now: at(DAY) }).items).toHaveLength(1);
});

test("cancelled work has no lead time and leaves WIP when it ends; ticked tasks have no times", () => {
  const ticked = { key: "T0", already: true };
  const state = flowState({
    name: "a",
    registered: 0,
    tasks: [ticked, { key: "T1", tries: [{ claimed: 10, work: 5, end: { kind: "failed", at: 20 } }] }],
    cancelled: 40,
  });
  const { total, items, steps } = measure(state, 100);
  expect(total).toMatchObject({ completed: 0, leadTime: { count: 0 }, wip: { now: 0, mean: 0.3 } });
  expect(total.rework).toMatchObject({ completions: 0, rate: null, share: 0 });
  expect(items[0]).toMatchObject({ status: "cancelled", endedAt: "2026-01-05T00:40:00.000Z", leadMs: null });
  expect(steps[0]).toMatchObject({ cycle: { count: 0 }, wip: 0, attempts: 1, workMs: min(5) });
});

test("work that only had to be landed has a lead time and no flow time", () => {
  const state = flowState({ name: "a", registered: 0, tasks: [{ key: "T0", already: true }], landed: 5 });
  expect(measure(state, 10).total).toMatchObject({
    completed: 1,
    leadTime: { count: 1, medianMs: min(5) },
    flowTime: { count: 0, medianMs: null },
    efficiency: 0,
  });
});

test("the step that work is in is the first that is not over", () => {
  const state = flowState({
    name: "a",
    registered: 0,
    steps: [{ key: "build" }, { key: "check" }, { key: "merge", kind: "integrate" }],
    tasks: [
      { ...doneTask("T1", 10, 40), step: "build" },
      { key: "R", step: "check", kind: "review", tries: [{ claimed: 45 }] },
    ],
  });
  const { items, steps } = measure(state, 100);
  expect(items[0]?.step).toBe("check");
  expect(steps.map(({ step, wip }) => [step, wip])).toEqual([
    ["build", 0],
    ["check", 1],
    ["merge", 0],
  ]);
});

test("behind a figure stand tasks, attempts, sign-offs, returns, blockers, decisions and handoffs", () => {
  const state = flowState({
    name: "a",
    registered: 0,
    tasks: [
      {
        key: "T1",
        tries: [
          { claimed: 0, work: 5, end: { kind: "rework", at: 10 } },
          { claimed: 12, end: { kind: "completed", at: 13 }, reused: 1 },
        ],
        done: 13,
      },
    ],
    returns: [returned("a", "tasks", 1, 10)],
    blockers: [{ type: "external", from: 20, to: null }],
    decisions: [{ opened: 5, closed: 10 }],
  });
  const { items } = measure(state, 30, {}, true);
  expect(items[0]?.detail).toMatchObject({
    tasks: [
      {
        id: "a#T1",
        status: "completed",
        cycleMs: min(13),
        handoff: { path: "T1.json" },
        attempts: [
          { id: "a-1", status: "rework", reason: "not good", workMs: min(5), reused: null },
          { id: "a-2", status: "completed", commit: "c1", reused: "a-1" },
        ],
      },
    ],
    returns: [{ to: "tasks", by: "sam", reason: "not yet", at: "2026-01-05T00:10:00.000Z" }],
    blockers: [{ id: "B-1", type: "external", ms: min(10), resolvedAt: null }],
    decisions: [{ id: "D-1", subject: "question", option: "a", by: "user", ms: min(5) }],
    handoffs: ["T1.json"],
    history: { to: null, workstream: "p-1/a", attempts: ["a-1", "a-2"] },
  });
  expect(measure(state, 30).items[0]?.detail).toBe(null);
});
