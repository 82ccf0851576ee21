import { describe, expect, it } from "vitest";
import { PROJECT } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { emptyState } from "../model/state.ts";
import { overshootOf } from "./check.ts";
import { estimateCost, readCostHistory, sumCosts } from "./estimate.ts";
import { listSavings } from "./savings.ts";
import { formatCostRange, formatLimit, formatTokens, formatUsd } from "./words.ts";
import { zoneOf } from "./zones.ts";

const QUESTION = { executor: "claude", model: null, type: "tasks", specLength: 1_000 };

/** Attempts of an agent that used so many tokens each, with a price for some. */
function history(uses: readonly { tokens: number; microUsd: number | null; model: string }[]) {
  const core = new CoreDriver({ maxParallel: 64 });
  const tasks = uses.map((_, index) => ({ key: `T${index}`, executor: "claude", script: null }));
  core.begin([{ id: "a", tasks, ordered: false }]);
  core.schedule(64);
  uses.forEach(({ tokens, microUsd, model }, index) => {
    const task = `a#T${index}`;
    core.start(task);
    const usage = { inputTokens: tokens, cachedTokens: null, outputTokens: 0, microUsd, model };
    core.send({ kind: "attempt_used", ...core.claim(task), usage });
    core.succeed(task);
  });
  return readCostHistory(core.state, PROJECT);
}

describe("an estimate", () => {
  it("comes from the table by size where there are too few attempts", () => {
    const few = history([{ tokens: 10, microUsd: 1, model: "m" }]);
    expect(estimateCost(QUESTION, few)).toEqual({
      tokens: { low: 80_000, high: 400_000 },
      microUsd: { low: 100_000, high: 800_000 },
      source: "default",
    });
    expect(estimateCost({ ...QUESTION, specLength: 1e9 }, few).tokens.high).toBe(1_600_000);
  });

  it("goes from the median to the 85th percentile of attempts of its kind", () => {
    const uses = Array.from({ length: 21 }, (_, index) => ({
      tokens: 100 * (index + 1),
      microUsd: index + 1,
      model: "m",
    }));
    const known = history(uses);
    expect(estimateCost(QUESTION, known)).toEqual({
      tokens: { low: 1_100, high: 1_800 },
      microUsd: { low: 11, high: 18 },
      source: "history",
    });
    expect(estimateCost({ ...QUESTION, executor: "codex" }, known).source).toBe("default");
  });

  it("takes the attempts of the same model where there are enough, and a price only where one was told", () => {
    const of = (model: string, tokens: number, microUsd: number | null) => ({ model, tokens, microUsd });
    const known = history([
      ...[1, 2, 3].map(() => of("big", 9_000, 90)),
      ...[1, 2, 3].map(() => of("small", 1_000, null)),
    ]);
    expect(estimateCost({ ...QUESTION, model: "small" }, known)).toMatchObject({
      tokens: { low: 1_000, high: 1_000 },
      // Of the small one no price is known: that of all is the best that is.
      microUsd: { low: 90, high: 90 },
    });
    expect(estimateCost({ ...QUESTION, model: "big" }, known).tokens).toEqual({ low: 9_000, high: 9_000 });
    expect(estimateCost({ ...QUESTION, model: "new" }, known).tokens).toEqual({ low: 9_000, high: 9_000 });
  });

  it("of several is the sum, and nothing where nothing costs", () => {
    const one = estimateCost(QUESTION, new Map());
    expect(sumCosts([one, null, undefined, one])?.tokens).toEqual({ low: 160_000, high: 800_000 });
    expect(sumCosts([null])).toBeNull();
  });
});

it("the overshoot is nothing with a meter, a call where calls are told, and all of it where nothing is", () => {
  const estimate = estimateCost(QUESTION, new Map());
  expect(overshootOf("exact", estimate)).toEqual({ tokens: 0, microUsd: 0 });
  expect(overshootOf("request", estimate)).toEqual({ tokens: 40_000, microUsd: 80_000 });
  expect(overshootOf("turn", estimate)).toEqual({ tokens: 400_000, microUsd: 800_000 });
  expect(overshootOf("never", estimate)).toEqual(overshootOf("turn", estimate));
});

it.each([
  [0, "green"],
  [749, "green"],
  [750, "yellow"],
  [850, "yellow"],
  [851, "red"],
  [999, "red"],
  [1_000, "full"],
  [2_000, "full"],
] as const)("%d of 1000 is %s", (charged, zone) => {
  expect(zoneOf({ charged, limit: 1_000 })).toBe(zone);
});

it("savings are suggested from the yellow zone on; a limit of 0 is full", () => {
  expect(listSavings(emptyState(), null, "green")).toEqual([]);
  expect(listSavings(emptyState(), null, "yellow").length).toBeGreaterThan(3);
  expect(zoneOf({ charged: 0, limit: 0 })).toBe("full");
});

it.each([
  [formatTokens(999), "999"],
  [formatTokens(12_400), "12.4k"],
  [formatTokens(999_960), "1M"],
  [formatTokens(1_250_000), "1.25M"],
  [formatUsd(0), "$0"],
  [formatUsd(7), "under $0.0001"],
  [formatUsd(4_200), "$0.0042"],
  [formatUsd(850_000), "$0.85"],
  [formatUsd(12_500_000), "$12.50"],
  [formatCostRange("tokens", { low: 80_000, high: 400_000 }), "80k–400k tokens"],
  [formatCostRange("microUsd", { low: 5, high: 5 }), "under $0.0001"],
  [formatLimit({ tokens: null, microUsd: null }), "no limit"],
  [formatLimit({ tokens: 5e6, microUsd: 2e7 }), "5M tokens and $20.00"],
])("people read %s", (text, expected) => {
  expect(text).toBe(expected);
});
