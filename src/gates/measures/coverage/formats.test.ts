import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCoverage } from "./formats.ts";

const read = (name: string): string =>
  readFileSync(join(import.meta.dirname, "..", "..", "fixtures", `coverage-${name}.txt`), "utf8");

describe("each format gives the lines that its tool counted", () => {
  test.each([
    "lcov-node",
    "lcov-c8",
    "lcov-python",
    "cobertura-python",
    "cobertura-c8",
    "python-json",
    "summary",
    "final",
    "llvm",
  ])("%s", (name) => {
    expect(parseCoverage(read(name))).toEqual({ covered: 3, total: 4 });
  });

  test("a block that two packages of go ran counts once, and as run where one of them ran it", () => {
    expect(parseCoverage(read("go"))).toEqual({ covered: 3, total: 4 });
  });

  test("lcov without sums is summed up, and records are added", () => {
    expect(parseCoverage("SF:a\nDA:1,1\nDA:2,0\nend_of_record\nSF:b\nLF:8\nLH:8\nend_of_record\n")).toEqual({
      covered: 9,
      total: 10,
    });
  });

  test("an old cobertura has a rate alone", () => {
    expect(parseCoverage('<?xml version="1.0"?>\n<coverage line-rate="0.8125" version="1.9">')).toEqual({
      covered: 8125,
      total: 10_000,
    });
  });
});

test("what is no report, or says what cannot be, is none", () => {
  const none = [
    "",
    "hello",
    "{}",
    "[]",
    "null",
    '{"total":{"lines":{"total":"4","covered":3}}}',
    "<html></html>",
  ];
  for (const text of none) expect(parseCoverage(text)).toBeNull();
  expect(parseCoverage('{"total":{"lines":{"total":3,"covered":4}}}')).toBeNull();
  expect(parseCoverage('{"total":{"lines":{"total":3,"covered":-1}}}')).toBeNull();
});

test("whatever a report holds, the numbers are whole and go together", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.string().map((text) => `SF:a\n${text}`),
      ),
      (text) => {
        const lines = parseCoverage(text);
        if (lines === null) return;
        expect(Number.isSafeInteger(lines.covered) && Number.isSafeInteger(lines.total)).toBe(true);
        expect(lines.covered).toBeGreaterThanOrEqual(0);
        expect(lines.covered).toBeLessThanOrEqual(lines.total);
      },
    ),
  );
});
