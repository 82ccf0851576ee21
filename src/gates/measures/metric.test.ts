import { expect, test } from "vitest";
import { readKey, readPattern } from "./metric.ts";

test("the last line that matches tells the number", () => {
  const lines = ["warm-up mean: 90 ms", "mean: 1,234.5 ms", "done"];
  expect(readPattern(lines, "mean: ([\\d.,]+) ms")).toBe(1234.5);
  expect(readPattern(lines, "max: ([\\d.,]+) ms")).toBeNull();
  expect(readPattern(["mean: fast"], "mean: (\\w+)")).toBeNull();
});

test("an expression that never ends is cut off", () => {
  expect(readPattern([`${"a".repeat(60)}!`], "(?:a+)+(b)")).toBeNull();
});

test("a key leads to a number in JSON", () => {
  const text = '{"results":[{"mean":0.25,"name":"x"}],"total":"12"}';
  expect(readKey(text, "results.0.mean")).toBe(0.25);
  expect(readKey(text, "total")).toBe(12);
  for (const key of ["results.1.mean", "results.0.name", "results", "constructor", "__proto__.x", ""])
    expect(readKey(text, key)).toBeNull();
  expect(readKey("no json", "a")).toBeNull();
});
