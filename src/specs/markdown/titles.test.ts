import { expect, test } from "vitest";
import { readPhaseHeading, readTaskHeading, readTitle } from "./titles.ts";

const show = (text: string): string => {
  const { id, parallel, title } = readTitle(text);
  return `${id ?? "-"}${parallel ? " P" : ""} | ${title}`;
};

test("takes ids, [P] and stories off a title, in any order", () => {
  const texts = [
    "T012 [P] [US1] Create model in src/models/user.py",
    "[P] T3: parse",
    "1.1 Create `src/**/*.ts`",
    "1.10 Ten",
    "008: Eight",
    "2. Parent",
    "2.1.3 Leaf",
    "**T1**: Write encoder",
    "**T1: Write encoder** — now",
    "`WD1.1` Config schema",
    "[T4] Four",
    "`H1` Feed adapter",
    "A1 Locate",
    "AURA-1 — Build",
    "task-24.1 Do it",
    "✅ Done thing",
    "Do it (P)",
    "Write it <!-- note -->",
    "See [the plan](./plan.md)",
  ];
  expect(texts.map(show)).toMatchInlineSnapshot(`
    [
      "T012 P | Create model in src/models/user.py",
      "T3 P | parse",
      "1.1 | Create \`src/**/*.ts\`",
      "1.10 | Ten",
      "008 | Eight",
      "2 | Parent",
      "2.1.3 | Leaf",
      "T1 | Write encoder",
      "T1 | Write encoder — now",
      "WD1.1 | Config schema",
      "T4 | Four",
      "H1 | Feed adapter",
      "A1 | Locate",
      "AURA-1 | Build",
      "task-24.1 | Do it",
      "- | Done thing",
      "- P | Do it",
      "- | Write it",
      "- | See the plan",
    ]
  `);
});

test.each([
  "3 files to change",
  "404 page",
  "UTF-8 decode",
  "SHA-256 of the file",
  "S3 upload",
  "HTTP2: enable",
  "OAuth2 login",
  "e2e: tests",
  "v2.1 release",
  "Step 1: write the test",
  "Edit __init__.py",
  "src/** too",
])("takes no id from %j", (text) => {
  expect(show(text)).toBe(`- | ${text}`);
});

test("cuts a title at 200 characters", () => {
  expect(readTitle("a".repeat(300)).title).toHaveLength(200);
});

test("knows headings that are phases", () => {
  const titles = [
    "Phase 1: Setup",
    "Phase 3 (17/17)",
    "PHASE 0 — Routed",
    "Milestone 2.1 - x",
    "Phase IV: y",
    "阶段 1：设置",
  ];
  expect(titles.map(readPhaseHeading)).toEqual([
    { key: "phase-1", title: "Setup" },
    { key: "phase-3", title: "Phase 3" },
    { key: "phase-0", title: "Routed" },
    { key: "milestone-2.1", title: "x" },
    { key: "phase-iv", title: "y" },
    { key: "阶段-1", title: "设置" },
  ]);
  for (const title of ["Phases", "Part I want", "Stage a rollout", "Phase 1 & 2 completed", "The phase 1"]) {
    expect(readPhaseHeading(title)).toBeNull();
  }
});

test("knows headings that are tasks, not requirements or stories", () => {
  expect(["Task 1: a", "T0.1 — b", "Step 2 - c", "Story 1.2: d", "Task A1: e"].map(readTaskHeading)).toEqual([
    { id: "1", title: "a", isStep: false },
    { id: "T0.1", title: "b", isStep: false },
    { id: "2", title: "c", isStep: true },
    { id: "1.2", title: "d", isStep: false },
    { id: "A1", title: "e", isStep: false },
  ]);
  for (const title of [
    "Task list",
    "FR-001: x",
    "US1: x",
    "1.2 Foo",
    "HTTP2: x",
    "Tasks",
    "Open questions: 3",
  ]) {
    expect(readTaskHeading(title)).toBeNull();
  }
});
