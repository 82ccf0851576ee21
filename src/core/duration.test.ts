import { expect, test } from "vitest";
import { parseDurationMs } from "./duration.ts";

test.each([
  ["30m", 1_800_000],
  ["5 min", 300_000],
  ["90s", 90_000],
  ["1.5h", 5_400_000],
  ["1h30m", 5_400_000],
  ["1 hour, 30 minutes", 5_400_000],
  ["2 Days", 172_800_000],
  ["250ms", 250],
  ["1 week", 604_800_000],
])("reads %s as %i ms", (text, expectedMs) => {
  expect(parseDurationMs(text)).toBe(expectedMs);
});

test.each(["", "30", "m", "-5m", "0s", "5 parsecs", "soon", "5m later", "9999999w", "1e3s", "5m ".repeat(9)])(
  "refuses %j",
  (text) => {
    expect(parseDurationMs(text)).toBeNull();
  },
);
