import { describe, expect, test } from "vitest";
import { spec } from "../plan/fixture.ts";
import { compareTasks, orderTasks } from "../plan/own-order.ts";
import { type AppliedWorkflow, applyWorkflow } from "./apply.ts";
import { listBuiltIns } from "./built-in.ts";
import { workflow } from "./fixture.ts";

const DEFAULT = listBuiltIns()[0]!;

/** `order key < what it comes after`, one task per line. */
const show = ({ tasks }: AppliedWorkflow): string =>
  tasks.map(({ task, after }) => `${task.order} ${task.key} < ${after.join(" ")}`.trim()).join("\n");

const taskOf = ({ tasks }: AppliedWorkflow, key: string) => tasks.find(({ task }) => task.key === key)!;

describe("the default workflow", () => {
  const plain = spec("auth", "T1, T2 [P], T3 [P] <auth#T2, x T4, T5 -, T6 ?");
  const applied = applyWorkflow(plain, DEFAULT);

  test("gives the spec's own tasks", () => {
    expect(applied.tasks.map(({ task }) => task)).toEqual(plain.tasks);
  });

  test("gives them in the order of before", () => {
    const after = orderTasks(plain.tasks);
    for (const { task, after: found } of applied.tasks) expect(found).toEqual(after.get(task.key) ?? []);
  });

  test("says nothing that an event of before did not say", () => {
    expect(applied.tasks.every(({ flow }) => Object.keys(flow).length === 0)).toBe(true);
    expect(applied.tasks.every(({ source }) => source === plain.path)).toBe(true);
  });

  test("has the spec's tasks and the merge as steps", () => {
    expect(applied.steps.map(({ key, kind, order }) => ({ key, kind, order }))).toEqual([
      { key: "tasks", kind: "tasks", order: 1 },
      { key: "integrate", kind: "integrate", order: 2 },
    ]);
  });
});

describe("steps around the tasks", () => {
  test("come before and after all of them", () => {
    const definition = workflow([
      { key: "analyze" },
      { key: "tasks" },
      { key: "review", review: true },
      { key: "integrate" },
      { key: "report", run: "./report.sh" },
    ]);
    const applied = applyWorkflow(spec("auth", "T1, T2 [P], T3 [P]"), definition);
    expect(show(applied)).toMatchInlineSnapshot(`
      "1 analyze <
      2 T1 < analyze
      3 T2 < T1
      4 T3 < T1
      5 review < T2 T3
      6 report < review"
    `);
    expect(applied.tasks.map(({ flow }) => flow.stage ?? "before").join(" ")).toBe(
      "before before before before before after",
    );
  });

  test("wait for no ticked task, and ticked tasks wait for nothing", () => {
    const definition = workflow([{ key: "analyze" }, { key: "tasks" }, { key: "report" }]);
    const applied = applyWorkflow(spec("auth", "x T1, T2, x T3"), definition);
    expect(show(applied)).toMatchInlineSnapshot(`
      "1 analyze <
      2 T1 <
      3 T2 < analyze
      4 T3 <
      5 report < T2"
    `);
  });

  test("are joined to what is before the tasks where all of those are ticked", () => {
    const definition = workflow([{ key: "a" }, { key: "tasks" }, { key: "b" }]);
    expect(show(applyWorkflow(spec("auth", "x T1"), definition))).toContain("3 b < a");
  });

  test("stand alone where the spec has no tasks", () => {
    const empty = { ...spec("auth"), tasks: [] };
    const applied = applyWorkflow(
      empty,
      workflow([
        { key: "build", run: "make" },
        { key: "check", review: true },
      ]),
    );
    expect(show(applied)).toBe("1 build <\n2 check < build");
  });

  test("get another key where the spec has a task of that name, in any case", () => {
    const definition = workflow([
      { key: "t1" },
      { key: "tasks" },
      { key: "check", review: true, returns_to: "t1" },
    ]);
    const applied = applyWorkflow(spec("auth", "T1"), definition);
    expect(show(applied)).toBe("1 t1~2 <\n2 T1 < t1~2\n3 check < T1");
    expect(taskOf(applied, "t1~2").flow.step).toBe("t1");
    expect(taskOf(applied, "check").flow.returnsTo).toEqual(["t1"]);
  });
});

describe("parallelizable steps", () => {
  test("run together and are joined by the next that is not", () => {
    const definition = workflow([
      { key: "a" },
      { key: "b", parallelizable: true },
      { key: "c", parallelizable: true },
      { key: "d" },
    ]);
    expect(show(applyWorkflow({ ...spec("s"), tasks: [] }, definition))).toMatchInlineSnapshot(`
      "1 a <
      2 b < a
      3 c < a
      4 d < b c"
    `);
  });

  test("with dependencies come after those alone, and later steps still join all", () => {
    const definition = workflow([
      { key: "a" },
      { key: "b", parallelizable: true, depends_on: [] },
      { key: "c", parallelizable: true, depends_on: ["b"] },
      { key: "d" },
    ]);
    expect(show(applyWorkflow({ ...spec("s"), tasks: [] }, definition))).toMatchInlineSnapshot(`
      "1 a <
      2 b <
      3 c < b
      4 d < a c"
    `);
  });

  test("behind the merge come after it, whatever they depend on", () => {
    const definition = workflow([
      { key: "a" },
      { key: "integrate" },
      { key: "b", parallelizable: true, depends_on: [] },
    ]);
    const applied = applyWorkflow({ ...spec("s"), tasks: [] }, definition);
    expect(show(applied)).toBe("1 a <\n2 b < a");
    expect(taskOf(applied, "b").flow.stage).toBe("after");
  });

  test("of the same order share a number, and the key breaks the tie", () => {
    const definition = workflow([
      { key: "z", order: 1, parallelizable: true },
      { key: "a", order: 1, parallelizable: true },
      { key: "m", order: 1, parallelizable: true },
      { key: "end", order: 2 },
    ]);
    expect(show(applyWorkflow({ ...spec("s"), tasks: [] }, definition))).toMatchInlineSnapshot(`
      "1 a <
      1 m <
      1 z <
      2 end < a m z"
    `);
  });

  test("may stand beside the spec's tasks", () => {
    const definition = workflow([
      { key: "tasks", order: 1, parallelizable: true },
      { key: "docs", order: 1, parallelizable: true },
      { key: "end", order: 2 },
    ]);
    expect(show(applyWorkflow(spec("s", "T1, T2"), definition))).toMatchInlineSnapshot(`
      "1 T1 <
      1 docs <
      2 T2 < T1
      3 end < docs T2"
    `);
  });
});

describe("criteria", () => {
  const definition = workflow([
    { key: "tasks", entry: ["agreed"], exit: [{ command: "npm test" }], gates: ["lint"] },
  ]);

  test("are looked at before the first tasks and after the last", () => {
    const applied = applyWorkflow(spec("s", "T1 [P], T2 [P], T3, T4 [P], T5 [P]"), definition);
    const keys = (side: "entry" | "exit") =>
      applied.tasks.filter(({ flow }) => flow[side] !== undefined).map(({ task }) => task.key);
    expect(keys("entry")).toEqual(["T1", "T2"]);
    expect(keys("exit")).toEqual(["T4", "T5"]);
    expect(taskOf(applied, "T4").flow.exit?.map(({ key }) => key)).toEqual(["npm-test", "gate-lint"]);
  });

  test("follow what the tasks say that they depend on", () => {
    const applied = applyWorkflow(spec("s", "T1 [P], T2 [P] <s#T1, T3 [P]"), definition);
    expect(applied.tasks.map(({ flow }) => [flow.entry?.length ?? 0, flow.exit?.length ?? 0])).toEqual([
      [1, 0],
      [0, 2],
      [1, 2],
    ]);
  });

  test("are not asked of ticked tasks", () => {
    const applied = applyWorkflow(spec("s", "x T1, T2, x T3"), definition);
    expect(taskOf(applied, "T2").flow).toMatchObject({ entry: [{}], exit: [{}, {}] });
    expect(taskOf(applied, "T1").flow).toEqual({});
    expect(taskOf(applied, "T3").flow).toEqual({});
  });
});

describe("what a step says of its tasks", () => {
  test("the spec's own tasks take what they leave open", () => {
    const definition = workflow([
      {
        key: "tasks",
        timeout: "9m",
        executor: "agent",
        critical: false,
        role: "contributor",
        retries: 2,
        uses: ["db"],
      },
    ]);
    const applied = applyWorkflow(spec("s", "T1"), definition);
    expect(applied.tasks[0]).toMatchObject({
      task: { executor: "agent", critical: false, run: { timeoutMs: 540_000 } },
      flow: { role: "contributor", retries: 2 },
      uses: [{ resource: "db", amount: 1 }],
      timeoutMs: 540_000,
    });
    const named = applyWorkflow({ ...spec("s", "T1"), executor: "other" }, definition);
    expect(named.tasks[0]?.task.executor).toBeNull();
  });

  test("a command becomes the task's run block at the line of the step", () => {
    const definition = workflow([{ key: "build", run: "make", timeout: "2m", instructions: "all of it" }]);
    const { tasks } = applyWorkflow({ ...spec("s"), tasks: [] }, definition);
    expect(tasks[0]).toMatchObject({
      task: {
        title: "build",
        run: { script: "make", line: 7, timeoutMs: 120_000 },
        line: 7,
        details: "all of it",
        boxLines: [],
      },
      source: ".osqr/workflows/team.yaml",
    });
  });

  test("reviews and intakes are a person's", () => {
    const definition = workflow([
      { key: "intake", duplicates: { ask: "always", threshold: 0.7 } },
      { key: "tasks" },
      { key: "sign", review: true, role: "approver" },
    ]);
    const applied = applyWorkflow(spec("s", "T1"), definition);
    expect(taskOf(applied, "intake")).toMatchObject({
      task: { executor: "person", run: null },
      flow: { kind: "intake", asksAlways: true },
      duplicates: { ask: "always", threshold: 0.7 },
    });
    expect(taskOf(applied, "sign")).toMatchObject({
      task: { executor: "person" },
      flow: { kind: "review", role: "approver", returnsTo: ["tasks"] },
      duplicates: null,
    });
  });

  test("a review goes back only to steps that have a task, else it asks again", () => {
    const definition = workflow([
      { key: "tasks" },
      { key: "check", review: true },
      { key: "build", run: "make" },
      { key: "sign", review: true, returns_to: ["tasks", "build"] },
    ]);
    const applied = applyWorkflow({ ...spec("s"), tasks: [] }, definition);
    expect(taskOf(applied, "check").flow.returnsTo).toEqual(["check"]);
    expect(taskOf(applied, "sign").flow.returnsTo).toEqual(["build"]);
  });

  test("tasks keep the order of their list where numbers repeat", () => {
    const tied = spec("s", "T2 [P], T1 [P]");
    const tasks = tied.tasks.map((task) => ({ ...task, order: 1 }));
    const applied = applyWorkflow({ ...tied, tasks }, DEFAULT);
    expect(applied.tasks.map(({ task }) => task.key)).toEqual(
      tasks.toSorted(compareTasks).map(({ key }) => key),
    );
  });
});
