import { describe, expect, it } from "vitest";
import type { Usage } from "../model/agent.ts";
import type { Spending } from "../model/budget.ts";
import { toRunId } from "../model/ids.ts";
import { applySpending, closeSpending, EMPTY_LEDGER, isKnown, openSpending, tellUsage } from "./ledger.ts";
import { cleanUsage, findBadUsage } from "./usage.ts";

const RESERVED = { tokens: 1_000, microUsd: 500 };
const open = () => openSpending(toRunId(1), RESERVED);
const close = (spending: Spending) => closeSpending(spending, { isFree: false, toolCalls: null });

function usage(changes: Partial<Usage>): Usage {
  return {
    inputTokens: null,
    cachedTokens: null,
    outputTokens: null,
    microUsd: null,
    model: null,
    ...changes,
  };
}

const tell = (spending: Spending, ...all: Partial<Usage>[]) =>
  all.reduce((now, each) => tellUsage(now, usage(each)), spending);

describe("a reservation", () => {
  it("shrinks by what is used, and what goes beyond it counts too", () => {
    const some = tell(open(), { inputTokens: 300, outputTokens: 100, microUsd: 50 });
    expect(some).toMatchObject({
      used: { tokens: 400, microUsd: 50 },
      reserved: { tokens: 600, microUsd: 450 },
    });
    const more = tell(some, { inputTokens: 900, outputTokens: 0, microUsd: 600 });
    expect(more).toMatchObject({
      used: { tokens: 1_300, microUsd: 650 },
      reserved: { tokens: 0, microUsd: 0 },
    });
  });

  it("is given back at the end where the attempt said what it used", () => {
    const ended = close(tell(open(), { inputTokens: 10, outputTokens: 5, microUsd: 7 }));
    expect(ended).toMatchObject({
      reserved: { tokens: 0, microUsd: 0 },
      assumed: { tokens: 0, microUsd: 0 },
    });
  });

  it("counts as used where the attempt never said, until it does after all", () => {
    const ended = close(open());
    expect(ended).toMatchObject({ used: { tokens: 0, microUsd: 0 }, assumed: RESERVED });
    const late = tell(ended, { inputTokens: 900, outputTokens: 0, microUsd: 900 });
    expect(late).toMatchObject({
      used: { tokens: 900, microUsd: 900 },
      assumed: { tokens: 100, microUsd: 0 },
    });
  });

  it("is given back whole by an attempt that never began", () => {
    const ended = closeSpending(open(), { isFree: true, toolCalls: null });
    expect(ended.assumed).toEqual({ tokens: 0, microUsd: 0 });
    expect([isKnown(ended, "tokens"), isKnown(ended, "microUsd")]).toEqual([true, true]);
  });
});

describe("what is known", () => {
  const known = (...all: Partial<Usage>[]) => {
    const told = tell(open(), ...all);
    return [isKnown(told, "tokens"), isKnown(told, "microUsd")];
  };
  const both = { inputTokens: 1, outputTokens: 1, microUsd: 1 };
  const tokens = { inputTokens: 1, outputTokens: 1 };
  const money = { microUsd: 1 };

  it("is nothing before the first word, and nothing that a word leaves out", () => {
    expect(known()).toEqual([false, false]);
    expect(known({})).toEqual([false, false]);
    expect(known(tokens)).toEqual([true, false]);
    expect(known(money)).toEqual([false, true]);
    expect(known(both)).toEqual([true, true]);
  });

  it("is not the money where some tokens had no price", () => {
    expect(known(both, tokens)).toEqual([true, false]);
  });

  it("is both where they are told apart", () => {
    expect(known(tokens, money, tokens)).toEqual([true, true]);
  });
});

it("a ledger is the sum of its attempts, and takes them out again", () => {
  const first = tell(open(), { inputTokens: 10, outputTokens: 0 });
  const second = open();
  let ledger = applySpending(EMPTY_LEDGER, null, first);
  ledger = applySpending(ledger, null, second);
  expect(ledger).toEqual({
    used: { tokens: 10, microUsd: 0 },
    reserved: { tokens: 1_990, microUsd: 1_000 },
    assumed: { tokens: 0, microUsd: 0 },
    attempts: 2,
    unknown: { tokens: 1, microUsd: 2 },
    limit: null,
  });
  const left = applySpending(applySpending(ledger, first, null), second, null);
  expect(left).toEqual(EMPTY_LEDGER);
});

it.each([
  [{ inputTokens: -3 }, "inputTokens is -3"],
  [{ microUsd: 0.5 }, "microUsd is 0.5"],
  [{ outputTokens: Number.NaN }, "outputTokens is NaN"],
  [{ inputTokens: 1e15 }, "inputTokens is 1000000000000000"],
])("use that cannot be is noticed, and counts as not said: %j", (bad, problem) => {
  expect(findBadUsage(usage(bad))).toBe(problem);
  expect(findBadUsage(cleanUsage(usage(bad)))).toBeNull();
  expect(cleanUsage(usage(bad))).toEqual(usage({}));
});

it("more from the cache than went in is cut", () => {
  const cleaned = cleanUsage(usage({ inputTokens: 5, cachedTokens: 9, model: "" }));
  expect(cleaned).toEqual(usage({ inputTokens: 5, cachedTokens: 5 }));
});
