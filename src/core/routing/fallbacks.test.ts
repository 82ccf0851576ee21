import fc from "fast-check";
import { expect, test } from "vitest";
import { findCycles, listFallbacks } from "./fallbacks.ts";

const NAMES = ["a", "b", "c", "d", "e", "constructor"];
const to = (...names: string[]) => names.map((executor) => ({ executor, model: null }));

const graphArb = fc.dictionary(
  fc.constantFrom(...NAMES),
  fc.array(fc.constantFrom(...NAMES), { maxLength: 4 }).map((names) => to(...names)),
);

test.each([
  ["none", { a: to("b"), b: to("c") }, []],
  ["itself", { a: to("a") }, [["a", "a"]]],
  ["two", { b: to("a"), a: to("b") }, [["a", "b", "a"]]],
  [
    "the shorter of two ways",
    { a: to("b", "d"), b: to("c"), c: to("a"), d: to("a") },
    [
      ["a", "d", "a"],
      ["b", "c", "a", "b"],
    ],
  ],
  ["behind a way that leads there", { a: to("b"), b: to("c"), c: to("b") }, [["b", "c", "b"]]],
])("circles: %s", (_name, graph, cycles) => {
  expect(findCycles(graph)).toEqual(cycles);
});

/** Whether somebody can come back to themselves, by walking as far as anybody can. */
function goesRound(graph: Readonly<Record<string, readonly { executor: string }[]>>): boolean {
  return NAMES.some((start) => {
    let at = new Set([start]);
    for (let step = 0; step < NAMES.length; step += 1) {
      at = new Set(
        [...at].flatMap((name) =>
          (Object.hasOwn(graph, name) ? (graph[name] ?? []) : []).map(({ executor }) => executor),
        ),
      );
      if (at.has(start)) return true;
    }
    return false;
  });
}

test("a circle is told where there is one, and only there; it is one, and the order of the keys makes no difference", () => {
  fc.assert(
    fc.property(graphArb, (graph) => {
      const cycles = findCycles(graph);
      expect(cycles.length > 0).toBe(goesRound(graph));
      for (const cycle of cycles) {
        expect(cycle.at(-1)).toBe(cycle[0]);
        for (const [index, name] of cycle.slice(0, -1).entries())
          expect(graph[name]?.map(({ executor }) => executor)).toContain(cycle[index + 1]);
      }
      const turned = Object.fromEntries(Object.entries(graph).reverse());
      expect(findCycles(turned)).toEqual(cycles);
    }),
    { numRuns: 500 },
  );
});

test("fallbacks of fallbacks follow, each executor's once, whatever goes round", () => {
  expect(listFallbacks({ a: to("b", "d"), b: to("c") }, "a").map(({ executor }) => executor)).toEqual([
    "b",
    "c",
    "d",
  ]);
  fc.assert(
    fc.property(graphArb, fc.constantFrom(...NAMES), (graph, name) => {
      const all = Object.values(graph).flat().length;
      expect(listFallbacks(graph, name).length).toBeLessThanOrEqual(all);
    }),
  );
});
