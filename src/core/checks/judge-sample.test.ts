import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FindingLevel, judgeSample, toStanding, type WatchSample } from "./judge-sample.ts";
import { DEFAULT_WATCH, WATCHED, type Watched, type WatchPolicy } from "./watch-policy.ts";

const MIB = 1024 ** 2;
const NOTHING: WatchSample = { tokens: null, progress: null, calls: null, memory: null, disk: null };
const judge = (sample: Partial<WatchSample>, policy: Partial<WatchPolicy> = {}) =>
  toStanding(judgeSample({ ...NOTHING, ...sample }, { ...DEFAULT_WATCH, ...policy }));

describe("tokens", () => {
  test.each([
    [740, ""],
    [750, "tokens warn"],
    [849, "tokens warn"],
    [850, "tokens high"],
    [2_000, "tokens high"],
  ])("%i of 1,000 that were reserved: %s", (used, standing) => {
    expect(judge({ tokens: { used, kept: 1_000 } })).toBe(standing);
  });

  test("where nothing was reserved nothing is near", () => {
    expect(judge({ tokens: { used: 10, kept: 0 } })).toBe("");
  });
});

describe("progress", () => {
  const idleMs = 20 * 60_000;
  test("asks where it works and makes nothing", () => {
    expect(judge({ progress: { idleMs, calls: 40, tokens: 0 } })).toBe("progress ask");
    expect(judge({ progress: { idleMs, calls: 0, tokens: 9 } })).toBe("progress ask");
    expect(judge({ progress: { idleMs: idleMs - 1, calls: 40, tokens: 9 } })).toBe("");
  });

  test("one that is quiet is the business of another look", () => {
    expect(judge({ progress: { idleMs, calls: 0, tokens: 0 } })).toBe("");
  });
});

describe("error rate", () => {
  test.each([
    [9, 9, ""],
    [5, 10, ""],
    [6, 10, "errorRate critical"],
    [10, 20, ""],
    [11, 20, "errorRate critical"],
  ])("%i of %i: %s", (failed, ended, standing) => {
    expect(judge({ calls: { failed, ended } })).toBe(standing);
  });
});

describe("memory", () => {
  const policy = { memory: { maxBytes: 1_000, minFreeBytes: 100, level: "critical" } as const };
  test.each([
    [800, 1_000_000, ""],
    [801, 1_000_000, "memory warn"],
    [1_001, 1_000_000, "memory critical"],
    [10, 199, "memory warn"],
    // Others use it up: this one would give nothing back.
    [10, 99, "memory high"],
    [500, 99, "memory critical"],
    [null, 99, "memory high"],
    [null, null, ""],
  ])("it uses %s, free are %s: %s", (bytes, freeBytes, standing) => {
    expect(judge({ memory: { bytes, freeBytes } }, policy)).toBe(standing);
  });
});

describe("disk", () => {
  const disk = { bytes: 0, maxBytes: 1_000, freeBytes: 1e9, minFreeBytes: 1_000 };
  test.each([
    [{ bytes: 800 }, ""],
    [{ bytes: 900 }, "disk warn"],
    [{ bytes: 1_001 }, "disk critical"],
    [{ bytes: 1_001, maxBytes: null }, ""],
    [{ freeBytes: 999 }, "disk high"],
    [{ freeBytes: 249 }, "disk critical"],
  ])("%j: %s", (seen, standing) => {
    expect(judge({ disk: { ...disk, ...seen } })).toBe(standing);
  });
});

test("each finding says what was seen, the limit, and one thing to do", () => {
  const found = judgeSample(
    {
      tokens: { used: 900, kept: 1_000 },
      progress: { idleMs: 3_600_000, calls: 1, tokens: 12_000 },
      calls: { failed: 12, ended: 20 },
      memory: { bytes: 5 * MIB, freeBytes: 20 * MIB },
      disk: { bytes: 5_000 * MIB, maxBytes: 4_096 * MIB, freeBytes: 1e12, minFreeBytes: 1 },
    },
    DEFAULT_WATCH,
  );
  expect(found.map(({ check, reason }) => `${check}: ${reason}`)).toMatchInlineSnapshot(`
    [
      "tokens: it used 900 of the 1k tokens reserved for it (90 %)",
      "progress: 1 call of a tool and 12k tokens in 1 h, and nothing changed in its work tree",
      "errorRate: 12 of its last 20 calls of tools failed (60 %, allowed are 50 %)",
      "memory: 20 MiB of memory are free (at least 64 MiB must be), its processes use 5.0 MiB",
      "disk: its work tree and home hold 4.9 GiB, allowed are 4.0 GiB",
    ]
  `);
  for (const { advice } of found) expect(advice).toMatch(/^[A-Z].*\.$/);
});

const amount = fc.nat({ max: 2_000 });
const maybe = fc.option(amount);
const sample: fc.Arbitrary<WatchSample> = fc.record({
  tokens: fc.option(fc.record({ used: amount, kept: amount })),
  progress: fc.option(fc.record({ idleMs: fc.nat({ max: 1e7 }), calls: amount, tokens: amount })),
  calls: fc.option(
    fc.tuple(fc.nat({ max: 20 }), fc.nat({ max: 20 })).map(([a, b]) => ({
      failed: Math.min(a, b),
      ended: Math.max(a, b),
    })),
  ),
  memory: fc.option(fc.record({ bytes: maybe, freeBytes: maybe })),
  disk: fc.option(fc.record({ bytes: maybe, maxBytes: maybe, freeBytes: maybe, minFreeBytes: amount })),
});
const level = fc.constantFrom("warn" as const, "critical" as const);
const policy: fc.Arbitrary<WatchPolicy> = fc.record({
  everyMs: fc.constant(1_000),
  tokens: fc.option(fc.constant({ warn: 75, red: 85 })),
  progress: fc.option(fc.record({ afterMs: fc.nat({ max: 1e7 }) })),
  errorRate: fc.option(
    fc.record({ limit: fc.integer({ min: 1, max: 100 }), sample: fc.integer({ min: 2, max: 20 }), level }),
  ),
  memory: fc.option(fc.record({ maxBytes: maybe, minFreeBytes: amount, level })),
  disk: fc.option(fc.record({ maxBytes: maybe, level })),
});
const RANKS: readonly (FindingLevel | null)[] = [null, "warn", "high", "ask", "critical"];
const rankOf = (found: ReturnType<typeof judgeSample>, check: Watched): number =>
  RANKS.indexOf(found.find((each) => each.check === check)?.level ?? null);

describe("for any sample and any limits", () => {
  test("a check that is switched off, or was not looked at, is never found; each is found once at the most", () => {
    fc.assert(
      fc.property(sample, policy, (seen, limits) => {
        const found = judgeSample(seen, limits).map(({ check }) => check);
        expect(new Set(found).size).toBe(found.length);
        for (const check of found) expect(limits[check]).not.toBeNull();
        for (const check of WATCHED) {
          const key = check === "errorRate" ? "calls" : check;
          if (seen[key] === null) expect(found).not.toContain(check);
        }
      }),
    );
  });

  test("nothing is critical that its level does not say, and progress never ends anything", () => {
    fc.assert(
      fc.property(sample, policy, (seen, limits) => {
        for (const { check, level: found } of judgeSample(seen, limits)) {
          if (found !== "critical") continue;
          expect(["errorRate", "memory", "disk"]).toContain(check);
          expect(limits[check]).toMatchObject({ level: "critical" });
        }
      }),
    );
  });

  test("more use is never judged milder, fewer calls than the sample never at all", () => {
    fc.assert(
      fc.property(sample, policy, amount, (seen, limits, more) => {
        const worse: WatchSample = {
          ...seen,
          tokens: seen.tokens && { ...seen.tokens, used: seen.tokens.used + more },
          disk: seen.disk && {
            ...seen.disk,
            bytes: seen.disk.bytes === null ? null : seen.disk.bytes + more,
          },
          memory: seen.memory && {
            ...seen.memory,
            bytes: seen.memory.bytes === null ? null : seen.memory.bytes + more,
          },
        };
        const [before, after] = [judgeSample(seen, limits), judgeSample(worse, limits)];
        // With a level of `warn`, what is passed is said as what is near.
        for (const check of ["tokens", "disk", "memory"] as const)
          if (limits[check] === null || !("level" in limits[check]) || limits[check].level === "critical")
            expect(rankOf(after, check)).toBeGreaterThanOrEqual(rankOf(before, check));
        if (seen.calls !== null && seen.calls.ended < (limits.errorRate?.sample ?? 0))
          expect(rankOf(before, "errorRate")).toBe(0);
      }),
    );
  });
});
