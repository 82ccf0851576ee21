/** What holds of every workflow over every spec (FR-004, FR-005). */
import fc from "fast-check";
import { expect, test } from "vitest";
import { toCanonicalJson } from "../canonical.ts";
import type { Spec } from "../model/spec.ts";
import type { WorkflowDefinition, WorkflowStep } from "../model/workflow.ts";
import { spec } from "../plan/fixture.ts";
import { compareTasks, orderTasks } from "../plan/own-order.ts";
import { type AppliedTask, type AppliedWorkflow, applyWorkflow } from "./apply.ts";
import { listBuiltIns } from "./built-in.ts";
import { parseWorkflow } from "./parse.ts";
import { compareSteps } from "./step-order.ts";

const KEYS = ["a", "b", "c", "d", "e", "f", "g", "h"];
const PLACE = { source: "team.yaml", lineOf: () => 1 };

interface StepSeed {
  readonly order: number;
  readonly kind: "work" | "review";
  readonly parallelizable: boolean;
  /** Places in `KEYS` that it depends on, any of them; null: not stated. */
  readonly on: readonly number[] | null;
}

const stepSeed: fc.Arbitrary<StepSeed> = fc.record({
  order: fc.integer({ min: 1, max: 5 }),
  kind: fc.constantFrom("work", "work", "review"),
  parallelizable: fc.boolean(),
  on: fc.option(fc.array(fc.nat(KEYS.length - 1), { maxLength: 2 }), { freq: 3 }),
});

/** `tasks` and `integrate`: whether they are there, at which order, and whether the tasks may run beside others. */
const contentArb = fc
  .record({
    seeds: fc.array(stepSeed, { minLength: 1, maxLength: KEYS.length }),
    tasks: fc.option(fc.record({ order: fc.integer({ min: 1, max: 5 }), parallelizable: fc.boolean() })),
    integrate: fc.option(fc.integer({ min: 1, max: 6 })),
  })
  .map(({ seeds, tasks, integrate }) => {
    const steps: object[] = seeds.map(({ on, ...seed }, index) => {
      const known = on?.filter((each) => each < seeds.length && each !== index);
      const stated = known === undefined ? {} : { depends_on: known.map((each) => KEYS[each]) };
      return { key: KEYS[index], ...seed, ...stated };
    });
    if (tasks !== null) steps.push({ key: "tasks", ...tasks });
    if (integrate !== null) steps.push({ key: "merge", order: integrate, integrate: true });
    return { name: "team", version: 1, steps };
  });

const specArb: fc.Arbitrary<Spec> = fc
  .array(fc.record({ checked: fc.boolean(), parallel: fc.boolean() }), { maxLength: 6 })
  .map((seeds) => {
    const tasks = seeds.map(
      ({ checked, parallel }, index) => `${checked ? "x " : ""}T${index + 1}${parallel ? " [P]" : ""}`,
    );
    return tasks.length === 0 ? { ...spec("s"), tasks: [] } : spec("s", tasks.join(","));
  });

const isOpen = ({ task }: AppliedTask): boolean => !task.checked;

/** For each open task everything that comes before it; null where tasks wait for each other in a circle. */
function closeOver(tasks: readonly AppliedTask[]): Map<string, Set<string>> | null {
  const left = new Map(tasks.filter(isOpen).map((each) => [each.task.key, each.after]));
  const done = new Map<string, Set<string>>();
  while (left.size > 0) {
    const next = [...left].filter(([, after]) => after.every((key) => done.has(key)));
    if (next.length === 0) return null;
    for (const [key, after] of next) {
      left.delete(key);
      done.set(key, new Set(after.flatMap((each) => [each, ...(done.get(each) ?? [])])));
    }
  }
  return done;
}

/** Runs a property over every workflow that passes the checks, with at least some of each sort. */
function forAll(check: (applied: AppliedWorkflow, definition: WorkflowDefinition, over: Spec) => void): void {
  let seen = 0;
  fc.assert(
    fc.property(contentArb, specArb, (content, over) => {
      const parsed = parseWorkflow(content, PLACE);
      if ("problems" in parsed) return;
      seen += 1;
      check(applyWorkflow(over, parsed.definition), parsed.definition, over);
    }),
    { numRuns: 500 },
  );
  expect(seen).toBeGreaterThan(100);
}

const stepOf = ({ flow }: AppliedTask): string => flow.step ?? "tasks";

test("no task waits for itself, for one that is not there, or for one that is ticked", () => {
  forAll(({ tasks }) => {
    const open = new Set(tasks.filter(isOpen).map(({ task }) => task.key));
    for (const { after } of tasks) for (const key of after) expect(open).toContain(key);
    expect(closeOver(tasks)).not.toBeNull();
    expect(new Set(tasks.map(({ task }) => task.key.toLowerCase())).size).toBe(tasks.length);
  });
});

test("a step that is not parallelizable joins everything of lower order and comes before everything of higher order that states no dependencies", () => {
  forAll(({ tasks }, definition) => {
    const before = closeOver(tasks)!;
    const byStep = Map.groupBy(tasks.filter(isOpen), stepOf);
    const inOrder = [...definition.steps].sort(compareSteps);
    const keysOf = (step: WorkflowStep) => (byStep.get(step.key) ?? []).map(({ task }) => task.key);
    for (const [index, step] of inOrder.entries()) {
      if (step.parallelizable) continue;
      for (const lower of inOrder.slice(0, index)) {
        for (const own of keysOf(step))
          for (const key of keysOf(lower)) expect(before.get(own)).toContain(key);
      }
      for (const higher of inOrder.slice(index + 1)) {
        if (higher.parallelizable && higher.dependsOn !== null) continue;
        for (const own of keysOf(higher))
          for (const key of keysOf(step)) expect(before.get(own)).toContain(key);
      }
    }
  });
});

test("stated dependencies hold", () => {
  forAll(({ tasks }, definition) => {
    const before = closeOver(tasks)!;
    const byStep = Map.groupBy(tasks.filter(isOpen), stepOf);
    for (const { key: from, dependsOn } of definition.steps) {
      for (const to of dependsOn ?? []) {
        for (const own of byStep.get(from) ?? [])
          for (const other of byStep.get(to) ?? [])
            expect(before.get(own.task.key)).toContain(other.task.key);
      }
    }
  });
});

test("order numbers ascend along the steps, and the key breaks ties", () => {
  forAll(({ tasks }, definition) => {
    expect(tasks.map(({ task }) => task)).toEqual(tasks.map(({ task }) => task).toSorted(compareTasks));
    const orders = new Map(definition.steps.map(({ key, order }) => [key, order]));
    for (const a of tasks) {
      for (const b of tasks) {
        const [one = 0, other = 0] = [orders.get(stepOf(a)), orders.get(stepOf(b))];
        if (one < other) expect(a.task.order).toBeLessThan(b.task.order);
        if (one === other && stepOf(a) !== "tasks" && stepOf(b) !== "tasks")
          expect(a.task.order).toBe(b.task.order);
      }
    }
  });
});

test("exactly what stands behind the integration comes after it", () => {
  forAll(({ tasks }, definition) => {
    const inOrder = [...definition.steps].sort(compareSteps);
    const border = inOrder.findIndex(({ kind }) => kind === "integrate");
    const behind = new Set(inOrder.slice(border + 1).map(({ key }) => key));
    const before = closeOver(tasks)!;
    for (const each of tasks) {
      expect(each.flow.stage === "after").toBe(behind.has(stepOf(each)));
      if (each.flow.stage !== "after") continue;
      const early = tasks.filter((other) => isOpen(other) && other.flow.stage !== "after");
      for (const { task } of early) expect(before.get(each.task.key)).toContain(task.key);
    }
  });
});

test("the same workflow and spec give the same bytes, however the file lists its steps", () => {
  fc.assert(
    fc.property(contentArb, specArb, fc.infiniteStream(fc.nat()), (content, over, random) => {
      const parsed = parseWorkflow(content, PLACE);
      const steps = content.steps
        .map((step) => ({ step, rank: random.next().value }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ step }) => step);
      const shuffled = parseWorkflow({ ...content, steps }, PLACE);
      if ("problems" in parsed || "problems" in shuffled) {
        expect("problems" in shuffled).toBe("problems" in parsed);
        return;
      }
      expect(shuffled.definition.hash).toBe(parsed.definition.hash);
      expect(toCanonicalJson(applyWorkflow(over, shuffled.definition))).toBe(
        toCanonicalJson(applyWorkflow(over, parsed.definition)),
      );
    }),
    { numRuns: 300 },
  );
});

test("a circle is found exactly where the steps could not be put in a row", () => {
  let circles = 0;
  fc.assert(
    fc.property(contentArb, (content) => {
      const parsed = parseWorkflow(content, PLACE);
      const codes = "problems" in parsed ? parsed.problems.map(({ code }) => code) : [];
      const isCircular = !canBeRun(content.steps as RawStep[]);
      if (isCircular) circles += 1;
      expect(codes.includes("circular-steps")).toBe(isCircular);
    }),
    { numRuns: 500 },
  );
  expect(circles).toBeGreaterThan(20);
});

interface RawStep {
  readonly key: string;
  readonly order: number;
  readonly parallelizable?: boolean;
  readonly depends_on?: readonly string[];
}

/** Straight from the words of the rule: takes any step that may start until none is left. */
function canBeRun(steps: readonly RawStep[]): boolean {
  const inOrder = [...steps].sort(compareSteps);
  const done = new Set<string>();
  const mayStart = (step: RawStep): boolean => {
    const lower = inOrder.slice(0, inOrder.indexOf(step));
    const isDone = ({ key }: RawStep): boolean => done.has(key);
    const stated = (step.depends_on ?? []).every((key) => done.has(key));
    if (step.parallelizable !== true) return stated && lower.every(isDone);
    const merge = lower.find(({ key }) => key === "merge");
    if (step.depends_on !== undefined) return stated && (merge === undefined || isDone(merge));
    const last = lower.findLast(({ parallelizable }) => parallelizable !== true);
    return last === undefined || isDone(last);
  };
  for (let size = -1; size !== done.size; ) {
    size = done.size;
    for (const step of inOrder) if (mayStart(step)) done.add(step.key);
  }
  return done.size === steps.length;
}

test("the default workflow gives the spec's own tasks in their own order", () => {
  const [definition] = listBuiltIns() as [WorkflowDefinition];
  fc.assert(
    fc.property(specArb, (over) => {
      const { tasks } = applyWorkflow(over, definition);
      const order = orderTasks(over.tasks);
      expect(tasks.map(({ task }) => task)).toEqual(over.tasks);
      expect(tasks.map(({ after }) => after)).toEqual(over.tasks.map(({ key }) => order.get(key) ?? []));
    }),
  );
});
