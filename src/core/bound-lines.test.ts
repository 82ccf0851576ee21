import fc from "fast-check";
import { expect, test } from "vitest";
import { boundLines } from "./bound-lines.ts";

test("keeps the first or the last lines that fit", () => {
  expect(boundLines(["aa", "bb", "cc"], 6, "first")).toEqual(["aa", "bb"]);
  expect(boundLines(["aa", "bb", "cc"], 6, "last")).toEqual(["bb", "cc"]);
  expect(boundLines(["ä"], 2, "first")).toEqual([]);
});

test("a long line is cut, not left out", () => {
  expect(boundLines(["x".repeat(5_000)], 8_192, "last")).toEqual([`${"x".repeat(1_000)}…`]);
});

test("never more bytes than said, whatever the lines are", () => {
  const lines = fc.array(fc.string({ unit: "binary", maxLength: 50 }), { maxLength: 30 });
  fc.assert(
    fc.property(lines, fc.nat(300), fc.constantFrom("first", "last"), (given, max, keep) => {
      const kept = boundLines(given, max, keep);
      expect(Buffer.byteLength(kept.map((line) => `${line}\n`).join(""))).toBeLessThanOrEqual(max);
      expect(kept.length).toBeLessThanOrEqual(given.length);
    }),
  );
});
