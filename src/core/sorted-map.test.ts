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

test("filled at once it is the map that inserting makes, also from entries in any order, and can be changed", () => {
  const entries = Array.from({ length: 1_000 }, (_, at): [number, string] => [at * 2, `v${at}`]);
  const empty = new SortedMap<number, string>((a, b) => a - b);
  for (const given of [entries, [...entries].reverse(), [...entries, ...entries]]) {
    let map = empty.fill(given);
    expect([...map]).toEqual(entries);
    map = map.set(7, "odd").delete(0);
    expect([...map.keys()].slice(0, 4)).toEqual([2, 4, 6, 7]);
    expect(map.size).toBe(1_000);
  }
});

test("a key that is none finds nothing", () => {
  const map = SortedMap.strings<string, number>().set("a", 1).set("b", 2);
  expect(map.get(undefined as never)).toBeUndefined();
  expect(map.has(undefined as never)).toBe(false);
});
