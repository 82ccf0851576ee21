import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EpochMs } from "../model/ids.ts";
import { evolveTrust, findTrust, NO_TRUST, type TrustChange, type TrustRecord } from "./trust.ts";

const DAY = 86_400_000;
const T0 = 1_800_000_000_000;
const at = (days: number) => (T0 + days * DAY) as EpochMs;
const grow = (changes: readonly TrustChange[], from: TrustRecord = NO_TRUST, day = 0) =>
  changes.reduce((record, change) => evolveTrust(record, change, at(day)), from);
const times = (count: number, change: TrustChange) => Array<TrustChange>(count).fill(change);
const levelOf = (record: TrustRecord, day = 0) => findTrust(record, at(day)).level;

describe("trust", () => {
  test.each([
    [0, "new", []],
    [4, "new", []],
    [5, "established", ["refactor_code"]],
    [19, "established", ["refactor_code"]],
    [20, "trusted", ["refactor_code", "add_dependency", "update_tests"]],
  ])("%i tasks: %s", (tasks, level, unlocks) => {
    expect(findTrust(grow(times(tasks, "succeeded")), at(0))).toMatchObject({ level, unlocks });
  });

  test("trusted needs 80 % accepted", () => {
    const tasks = grow(times(40, "succeeded"));
    expect(levelOf(grow([...times(8, "accepted"), ...times(2, "overridden")], tasks))).toBe("trusted");
    expect(levelOf(grow([...times(7, "accepted"), ...times(2, "overridden")], tasks))).toBe("established");
  });

  test("an override takes three tasks back, an interruption one, never more than there is", () => {
    const twenty = grow(times(20, "succeeded"));
    expect(levelOf(grow(["interrupted"], twenty))).toBe("established");
    expect(levelOf(grow(["overridden"], grow(times(5, "succeeded"))))).toBe("new");
    expect(grow(times(9, "overridden"), grow(["succeeded"])).milliTasks).toBe(0);
  });

  test("it fades when nothing happens for more than a week: half in 30 days, until nothing is left", () => {
    const twenty = grow(times(20, "succeeded"));
    expect([0, 7, 8, 36, 38, 90, 5_000].map((day) => levelOf(twenty, day))).toEqual([
      "trusted",
      "trusted",
      "established",
      "established",
      "established",
      "new",
      "new",
    ]);
    expect(findTrust(twenty, at(37)).reason).toBe("9 tasks that count");
    expect(findTrust(twenty, at(5_000)).reason).toBe("0 tasks that count");
  });

  test("work keeps it; what happens later goes on from what is left", () => {
    let record = NO_TRUST;
    for (let day = 0; day < 100; day += 5) record = evolveTrust(record, "succeeded", at(day));
    expect(levelOf(record, 100)).toBe("trusted");
    const later = evolveTrust(grow(times(20, "succeeded")), "succeeded", at(37));
    expect(later.milliTasks).toBeGreaterThan(10_000);
    expect(later.milliTasks).toBeLessThan(11_500);
  });

  test("a clock that goes backwards neither fades nor moves it", () => {
    const record = grow(["succeeded"], NO_TRUST, 10);
    expect(evolveTrust(record, "succeeded", at(0))).toEqual({ ...record, milliTasks: 2_000 });
  });

  test("merged tasks that stand are accepted; refused ones count no more, and less where they were merged", () => {
    const landed = grow([...times(6, "succeeded"), { kind: "landed", tasks: 6 }]);
    expect(landed).toMatchObject({ milliTasks: 6_000, accepted: 6, overridden: 0 });
    const refused = { kind: "refused", refused: 2, undone: 3 } as const;
    expect(grow([{ ...refused, landed: true }], landed)).toMatchObject({
      milliTasks: 0,
      accepted: 4,
      overridden: 2,
    });
    expect(grow([{ ...refused, landed: false }], grow(times(9, "succeeded")))).toMatchObject({
      milliTasks: 3_000,
      accepted: 0,
      overridden: 2,
    });
  });

  const bad = fc.oneof(
    fc.constantFrom<TrustChange>("overridden", "interrupted", "failed"),
    fc.record({
      kind: fc.constant("refused" as const),
      refused: fc.integer({ min: 1, max: 9 }),
      undone: fc.nat({ max: 9 }),
      landed: fc.boolean(),
    }),
  );
  const good = fc.oneof(
    fc.constantFrom<TrustChange>("succeeded", "accepted"),
    fc.record({ kind: fc.constant("landed" as const), tasks: fc.nat({ max: 9 }) }),
  );
  const LEVELS = ["new", "established", "trusted"];
  const rank = (record: TrustRecord, ms: number) =>
    LEVELS.indexOf(findTrust(record, (T0 + ms) as EpochMs).level);
  const step = fc.tuple(fc.oneof(good, good, good, bad), fc.nat({ max: 12 * DAY }));
  const story = fc.array(step, { maxLength: 60 });

  test("bad news never raises it and good news never lowers it, then and at any time later", () => {
    let moved = 0;
    fc.assert(
      fc.property(story, bad, good, fc.nat({ max: 40 * DAY }), fc.nat({ max: 90 * DAY }), (...drawn) => {
        const [before, worse, better, wait, later] = drawn;
        let record = grow(times(30, "succeeded"));
        let ms = 0;
        for (const [change, gap] of before) {
          ms += gap;
          record = evolveTrust(record, change, (T0 + ms) as EpochMs);
        }
        ms += wait;
        const now = (T0 + ms) as EpochMs;
        for (const when of [ms, ms + later]) {
          const low = rank(evolveTrust(record, worse, now), when);
          const high = rank(evolveTrust(record, better, now), when);
          if (low !== high) moved += 1;
          expect(low).toBeLessThanOrEqual(rank(record, when));
          expect(high).toBeGreaterThanOrEqual(rank(record, when));
        }
      }),
      { numRuns: 500 },
    );
    expect(moved).toBeGreaterThan(20);
  });
});
