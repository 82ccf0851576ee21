import { describe, expect, it } from "vitest";
import { approvalOf, PROJECT, question } from "../../test/support/core-builders.ts";
import { CoreDriver } from "../../test/support/core-driver.ts";
import { emptyState, type State } from "./model/state.ts";
import { dumpState, loadState, STATE_VERSION } from "./snapshot.ts";
import { SortedMap } from "./sorted-map.ts";

/** A state with something in every map. */
function makeFull(): CoreDriver {
  const core = new CoreDriver({ resources: { db: 2 } });
  const stacks = [{ workstream: "b" as never, on: ["a" as never] }];
  core.begin(
    [
      { id: "a", tasks: ["T1", { key: "T2", uses: [{ resource: "db", amount: 1 }] }] },
      { id: "b", tasks: [{ key: "T", requires: ["landed:a"] }] },
      { id: "c", tasks: [{ key: "T", requires: ["question:K"] }], questions: [question("K")] },
      { id: "d", tasks: ["T"] },
      { id: "e", tasks: ["T"] },
      { id: "f", tasks: ["T"] },
      { id: "g", tasks: ["T"] },
    ],
    { stacks },
  );
  core.finish(...core.schedule().filter((task) => task === "a#T1" || task === "d#T"));
  core.start("e#T", "f#T");
  core.succeed("f#T");
  core.send({ kind: "attempt_asked", ...core.claim("e#T"), question: approvalOf("h") });
  core.intend("g", "cancelled");
  core.send({ kind: "approve_content", project: PROJECT, hashes: ["h2"], by: "user", reason: "" });
  return core;
}

const sizes = (state: State) =>
  Object.entries(state)
    .flatMap(([name, value]) => (value instanceof SortedMap ? [`${name} ${value.size}`] : []))
    .sort();

describe("a snapshot", () => {
  it("holds everything: every map comes back with what it held", () => {
    const { state } = makeFull();
    expect(sizes(state).filter((line) => line.endsWith(" 0"))).toEqual([]);
    const loaded = loadState(dumpState(state));
    expect(sizes(loaded)).toEqual(sizes(state));
    expect(dumpState(loaded)).toBe(dumpState(state));
    for (const [name, value] of Object.entries(state)) {
      const other = loaded[name as keyof State];
      const toPlain = (map: unknown) => (map instanceof SortedMap ? [...map] : map);
      expect(toPlain(other), name).toEqual(toPlain(value));
    }
  });

  it("goes on like the state that it was made from", () => {
    const core = makeFull();
    const other = makeFull();
    other.state = loadState(dumpState(core.state));
    for (const each of [core, other]) {
      each.join("f#T");
      each.resolve("D-1", "a");
      each.runOn();
    }
    expect(dumpState(other.state)).toBe(dumpState(core.state));
  });

  it("of an empty state is an empty state", () => {
    expect(dumpState(loadState(dumpState(emptyState())))).toBe(dumpState(emptyState()));
  });

  it("of another version, or one that names what it does not hold, is not loaded", () => {
    const text = dumpState(makeFull().state);
    expect(() => loadState(text.replace(`"version":${STATE_VERSION}`, '"version":0'))).toThrow(
      `a snapshot of version 0, expected ${STATE_VERSION}`,
    );
    expect(() => loadState(text.replace('"parked":["', '"parked":["a-99","'))).toThrow(
      "the snapshot names a-99, which it does not hold",
    );
  });
});
