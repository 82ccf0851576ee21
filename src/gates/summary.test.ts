import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { dropSummary } from "./summary.ts";

test("what is left of TAP of node:test is which test failed and why", () => {
  const path = new URL("fixtures/node-tap.txt", import.meta.url);
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  const left = dropSummary(lines);
  expect(left.slice(0, 5)).toEqual([
    "not ok 2 - subtracts \\# hash",
    "  location: '/tree/test/a.test.js:2:22'",
    "  error: |-",
    "    Expected values to be strictly equal:",
    "    ",
  ]);
  expect(left.filter((line) => /^\s*ok |^# tests|duration_ms|at .*\(node:internal/.test(line))).toEqual([]);
  expect(left.filter((line) => line.includes("not ok"))).toEqual(
    lines.filter((line) => /^\s*not ok/.test(line)),
  );
});

test("other output stays as it is, also where nothing else would be left", () => {
  const build = ["# building", "error: no such file", "    at run (node:internal/main:1:1)"];
  expect(dropSummary(build)).toEqual(build);
  const counts = ["# tests 1", "# fail 1"];
  expect(dropSummary(counts)).toEqual(counts);
  expect(dropSummary(["✖ adds", "  1 !== 2", "ℹ tests 1", "ℹ duration_ms 57.2"])).toEqual([
    "✖ adds",
    "  1 !== 2",
  ]);
});
