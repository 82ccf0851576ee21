import { describe, expect, it } from "vitest";
import { overlap, registration } from "../../test/support/core-builders.ts";
import { CoreDriver } from "../../test/support/core-driver.ts";
import { toTaskId } from "./model/ids.ts";
import type { Priority } from "./model/spec.ts";

/** Why each task was started, in launch order. */
const listReasons = ({ history }: CoreDriver): string[] =>
  history.flatMap((event) =>
    event.kind === "attempts_claimed" ? event.launches.map(({ task, reason }) => `${task}: ${reason}`) : [],
  );

const parallel = (key: string, order: number, more = {}) => ({ key, order, parallel: true, ...more });

describe("inside a workstream (FR-005)", () => {
  it("runs steps in ascending order, one at a time", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T1", "T2", "T3"] }]);
    expect(core.schedule()).toEqual(["a#T1"]);
    expect(core.schedule()).toEqual([]);
    core.finish("a#T1");
    expect(core.runOn()).toEqual(["a#T2", "a#T3"]);
  });

  it("starts parallel steps together in ascending order, and the step after them joins all", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["A", parallel("C", 3), parallel("B", 2), { key: "D", order: 4 }] }]);
    core.finish(...core.schedule());
    expect(core.schedule()).toEqual(["a#B", "a#C"]);
    core.finish("a#C");
    expect(core.schedule()).toEqual([]);
    core.finish("a#B");
    expect(core.schedule()).toEqual(["a#D"]);
  });

  it("breaks a tie of equal orders by the key", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: [parallel("c", 1), parallel("a", 1), parallel("b", 1)] }]);
    expect(core.schedule()).toEqual(["a#a", "a#b", "a#c"]);
  });

  it("says where the key decided, also over a task that got no slot, and only there", () => {
    const core = new CoreDriver({ maxParallel: 2 });
    core.begin([
      { id: "a", tasks: [parallel("b", 1), parallel("a", 1)] },
      { id: "z", tasks: [parallel("c", 1), parallel("d", 2)] },
    ]);
    expect(core.schedule(1)).toEqual(["a#a"]);
    core.finish("a#a");
    expect(core.schedule()).toEqual(["a#b", "z#c"]);
    expect(listReasons(core)).toEqual([
      "a#a: first come first, parallel, order 1, by key among equal orders",
      "a#b: first come first, parallel, order 1",
      "z#c: first come first, parallel, order 1",
    ]);
  });

  it("starts one after the other what shares a resource, and says what the later one waited for", () => {
    const core = new CoreDriver({ resources: { db: 1 } });
    const uses = [{ resource: "db", amount: 1 }];
    core.begin([{ id: "a", tasks: [parallel("B", 2, { uses }), parallel("C", 3, { uses })] }]);
    expect(core.schedule()).toEqual(["a#B"]);
    expect(core.held()).toEqual(["a#C waits for resource db (1)"]);
    core.finish("a#B");
    expect(core.schedule()).toEqual(["a#C"]);
    expect(listReasons(core).at(-1)).toBe(
      "a#C: first come first, parallel, order 3, held back before: waits for resource db (1)",
    );
  });

  it("records once what is held back also where nothing can start", () => {
    const core = new CoreDriver({ resources: { db: 1 } });
    const uses = [{ resource: "db", amount: 1 }];
    core.begin([{ id: "a", tasks: [{ key: "T", uses }] }]);
    expect(core.schedule()).toEqual(["a#T"]);
    core.begin([{ id: "b", tasks: [{ key: "T", uses }] }]);
    const first = core.send({ kind: "schedule", slots: 8 });
    expect(first).toMatchObject([
      {
        kind: "attempts_claimed",
        launches: [],
        ready: ["b#T"],
        held: [{ task: "b#T", reason: "waits for resource db (1)" }],
      },
    ]);
    expect(core.send({ kind: "schedule", slots: 8 })).toEqual([]);
    core.finish("a#T");
    expect(core.schedule()).toEqual(["b#T"]);
  });

  it("keeps the order also where a later step has the longer way to the end or the higher priority", () => {
    const core = new CoreDriver({ policy: "dependency_first" });
    const rank = (key: string, tailMs: number, priority: Priority) => ({
      task: toTaskId("a", key),
      tailMs,
      priority,
    });
    core.begin([{ id: "a", tasks: [parallel("B", 2), parallel("C", 3)] }], {
      tasks: [rank("B", 1_000, "low"), rank("C", 9_000, "critical")],
    });
    expect(core.schedule()).toEqual(["a#B", "a#C"]);
  });

  it("does not preempt: a step that becomes ready waits until a slot is free", () => {
    const core = new CoreDriver({ maxParallel: 1 });
    core.begin([
      { id: "low", tasks: ["T1"] },
      { id: "high", tasks: ["T1"] },
    ]);
    expect(core.schedule()).toEqual(["low#T1"]);
    core.send({ kind: "prioritize", workstream: core.workstream("high").id, by: "user" });
    expect(core.schedule()).toEqual([]);
    expect(core.task("low#T1").state.kind).toBe("running");
  });

  it("records what was ready, what was held and why this order", () => {
    const core = new CoreDriver({ maxParallel: 1 });
    core.begin([{ id: "a", tasks: [parallel("B", 1), parallel("C", 2)] }]);
    core.schedule();
    expect(core.history.at(-1)).toMatchInlineSnapshot(`
      {
        "at": 1000000,
        "held": [
          {
            "reason": "the project's slots are taken",
            "task": "a#C",
          },
        ],
        "kind": "attempts_claimed",
        "launches": [
          {
            "attempt": "a-1",
            "executor": "command",
            "fence": 1,
            "reason": "first come first, parallel, order 1",
            "task": "a#B",
          },
        ],
        "ready": [
          "a#B",
          "a#C",
        ],
        "readyTotal": 2,
        "seq": 4,
        "slots": 8,
      }
    `);
  });
});

describe("between workstreams", () => {
  const three = (priorities: Partial<Record<"x" | "y" | "z", Priority>> = {}) =>
    (["x", "y", "z"] as const).map((id, index) =>
      registration({
        id,
        tasks: ["T"],
        changes: { number: index + 1, position: 3 - index, priority: priorities[id] ?? "medium" },
      }),
    );
  const order = (core: CoreDriver) => core.schedule().map((task) => task.slice(0, 1));

  it("fifo: by the number of the workstream", () => {
    const core = new CoreDriver({ policy: "fifo" });
    core.register(three());
    core.go("z", "y", "x");
    expect(order(core)).toEqual(["x", "y", "z"]);
  });

  it("user_defined: by the position in the config", () => {
    const core = new CoreDriver({ policy: "user_defined" });
    core.register(three());
    core.go("x", "y", "z");
    expect(order(core)).toEqual(["z", "y", "x"]);
  });

  it("dependency_first: the longest way to the end first", () => {
    const core = new CoreDriver({ policy: "dependency_first" });
    const tails = [10, 30, 20].map((tailMs, index) => ({
      task: toTaskId("xyz".charAt(index), "T"),
      tailMs,
      priority: "medium" as const,
    }));
    core.register(three(), { tasks: tails });
    core.go("x", "y", "z");
    expect(order(core)).toEqual(["y", "z", "x"]);
  });

  it("puts priorities before the policy, and the operator's word before both", () => {
    const core = new CoreDriver({ maxParallel: 1 });
    core.register(three({ z: "high" }));
    core.go("x", "y", "z");
    core.send({ kind: "prioritize", workstream: core.workstream("y").id, by: "user" });
    expect(core.runOn()).toEqual(["y#T", "z#T", "x#T"]);
  });

  it("lets a task inherit the priority of what depends on it", () => {
    const core = new CoreDriver({ maxParallel: 1 });
    core.register(three({ x: "high" }), {
      tasks: [{ task: toTaskId("z", "T"), tailMs: 1, priority: "critical" }],
    });
    core.go("x", "y", "z");
    expect(core.runOn()).toEqual(["z#T", "x#T", "y#T"]);
  });

  it("orders what is ready anew when the policy changes", () => {
    const core = new CoreDriver({ policy: "fifo" });
    core.register(three());
    core.go("x", "y", "z");
    const { id, root, base, maxParallel, resources } = [...core.state.projects.values()][0]!;
    const project = { id, root, base, maxParallel, resources, policy: "user_defined" as const };
    core.send({ kind: "open_project", project });
    expect(order(core)).toEqual(["z", "y", "x"]);
  });

  it("serializes declared overlaps until the first one has landed", () => {
    const core = new CoreDriver();
    core.begin(
      [
        { id: "a", tasks: ["T1", "T2"] },
        { id: "b", tasks: ["T1"] },
        { id: "c", tasks: ["T1"] },
      ],
      { overlaps: overlap("a", "b", "src/session.ts") },
    );
    expect(core.schedule()).toEqual(["a#T1", "c#T1"]);
    expect(core.held()).toEqual(["b#T1 after a (src/session.ts)"]);
    core.finish("a#T1");
    expect(core.schedule()).toEqual(["a#T2"]);
    core.finish("a#T2");
    expect(core.schedule()).toEqual([]);
    core.land("a");
    expect(core.schedule()).toEqual(["b#T1"]);
  });

  it("gives up the paths of a cancelled workstream", () => {
    const core = new CoreDriver();
    core.begin(
      [
        { id: "a", tasks: ["T1"] },
        { id: "b", tasks: ["T1"] },
      ],
      { overlaps: overlap("a", "b", "x") },
    );
    core.schedule();
    core.intend("a", "cancelled");
    expect(core.schedule()).toEqual(["b#T1"]);
  });
});

describe("limits", () => {
  const using = (amount: number) => ({ key: "T", uses: [{ resource: "db", amount }] });

  it("shares a resource up to its capacity, and says what a task waits for", () => {
    const core = new CoreDriver({ resources: { db: 2 } });
    core.begin(["a", "b", "c"].map((id) => ({ id, tasks: [using(1)] })));
    expect(core.schedule()).toEqual(["a#T", "b#T"]);
    expect(core.held()).toEqual(["c#T waits for resource db (2)"]);
    core.finish("a#T");
    expect(core.schedule()).toEqual(["c#T"]);
  });

  it("gives a task that asks for more than there is all of it, alone", () => {
    const core = new CoreDriver({ resources: { db: 2 } });
    core.begin([
      { id: "a", tasks: [using(1)] },
      { id: "b", tasks: [using(3)] },
    ]);
    expect(core.schedule()).toEqual(["a#T"]);
    core.finish("a#T");
    expect(core.schedule()).toEqual(["b#T"]);
  });

  it("counts a resource without a capacity as one", () => {
    const core = new CoreDriver();
    core.begin(["a", "b"].map((id) => ({ id, tasks: [using(1)] })));
    expect(core.schedule()).toEqual(["a#T"]);
  });

  it("keeps to the slots of the machine and of the project", () => {
    const core = new CoreDriver({ maxParallel: 3 });
    core.begin(["a", "b", "c", "d", "e"].map((id) => ({ id, tasks: ["T"] })));
    expect(core.schedule(2)).toEqual(["a#T", "b#T"]);
    expect(core.schedule(5)).toEqual(["c#T"]);
    expect(core.schedule(5)).toEqual([]);
  });
});
