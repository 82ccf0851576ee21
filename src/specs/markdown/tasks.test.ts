import { expect, test } from "vitest";
import {
  discoverTexts,
  readReady,
  readSpec,
  showDependency,
  showProblem,
  showTask,
  showTasks,
} from "../test-documents.ts";

const showPhases = (text: string): string[] =>
  readReady(text).phases.map((p) => `${p.order} ${p.key}: ${p.title} @${p.line}`);

test("boxes of every kind are tasks, ticked as their raw line says", () => {
  const spec = readReady(
    [
      "# Plan",
      "- [ ] dash",
      "* [x] star",
      "+ [X] plus",
      "1. [ ] number",
      "2) [ ] bracket",
      "- [-] begun",
      "- [~] also begun",
      "- [/] and this",
      "- [ ]* optional by star",
      "- [ ] optional by word (optional)",
      "- [✅] ticked by a sign",
      "- [ ] ~~struck out~~",
      "- [ ] given up (cancelled)",
    ].join("\n"),
  );
  expect(showTasks(spec)).toMatchInlineSnapshot(`
    [
      "T1 dash @5",
      "T2 [x] star @6",
      "T3 [x] plus @7",
      "T4 number @8",
      "T5 bracket @9",
      "T6 begun @10",
      "T7 also begun @11",
      "T8 and this @12",
      "T9 [optional] optional by star @13",
      "T10 [optional] optional by word @14",
      "T11 [x] ticked by a sign @15",
    ]
  `);
});

test("what only looks like a box is no task", () => {
  const spec = readReady(
    [
      "# Plan",
      "",
      "    - [ ] indented code",
      "",
      "- [P] tasks = different files, no dependencies",
      "- [ ] = not started",
      "- [ ](https://example.com) a link",
      "- [US1] a story",
      "- [ ]",
      "> - [ ] quoted",
      "<!-- - [ ] hidden -->",
      "```md",
      "- [ ] in a fence",
      "```",
      "",
      "See `- [ ] inline`.",
      "",
      "- [ ] the only task",
    ].join("\n"),
  );
  expect(showTasks(spec)).toEqual(["T1 the only task @21"]);
});

test("phases are headings with a number, and numbered groups that hold boxes", () => {
  const text = [
    "# Plan",
    "## Tasks",
    "- [ ] without a phase",
    "### Phase 1: Setup",
    "- [ ] T1 one",
    "#### Details",
    "- [ ] T2 two",
    "### ✅ Phase 2 (1/1)",
    "- [x] T3 three",
    "## 3. Group",
    "- [ ] 3.1 four",
    "### 3.2 Inner group",
    "- [ ] 3.2.1 five",
    "## 4. Overview without boxes",
    "## Phase 9: Nothing in it",
  ].join("\n");
  expect(showPhases(text)).toMatchInlineSnapshot(`
    [
      "1 phase-1: Setup @7",
      "2 phase-2: Phase 2 @11",
      "3 phase-3: Group @13",
      "4 phase-9: Nothing in it @18",
    ]
  `);
  expect(showTasks(readReady(text))).toMatchInlineSnapshot(`
    [
      "T4 without a phase @6",
      "T1 (phase-1) one @8",
      "T2 (phase-1) two @10",
      "T3 [x] (phase-2) three @12",
      "3.1 (phase-3) four @14",
      "3.2.1 (phase-3) five @16",
    ]
  `);
});

test("a phase that is named in an overview too is one phase; another of the same number is a mistake", () => {
  const text =
    "## Overview\n### Phase 1: Setup\nWords.\n## Phase 1: Setup\n- [ ] a\n## Phase 1: Other\n- [ ] b\n";
  const spec = readReady(text);
  expect(showPhases(text)).toEqual(["1 phase-1: Setup @7", "2 phase-1~2: Other @9"]);
  expect(spec.problems.map(showProblem)).toEqual([
    "docs/plan.md:9 warning duplicate-id: phase-1 is the name of two phases: this one is phase-1~2",
  ]);
});

test("a box with nested boxes groups them; the same holds for ids that begin with another", () => {
  const nested = "- [ ] 1. Parent\n  - [ ] 1.1 Child\n    - [ ] 1.1.1 Grandchild\n  - [ ] other\n";
  expect(showTasks(readReady(nested))).toEqual(["1.1.1 (in 1.1) Grandchild @6", "T2 (in 1) other @7"]);
  const flat = "- [ ] 2. Parent\n- [ ] 2.1 Child\n- [ ] 2.2 Child\n- [ ] 3. Alone\n";
  expect(showTasks(readReady(flat))).toEqual(["2.1 (in 2) Child @5", "2.2 (in 2) Child @6", "3 Alone @7"]);
});

test("what is said of a group holds for each task in it", () => {
  const spec = readReady(
    "- [ ] T0 first\n- [ ] G (optional)\n  depends: T0\n  uses: db\n  executor: claude\n  - [ ] T1 leaf\n  - [ ] T2 leaf\n    executor: codex\n",
  );
  expect(
    spec.tasks.map((task) => [task.key, task.critical, task.executor, task.dependsOn.map(showDependency)]),
  ).toEqual([
    ["T0", true, null, []],
    ["T1", false, "claude", ["completion plan#T0", "resource db*1"]],
    ["T2", false, "codex", ["completion plan#T0", "resource db*1"]],
  ]);
});

test("model and type are read of a task and of a group; a model goes with the executor that it was written for", () => {
  const spec = readReady(
    [
      "- [ ] G group",
      "  executor: claude",
      "  model: opus",
      "  type: tests",
      "  - [ ] T1 leaf",
      "  - [ ] T2 leaf (executor: codex)",
      "  - [ ] T3 leaf (model: haiku; type: docs)",
      "- [ ] T4 leaf (executor: `claude:opus`)",
      "",
    ].join("\n"),
  );
  expect(spec.tasks.map(({ key, executor, model, type }) => [key, executor, model, type])).toEqual([
    ["T1", "claude", "opus", "testing"],
    ["T2", "codex", undefined, "testing"],
    ["T3", "claude", "haiku", "documentation"],
    ["T4", "claude:opus", undefined, undefined],
  ]);
});

test.each([["Model: User"], ["model: a row of the table"], ["Type: string"], ["type: the name of a class"]])(
  "%s under a task is a sentence",
  (line) => {
    const [task] = readReady(`- [ ] T1 leaf\n  ${line}\n`).tasks;
    expect([task?.model, task?.type, task?.details]).toEqual([undefined, undefined, line]);
  },
);

test("a run block belongs to the box it is indented under, else to the box before it in its section", () => {
  const spec = readReady(
    [
      "- [ ] T1 indented",
      "  ```sh run timeout=10m",
      "  echo one",
      "    echo two",
      "  ```",
      "- [ ] T2 following",
      "",
      "```bash run",
      "echo three",
      "```",
      "- [ ] T3 none",
      "## Other section",
      "```sh run task=T3",
      "echo named",
      "```",
      "```shell run",
      "echo own",
      "```",
      "```sh",
      "echo not to be run",
      "```",
    ].join("\n"),
  );
  expect(showTasks(spec)).toMatchInlineSnapshot(`
    [
      "T1 indented @4 run "echo one\\n  echo two\\n"",
      "T2 following @9 run "echo three\\n"",
      "T3 none @14 run "echo named\\n"",
      "T4 Other section @ run "echo own\\n"",
    ]
  `);
  expect(spec.tasks.map((task) => task.run?.timeoutMs)).toEqual([600_000, null, null, null]);
  expect(spec.tasks.map((task) => task.run?.line)).toEqual([5, 11, 16, 19]);
});

test("a box with a run block takes the boxes in it as its details", () => {
  const text = "- [ ] T1 Build\n  - [ ] step a\n  - [x] step b\n  ```sh run\n  make\n  ```\n- [ ] T2 Next\n";
  expect(showTasks(readReady(text))).toEqual(['T1 Build @4,5,6 run "make\\n"', "T2 Next @10"]);
});

test("a box and a box in it that both have run blocks are two tasks", () => {
  const text = "- [ ] T1 a\n  ```sh run\n  a\n  ```\n  - [ ] T2 b\n    ```sh run\n    b\n    ```\n";
  expect(showTasks(readReady(text))).toEqual(['T1 a @4 run "a\\n"', 'T2 (in T1) b @8 run "b\\n"']);
});

test("several blocks of one task run one after the other", () => {
  const text = "- [ ] T1 a\n  ```sh run timeout=1m\n  a\n  ```\n  ```sh run timeout=2m\n  b\n  ```\n";
  const [task] = readReady(text).tasks;
  expect(task?.run).toEqual({ script: "a\n\nb\n", line: 5, timeoutMs: 120_000 });
});

test("run blocks alone make a document a spec, each a task named by its heading", () => {
  const text = "# Add cache\n```sh run\na\n```\n## Phase 1: Wire it\n```sh run\nb\n```\n```sh run\nc\n```\n";
  expect(showTasks(readSpec(text))).toMatchInlineSnapshot(`
    [
      "T1 Add cache @ run "a\\n"",
      "T2 (phase-1) Phase 1: Wire it @ run "b\\n"",
      "T3 (phase-1) Phase 1: Wire it (2) @ run "c\\n"",
    ]
  `);
});

test("scripts have plain line ends, also in a document with CRLF", () => {
  const text = "---\r\nstatus: ready\r\n---\r\n- [ ] T1 a\r\n  ```sh run\r\n  a\r\n  b\r\n  ```\r\n";
  expect(readSpec(text).tasks[0]?.run?.script).toBe("a\nb\n");
});

test("says which run blocks cannot be used", () => {
  const shown = (text: string): string[] => readReady(text).problems.map(showProblem);
  expect(shown("- [ ] T1 a\n```sh run\n\n```\n")).toEqual([
    "docs/plan.md:5 needs_detail empty-run-block: the run block is empty",
  ]);
  expect(shown("- [ ] T1 a\n```sh run task=T9\nx\n```\n")).toEqual([
    'docs/plan.md:5 needs_detail unknown-task: the run block names task "T9", which this spec does not have',
  ]);
  expect(shown("- [ ] T1 a\n```sh run timeout=soon\nx\n```\n")).toEqual([
    'docs/plan.md:5 warning bad-duration: the timeout "soon" cannot be read: the default is used',
  ]);
  expect(shown("- [ ] T1 a\n```sh run\nx\n- [ ] T2 b\n")).toEqual([
    "docs/plan.md:5 needs_detail unclosed-fence: the run block is never closed: everything below it is part of it",
  ]);
  expect(shown("- [ ] T1 a\n```sh run\nx\n- [ ] T2 b\n```sh run\ny\n```\n")).toEqual([
    "docs/plan.md:8 needs_detail unclosed-fence: the run block of line 5 is not closed before this block begins",
  ]);
});

test("boxes below a heading that is a task are its criteria, ticked with it", () => {
  const spec = readReady(
    [
      "### Task 1: Locate",
      "**Priority:** P0",
      "**Depends on:** Task 2",
      "**Acceptance criteria:**",
      "- [ ] found",
      "- [x] listed",
      "",
      "### Task 2: Extract [P]",
      "- [x] done",
      "### Task 3: Words only",
      "Some prose.",
    ].join("\n"),
  );
  expect(showTasks(spec)).toEqual(["1 Locate @8,9", "2 [x P] Extract @12", "3 Words only @"]);
  expect(spec.criteria.map((one) => `${one.checked ? "x" : "-"} ${one.text}`)).toEqual([
    "- found",
    "x listed",
    "x done",
  ]);
  expect(spec.tasks[0]?.dependsOn.map(showDependency)).toEqual(["completion plan#2"]);
});

test("the fields below a heading that is a task are read as people write them", () => {
  const spec = readReady(
    [
      "### Task A1: Locate",
      "**Priority:** P0 (Critical Path)  ",
      "**Dependencies:** None - can start immediately  ",
      "### Task A2: Extract",
      "**Dependencies:** A1 completion  ",
      "### Task I1: Connect",
      "**Dependencies:** A1, A2 completion, the new ledger",
      "### Step 02.1 - Cache",
      "**Depends on:** Task A2",
      "**Status:** `[x]` done",
    ].join("\n"),
  );
  expect(spec.tasks.map((task) => [task.key, task.checked, task.dependsOn.map(showDependency)])).toEqual([
    ["A1", false, []],
    ["A2", false, ["completion plan#A1"]],
    ["I1", false, ["completion plan#A1", "completion plan#A2", "completion the new ledger (prose)"]],
    ["02.1", true, ["completion plan#A2"]],
  ]);
});

test("below such a heading, boxes with ids, [P] or run blocks are the tasks", () => {
  expect(showTasks(readReady("## Task 1: Group\n- [ ] T1 a\n- [ ] T2 b\n"))).toEqual(["T1 a @5", "T2 b @6"]);
  const runs = "## Task 1: Group\n- [ ] a\n  ```sh run\n  x\n  ```\n- [ ] b\n  ```sh run\n  y\n  ```\n";
  expect(showTasks(readReady(runs))).toEqual(['T1 a @5 run "x\\n"', 'T2 b @9 run "y\\n"']);
});

test("a heading with a run block is a task, with its boxes as criteria", () => {
  const text = "### T1: Encode\n- [ ] encodes\n- [ ] decodes\n\n```sh run\nx\n```\n";
  expect(showTasks(readReady(text))).toEqual(['T1 Encode @5,6 run "x\\n"']);
});

test("headings of prose are no tasks where boxes say what the tasks are", () => {
  expect(showTasks(readReady("## Step 1: Read this\nWords.\n## Tasks\n- [ ] real\n"))).toEqual([
    "T1 real @7",
  ]);
});

test("54 boxes under 8 task headings are 8 tasks and 54 criteria", () => {
  const parts = Array.from(
    { length: 8 },
    (_, n) => `### Task ${n + 1}: t\n${"- [ ] c\n".repeat(n < 6 ? 7 : 6)}`,
  );
  const spec = readReady(parts.join("\n"));
  expect([spec.tasks.length, spec.criteria.length]).toEqual([8, 54]);
});

test("acceptance criteria are kept apart: by heading, label, nested item, and marks", () => {
  const spec = readReady(
    [
      "## Tasks",
      "- [ ] T1 a",
      "  - Acceptance:",
      "    - [ ] nested criterion",
      "**Definition of Done:**",
      "- [ ] labelled criterion",
      "## Acceptance Criteria",
      "### Functional",
      "- [x] criterion by heading",
      "## More",
      "<!-- AC:BEGIN -->",
      "- [ ] #1 marked criterion",
      "<!-- AC:END -->",
      "- [ ] T2 b",
      "## Success Metrics",
      "- [ ] metric",
      "## Phase Done Criteria",
      "- [ ] phase",
      "## Prerequisites",
      "- [ ] clean tree",
      "## 验收标准",
      "- [ ] 标准",
    ].join("\n"),
  );
  expect(showTasks(spec)).toEqual(["T1 a @5,7", "T2 b @17"]);
  expect(spec.criteria.map((one) => one.text)).toEqual([
    "nested criterion",
    "labelled criterion",
    "criterion by heading",
    "#1 marked criterion",
    "metric",
    "phase",
    "clean tree",
    "标准",
  ]);
});

test("boxes under notes, ideas and what is out of scope are left out, and said", () => {
  const spec = readReady(
    "## Tasks\n- [ ] a\n## Notes\n- [ ] b\n- [ ] c\n## Future work\n- [ ] d\n## Out of scope\n```sh run\nx\n```\n",
  );
  expect(showTasks(spec)).toEqual(["T1 a @5"]);
  expect(spec.problems.map(showProblem)).toEqual([
    'docs/plan.md:7 warning boxes-left-out: 2 boxes are no task because of the heading "Notes"',
    'docs/plan.md:10 warning boxes-left-out: 1 box is no task because of the heading "Future work"',
    'docs/plan.md:12 warning boxes-left-out: the run block is no task because of the heading "Out of scope"',
  ]);
});

test("repeated ids get a number and a warning with the line; the first keeps the id", () => {
  const spec = readReady("- [ ] T1 a\n- [ ] T1 b\n- [ ] c\n- [ ] T1 d\n- [ ] T3 e\n");
  expect(spec.tasks.map((task) => task.key)).toEqual(["T1", "T1~2", "T4", "T1~3", "T3"]);
  expect(spec.problems.map(showProblem)).toEqual([
    "docs/plan.md:5 warning duplicate-id: T1 is the id of more than one task: this one is T1~2",
    "docs/plan.md:7 warning duplicate-id: T1 is the id of more than one task: this one is T1~3",
  ]);
});

test("47 repeated ids are 20 warnings and a count", () => {
  const { problems } = readReady("- [ ] T1 a\n".repeat(48));
  expect(problems).toHaveLength(21);
  expect(problems.at(-1)?.message).toBe("27 more problems of this kind follow");
});

test("the remarks of a task are read from its title and from lines of their own", () => {
  const spec = readReady(
    [
      "- [ ] T1 a",
      "- [ ] T2 b (depends: T1; timeout: 90s; uses: gpu*2)",
      "- [ ] T3 c (depends on T1, T2)",
      "- [ ] T4 d — depends: T3",
      "- [ ] T5 e (see the docs)",
      "  - _Depends: T1–T3_",
      "  - _Requirements: 1.2_",
      "  - **Executor:** codex",
      "  - Uses: the cache of the last run",
      "  critical: false",
      "  words",
      "  ```sh run timeout=1m",
      "  x",
      "  ```",
      "- [ ] T6 f (depends on the API)",
      "- [ ] T7 g (critical)",
    ].join("\n"),
  );
  expect(
    spec.tasks.map((task) => [task.title, task.critical, task.dependsOn.map(showDependency).join(" ")]),
  ).toEqual([
    ["a", true, ""],
    ["b", true, "completion plan#T1 resource gpu*2"],
    ["c", true, "completion plan#T1 completion plan#T2"],
    ["d", true, "completion plan#T3"],
    ["e (see the docs)", false, "completion plan#T1 completion plan#T2 completion plan#T3"],
    ["f (depends on the API)", true, ""],
    ["g", true, ""],
  ]);
  expect(spec.tasks[4]?.executor).toBe("codex");
  expect(spec.tasks[4]?.details).toBe("- _Requirements: 1.2_\n- Uses: the cache of the last run\nwords");
  expect(spec.tasks[1]?.run).toBeNull();
  expect(spec.problems).toEqual([]);
});

test("a timeout of a task without a run block is the task's own; of a group it holds for all in it", () => {
  const spec = readReady("- [ ] T1 a (timeout: 90s)\n- [ ] T2 b\n");
  expect(spec.tasks.map(({ timeoutMs }) => timeoutMs)).toEqual([90_000, undefined]);
});

test("a timeout beside a run block counts for it", () => {
  const spec = readReady("- [ ] T1 a (timeout: 90s)\n  ```sh run\n  x\n  ```\n");
  expect(spec.tasks[0]?.run?.timeoutMs).toBe(90_000);
});

test("details are cut at 4,000 characters", () => {
  const [task] = readReady(`- [ ] T1 a\n${"  word word word word\n".repeat(300)}`).tasks;
  expect(task?.details).toHaveLength(4_000);
});

/** Far above what linear reading takes on a busy machine, far below what a quadratic one would. */
const WORK_MS_MAX = 20_000;

test("10,000 boxes are read in linear time", () => {
  const boxes = Array.from(
    { length: 10_000 },
    (_, n) => `${n % 100 === 0 ? `\n## Phase ${n / 100 + 1}: x\n` : ""}- [ ] T${n} [P] do \`it\``,
  );
  const usedBefore = process.cpuUsage();
  const spec = readReady(boxes.join("\n"));
  const used = process.cpuUsage(usedBefore);
  expect([spec.tasks.length, spec.phases.length]).toEqual([10_000, 100]);
  expect((used.user + used.system) / 1_000).toBeLessThan(WORK_MS_MAX);
});

test("texts made to be slow are read in time", () => {
  const bad = [
    `${"**a ".repeat(480)}\n`,
    `x${" ".repeat(1_900)}y\n`,
    `${"[(a ".repeat(480)}\n`,
    `${"`".repeat(1_900)}\n`,
  ];
  for (const line of bad) {
    const usedBefore = process.cpuUsage().user;
    readReady(`- [ ] ${line}`.repeat(300));
    expect((process.cpuUsage().user - usedBefore) / 1_000).toBeLessThan(WORK_MS_MAX);
  }
});

test("two readings of the same bytes are equal", () => {
  const text = { "docs/a.md": "---\nid: a\n---\n- [ ] T1 x\n- [ ] y (depends: T1)\n" };
  expect(discoverTexts(text)).toEqual(discoverTexts(text));
  expect(showTask(discoverTexts(text).specs[0]!.tasks[1]!)).toBe("T2 y @5");
});
