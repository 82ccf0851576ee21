import { expect, test } from "vitest";
import type { Spec } from "../../core/model/spec.ts";
import { discoverTexts, readSpec, showDependency, showProblem } from "../test-documents.ts";

const TASK = "\n- [ ] T1 a\n";
const isSpec = (text: string, path = "docs/plan.md"): boolean =>
  discoverTexts({ [path]: text }).specs.length === 1;

function show(spec: Spec): Record<string, unknown> {
  const { key, title, status, priority, blocks, touches, executor, autonomy, due, gates, tags } = spec;
  const named = { key, title, status, priority, touches, executor, autonomy, due, gates, tags };
  return {
    ...named,
    dependsOn: spec.dependsOn.map(showDependency),
    blocks: blocks.map((block) => block.spec),
  };
}

test("reads every field of the frontmatter and ignores the rest", () => {
  const text = `---
id: 008
title: "Session: store"
status: Ready
priority: P1
depends_on: [token-format, 1.10]
blocks: rate-limit
touches:
  - src/session.ts
  - ./src/{a,b}/**
uses: db, gpu*2
executor: claude
autonomy: supervised
due: 2026-12-01
gates: [test, lint]
tags: core, auth
unknown: {a: [1]}
---${TASK}`;
  expect(show(readSpec(text))).toMatchInlineSnapshot(`
    {
      "autonomy": "supervised",
      "blocks": [
        "rate-limit",
      ],
      "dependsOn": [
        "completion token-format",
        "completion 1.10",
        "resource db*1",
        "resource gpu*2",
      ],
      "due": "2026-12-01",
      "executor": "claude",
      "gates": [
        "test",
        "lint",
      ],
      "key": "008",
      "priority": "high",
      "status": "Ready",
      "tags": [
        "core",
        "auth",
      ],
      "title": "Session: store",
      "touches": [
        "src/session.ts",
        "src/{a,b}/**",
      ],
    }
  `);
});

test("reads bold lines: below a subtitle, several in a line, in a quotation, a list, a table", () => {
  const text = `# Title
## Subtitle

**Status**: **Ready** for Implementation
> **Priority:** 🔴 Critical · **Executor:** Hermes (local) | **Blocks:** —
- **Depends on**: \`token-format\`, [store](./store.md)
| **Due** | 2026-12-01 |
**Tags**:
- one
- two

## Tasks${TASK}`;
  expect(show(readSpec(text))).toMatchInlineSnapshot(`
    {
      "autonomy": null,
      "blocks": [],
      "dependsOn": [
        "completion token-format",
        "completion ./store.md",
      ],
      "due": "2026-12-01",
      "executor": "Hermes",
      "gates": null,
      "key": "plan",
      "priority": "critical",
      "status": "Ready for Implementation",
      "tags": [
        "one",
        "two",
      ],
      "title": "Title",
      "touches": [],
    }
  `);
});

test.each([
  "**Status**: x",
  "**Status:** x",
  "**Priority**: x",
  "**Dependencies**: x",
  "**Depends on:** x",
  "**Blocks:** x",
  "**ID**: x",
])("a document with %s at its head is a spec", (line) => {
  expect(isSpec(`# T\n\n${line}\n`)).toBe(true);
  expect(isSpec(`# T\n\n- ${line}\n`)).toBe(true);
});

test("an ordinary document is none", () => {
  const texts = [
    "",
    "# Words\n\nThe **Status** of a task is one of these.\n- [ ] not built\n",
    "# Words\n\nWe write **Status**: ready into each spec.\n",
    "# Words\n\nText.\n\n## Later\n\n**Status**: ready\n",
    `# Words\n${"text\n".repeat(45)}**Status**: ready\n`,
    "# Words\n\n| Status | Meaning |\n| --- | --- |\n| **ready** | go |\n",
    "# Words\n\n```md\n**Status**: ready\n```\n",
    "---\ntitle: A page\nlayout: post\n---\n- [ ] a\n",
    "---\nid: intro\nsidebar_position: 1\n---\n# Intro\n",
    "````md\n```sh run\nx\n```\n````\n",
    "```sh\nrun me\n```\n",
  ];
  expect(texts.filter((text) => isSpec(text))).toEqual([]);
  const discovery = discoverTexts(Object.fromEntries(texts.map((text, n) => [`docs/${n}.md`, text])));
  expect(discovery.otherDocuments).toBe(texts.length);
});

test("records, readmes and site pages need tasks to be specs", () => {
  const status = "# T\n\n**Status**: Accepted\n";
  for (const path of [
    "docs/README.md",
    "docs/CHANGELOG.md",
    "docs/decisions/0001-x.md",
    "docs/adr/1.md",
    "docs/adr-001-x.md",
  ]) {
    expect([path, isSpec(status, path), isSpec(status + TASK, path)]).toEqual([path, false, true]);
  }
  expect(isSpec(`---\nid: intro\nsidebar_position: 1\n---${TASK}`)).toBe(true);
});

test("a status and no tasks need detail, unless it is done", () => {
  const readiness = (text: string): string[] => [
    readSpec(text).readiness,
    ...readSpec(text).problems.map(showProblem),
  ];
  expect(readiness("# T\n\n**Status**: Ready\n")).toEqual([
    "needs_detail",
    "docs/plan.md:3 needs_detail no-tasks: the spec has no tasks",
  ]);
  expect(readiness("# T\n\n**Priority**: High\n\n## Acceptance criteria\n- [ ] a\n")[0]).toBe("needs_detail");
  expect(readiness("# T\n\n**Status**: ✅ Complete\n")).toEqual(["done"]);
});

test("all boxes ticked means done; some ticked leave the others to do", () => {
  expect(readSpec("---\nstatus: ready\n---\n- [x] a\n- [X] b\n").readiness).toBe("done");
  const partly = readSpec("---\nstatus: ready\n---\n- [x] a\n- [ ] b\n");
  expect([partly.readiness, partly.tasks.map((task) => task.checked)]).toEqual(["ready", [true, false]]);
});

test("a future spec keeps its readiness", () => {
  const draft = readSpec(`---\nstatus: draft\n---${TASK}`);
  expect([draft.future, draft.readiness]).toEqual([true, "ready"]);
  expect(readSpec("---\nstatus: draft\n---\n- [x] a\n").future).toBe(false);
});

test("a status that says so needs detail, an unknown one is said", () => {
  const spec = readSpec(`---\nstatus: not ready\n---${TASK}`);
  expect([spec.readiness, ...spec.problems.map(showProblem)]).toEqual([
    "needs_detail",
    'docs/plan.md:2 needs_detail status-needs-detail: the status says that the spec is not ready: "not ready"',
  ]);
  expect(readSpec(`# T\n**Status:** Frobnicated\n${TASK}`).problems.map(showProblem)).toEqual([
    'docs/plan.md:2 warning unknown-status: the status "Frobnicated" is not one that osqr knows: it is read as ready',
  ]);
});

test("what is done needs no detail", () => {
  const spec = readSpec("---\nstatus: done\n---\n[NEEDS CLARIFICATION: x]\n");
  expect([spec.readiness, spec.problems]).toEqual(["done", []]);
});

test("broken YAML is read line by line, and said with the line", () => {
  const spec = readSpec(
    `---\nid: bug\ntitle: Bug: short\nstatus: ready\ndepends_on:\n  - a\n  - b\ntags: [x, y]\n---${TASK}`,
  );
  expect([spec.key, spec.title, spec.status, spec.tags]).toEqual(["bug", "Bug: short", "ready", ["x", "y"]]);
  expect(spec.dependsOn.map(showDependency)).toEqual(["completion a", "completion b"]);
  expect(spec.problems.map(showProblem)).toMatchInlineSnapshot(`
    [
      "docs/plan.md:3 warning broken-frontmatter: the frontmatter is no valid YAML (Nested mappings are not allowed in compact mappings at line 2, column 8:): it was read line by line",
    ]
  `);
});

test.each([
  ["title: Bug: short", 'put the value in quotes: title: "Bug: short"'],
  ["tags: [a, b", "close it: depends_on: [a, b]"],
  ["owner: @ann", 'put the value in quotes: owner: "@ann"'],
  ["id: a\nid: b", "keep one of the two lines"],
  ["id: [a] b", "repair this line, or write the metadata as bold lines such as **Status**: ready"],
])("broken YAML says what to write in its place: %j", (yaml, hint) => {
  expect(readSpec(`---\n${yaml}\nstatus: ready\n---${TASK}`).problems[0]?.hint).toBe(hint);
});

test("a dependency that broken YAML hides is not taken for none", () => {
  const spec = readSpec(`---\nid: a\ntitle: b: c\ndepends_on: [x, {on: y\n---${TASK}`);
  expect([spec.readiness, ...spec.problems.map(showProblem).slice(1)]).toEqual([
    "needs_detail",
    "docs/plan.md:4 needs_detail broken-frontmatter: depends_on cannot be read because the frontmatter is no valid YAML",
  ]);
});

test("frontmatter in another language is never executed", () => {
  const text = `---js\n{ status: "ready", run: (globalThis.osqrWasExecuted = true) }\n---\n# T\n\n**Status**: ready\n${TASK}`;
  const spec = readSpec(text);
  expect((globalThis as Record<string, unknown>).osqrWasExecuted).toBeUndefined();
  expect(spec.problems.map(showProblem)).toEqual([
    'docs/plan.md:1 warning unsupported-frontmatter: frontmatter in "js" is not read and never executed',
  ]);
});

test("scalars stay text, and a bomb of aliases stays small", () => {
  expect(readSpec(`---\nid: 1.10\nstatus: ready\nexecutor: no\n---${TASK}`)).toMatchObject({
    key: "1.10",
    executor: "no",
  });
  const level = (name: string, of: string): string => `${name}: &${name} [${`*${of},`.repeat(9)}]\n`;
  const bomb = `x0: &x0 [a,a]\n${[1, 2, 3, 4, 5, 6, 7, 8].map((n) => level(`x${n}`, `x${n - 1}`)).join("")}`;
  expect(readSpec(`---\nstatus: ready\n${bomb}tags: [*x8]\n---${TASK}`).tags.length).toBeLessThan(1_000);
});

test("ids become usable keys, and that is said", () => {
  const spec = readSpec(`---\nid: "My Spec/x.lock"\nstatus: ready\n---${TASK}`);
  expect([spec.key, ...spec.problems.map(showProblem)]).toEqual([
    "My-Spec-x-lock",
    'docs/plan.md:2 warning changed-id: the id "My Spec/x.lock" is used as "My-Spec-x-lock"',
  ]);
});

test("paths outside the repository and wrong dates are ignored, and said", () => {
  const spec = readSpec(
    `---\nstatus: ready\ntouches: [/etc/passwd, ../x, src/a.ts]\ndue: 2026-13-01\n---${TASK}`,
  );
  expect([spec.touches, spec.due]).toEqual([["src/a.ts"], null]);
  expect(spec.problems.map((problem) => problem.code)).toEqual(["bad-path", "bad-path", "bad-date"]);
});

test("gates: none written means all, an empty list means none", () => {
  const gates = (line: string): readonly string[] | null =>
    readSpec(`---\nstatus: ready\n${line}\n---${TASK}`).gates;
  expect(["x: 1", "gates: all", "gates: []", "gates: none", "gates: test, lint"].map(gates)).toEqual([
    null,
    null,
    [],
    [],
    ["test", "lint"],
  ]);
});

test("priorities in many spellings", () => {
  const priority = (text: string): string => readSpec(`# T\n**Priority**: ${text}\n${TASK}`).priority;
  expect(
    ["P0 (critical path)", "High", "🟡", "low", "V3.0 Feature", "Must have", "Medium-high"].map(priority),
  ).toEqual(["critical", "high", "medium", "low", "medium", "high", "medium"]);
});

test("the title and the summary", () => {
  const spec = readSpec(
    `---\nstatus: ready\n---\n# The **big** plan ✅\n\n**Owner**: x\n\nFirst words\nof it.\n\nMore.\n${TASK}`,
  );
  expect([spec.title, spec.summary]).toEqual(["The big plan", "First words of it."]);
  expect(readSpec(`---\nstatus: ready\n---${TASK}`).title).toBe("plan");
  expect(readSpec(`---\nstatus: ready\n---\nTitle\n=====\n${TASK}`).title).toBe("Title");
});

test("model and type are read; a type that is none of work is another tool's", () => {
  const head = (type: string) =>
    `---\nid: a\nexecutor: claude\nmodel: claude-opus-5\ntype: ${type}\n---${TASK}`;
  expect(readSpec(head("bug"))).toMatchObject({
    executor: "claude",
    model: "claude-opus-5",
    type: "bug-fix",
  });
  expect("type" in readSpec(head("post"))).toBe(false);
  expect(
    readSpec(`# A\n\n**Status**: ready · **Model**: \`qwen3:8b\` · **Type**: Docs\n${TASK}`),
  ).toMatchObject({
    model: "qwen3:8b",
    type: "documentation",
  });
  expect(readSpec(`---\nid: a\nmodell: opus\n---${TASK}`).problems.map(({ message }) => message)).toEqual([
    'the key "modell" is none that osqr reads; did you mean model?',
  ]);
});
