import { expect, test } from "vitest";
import { showChanges } from "./show-change.ts";

test("what goes and what comes, with two lines around it", () => {
  const before = "a\nb\nc\nold\nd\ne\nf\n";
  expect(showChanges([{ path: "x", before, after: before.replace("old", "new\nand more") }])).toEqual([
    "  b",
    "  c",
    "- old",
    "+ new",
    "+ and more",
    "  d",
    "  e",
  ]);
});

test("of a new file the first lines; what is left out is counted, and a long line is cut", () => {
  const after = `${"x".repeat(500)}\n${"y\n".repeat(99)}`;
  const lines = showChanges([{ path: "x", before: null, after }]);
  expect(lines).toHaveLength(30);
  expect(lines[0]).toBe(`+ ${"x".repeat(198)}…`);
  expect(lines.at(-1)).toBe("… 71 more lines");
});

test("several files are named", () => {
  const change = (path: string) => ({ path, before: "1\n", after: "2\n" });
  expect(showChanges([change("a"), change("b")])).toEqual(["a:", "- 1", "+ 2", "b:", "- 1", "+ 2"]);
});
