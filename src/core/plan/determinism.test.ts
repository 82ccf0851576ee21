/** What holds of every workflow over every set of specs, in whatever order results arrive (FR-005). */
import fc from "fast-check";
import { expect, test } from "vitest";
import { toCanonicalJson } from "../canonical.ts";
import { decide } from "../decide/decide.ts";
import { evolve } from "../evolve/evolve.ts";
import type { Command } from "../model/command.ts";
import type { Event } from "../model/event.ts";
import type { AttemptId, DecisionId, WorkstreamId } from "../model/ids.ts";
import type { Spec } from "../model/spec.ts";
import { emptyState, type State } from "../model/state.ts";
import type { Task } from "../model/work.ts";
import type { WorkflowDefinition } from "../model/workflow.ts";
import { dumpState } from "../snapshot.ts";
import { parseWorkflow } from "../workflow/parse.ts";
import { buildPlan } from "./build-plan.ts";
import { PROJECT, spec, toInput } from "./fixture.ts";
import type { Plan } from "./types.ts";

const STEPS = ["f", "b", "d", "a", "e", "c"];
const SPECS = ["s1", "s2", "s3", "s4"];
const WAVES_MAX = 200;

/** How the outside behaves, by names alone: the same whatever comes first. */
interface Outside {
  /** Steps whose review is rejected the first time. */
  readonly rejects: readonly string[];
  /** Tasks whose first attempt fails. */
  readonly fails: readonly string[];
  readonly slots: number;
}

const stepArb = fc.record({
  order: fc.integer({ min: 1, max: 3 }),
  kind: fc.constantFrom("work", "work", "work", "review"),
  parallelizable: fc.boolean(),
  uses: fc.constantFrom([], [], ["db"]),
  retries: fc.constantFrom(0, 1),
  rework: fc.constantFrom("continue", "restart"),
});

/** Work is done before the merge, at least by one step. */
const workflowArb: fc.Arbitrary<WorkflowDefinition> = fc
  .record({
    seeds: fc.array(stepArb, { minLength: 1, maxLength: STEPS.length }),
    tasks: fc.record({ order: fc.integer({ min: 1, max: 3 }), parallelizable: fc.boolean() }),
  })
  .map(({ seeds, tasks }) => {
    const own = seeds.map(({ kind, order, parallelizable, ...seed }, index) => {
      const key = STEPS[index];
      const step = { key, kind, order, parallelizable };
      return kind === "work" ? { ...step, ...seed, run: `make ${key}` } : step;
    });
    const steps = [...own, { key: "tasks", ...tasks }, { key: "merge", integrate: true, order: 5 }];
    return parseWorkflow({ name: "flow", version: 1, steps }, { source: "flow.yaml", lineOf: () => 1 });
  })
  .filter((parsed) => "definition" in parsed)
  .map((parsed) => (parsed as { readonly definition: WorkflowDefinition }).definition);

const specsArb: fc.Arbitrary<readonly Spec[]> = fc
  .array(
    fc.record({
      tasks: fc.array(fc.constantFrom("", "[P]"), { minLength: 1, maxLength: 3 }),
      isAfterLast: fc.boolean(),
      touches: fc.subarray(["src/x.ts", "src/y.ts"], { maxLength: 1 }),
      isOwn: fc.boolean(),
    }),
    { minLength: 1, maxLength: SPECS.length },
  )
  .map((seeds) =>
    seeds.map(({ tasks, isAfterLast, touches, isOwn }, index) => {
      const list = tasks.map((mark, at) => `T${at + 1} ${mark}`).join(",");
      const on = isAfterLast && index > 0 ? [SPECS[index - 1] ?? ""] : [];
      const named = isOwn ? {} : { workflow: { name: "flow", line: 3 } };
      return spec(SPECS[index] ?? "", list, on, { touches, ...named });
    }),
  );

const outsideArb: fc.Arbitrary<Outside> = fc.record({
  rejects: fc.subarray(STEPS),
  fails: fc.subarray([...STEPS, "T1", "T2"], { maxLength: 5 }),
  slots: fc.integer({ min: 1, max: 4 }),
});

/** The core with all that it said. */
class Machine {
  state: State = emptyState();
  readonly events: Event[] = [];
  readonly #outside: Outside;

  constructor(plan: Plan, outside: Outside) {
    this.#outside = outside;
    const { maxParallel } = plan;
    this.#apply({
      kind: "open_project",
      project: {
        id: PROJECT,
        root: "/repo",
        base: "main",
        policy: "dependency_first",
        maxParallel,
        resources: { db: 1 },
      },
    });
    for (const workflow of plan.workflows)
      this.#apply({ kind: "record_workflow", project: PROJECT, workflow, commit: "c0" });
    const { registrations, ranks } = plan;
    this.#apply({ kind: "register", project: PROJECT, registrations, ranks });
    const include = plan.workstreams.map(({ id }) => id);
    const approval = { approve: [], approveAll: true };
    this.#apply({
      kind: "go",
      project: PROJECT,
      include,
      ...approval,
      planningMs: 5,
      maxParallel,
      by: "dana",
    });
  }

  #apply(command: Command): void {
    const decided = decide(this.state, command, this.state.at + 1);
    if (!decided.ok) throw new Error(`${command.kind}: ${decided.refusal.message}`);
    this.state = decided.state;
    this.events.push(...decided.events);
  }

  /**
   * Lets the scheduler work, then lets all that is under way end, in an order that `shuffle` chooses; and so on until nothing is under
   * way. What a result brings depends on nothing but its task and how often it was tried. People answer behind that: whether somebody
   * rejects work before or after its neighbour was done is not the same history.
   */
  run(shuffle: <Item>(items: readonly Item[]) => readonly Item[]): void {
    for (let wave = 0; wave < WAVES_MAX; wave += 1) {
      this.#apply({ kind: "schedule", slots: this.#outside.slots });
      const ends = [...this.state.active.keys()].map((id) => () => this.#end(id));
      const asked = [...this.state.open.keys()];
      const landing = [...this.state.mergeQueue.values()];
      if (ends.length + asked.length + landing.length === 0) return;
      // The merge queue has an order of its own.
      const land = (): void => {
        for (const id of landing) this.#land(id);
      };
      for (const move of shuffle([...ends, land])) move();
      for (const id of asked) this.#answer(id);
    }
    throw new Error(`still under way after ${WAVES_MAX} waves`);
  }

  #end(id: AttemptId): void {
    const { fence, task: taskId } = this.state.attempts.get(id)!;
    const task = this.state.tasks.get(taskId)!;
    const claim = { attempt: id, fence };
    this.#apply({ kind: "attempt_started", ...claim, sandbox: "none" });
    if (this.#outside.fails.includes(task.key) && task.attempts.length === 1) {
      const ended = { outcome: "failed", reason: "exit 1", tail: [], workMs: 1, salvage: null } as const;
      this.#apply({ kind: "attempt_failed", ...claim, ...ended });
      return;
    }
    const files = [`${task.key}.txt`];
    const numbers = { added: 1, deleted: 0, workMs: 1, warnings: [] };
    this.#apply({ kind: "attempt_succeeded", ...claim, commit: `commit-${task.id}`, files, ...numbers });
    this.#join(id);
  }

  #join(id: AttemptId): void {
    const { fence, task } = this.state.attempts.get(id)!;
    if (!this.state.joining.has(id)) return;
    const tip = `tip-${task}`;
    this.#apply({ kind: "task_joined", attempt: id, fence, tip, handoff: null, artifacts: [] });
  }

  #answer(id: DecisionId): void {
    const decision = this.state.decisions.get(id);
    if (decision?.state.kind !== "open") return;
    const { subject, options } = decision;
    const by = { by: "user", signer: "dana", reasoning: "because" } as const;
    const first = options[0]?.id ?? "";
    if (subject.kind !== "review") {
      this.#apply({ kind: "resolve", decision: id, option: first, ...by });
      return;
    }
    const task = this.state.tasks.get(subject.task)!;
    const isRejected = this.#outside.rejects.includes(task.key) && task.attempts.length === 1;
    this.#apply({ kind: "resolve", decision: id, option: isRejected ? "reject" : "approve", ...by });
    this.#join(subject.attempt);
  }

  #land(workstream: WorkstreamId): void {
    const { integration } = this.state.workstreams.get(workstream)!;
    if (integration.kind !== "queued") return;
    this.#apply({ kind: "integration_started", workstream, onto: "base" });
    this.#apply({ kind: "landed", workstream, commit: `merge-${workstream}`, held: null });
  }
}

/** The scheduling decisions as they are recorded, without their place in the log. */
const listDecisions = ({ events }: Machine): readonly string[] =>
  events.flatMap((event) => {
    if (event.kind !== "attempts_claimed") return [];
    const { seq: _, at: __, ...decision } = event;
    return [toCanonicalJson(decision)];
  });

const planOf = (specs: readonly Spec[], definition: WorkflowDefinition): Plan => {
  const config = { ...toInput([]).config, resources: { db: 1 } };
  return buildPlan(toInput(specs, { config, workflows: { definitions: [definition], problems: [] } }));
};

/** Fisher–Yates by a stream of numbers. */
function shuffler(stream: Iterator<number>): <Item>(items: readonly Item[]) => readonly Item[] {
  return (items) => {
    const left = [...items];
    return items.map(() => left.splice((stream.next().value as number) % left.length, 1)[0]!);
  };
}

const inOrder = <Item>(items: readonly Item[]): readonly Item[] => items;
const numbers = fc.infiniteStream(fc.nat({ max: 1_000 }));

/** Runs a property over workflows, specs and ways in which results arrive. */
function forAll(
  check: (plan: Plan, outside: Outside, stream: Iterator<number>, definition: WorkflowDefinition) => void,
): void {
  fc.assert(
    fc.property(workflowArb, specsArb, outsideArb, numbers, (definition, specs, outside, stream) =>
      check(planOf(specs, definition), outside, stream, definition),
    ),
    { numRuns: 300 },
  );
}

function play(plan: Plan, outside: Outside, shuffle: Parameters<Machine["run"]>[0]): Machine {
  const machine = new Machine(plan, outside);
  machine.run(shuffle);
  return machine;
}

test("the order in which results arrive between two scheduling decisions changes no byte of any decision", () => {
  const kinds = new Map<string, number>();
  forAll((plan, outside, stream) => {
    const one = play(plan, outside, inOrder);
    const other = play(plan, outside, shuffler(stream));
    expect(listDecisions(other)).toEqual(listDecisions(one));
    for (const { kind } of other.events) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  });
  // It was not only the plain way that was gone.
  for (const kind of ["workstream_returned", "task_requeued", "workstream_landed"])
    expect(kinds.get(kind) ?? 0).toBeGreaterThan(20);
});

test("the same specs in another order of discovery give the same plan and the same decisions", () => {
  fc.assert(
    fc.property(workflowArb, specsArb, outsideArb, numbers, (definition, specs, outside, stream) => {
      const one = play(planOf(specs, definition), outside, inOrder);
      const other = play(planOf(shuffler(stream)(specs), definition), outside, inOrder);
      expect(listDecisions(other)).toEqual(listDecisions(one));
    }),
    { numRuns: 100 },
  );
});

test("the history alone gives the same state again", () => {
  forAll((plan, outside, stream) => {
    const { state, events } = play(plan, outside, shuffler(stream));
    expect(dumpState(events.reduce(evolve, emptyState()))).toBe(dumpState(state));
  });
});

/** Order and key of the tasks that a decision starts in each workstream. */
const byWorkstream = (tasks: readonly Task[]): readonly Task[][] => [
  ...Map.groupBy(tasks, ({ workstream }) => workstream).values(),
];

/** It begins a step, and another step of the same order is begun at another time: one of the two allows nothing beside it. */
function isInOrderByKey(state: State, task: Task, { steps }: WorkflowDefinition): boolean {
  const { name } = state.workstreams.get(task.workstream)!.workflow;
  const own = name === "flow" ? steps.find(({ key }) => key === task.step) : undefined;
  if (own === undefined) return false;
  const isWithin = task.requires.some((each) => {
    const before = each.startsWith("task:") ? state.tasks.get(each.slice(5) as Task["id"]) : undefined;
    return before?.workstream === task.workstream && before.step === task.step;
  });
  if (isWithin) return false;
  const group = steps.filter(({ order }) => order === own.order);
  return group.length > 1 && group.some(({ parallelizable }) => !parallelizable);
}

test("every decision starts the steps of a workstream in ascending order, ties by key, and says where the key decided", () => {
  let ties = 0;
  let chained = 0;
  let holds = 0;
  forAll((plan, outside, stream, definition) => {
    const { state, events } = play(plan, outside, shuffler(stream));
    const heldBefore = new Set<string>();
    for (const event of events) {
      if (event.kind !== "attempts_claimed") continue;
      const taskOf = (id: Task["id"]): Task => state.tasks.get(id)!;
      const ready = event.ready.map(taskOf);
      for (const tasks of byWorkstream(event.launches.map(({ task }) => taskOf(task)))) {
        const sorted = tasks.toSorted((a, b) => a.order - b.order || (a.key < b.key ? -1 : 1));
        expect(tasks.map(({ key }) => key)).toEqual(sorted.map(({ key }) => key));
      }
      for (const { task, reason } of event.launches) {
        const { order, workstream, id } = taskOf(task);
        const isTied = ready.some(
          (each) => each.id !== id && each.order === order && each.workstream === workstream,
        );
        const isChained = isInOrderByKey(state, taskOf(task), definition);
        expect(reason.includes("by key among equal orders")).toBe(isTied || isChained);
        if (isTied) ties += 1;
        else if (isChained) chained += 1;
        if (!reason.includes("held back before")) continue;
        expect(heldBefore).toContain(task);
        holds += 1;
      }
      for (const { task } of event.held) heldBefore.add(task);
    }
  });
  // That each was met at all; how often differs from seed to seed, 49 to some hundreds.
  expect(Math.min(ties, chained, holds)).toBeGreaterThan(5);
});
