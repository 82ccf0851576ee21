import { describe, expect, it } from "vitest";
import { PROJECT } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { reportBlockers } from "./blockers.ts";

const HOUR = 3_600_000;

/** `a` (T1, T2), `b` after its landing with a due date, `c` for itself. */
function begin(): CoreDriver {
  const core = new CoreDriver();
  core.now = Date.parse("2026-01-05T20:00:00Z");
  const task = (key: string, hours: number) => ({ key, estimateMs: hours * HOUR });
  core.begin([
    { id: "a", tasks: [task("T1", 1), task("T2", 2)], changes: { due: "2026-01-05" } },
    { id: "b", tasks: [{ ...task("T", 3), requires: ["landed:a"] }], changes: { due: "2026-01-05" } },
    { id: "c", tasks: [task("T", 9)] },
  ]);
  return core;
}

function declare(core: CoreDriver, workstream: string, task: string | null = null): void {
  core.send({
    kind: "declare_blocker",
    workstream: workstream as never,
    task: task === null ? null : (`${workstream}#${task}` as never),
    type: "external",
    owner: "kim",
    reason: "the key is missing",
    by: "dana",
  });
}

const report = (core: CoreDriver, isAll = false) =>
  reportBlockers(core.state, PROJECT, { now: core.now, isAll });

describe("a blocker's effect", () => {
  it("is everything behind it, how long that takes, and which due dates are at risk", () => {
    const core = begin();
    declare(core, "a", "T2");
    core.wait(30);
    expect(report(core)).toEqual({
      open: 1,
      resolved: 0,
      blockers: [
        {
          id: "B-1",
          workstream: "a",
          task: "a#T2",
          type: "external",
          owner: "kim",
          reason: "the key is missing",
          by: "dana",
          declaredAt: "2026-01-05T20:00:00.000Z",
          resolvedAt: null,
          resolution: null,
          openMs: HOUR / 2,
          tasks: ["a#T2", "b#T"],
          workstreams: ["a", "b"],
          remainingMs: 5 * HOUR,
          due: [
            { workstream: "a", due: "2026-01-05", earliest: "2026-01-05T22:30:00.000Z", isAtRisk: false },
            { workstream: "b", due: "2026-01-05", earliest: "2026-01-06T01:30:00.000Z", isAtRisk: true },
          ],
        },
      ],
    });
  });

  it("on a whole workstream does not count what runs, and counts the merge", () => {
    const core = begin();
    core.schedule();
    declare(core, "a");
    expect(report(core).blockers[0]).toMatchObject({ tasks: ["a#T2", "b#T"], remainingMs: 5 * HOUR });
    core.finish("a#T1");
    const other = new CoreDriver();
    other.begin([
      { id: "a", tasks: ["T"] },
      { id: "b", tasks: [{ key: "T", requires: ["landed:a"] }] },
    ]);
    other.schedule();
    declare(other, "a");
    other.finish("a#T");
    expect(report(other).blockers[0]).toMatchObject({ tasks: ["b#T"], workstreams: ["b"] });
  });

  it("is over when it is resolved: how long it was open is left", () => {
    const core = begin();
    declare(core, "c");
    declare(core, "a");
    core.wait(90);
    const how = { by: "kim", resolution: "the key is there" };
    core.send({ kind: "resolve_blocker", blocker: "B-2" as never, ...how });
    core.wait(90);
    expect(report(core).blockers.map(({ id }) => id)).toEqual(["B-1"]);
    const [open, resolved] = report(core, true).blockers;
    expect([open?.id, open?.remainingMs, resolved?.id]).toEqual(["B-1", 9 * HOUR, "B-2"]);
    expect(resolved).toMatchObject({
      openMs: 1.5 * HOUR,
      remainingMs: 0,
      tasks: [],
      due: [],
      ...how,
      by: "dana",
    });
  });

  it("orders open ones by the work behind them", () => {
    const core = begin();
    declare(core, "b");
    declare(core, "c");
    declare(core, "a");
    expect(report(core).blockers.map(({ id }) => id)).toEqual(["B-2", "B-3", "B-1"]);
  });
});
