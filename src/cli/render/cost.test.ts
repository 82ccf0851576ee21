import { expect, test } from "vitest";
import { NO_COST, runReport, statusReport, taskView, workstreamView } from "../../../test/fixtures/views.ts";
import type { BudgetView, CostView } from "../../core/report/budgets.ts";
import { PLAIN_STYLE } from "../text/style.ts";
import {
  describeClosed,
  describeCost,
  describeEstimatedCost,
  describeOvershoot,
  describeTotal,
  describeUsage,
  renderBudgets,
  renderCosts,
} from "./cost.ts";
import { toDecisionOptions } from "./decisions.ts";
import { renderReport } from "./report.ts";
import { renderStatus } from "./status.ts";

const PAGE = { width: 100, style: PLAIN_STYLE };

function cost(changes: Partial<CostView>): CostView {
  return { ...NO_COST, attempts: 1, tokens: 12_400, microUsd: 320_000, ...changes };
}

test.each([
  [NO_COST, "no tokens used"],
  [cost({}), "12.4k tokens, $0.32"],
  [
    cost({ tokens: null, microUsd: null, unknown: { tokens: 1, microUsd: 1 } }),
    "unknown tokens, unknown price",
  ],
  [
    cost({ attempts: 3, unknown: { tokens: 0, microUsd: 1 } }),
    "12.4k tokens, at least $0.32 (1 of 3 attempts unknown)",
  ],
  [
    cost({ attempts: 4, microUsd: null, unknown: { tokens: 0, microUsd: 4 } }),
    "12.4k tokens (price of 4 unknown)",
  ],
  [
    cost({ attempts: 2, tokens: 0, microUsd: 0, unknown: { tokens: 1, microUsd: 1 } }),
    "unknown tokens, unknown price (1 of 2 attempts unknown)",
  ],
  [cost({ tokens: 0, microUsd: 0 }), "0 tokens, $0"],
])("what work cost: %j is %s", (view, expected) => {
  expect(describeTotal(view)).toBe(expected);
});

test("nothing is said of what costs nothing", () => {
  expect(describeCost(NO_COST)).toBe("");
  expect(renderCosts(runReport(), PAGE)).toEqual([]);
});

test("a message of an agent", () => {
  const usage = { inputTokens: 900, cachedTokens: 800, outputTokens: 100, microUsd: null, model: "m" };
  expect(describeUsage(usage)).toBe("1k tokens (800 cached), unknown price, m");
  expect(describeUsage({ ...usage, inputTokens: null, outputTokens: null, cachedTokens: null })).toBe(
    "unknown tokens, unknown price, m",
  );
});

test("an estimate says where it comes from, and of what it is a part", () => {
  const range = { tokens: { low: 80_000, high: 400_000 }, microUsd: { low: 100_000, high: 800_000 } };
  expect(describeEstimatedCost({ ...range, source: "default" }, undefined)).toBe(
    "80k–400k tokens, $0.10–$0.80 (by size, without history)",
  );
  expect(describeEstimatedCost({ ...range, source: "history" }, { tokens: null, microUsd: 5_000_000 })).toBe(
    "80k–400k tokens, $0.10–$0.80 (as it was before), of $5.00 for a run",
  );
});

test("a budget of 0 is said as what it does", () => {
  const zero = { metering: "turn" as const, overshoot: { tokens: 0, microUsd: 0 } };
  const run = { ...zero, closedBy: "run" as const };
  expect(describeOvershoot(run)).toBe("the budget of the run is 0: it does not start");
  expect(describeClosed([run, undefined, run])).toBe(
    "the budget of the run is 0: 2 tasks that cost do not start; see budget in your config, or in the spec",
  );
  expect(describeClosed([{ ...zero, closedBy: "workstream" }])).toMatch(
    /^the budget of its workstream is 0: 1 task that costs does not start/,
  );
  expect(describeClosed([zero, undefined])).toBeNull();
});

const BUDGET: BudgetView = {
  scope: "run",
  name: "r-7",
  measure: "microUsd",
  charged: 4_400_000,
  limit: 5_000_000,
  percent: 88,
  zone: "red",
  savings: [
    { text: "work of low priority waits", isApplied: true },
    { text: "run fewer at once", isApplied: false },
  ],
};

test("a report shows what each task cost, the total and the zone of the budget", () => {
  const items = [
    taskView({ key: "T1", cost: cost({}) }),
    taskView({
      key: "T2",
      cost: cost({ attempts: 2, tokens: 90_000, unknown: { tokens: 0, microUsd: 2 }, microUsd: null }),
    }),
    taskView({ key: "T3" }),
  ];
  const workstreams = [workstreamView({ items, executor: "claude" })];
  const report = runReport({
    workstreams,
    decisions: [],
    nextSteps: [],
    cost: cost({ attempts: 3, tokens: 102_400, unknown: { tokens: 0, microUsd: 2 } }),
    budgets: [BUDGET],
  });
  const text = renderReport(report, toDecisionOptions(0), PAGE).map((line) => line.trimEnd());
  expect(text.slice(4).join("\n")).toMatchInlineSnapshot(`
    "  cost:
        token-format#T1  12.4k tokens          $0.32
        token-format#T2    90k tokens  unknown price  2 attempts

      ! budget of the run: $4.40 of $5.00 (88 %, red)
        saved now: work of low priority waits
        to save more: run fewer at once

      49 s of work and checks in 19 s (2.6×; without checks at best 17 s) · 3 at once · 102.4k tokens,
        at least $0.32 (2 of 3 attempts unknown)"
  `);
});

test("status shows the last run's use and its limit", () => {
  const lines = renderStatus(
    statusReport({ cost: cost({}), budgets: [{ ...BUDGET, zone: "green", percent: 40, savings: [] }] }),
    PAGE,
  );
  expect(lines).toContain("  used in the last run: 12.4k tokens, $0.32");
  expect(lines).toContain("  budget of the run: $4.40 of $5.00 (40 %)");
  expect(renderBudgets([], PAGE)).toEqual([]);
});
