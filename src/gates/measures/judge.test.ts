import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { GateRun, Measure, Measured } from "../types.ts";
import { compareWithBase } from "../verdict.ts";

const run = (measured: Measured, more: Partial<GateRun> = {}): GateRun => ({
  name: measured.kind,
  command: "npm test",
  tree: "t",
  status: "passed",
  exitCode: 0,
  stoppedBy: null,
  durationMs: 1,
  failures: [],
  counts: null,
  tail: [],
  logPath: "/log",
  ...more,
  measured,
});

const judge = (now: GateRun, base: GateRun | null, measure: Measure) =>
  compareWithBase(now, base, { baseName: "main", measure });

describe("coverage", () => {
  const measure: Measure = { kind: "coverage", target: 80, report: null, after: "tests" };
  const lines = (covered: number): GateRun =>
    run({ kind: "coverage", lines: { covered, total: 1_000 }, from: "coverage/lcov.info", problem: null });
  const none = (more: Partial<GateRun> = {}): GateRun =>
    run({ kind: "coverage", lines: null, from: null, problem: "npm test wrote no report." }, more);

  test.each([
    ["at the target", lines(800), lines(900), "passed"],
    ["below it, and as on the base", lines(700), lines(700), "passed"],
    ["below it, and less than a tenth lower", lines(700), lines(700.9), "passed"],
    ["below it, and better than the base", lines(710), lines(700), "passed"],
    ["below it and lower than the base", lines(700), lines(710), "failed"],
    ["it fell from above", lines(799), lines(800), "failed"],
    ["below it with nothing to compare with", lines(700), null, "failed"],
    ["below it where the base measured nothing", lines(700), none(), "passed"],
    ["no report on either side", none(), none(), "not_verified"],
    ["no report and no base", none(), null, "not_verified"],
    ["no report any more", none(), lines(900), "failed"],
    [
      "no report because the tests failed",
      none({ status: "failed", exitCode: 1 }),
      lines(900),
      "not_verified",
    ],
  ] as const)("%s", (_, now, base, status) => {
    expect(judge(now, base, measure).status).toBe(status);
  });

  test("says the numbers, where to look and what to do", () => {
    expect(judge(lines(712), lines(803), measure)).toMatchObject({
      detail: "71.2 % of lines, was 80.3 %, target 80 %",
      newFailures: ["coverage: 71.2 % of lines, was 80.3 %, target 80 %"],
      recommendation:
        "Coverage fell below the target (71.2 % of lines, was 80.3 %, target 80 %). Write tests for what was added. See coverage/lcov.info for the lines that no test runs.",
    });
    expect(judge(none(), lines(900), measure).recommendation).toContain("npm test wrote no report.");
  });

  test("more coverage never turns passed into failed", () => {
    const share = fc.nat({ max: 1_000 });
    fc.assert(
      fc.property(share, share, share, (a, b, base) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        const [low, high] = [
          judge(lines(less), lines(base), measure),
          judge(lines(more), lines(base), measure),
        ];
        if (low.status === "passed") expect(high.status).toBe("passed");
      }),
    );
  });
});

describe("security", () => {
  const measure: Measure = { kind: "security", level: "high" };
  const found = (...findings: string[]): GateRun => run({ kind: "security", findings, problem: null });
  const notRun = run({ kind: "security", findings: [], problem: "not run: npm audit could not reach it." });

  test.each([
    ["clean", found(), found(), "passed"],
    ["known before", found("a 1"), found("a 1"), "passed"],
    ["new", found("a 1", "b 2"), found("a 1"), "failed"],
    ["new with nothing to compare with", found("a 1"), null, "failed"],
    ["not run", notRun, found(), "not_verified"],
    ["not run on the base and clean", found(), notRun, "passed"],
    ["not run on the base, and something found", found("a 1"), notRun, "not_verified"],
  ] as const)("%s", (_, now, base, status) => {
    expect(judge(now, base, measure).status).toBe(status);
  });

  test("names what is new and what was there", () => {
    expect(judge(found("a 1", "b 2"), found("a 1"), measure)).toMatchObject({
      newFailures: ["b 2"],
      oldFailures: ["a 1"],
    });
  });
});

describe("benchmark", () => {
  const measure = (better: "lower" | "higher"): Measure => ({
    kind: "benchmark",
    metric: { pattern: "(x)" },
    slower: 1.2,
    better,
    runs: 3,
  });
  const took = (...values: number[]): GateRun => run({ kind: "benchmark", values, problem: null });
  const broken = run({ kind: "benchmark", values: [], problem: "it told no number." });

  test.each([
    ["as fast", took(10, 30, 20), took(10, 11), "lower", "passed"],
    ["a little slower, within what is allowed", took(12), took(10), "lower", "passed"],
    ["too slow in all runs", took(13, 12.5), took(10, 90), "lower", "failed"],
    ["fewer per second", took(80), took(100), "higher", "failed"],
    ["more per second", took(180), took(100), "higher", "passed"],
    ["both nothing", took(0), took(0), "lower", "passed"],
    ["something where nothing was", took(1), took(0), "lower", "failed"],
    ["no number any more", broken, took(1), "lower", "failed"],
    ["no number on the base", took(1), broken, "lower", "not_verified"],
    ["no number at all", broken, broken, "lower", "not_verified"],
    ["no base", took(1), null, "lower", "not_verified"],
  ] as const)("%s", (_, now, base, better, status) => {
    expect(judge(now, base, measure(better)).status).toBe(status);
  });

  test("says how much slower", () => {
    expect(judge(took(15.123456), took(10), measure("lower")).recommendation).toBe(
      "It became slower than on main (15.12, was 10: 1.512×, allowed 1.2×). Find what became slow, or allow it in gates.benchmark.slower.",
    );
  });
});

test("a gate that was cancelled says nothing, whatever it measured", () => {
  const now = run(
    { kind: "security", findings: [], problem: null },
    { stoppedBy: "cancel", status: "failed" },
  );
  expect(judge(now, null, { kind: "security", level: "low" }).status).toBe("not_verified");
});
