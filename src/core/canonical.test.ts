import canonicalize from "canonicalize";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toCanonicalJson } from "./canonical.ts";

describe("toCanonicalJson", () => {
  it("writes the same bytes as the reference implementation of RFC 8785", () => {
    const value = fc.jsonValue({ maxDepth: 5 }).filter((json) => isCanonicalizable(json));
    fc.assert(
      fc.property(value, (json) => toCanonicalJson(json) === canonicalize(json)),
      { numRuns: 1000 },
    );
  });

  it("sorts keys by UTF-16 code units, the example of RFC 8785", () => {
    const names = ["\u20ac", "\r", "\ufb33", "1", "\u{1f600}", "\u0080", "\u00f6"];
    const value = Object.fromEntries(names.map((name) => [name, 0]));
    const sorted = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\u{1f600}", "\ufb33"];
    expect(toCanonicalJson(value)).toBe(`{${sorted.map((name) => `${JSON.stringify(name)}:0`).join()}}`);
  });

  it("gives back what was put in", () => {
    const value = fc.jsonValue({ maxDepth: 4 }).filter((json) => isCanonicalizable(json));
    fc.assert(
      fc.property(value, (json) => {
        // JSON itself makes 0 of -0; nothing else may change.
        expect(JSON.parse(toCanonicalJson(json))).toEqual(JSON.parse(JSON.stringify(json)));
      }),
    );
  });

  it("keeps a key named __proto__ as a key", () => {
    expect(toCanonicalJson(JSON.parse('{"__proto__":1}'))).toBe('{"__proto__":1}');
  });

  it.each([
    ["undefined", { a: { b: undefined } }, "$.a.b: expected a JSON value, found undefined"],
    ["a hole", { a: Array(2) }, "$.a[0]: expected a JSON value, found undefined"],
    ["NaN", [0, Number.NaN], "$[1]: expected a JSON value, found the number NaN"],
    ["infinity", Number.NEGATIVE_INFINITY, "$: expected a JSON value, found the number -Infinity"],
    [
      "2^53 and beyond",
      { n: 2 ** 53 },
      "$.n: expected a JSON value, found the integer 9007199254740992, which is beyond 2^53 and would be rounded",
    ],
    [
      "a lone surrogate",
      { "x y": ["\ud800"] },
      '$["x y"][0]: expected a JSON value, found text with a lone surrogate (not valid Unicode)',
    ],
    [
      "a lone surrogate in a key",
      { "\udc00": 1 },
      '$["\\udc00"]: expected a JSON value, found text with a lone surrogate (not valid Unicode)',
    ],
    ["a date", { at: new Date(0) }, "$.at: expected a JSON value, found an instance of Date"],
    ["a map", new Map(), "$: expected a JSON value, found an instance of Map"],
    ["a big integer", { n: 1n }, "$.n: expected a JSON value, found a bigint"],
    ["a function", { f: () => 1 }, "$.f: expected a JSON value, found a function"],
  ])("refuses %s and names its path", (_title, value, message) => {
    expect(() => toCanonicalJson(value)).toThrow(message);
  });

  it("refuses a cycle and endless nesting instead of exhausting the stack", () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(() => toCanonicalJson(cycle)).toThrow("nesting deeper than 100 (or a cycle)");
    const deep = JSON.parse(`${"[".repeat(200)}${"]".repeat(200)}`);
    expect(() => toCanonicalJson(deep)).toThrow("nesting deeper than 100");
  });
});

function isCanonicalizable(value: unknown): boolean {
  if (typeof value === "number") return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, item]) => key.isWellFormed() && isCanonicalizable(item));
}
