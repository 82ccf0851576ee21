import fc from "fast-check";
import { expect, test } from "vitest";
import { findCycles, type WaitEdge } from "./cycles.ts";

function edges(text: string): WaitEdge<string>[] {
  return text.split(" ").map((pair) => {
    const [from = "", to = ""] = pair.split(">");
    return { from, to, label: pair };
  });
}

test("a graph without a circle has no cycle", () => {
  expect(findCycles(edges("a>b b>c a>c c>d"))).toEqual([]);
});

test("gives each cycle once and whole", () => {
  expect(findCycles(edges("a>b b>c c>a x>a c>y"))).toEqual([["a>b", "b>c", "c>a"]]);
  expect(findCycles(edges("a>b b>a b>c c>b"))).toEqual([
    ["a>b", "b>a"],
    ["b>c", "c>b"],
  ]);
  expect(findCycles(edges("a>a"))).toEqual([["a>a"]]);
});

test("edges without a label lead on and are not named", () => {
  const graph = [...edges("a>b c>a"), { from: "b", to: "c", label: null }];
  expect(findCycles(graph)).toEqual([["a>b", "c>a"]]);
});

test("a circle of 20,000 does not exhaust the stack", () => {
  const size = 20_000;
  const graph = Array.from({ length: size }, (_, n) => ({
    from: `${n}`,
    to: `${(n + 1) % size}`,
    label: `${n}`,
  }));
  expect(findCycles(graph)[0]).toHaveLength(size);
});

test("finds a cycle exactly where a search from every node finds one, and covers its edges", () => {
  const node = fc.integer({ min: 0, max: 6 }).map(String);
  const graph = fc.array(fc.tuple(node, node), { maxLength: 14 });
  fc.assert(
    fc.property(graph, (pairs) => {
      const all = pairs.map(([from, to], index) => ({ from, to, label: index }));
      const circular = all.filter((edge) => reaches(all, edge.to, edge.from)).map((edge) => edge.label);
      expect([...new Set(findCycles(all).flat())].sort()).toEqual(circular.sort());
    }),
    { seed: 7, numRuns: 300 },
  );
});

function reaches(all: readonly WaitEdge<number>[], from: string, to: string): boolean {
  const seen = new Set([from]);
  for (const at of seen) for (const edge of all) if (edge.from === at) seen.add(edge.to);
  return seen.has(to);
}
