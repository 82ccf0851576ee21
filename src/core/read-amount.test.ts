import { expect, it } from "vitest";
import { parseTokens, parseUsd } from "./read-amount.ts";

it.each([
  [500, 500],
  ["500", 500],
  ["500k", 500_000],
  ["1.5M", 1_500_000],
  ["2 m", 2_000_000],
  [0, 0],
  [1.5, null],
  [-1, null],
  ["1.0005k", null],
  ["many", null],
  ["1e9", null],
  [null, null],
  [2e12, null],
])("tokens: %j is %j", (text, expected) => {
  expect(parseTokens(text)).toBe(expected);
});

it.each([
  [5, 5_000_000],
  [0.1, 100_000],
  ["$2.50", 2_500_000],
  ["2.50 USD", 2_500_000],
  ["0", 0],
  [0.0000001, null],
  [-1, null],
  ["2,50", null],
  ["€3", null],
  [2_000_000, null],
  [Number.NaN, null],
])("dollars: %j is %j millionths", (text, expected) => {
  expect(parseUsd(text)).toBe(expected);
});
