import fc from "fast-check";
import picomatch from "picomatch";
import { expect, test } from "vitest";
import { globsMeet, parseGlob } from "./glob.ts";
import { findOverlaps } from "./overlaps.ts";

function meet(a: string, b: string): boolean {
  const [x, y] = [parseGlob(a), parseGlob(b)];
  if (x === null || y === null) return false;
  const there = globsMeet(x, y);
  expect(globsMeet(y, x)).toBe(there);
  return there;
}

test.each([
  ["src/a.ts", "src/a.ts", true],
  ["src/a.ts", "src/b.ts", false],
  ["./src/a.ts", "src//a.ts", true],
  ["/src/a.ts", "src/a.ts", true],
  ["src", "src/deep/a.ts", true],
  ["src/", "src/a.ts", true],
  ["src", "srcs/a.ts", false],
  ["src/**", "src/a.ts", true],
  ["src/**", "src", true],
  ["src/**", "test/**", false],
  ["src/*.ts", "src/a.ts", true],
  ["src/*.ts", "src/a.js", false],
  ["src/*.ts", "src/deep/a.ts", false],
  ["src/*", "src/deep/a.ts", true],
  ["src/next.js", "src/next.js/index.ts", true],
  ["src/next.js/", "src/**/index.ts", true],
  [".env", ".env", true],
  [".github", ".github/workflows/ci.yml", true],
  ["src/**/a.ts", "src/a.ts", true],
  ["src/**/a.ts", "src/x/y/a.ts", true],
  ["src/**/a.ts", "src/x/y/b.ts", false],
  ["**/*.md", "docs/a.md", true],
  ["**/*.md", "docs/*.ts", false],
  ["src/**/x/*.ts", "src/a/*/b.ts", true],
  ["a*c", "ab*", true],
  ["a*c", "ab*d", false],
  ["a?c", "abc", true],
  ["a?c", "ac", false],
  ["{src,lib}/a.ts", "lib/a.ts", true],
  ["{src,lib}/a.ts", "test/a.ts", false],
  ["src/[ab].ts", "src/a.ts", true],
  ["src/!(a).ts", "src/b.ts", true],
  ["src\\a.ts", "src/a.ts", true],
  ["src/\\*.ts", "src/a.ts", false],
  ["a/../b", "b/c.ts", true],
  [".", "any/thing", true],
  ["**", "any/thing", true],
  ["!src/a.ts", "src/a.ts", false],
  ["", "src/a.ts", false],
  ["my file.ts", "my file.ts", true],
  ["{1..3}.ts", "2.ts", true],
])("%s and %s meet: %s", (a, b, expected) => {
  expect(meet(a, b)).toBe(expected);
});

test("a pattern of hostile length or width is read as any path, quickly", () => {
  expect(meet("a*".repeat(2_000), "zzz")).toBe(true);
  expect(meet("{a,b}".repeat(40), "zzz")).toBe(true);
  expect(meet(`${"*a".repeat(400)}`, `${"a*".repeat(400)}`)).toBe(true);
  expect(meet("x/".repeat(400), "zzz")).toBe(true);
});

const segment = fc.constantFrom("a", "b", "ab", "*", "a*", "*b", "?", "**");
const pattern = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const path = fc.array(fc.constantFrom("a", "b", "ab", "abb"), { minLength: 1, maxLength: 5 });

test("two patterns that fit the same path meet (checked with picomatch)", () => {
  fc.assert(
    fc.property(pattern, pattern, path, (a, b, parts) => {
      const fits = (glob: string) =>
        parts.some((_, end) => picomatch.isMatch(parts.slice(0, end + 1).join("/"), glob));
      if (fits(a) && fits(b)) expect(meet(a, b)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test("the index finds the same pairs as comparing each with each", () => {
  const touches = fc.array(pattern, { maxLength: 3 });
  fc.assert(
    fc.property(fc.array(touches, { maxLength: 8 }), (all) => {
      const found = findOverlaps(all.map((each, index) => ({ id: `w${index}`, touches: each })));
      const pairs: string[] = [];
      for (const [i, a] of all.entries()) {
        for (const [j, b] of all.entries()) {
          if (i < j && a.some((x) => b.some((y) => meet(x, y)))) pairs.push(`w${i} w${j}`);
        }
      }
      expect(found.map(({ a, b }) => `${a} ${b}`)).toEqual(pairs);
    }),
    { numRuns: 500 },
  );
});

test("names what is shared, the narrower of the two", () => {
  const declared = [
    { id: "a", touches: ["src/**", "README.md"] },
    { id: "b", touches: ["src/session.ts", "README.md"] },
    { id: "c", touches: ["test/x.ts"] },
  ];
  expect(findOverlaps(declared)).toEqual([{ a: "a", b: "b", paths: ["README.md", "src/session.ts"] }]);
});
