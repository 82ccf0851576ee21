import { afterEach, describe, expect, it, vi } from "vitest";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { emptyState } from "../model/state.ts";
import { dumpState, loadState } from "../snapshot.ts";
import { SortedMap } from "../sorted-map.ts";
import { evolve } from "./evolve.ts";

afterEach(() => vi.restoreAllMocks());

/** `a` stands at its review, `above` has begun and needs it, and so many others have nothing to do with either. */
function begin(others: number): CoreDriver {
  const core = new CoreDriver();
  const review = { key: "check", kind: "review", step: "check", executor: "person", script: null } as const;
  const names = Array.from({ length: others }, (_, at) => `other-${at}`);
  core.begin([
    {
      id: "a",
      tasks: [
        { key: "T", step: "tasks" },
        { ...review, returnsTo: ["tasks"] },
      ],
    },
    { id: "above", tasks: ["T", { key: "late", requires: ["done:a", "task:a#T"] }] },
    ...names.map((id) => ({ id, tasks: ["T"] })),
  ]);
  core.schedule(others + 8);
  core.finish("a#T");
  core.schedule(0);
  return core;
}

function sendBack(core: CoreDriver): void {
  const [decision] = core.open();
  const word = { option: "reject", by: "user", signer: "dana", reasoning: "no tests" } as const;
  core.send({ kind: "resolve", decision: decision as never, ...word });
}

describe("work that is sent back", () => {
  it("is waited for again by whoever needs it and has not begun", () => {
    const core = begin(2);
    core.finish("above#T");
    const before = core.task("above#late").unmet;
    sendBack(core);
    expect([before, core.task("above#late").unmet]).toEqual([1, 2]);
    const replayed = core.history.reduce(evolve, emptyState());
    expect(dumpState(replayed)).toBe(dumpState(core.state));
  });

  it("is known to be needed also after a snapshot", () => {
    const core = begin(2);
    core.finish("above#T");
    core.state = loadState(dumpState(core.state));
    sendBack(core);
    expect(core.task("above#late").unmet).toBe(2);
  });

  it("costs no more where there is more work beside it", () => {
    const looks = [3, 60].map((others) => {
      const core = begin(others);
      const { state } = core;
      sendBack(core);
      const returned = core.history.findLast(({ kind }) => kind === "workstream_returned");
      if (returned === undefined) throw new Error("nothing was sent back");
      const between = core.history.filter(({ seq }) => seq > state.seq && seq < returned.seq);
      const before = between.reduce(evolve, state);
      const get = vi.spyOn(SortedMap.prototype, "get");
      evolve(before, returned);
      const calls = get.mock.calls.length;
      get.mockRestore();
      return calls;
    });
    expect(looks[1]).toBe(looks[0]);
  });
});
