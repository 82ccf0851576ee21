import { describe, expect, it } from "vitest";
import type { Usage } from "../core/model/agent.ts";
import { priceOf, withPrice } from "./prices.ts";

const MILLION: Usage = {
  inputTokens: 100_000,
  cachedTokens: 90_000,
  outputTokens: 10_000,
  microUsd: null,
  model: null,
};

describe("a price", () => {
  // Of input, of input from the cache, and of output, in dollars for a million tokens, as the vendors state them.
  it.each([
    ["claude-sonnet-4-5", 3, 0.3, 15],
    ["claude-opus-4-5", 5, 0.5, 25],
    ["claude-haiku-4-5", 1, 0.1, 5],
    ["gpt-5", 1.25, 0.125, 10],
    ["gpt-5-mini", 0.25, 0.025, 2],
    ["gemini-2.5-pro", 1.25, 0.125, 10],
  ])("of %s counts what came from the cache at its own price", (model, input, cached, output) => {
    const expected = Math.ceil(Number((10_000 * input + 90_000 * cached + 10_000 * output).toFixed(3)));
    expect(priceOf(MILLION, model)).toBe(expected);
  });

  it.each(["anthropic/claude-sonnet-4-5", "anthropic:claude-sonnet-4-5", "claude-sonnet-4-5[1m]"])(
    "is found for %s",
    (model) => {
      expect(priceOf(MILLION, model)).toBe(priceOf(MILLION, "claude-sonnet-4-5"));
    },
  );

  it.each(["qwen2.5-coder:7b", "my-own-model", "nobody/claude-sonnet-4-5", "", null])(
    "of %j is unknown, not 0",
    (model) => {
      expect(priceOf(MILLION, model)).toBeNull();
    },
  );

  it("is unknown where the use is", () => {
    expect(priceOf({ ...MILLION, outputTokens: null }, "gpt-5")).toBeNull();
    expect(priceOf({ ...MILLION, inputTokens: null }, "gpt-5")).toBeNull();
  });

  it("is 0 for nothing, and a whole number for one token", () => {
    const few = { ...MILLION, inputTokens: 0, cachedTokens: null, outputTokens: 0 };
    expect(priceOf(few, "gpt-5")).toBe(0);
    expect(priceOf(few, null)).toBe(0);
    expect(priceOf({ ...few, inputTokens: 1 }, "gpt-5")).toBe(2);
  });

  it("takes no more from the cache than went in", () => {
    const odd = { ...MILLION, inputTokens: 10, cachedTokens: 20, outputTokens: 0 };
    expect(priceOf(odd, "gpt-5")).toBe(2);
  });
});

it("use gets a price where the agent names none", () => {
  expect(withPrice(MILLION, "gpt-5")).toMatchObject({ model: "gpt-5", microUsd: priceOf(MILLION, "gpt-5") });
  expect(withPrice({ ...MILLION, microUsd: 7, model: "gpt-5" }, null).microUsd).toBe(7);
  expect(withPrice({ ...MILLION, model: "my-own-model" }, "gpt-5").microUsd).toBeNull();
});
