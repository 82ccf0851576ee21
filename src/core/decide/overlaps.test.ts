import { describe, expect, it } from "vitest";
import { overlap } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { overlapQuestion } from "./overlaps.ts";

const A = { id: "a" as never, number: 1, name: "a" };
const B = { id: "b" as never, number: 2, name: "b" };

/** Two with one slot too many; `b` is asked about the path that they share. */
function begin(): CoreDriver {
  const core = new CoreDriver();
  core.begin(
    [
      { id: "a", tasks: ["T"], changes: { number: 1 } },
      {
        id: "b",
        tasks: ["T"],
        changes: { number: 2 },
        questions: [overlapQuestion(A, B, ["src/x.ts", "src/y.ts"])],
      },
    ],
    { overlaps: overlap("a", "b", "src/x.ts") },
  );
  return core;
}

describe("a question about paths that two write", () => {
  it("holds up nothing: without an answer they run one after the other, and it goes when one has ended", () => {
    const core = begin();
    expect(core.decision("D-1")).toMatchObject({
      type: "conflict",
      question: "b and a both write src/x.ts, src/y.ts: one after the other?",
      blocksProgress: false,
    });
    expect(core.schedule()).toEqual(["a#T"]);
    expect(core.schedule()).toEqual([]);
    core.finish("a#T");
    core.land("a");
    expect(core.decision("D-1").state.kind).toBe("withdrawn");
    expect(core.schedule()).toEqual(["b#T"]);
  });

  it("both at once: neither holds the other back any more", () => {
    const core = begin();
    expect(core.schedule()).toEqual(["a#T"]);
    core.resolve("D-1", "branch");
    expect(core.schedule()).toEqual(["b#T"]);
    expect(core.workstream("a").overlaps).toEqual([]);
    expect(core.workstream("b").overlaps).toEqual([]);
  });

  it.each([
    ["cancel-1", "cancelled", "run"],
    ["cancel-2", "run", "cancelled"],
  ])("%s cancels that one alone", (option, a, b) => {
    const core = begin();
    core.resolve("D-1", option);
    expect([core.workstream("a").intent, core.workstream("b").intent]).toEqual([a, b]);
    expect(core.schedule()).toEqual([a === "run" ? "a#T" : "b#T"]);
  });

  it("says so where one has been removed meanwhile", () => {
    const core = begin();
    core.send({ kind: "remove", workstream: "a" as never, by: "dana", reason: "" });
    expect(core.decision("D-1").state.kind).toBe("withdrawn");
  });
});
