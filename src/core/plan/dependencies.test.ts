import { expect, test } from "vitest";
import type { Dependency, DependencyTarget, Spec, SpecTask } from "../model/spec.ts";
import { checkDependencies } from "./dependencies.ts";

const toTarget = (text: string): DependencyTarget => {
  const [spec = "", part] = text.split("#");
  if (part === undefined) return { kind: "workstream", spec };
  return part.startsWith("phase") ? { kind: "phase", spec, phase: part } : { kind: "task", spec, task: part };
};

function on(
  path: string,
  line: number,
  text: string,
  more: { type?: "knowledge"; prose?: true } = {},
): Dependency {
  return {
    type: more.type ?? "completion",
    target: toTarget(text),
    location: { path, line },
    provenance: more.prose ? "prose" : "explicit",
  };
}

function task(key: string, dependsOn: readonly Dependency[] = [], more: Partial<SpecTask> = {}): SpecTask {
  return {
    key,
    order: 1,
    title: key,
    phase: null,
    parent: null,
    boxLines: [],
    line: 9,
    checked: false,
    parallel: false,
    critical: true,
    run: null,
    executor: null,
    details: "",
    dependsOn,
    ...more,
  };
}

function spec(key: string, more: Partial<Spec> = {}): Spec {
  return {
    key,
    path: `docs/${key}.md`,
    format: "markdown",
    title: key,
    summary: "",
    hash: "",
    readiness: "ready",
    status: null,
    future: false,
    priority: "medium",
    dependsOn: [],
    blocks: [],
    touches: [],
    executor: null,
    autonomy: null,
    due: null,
    gates: null,
    tags: [],
    phases: [],
    tasks: [task("T1")],
    criteria: [],
    questions: [],
    problems: [],
    ...more,
  };
}

const chain = (key: string, ...names: readonly string[]): Spec =>
  spec(key, { dependsOn: names.map((name, index) => on(`docs/${key}.md`, 3 + index, name)) });

const messages = (specs: readonly Spec[]): string[] =>
  checkDependencies(specs).problems.map(
    (p) =>
      `${p.severity} ${p.code} ${p.location.path}:${p.location.line}: ${p.message} [${p.found}] ${p.hint}`,
  );

const stopped = (specs: readonly Spec[]): string[] => [...checkDependencies(specs).stopped.keys()].sort();

test("gives an edge for each dependency on something that exists", () => {
  const phase = { key: "phase-1", title: "One", order: 1, line: 5 };
  const specs = [
    spec("a", { phases: [phase] }),
    spec("b", {
      tasks: [task("T1", [on("docs/b.md", 8, "a#phase-1")]), task("T2", [on("docs/b.md", 9, "b#T1")])],
    }),
  ];
  const { edges, problems } = checkDependencies(specs);
  expect(problems).toEqual([]);
  expect(edges.map(({ from, to }) => [from, to])).toEqual([
    [
      { spec: "b", phase: null, task: "T1" },
      { spec: "a", phase: "phase-1", task: null },
    ],
    [
      { spec: "b", phase: null, task: "T2" },
      { spec: "b", phase: null, task: "T1" },
    ],
  ]);
});

test("`blocks` is the same dependency, turned round", () => {
  const blocks = [{ spec: "b", location: { path: "docs/a.md", line: 4 } }];
  const [edge] = checkDependencies([spec("a", { blocks }), spec("b")]).edges;
  expect([edge?.from.spec, edge?.to.spec, edge?.dependency.location.line]).toEqual(["b", "a", 4]);
});

test("an unknown id names the place, what there is and what was meant, and stops only what it touches", () => {
  const specs = [
    chain("auth", "session-stor"),
    spec("session-store"),
    spec("rate-limit"),
    chain("login", "auth"),
  ];
  expect(messages(specs)).toMatchInlineSnapshot(`
    [
      "error unknown-dependency docs/auth.md:3: depends_on names "session-stor", which no spec has [session-store (docs/session-store.md), auth, rate-limit, login] did you mean session-store?",
      "error stopped-dependency docs/login.md:3: login depends on auth, which cannot start: depends_on names "session-stor", which no spec has [docs/auth.md:3] repair auth first",
    ]
  `);
  expect(stopped(specs)).toEqual(["auth", "login"]);
});

test("an unknown name in prose is a warning and stops nobody", () => {
  const specs = [spec("a", { dependsOn: [on("docs/a.md", 6, "Memory Vault", { prose: true })] })];
  expect(messages(specs)).toMatchInlineSnapshot(`
    [
      "warning unknown-dependency docs/a.md:6: the dependency "Memory Vault" matches no spec: osqr does not wait for it [a] write the id of a spec to wait for it, or none",
    ]
  `);
  expect(stopped(specs)).toEqual([]);
});

test("an unknown name in `blocks` is a warning", () => {
  const specs = [spec("a", { blocks: [{ spec: "zz", location: { path: "docs/a.md", line: 4 } }] })];
  expect(messages(specs)).toMatchInlineSnapshot(`
    [
      "warning unknown-dependency docs/a.md:4: blocks names "zz", which no spec has: nothing waits for this spec because of it [a] write the id or the path of a spec",
    ]
  `);
});

test("a phase or task that the other spec does not have is dangling", () => {
  expect(
    messages([chain("a", "b#T9", "b#phase-2"), spec("b", { tasks: [task("T8"), task("X")] })]),
  ).toMatchInlineSnapshot(`
      [
        "error unknown-task docs/a.md:3: a depends on task "T9" of b, which has no such task [T8, X] did you mean b#T8?",
        "error unknown-phase docs/a.md:4: a depends on phase "phase-2" of b, which has no such phase [no phases] see the phases of b in docs/b.md",
      ]
    `);
});

test("names the whole circle once, with each place, and stops its members and what depends on them", () => {
  const specs = [
    chain("c", "a"),
    chain("a", "b"),
    chain("b", "c"),
    chain("d", "b"),
    spec("e"),
    chain("f", "e"),
  ];
  expect(messages(specs)[0]).toMatchInlineSnapshot(
    `"error circular-dependency docs/a.md:3: circular dependency: a → b → c → a (docs/a.md:3, docs/b.md:3, docs/c.md:3) [a → b → c → a] remove one of these dependencies"`,
  );
  expect(messages(specs)).toHaveLength(2);
  expect(stopped(specs)).toEqual(["a", "b", "c", "d"]);
});

test("two circles that share a spec are two problems", () => {
  const found = checkDependencies([chain("a", "b"), chain("b", "a", "c"), chain("c", "b")]).problems;
  expect(found.map((problem) => problem.found)).toEqual(["a → b → a", "b → c → b"]);
});

test("a dependency written twice makes one circle", () => {
  expect(messages([chain("a", "b", "b"), chain("b", "a")])).toHaveLength(1);
});

test("a dependency on itself, of a spec, a task, or a task on its own spec", () => {
  const tasks = [task("T1", [on("docs/b.md", 5, "b#T1")]), task("T2", [on("docs/b.md", 6, "b")])];
  expect(messages([chain("a", "a"), spec("b", { tasks }), chain("c", "c#T1")])).toMatchInlineSnapshot(`
    [
      "error self-dependency docs/a.md:3: a depends on itself (docs/a.md:3) [a → a] remove the dependency",
      "error self-dependency docs/b.md:5: b#T1 depends on itself (docs/b.md:5) [b#T1 → b#T1] remove the dependency",
      "error self-dependency docs/b.md:6: b#T2 depends on its own workstream (docs/b.md:6) [b#T2 → b#T2] remove the dependency",
      "error self-dependency docs/c.md:3: c depends on itself (docs/c.md:3) [c → c] remove the dependency",
    ]
  `);
});

test("tasks of one spec may wait for each other in a line, not in a circle", () => {
  const line = [task("T1"), task("T2", [on("docs/a.md", 5, "a#T1")])];
  expect(messages([spec("a", { tasks: line })])).toEqual([]);
  const circle = [task("T1", [on("docs/a.md", 4, "a#T2")]), task("T2", [on("docs/a.md", 5, "a#T1")])];
  expect(checkDependencies([spec("a", { tasks: circle })]).problems.map((p) => p.found)).toEqual([
    "a#T1 → a#T2 → a#T1",
  ]);
});

test("two specs that build on tasks of each other are circular: each would have to land after the other", () => {
  const cross = (type?: "knowledge"): Spec[] => [
    spec("a", { tasks: [task("T1"), task("T2", [on("docs/a.md", 5, "b#T1", type ? { type } : {})])] }),
    spec("b", { tasks: [task("T1"), task("T2", [on("docs/b.md", 6, "a#T1", type ? { type } : {})])] }),
  ];
  expect(checkDependencies(cross()).problems.map((p) => p.found)).toEqual(["a#T2 → b#T2 → a#T2"]);
  expect(checkDependencies(cross("knowledge")).problems).toEqual([]);
});

test("done specs and ticked tasks wait for nothing and stop nobody", () => {
  const done = { ...chain("a", "b", "nowhere"), readiness: "done" as const };
  expect(stopped([done, chain("b", "a")])).toEqual([]);
  const ticked = [
    task("T1", [on("docs/c.md", 4, "c#T2")], { checked: true }),
    task("T2", [on("docs/c.md", 5, "c#T1")]),
  ];
  expect(messages([spec("c", { tasks: ticked })])).toEqual([]);
});

test("2,000 specs in a chain are checked at once", () => {
  const specs = Array.from({ length: 2_000 }, (_, n) => chain(`s${n}`, ...(n > 0 ? [`s${n - 1}`] : [])));
  expect(checkDependencies(specs).problems).toEqual([]);
  expect(stopped([...specs.slice(1), chain("s0", "s1999")])).toHaveLength(2_000);
});
