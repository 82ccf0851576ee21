import fc from "fast-check";
import { expect, test } from "vitest";
import { SortedMap } from "./sorted-map.ts";

const operation = fc.record({
  kind: fc.constantFrom("set", "delete"),
  key: fc.integer({ min: 0, max: 40 }),
  value: fc.integer(),
});

test("behaves like a Map with sorted keys, and old versions never change", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 120 }), (operations) => {
      const model = new Map<number, number>();
      let map = new SortedMap<number, number>((a, b) => a - b);
      const versions: { map: SortedMap<number, number>; copy: [number, number][] }[] = [];
      for (const { kind, key, value } of operations) {
        if (kind === "set") {
          model.set(key, value);
          map = map.set(key, value);
        } else {
          model.delete(key);
          map = map.delete(key);
        }
        versions.push({ map, copy: [...model].sort(([a], [b]) => a - b) });
      }
      for (const version of versions) {
        expect([...version.map]).toEqual(version.copy);
        expect(version.map.size).toBe(version.copy.length);
      }
      for (const from of [0, 7, 41]) {
        expect([...map.entriesFrom(from)]).toEqual([...map].filter(([key]) => key >= from));
      }
    }),
  );
});

test("stays balanced: a hundred thousand ascending keys are found within 40 comparisons", () => {
  let comparisons = 0;
  let map = new SortedMap<number, number>((a, b) => {
    comparisons += 1;
    return a - b;
  });
  for (let key = 0; key < 100_000; key += 1) map = map.set(key, key);
  comparisons = 0;
  map.get(99_999);
  expect(comparisons).toBeLessThan(40);
});
