import { expect, test } from "vitest";
import type { WorkstreamId } from "../model/ids.ts";
import { buildPlan } from "./build-plan.ts";
import { question, spec, toInput } from "./fixture.ts";
import type { PlanInput } from "./input.ts";
import type { Plan } from "./types.ts";

const planOf = (specs: Parameters<typeof toInput>[0], more: Partial<PlanInput> = {}): Plan =>
  buildPlan(toInput(specs, more));

/** `a#T2: task:a#T1`, without the project. */
function requirementsOf(plan: Plan): string[] {
  return plan.registrations.flatMap(({ workstream, tasks }) =>
    tasks.map(({ key, requires }) =>
      `${workstream.name}#${key}: ${requires.join(" ")}`.replaceAll("p-1/", "").trim(),
    ),
  );
}

const id = (name: string) => `p-1/${name}` as WorkstreamId;

test("tasks run one after the other; neighbours marked [P] run together and are joined (FR-005)", () => {
  const plan = planOf([spec("a", "T1, T2 [P], T3 [P], T4, T5")]);
  expect(requirementsOf(plan)).toMatchInlineSnapshot(`
    [
      "a#T1:",
      "a#T2: task:a#T1",
      "a#T3: task:a#T1",
      "a#T4: task:a#T2 task:a#T3",
      "a#T5: task:a#T4",
    ]
  `);
});

test("ticked tasks wait for nothing, nobody waits for them, and the order of the rest stays", () => {
  expect(requirementsOf(planOf([spec("a", "x T1, T2, x T3, T4")]))).toMatchInlineSnapshot(`
    [
      "a#T1:",
      "a#T2:",
      "a#T3:",
      "a#T4: task:a#T2",
    ]
  `);
});

test("equal orders are broken by the key", () => {
  const tasks = spec("a", "T2, T1").tasks.map((task) => ({ ...task, order: 1 }));
  expect(requirementsOf(planOf([spec("a", "T1", [], { tasks })]))).toMatchInlineSnapshot(`
    [
      "a#T1:",
      "a#T2: task:a#T1",
    ]
  `);
});

test("a dependency on a whole spec holds back the tasks that come first until it landed", () => {
  const plan = planOf([spec("a"), spec("b", "T1 [P], T2 [P], T3", ["a"])]);
  expect(requirementsOf(plan)).toMatchInlineSnapshot(`
    [
      "a#T1:",
      "b#T1: landed:a",
      "b#T2: landed:a",
      "b#T3: task:b#T1 task:b#T2",
    ]
  `);
  expect(plan.ranks.stacks).toEqual([]);
});

test("a dependency on a phase or a task starts from work that has not landed", () => {
  const plan = planOf([
    spec("a", "T1 @phase-1, T2 @phase-2"),
    spec("b", "T1", ["a#phase-1"]),
    spec("c", "T1", ["a#T1"]),
  ]);
  expect(requirementsOf(plan)).toMatchInlineSnapshot(`
    [
      "a#T1:",
      "a#T2: task:a#T1",
      "b#T1: phase:a/phase-1",
      "c#T1: task:a#T1",
    ]
  `);
  expect(plan.ranks.stacks).toEqual([
    { workstream: id("b"), on: [id("a")] },
    { workstream: id("c"), on: [id("a")] },
  ]);
});

test("a dependency of one task holds back only that task", () => {
  const plan = planOf([spec("a"), spec("b", "T1, T2 <a, T3")]);
  expect(requirementsOf(plan)).toMatchInlineSnapshot(`
    [
      "a#T1:",
      "b#T1:",
      "b#T2: task:b#T1 landed:a",
      "b#T3: task:b#T2",
    ]
  `);
  expect(plan.ranks.stacks).toEqual([{ workstream: id("b"), on: [id("a")] }]);
});

test("a dependency on a file waits for the file, unless the base has it", () => {
  const specs = [spec("a"), spec("b", "T1", ["file:a:./dist/x.js"])];
  expect(requirementsOf(planOf(specs))).toMatchInlineSnapshot(`
    [
      "a#T1:",
      "b#T1: artifact:a:dist/x.js",
    ]
  `);
  const there = planOf(specs, { baseFiles: (path) => path === "dist/x.js" });
  expect(requirementsOf(there)).toMatchInlineSnapshot(`
    [
      "a#T1:",
      "b#T1:",
    ]
  `);
});

test("knowledge waits for the work and stacks on nothing; its handoff goes into the briefing", () => {
  const plan = planOf([spec("a", "T1, T2"), spec("b", "T1", ["know:a"]), spec("c", "T1", ["know:a#T1"])]);
  expect(requirementsOf(plan)).toMatchInlineSnapshot(`
    [
      "a#T1:",
      "a#T2: task:a#T1",
      "b#T1: done:a",
      "c#T1: task:a#T1",
    ]
  `);
  expect(plan.ranks.stacks).toEqual([]);
  expect(plan.registrations.map(({ tasks }) => tasks[0]?.knowledge)).toEqual([
    [],
    [id("a")],
    [`${id("a")}#T1`],
  ]);
});

test("handoffs of the tasks before it go into the briefing of a task", () => {
  const plan = planOf([spec("a", "T1, T2 [P], T3 [P], T4")]);
  expect(plan.registrations[0]?.tasks.map(({ knowledge }) => knowledge)).toEqual([
    [],
    [`${id("a")}#T1`],
    [`${id("a")}#T1`],
    [`${id("a")}#T2`, `${id("a")}#T3`],
  ]);
});

test("resources of a spec are used by each of its tasks; more than there is is a warning", () => {
  const plan = planOf([spec("a", "T1, T2 <uses:gpu:2", ["uses:gpu:1"]), spec("b", "T1", ["uses:gpu:3"])]);
  expect(plan.registrations.map(({ tasks }) => tasks.map(({ uses }) => uses))).toEqual([
    [[{ resource: "gpu", amount: 1 }], [{ resource: "gpu", amount: 2 }]],
    [[{ resource: "gpu", amount: 3 }]],
  ]);
  expect(plan.problems.map(({ severity, message }) => `${severity} ${message}`)).toMatchInlineSnapshot(`
    [
      "warning b uses 3 of gpu, of which there is 2: its tasks get all of it, alone",
    ]
  `);
  expect(plan.estimate.highMs).toBe(9_000);
});

test("a file with a name that no commit can hold stops the spec", () => {
  const plan = planOf([spec("a"), spec("b", "T1", ["file:a:x\ny"])]);
  expect(plan.leftOut.map(({ reason }) => reason)).toMatchInlineSnapshot(`
    [
      "b waits for a file whose name has a control character: "x\\ny" (docs/b.md:3)",
    ]
  `);
});

test("an approval is a question, the same for all that name it", () => {
  const plan = planOf([spec("a", "T1, T2", ["approval:legal"]), spec("b", "T1, T2 <approval:legal")]);
  expect(requirementsOf(plan)).toMatchInlineSnapshot(`
    [
      "a#T1: question:approval:legal:Approve legal?",
      "a#T2: task:a#T1",
      "b#T1:",
      "b#T2: task:b#T1 question:approval:legal:Approve legal?",
    ]
  `);
  expect(plan.workstreams.map(({ waitsFor }) => waitsFor)).toEqual([["D-1"], ["D-1"]]);
  expect(plan.registrations[0]?.questions).toMatchInlineSnapshot(`
    [
      {
        "autoResolveMinutes": null,
        "blocksProgress": true,
        "contentKey": "approval:legal:Approve legal?",
        "context": "The a waits for it (docs/a.md:3).",
        "deadline": null,
        "defaultOption": null,
        "location": {
          "line": 3,
          "path": "docs/a.md",
        },
        "options": [
          {
            "description": "what waits for it starts",
            "id": "approve",
            "implications": [],
            "label": "approve",
            "recommended": false,
          },
          {
            "description": "what waits for it stays blocked",
            "id": "reject",
            "implications": [],
            "label": "reject",
            "recommended": false,
          },
        ],
        "priority": "high",
        "question": "Approve legal?",
        "subject": {
          "kind": "approval",
          "subject": "legal",
        },
        "type": "approval",
      },
    ]
  `);
});

test("open questions hold back the tasks that they name, or all", () => {
  const plan = planOf([
    spec("a", "x T1, T2, T3", [], { questions: [question("MODEL", ["T3"])] }),
    spec("b", "T1, T2", [], { questions: [question("STORE")] }),
    spec("c", "x T1, T2", [], { questions: [question("OLD", ["T1"])] }),
  ]);
  expect(requirementsOf(plan)).toMatchInlineSnapshot(`
    [
      "a#T1:",
      "a#T2:",
      "a#T3: task:a#T2 question:ask:MODEL:Which MODEL?:a,b",
      "b#T1: question:ask:STORE:Which STORE?:a,b",
      "b#T2: task:b#T1 question:ask:STORE:Which STORE?:a,b",
      "c#T1:",
      "c#T2:",
    ]
  `);
  expect(plan.workstreams.map(({ waitsFor }) => waitsFor)).toEqual([["D-1"], ["D-2"], []]);
  expect(plan.workstreams.map(({ questions }) => questions.map(({ type }) => type))).toEqual([
    ["implementation"],
    ["architectural"],
    [],
  ]);
});

test("a question without options cannot be answered: the spec needs detail", () => {
  const plan = planOf([spec("a", "T1", [], { questions: [{ ...question("MODEL"), options: [] }] })]);
  expect(plan.leftOut).toMatchInlineSnapshot(`
    [
      {
        "line": 31,
        "name": "a",
        "path": "docs/a.md",
        "reason": "needs detail: the question MODEL has no options (docs/a.md:31)",
      },
    ]
  `);
});

test("commands that nobody approved are asked for once, before the first script of each workstream", () => {
  const specs = [spec("a", "T1 -, T2, T3"), spec("b", "T1, T2"), spec("c", "T1 -")];
  const plan = planOf(specs, {
    approval: { all: false, hashes: ["run:echo docs/b.md T2"] },
    gates: [{ name: "tests", command: "npm test", source: "package.json", content: "vitest" }],
  });
  expect(requirementsOf(plan).map((line) => line.replace(/content:\S.*$/, "content"))).toMatchInlineSnapshot(`
    [
      "a#T1:",
      "a#T2: task:a#T1 question:content",
      "a#T3: task:a#T2",
      "b#T1: question:content",
      "b#T2: task:b#T1",
      "c#T1:",
    ]
  `);
  expect(plan.registrations.map(({ questions }) => questions.length)).toEqual([1, 1, 0]);
  expect(plan.registrations[0]?.questions[0]?.question).toMatchInlineSnapshot(
    `"4 commands are new or changed: run them on this machine?"`,
  );
  expect(plan.registrations[0]?.questions[0]?.context).toMatchInlineSnapshot(`
    "docs/a.md:13: echo docs/a.md T2
    docs/a.md:14: echo docs/a.md T3
    docs/b.md:12: echo docs/b.md T1
    package.json: npm test"
  `);
  expect(plan.commands.map(({ source, approved }) => `${source} ${approved}`)).toMatchInlineSnapshot(`
    [
      "docs/a.md:13 false",
      "docs/a.md:14 false",
      "docs/b.md:12 false",
      "docs/b.md:13 true",
      "package.json false",
    ]
  `);
});

test("a question has its number only where no approval can come before it", () => {
  const specs = [spec("a", "T1", ["approval:legal"], { questions: [question("MODEL")] }), spec("b")];
  const waits = (all: boolean) =>
    planOf(specs, { approval: { all, hashes: [] } }).workstreams.map(({ waitsFor }) => waitsFor);
  expect(waits(true)).toEqual([["D-1", "D-2"], []]);
  expect(waits(false)).toEqual([["answer to MODEL", "approval: legal"], []]);
});

test("what is not ready is left out with the place, and what depends on it with the way", () => {
  const problem = {
    severity: "needs_detail",
    code: "needs-clarification",
    message: "the store is open",
    location: { path: "docs/a.md", line: 12 },
    found: null,
    expected: null,
    hint: null,
  } as const;
  const plan = planOf([
    spec("a", "T1", [], { readiness: "needs_detail", problems: [problem] }),
    spec("b", "T1", ["a"]),
    spec("c", "T1", ["b"]),
    spec("d", "T1", [], { readiness: "done" }),
    spec("e", "T1", ["d"]),
    spec("f", "T1", [], { future: true, status: "future" }),
    spec("g", "T1", ["nobody"]),
  ]);
  expect(plan.leftOut.map(({ name, reason, line }) => `${name}:${line} ${reason}`)).toMatchInlineSnapshot(`
    [
      "a:12 needs detail: the store is open (docs/a.md:12)",
      "b:3 depends on a (docs/b.md:3), which is left out: needs detail: the store is open (docs/a.md:12)",
      "c:3 depends on b (docs/c.md:3), which is left out: needs detail: the store is open (docs/a.md:12)",
      "d:1 done",
      "f:1 future: osqr add docs/f.md",
      "g:3 depends_on names "nobody", which no spec has (docs/g.md:3)",
    ]
  `);
  expect(plan.workstreams.map(({ name, waitsFor }) => [name, waitsFor])).toEqual([["e", []]]);
});

test("a part that is ticked already is there, though its spec is left out", () => {
  const plan = planOf([spec("a", "x T1, T2", [], { readiness: "needs_detail" }), spec("b", "T1", ["a#T1"])]);
  expect(requirementsOf(plan)).toEqual(["b#T1:"]);
});

test("a task that depends on one after it stops its spec and says so", () => {
  const plan = planOf([spec("a", "T1, T2 <a#T3, T3"), spec("b")]);
  expect(plan.problems.map(({ message, hint }) => `${message} | ${hint}`)).toMatchInlineSnapshot(`
    [
      "a#T2 waits for a#T3, which comes after it in the list (docs/a.md:12) | move the task that is waited for up, or mark both [P]",
    ]
  `);
  expect(plan.workstreams.map(({ name }) => name)).toEqual(["b"]);
});

test("two specs that wait for each other through the order of their tasks are a circle", () => {
  const plan = planOf([spec("a", "T1 <know:b#T2, T2"), spec("b", "T1 <know:a#T2, T2"), spec("c")]);
  expect(plan.problems.map(({ message }) => message)).toMatchInlineSnapshot(`
    [
      "circular dependency through the order of tasks: a#T1 waits for b#T2, b#T1 waits for a#T2 (docs/a.md:11, docs/b.md:11)",
    ]
  `);
  expect(plan.workstreams.map(({ name }) => name)).toEqual(["c"]);
});

test("declared overlaps are kept apart, from both sides", () => {
  const plan = planOf([
    spec("a", "T1", [], { touches: ["src/**"] }),
    spec("b", "T1", [], { touches: ["src/b.ts"] }),
    spec("c", "T1", [], { touches: ["lib"] }),
  ]);
  expect(plan.ranks.overlaps).toEqual([
    { workstream: id("a"), with: [{ workstream: id("b"), paths: ["src/b.ts"] }] },
    { workstream: id("b"), with: [{ workstream: id("a"), paths: ["src/b.ts"] }] },
  ]);
  expect(plan.workstreams.map(({ serializedWith }) => serializedWith.map(({ name }) => name))).toEqual([
    ["b"],
    ["a"],
    [],
  ]);
  expect(plan.edges).toEqual([{ from: id("b"), to: id("a"), type: "overlap", detail: "src/b.ts" }]);
});

test("where the operator lets them run at once they are not kept apart, and the plan says so", () => {
  const specs = [
    spec("a", "T1", [], { touches: ["src/**"] }),
    spec("b", "T1, T2 <a#T1", [], { touches: ["src/b.ts"] }),
  ];
  const { config } = toInput(specs);
  const plan = buildPlan(toInput(specs, { config: { ...config, overlaps: "branch" } }));
  expect(plan.ranks.overlaps).toEqual([]);
  expect(requirementsOf(plan)).toContain("b#T2: task:b#T1 task:a#T1");
  expect(plan.workstreams.map(({ serializedWith, beside }) => [serializedWith, beside])).toEqual([
    [[], [{ name: "b", paths: ["src/b.ts"] }]],
    [[], [{ name: "a", paths: ["src/b.ts"] }]],
  ]);
});

test("where the operator wants to be asked, the later of two asks in the background and is kept apart", () => {
  const specs = ["a", "b", "c"].map((key) => spec(key, "T1", [], { touches: [key === "c" ? "lib" : "src"] }));
  const { config } = toInput(specs);
  const plan = buildPlan(toInput(specs, { config: { ...config, overlaps: "ask" } }));
  expect(plan.ranks.overlaps).toHaveLength(2);
  expect(plan.workstreams.map(({ questions }) => questions.map(({ question }) => question))).toEqual([
    [],
    ["b and a both write src: one after the other?"],
    [],
  ]);
  expect(plan.workstreams.map(({ waitsFor }) => waitsFor)).toEqual([[], [], []]);
});

test("one that shares paths with what it waits for starts after that landed", () => {
  const touches = ["src/a.ts"];
  const plan = planOf([spec("a", "T1, T2", [], { touches }), spec("b", "T1, T2 <a#T1", [], { touches })]);
  expect(requirementsOf(plan)).toMatchInlineSnapshot(`
    [
      "a#T1:",
      "a#T2: task:a#T1",
      "b#T1: landed:a",
      "b#T2: task:b#T1 task:a#T1",
    ]
  `);
  expect(plan.ranks.overlaps).toEqual([]);
});

test("one that is kept apart from others starts only when all that it depends on is there", () => {
  const touches = ["src/a.ts"];
  const plan = planOf([
    spec("a", "T1, T2"),
    spec("b", "T1, T2 <a#T1", [], { touches }),
    spec("c", "T1", [], { touches }),
  ]);
  expect(requirementsOf(plan)).toMatchInlineSnapshot(`
    [
      "a#T1:",
      "a#T2: task:a#T1",
      "b#T1: landed:a",
      "b#T2: task:b#T1 task:a#T1",
      "c#T1:",
    ]
  `);
  expect(plan.ranks.stacks).toEqual([]);
});

test("two that need parts of each other and write the same files cannot work: both are stopped", () => {
  const touches = ["src/a.ts"];
  const plan = planOf([
    spec("a", "T1, T2 <know:b#T1", [], { touches }),
    spec("b", "T1, T2 <know:a#T1", [], { touches }),
    spec("c", "T1", ["a"]),
  ]);
  expect(plan.problems.map(({ code, message }) => `${code}: ${message}`)).toMatchInlineSnapshot(`
    [
      "overlap-deadlock: a and b need parts of each other and both write src/a.ts: neither can wait for the other to land",
    ]
  `);
  expect(plan.leftOut.map(({ name }) => name)).toEqual(["a", "b", "c"]);
});

test("the longest way to the end goes first, and a low spec that holds up a critical one is critical", () => {
  const plan = planOf(
    [
      spec("a", "T1"),
      spec("b", "T1, T2"),
      spec("c", "T1", ["b"]),
      spec("d", "T1", [], { priority: "low" }),
      spec("e", "T1", ["d"], { priority: "critical" }),
    ],
    {},
  );
  const ranks = plan.ranks.tasks.map(({ task, tailMs, priority }) => `${task} ${tailMs} ${priority}`);
  expect(ranks).toMatchInlineSnapshot(`
    [
      "p-1/a#T1 2000 medium",
      "p-1/b#T1 6000 medium",
      "p-1/b#T2 4000 medium",
      "p-1/c#T1 2000 medium",
      "p-1/d#T1 4000 critical",
      "p-1/e#T1 2000 critical",
    ]
  `);
  expect(plan.order.map((each) => each.slice(4))).toEqual(["d", "b", "a", "e", "c"]);
  expect(plan.criticalPath).toEqual({ workstreams: [id("b"), id("c")], ms: 6_000 });
  expect(plan.estimate).toEqual({ lowMs: 3_000, highMs: 9_000, source: "default" });
});

test("a task that no executor can do says why", () => {
  const plan = planOf([spec("a", "T1 -, x T2 -"), spec("b", "T1", [], { executor: "claude" })]);
  expect(plan.workstreams.map(({ tasks }) => tasks.map(({ blocked }) => blocked))).toEqual([
    ["no run block, and no agent is here that could do it: osqr doctor", null],
    ["no executor named claude is there; there is command"],
  ]);
});

test("notes say what is not as one may expect", () => {
  const plan = planOf([spec("a")], {
    dirty: ["/repo"],
    sandbox: { level: "process", network: "off", reason: "no user namespaces" },
    machine: { cores: 8, freeMemoryBytes: 2 ** 29 },
  });
  expect(plan.notes).toMatchInlineSnapshot(`
    [
      "Sandbox is only "process": tasks can read and write what you can (no user namespaces).",
      "No gate configured: what lands is not verified.",
      "/repo has local changes; the plan reads the committed main.",
      "2 of 4 slots: free memory bears no more now.",
    ]
  `);
  expect(plan.maxParallel).toBe(2);
});

test("how many at once is the free memory divided by what the largest of their executors has needed", () => {
  const machine = { cores: 8, freeMemoryBytes: 2 * 2 ** 30 };
  const { state } = toInput([spec("a")]);
  const seen = (bytes: number) => ({
    machine,
    state: { ...state, peaks: state.peaks.set("command", [bytes]) },
  });
  expect(planOf([spec("a")], { machine }).maxParallel).toBe(4);
  expect(planOf([spec("a")], seen(700 * 2 ** 20)).maxParallel).toBe(2);
  expect(planOf([spec("a")], seen(700 * 2 ** 20)).notes).toContain(
    "2 of 4 slots: free memory bears no more now.",
  );
});

test("a selection names specs in any form; what is not in it is left out", () => {
  const specs = [spec("a"), spec("b"), spec("c"), spec("d", "T1", ["c"])];
  const taken = (only: readonly string[] | null, skip: readonly string[] = []) =>
    planOf(specs, { selection: { only, skip } }).workstreams.map(({ name }) => name);
  expect(taken(["#2"])).toEqual(["b"]);
  expect(taken(["2", "./docs/a.md"])).toEqual(["a", "b"]);
  expect(taken(["/repo/docs/c"])).toEqual(["c"]);
  expect(taken(["docs/"])).toEqual(["a", "b", "c", "d"]);
  expect(taken(null, ["c"])).toEqual(["a", "b"]);
  expect(() => taken(["bb"])).toThrow('no spec or workstream is called "bb"; there is a, b, c, d');
});

test("`blocks` of a spec is a dependency of the other", () => {
  const blocks = [{ spec: "b", location: { path: "docs/a.md", line: 4 } }];
  expect(requirementsOf(planOf([spec("a", "T1", [], { blocks }), spec("b")]))).toMatchInlineSnapshot(`
    [
      "a#T1:",
      "b#T1: landed:a",
    ]
  `);
});

test("a plan is the same for the same input", () => {
  const specs = [spec("b", "T1, T2", ["a"]), spec("a", "T1 [P], T2 [P]", [], { touches: ["x"] })];
  const input = toInput(specs);
  expect(buildPlan(input)).toEqual(buildPlan(input));
  const turned = { ...input, discovery: { ...input.discovery, specs: specs.toReversed() } };
  expect(buildPlan(turned)).toEqual(buildPlan(input));
});
