import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { betaBelow, betaQuantile } from "./beta.ts";

describe("betaQuantile", () => {
  // The requirement's own numbers.
  test.each([
    [28, 0.9],
    [58, 0.95],
  ])("%i approvals in a row put the 5 %% quantile at %f, one less does not", (approvals, reached) => {
    expect(betaQuantile(0.05, 1 + approvals, 1)).toBeGreaterThan(reached);
    expect(betaQuantile(0.05, approvals, 1)).toBeLessThan(reached);
  });

  // scipy 1.17.1: stats.beta.ppf
  test.each([
    [0.05, 2, 3, 0.0976114629],
    [0.95, 2, 3, 0.7513953743],
    [0.05, 31, 2, 0.8601505397],
    [0.05, 11.5, 1.5, 0.7168683294],
    [0.5, 400, 200, 0.666851966],
  ])("%f of Beta(%f, %f) is at %f", (q, a, b, expected) => {
    expect(betaQuantile(q, a, b)).toBeCloseTo(expected, 9);
  });

  test("without overrides it is a root: the closed form of Beta(n, 1)", () => {
    for (let n = 1; n <= 80; n += 1) expect(betaQuantile(0.05, n, 1)).toBeCloseTo(0.05 ** (1 / n), 11);
  });

  test("it is what betaBelow takes back, grows with the share, and turns round with the answers", () => {
    const half = fc.integer({ min: 2, max: 140 }).map((count) => count / 2);
    const share = fc.integer({ min: 1, max: 99 }).map((percent) => percent / 100);
    fc.assert(
      fc.property(half, half, share, (a, b, q) => {
        const x = betaQuantile(q, a, b);
        expect(betaBelow(x, a, b)).toBeCloseTo(q, 8);
        expect(betaQuantile(1 - q, b, a)).toBeCloseTo(1 - x, 8);
        expect(betaQuantile(q, a + 1, b)).toBeGreaterThan(x);
        expect(betaQuantile(q, a, b + 1)).toBeLessThan(x);
      }),
      { numRuns: 200 },
    );
  });

  test("ends", () => {
    expect([betaBelow(0, 2, 2), betaBelow(1, 2, 2), betaBelow(-1, 2, 2)]).toEqual([0, 1, 0]);
  });
});
