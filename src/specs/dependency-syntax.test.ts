import { expect, test } from "vitest";
import { readRange } from "./dependency-syntax.ts";
import { discoverTexts, readSpec, showDependency, showProblem } from "./test-documents.ts";

const TASKS = "\n## Phase 1: Do\n- [ ] T1 a\n- [ ] T2 b\n- [ ] 3. Group\n  - [ ] 3.1 c\n  - [ ] 3.2 d\n";
const others = {
  "docs/api.md": `---\nid: api\ntitle: The API\nstatus: ready\n---${TASKS}`,
  "docs/sub dir/07-session-store.md": `# Session Store\n**Status**: ready${TASKS}`,
  "specs/001-login/spec.md": `# Login\n**Status**: ready${TASKS}`,
};

/** The dependencies of a spec with the given frontmatter or bold lines, among the others. */
function depends(head: string): string[] {
  const text = head.startsWith("**")
    ? `# T\n\n${head}\n${TASKS}`
    : `---\nstatus: ready\n${head}\n---${TASKS}`;
  const spec = discoverTexts({ ...others, "docs/plan.md": text }).specs.find(
    (one) => one.path === "docs/plan.md",
  );
  return [...(spec?.dependsOn ?? []).map(showDependency), ...(spec?.problems ?? []).map(showProblem)];
}

const list = (...items: string[]): string =>
  `depends_on:\n${items.map((item) => `  - ${item}\n`).join("")}`.trimEnd();

test("names a spec by its id, its path in any form, its title, or the number of its file", () => {
  const forms = [
    "api",
    "API",
    "docs/api.md",
    "./api.md",
    "api.md",
    "/docs/api.md",
    "The API",
    "[the plan](./api.md)",
    "`api`",
  ];
  for (const form of forms)
    expect([form, depends(list(JSON.stringify(form)))]).toEqual([form, ["completion api"]]);
  const store = [
    "07-session-store",
    "sub%20dir/07-session-store.md",
    "./sub dir/07-session-store.md",
    "session store",
    "07",
  ];
  for (const form of store)
    expect([form, depends(list(form))]).toEqual([form, ["completion 07-session-store"]]);
  for (const form of ["001-login", "../specs/001-login/spec.md", "specs/001-login/spec.md", "Login", "001"]) {
    expect([form, depends(list(form))]).toEqual([form, ["completion 001-login"]]);
  }
});

test("names a phase, a task, or all tasks of a group", () => {
  expect(
    depends(
      list(
        '"api#phase-1"',
        '"api#Phase 1"',
        '"api#Do"',
        '"api#t2"',
        '"docs/api.md#T1"',
        '"api#3"',
        '"#T2"',
        '"api#T1–T2"',
      ),
    ),
  ).toMatchInlineSnapshot(`
      [
        "completion api#phase:phase-1",
        "completion api#phase:phase-1",
        "completion api#phase:phase-1",
        "completion api#T2",
        "completion api#T1",
        "completion api#3.1",
        "completion api#3.2",
        "completion plan#T2",
        "completion api#T1",
        "completion api#T2",
      ]
    `);
});

test("the other four types, in words and as maps", () => {
  expect(
    depends(
      list(
        "output:api:src/a.ts",
        '"output:api#T1:./src/b.ts"',
        "{type: output, on: api#T1, artifact: src/c.ts}",
        'approval:legal "Has legal, or its deputy, signed off?"',
        "approval:legal",
        "{type: approval, subject: Data Protection, question: May we store it?}",
        "knowledge:api#T1",
        "{type: knowledge, on: api, phase: 1}",
        "resource:db",
        "resource:db*2",
        "{type: resource, resource: gpu, amount: 4}",
        "completion:api",
        "{on: api}",
      ),
    ),
  ).toMatchInlineSnapshot(`
    [
      "output api -> src/a.ts",
      "output api#T1 -> src/b.ts",
      "output api#T1 -> src/c.ts",
      "approval legal: Has legal, or its deputy, signed off?",
      "approval legal: Has legal approved this?",
      "approval data-protection: May we store it?",
      "knowledge api#T1",
      "knowledge api#phase:phase-1",
      "resource db*1",
      "resource db*2",
      "resource gpu*4",
      "completion api",
      "completion api",
    ]
  `);
});

test("text between commas is read like a list", () => {
  expect(depends('depends_on: api#T1, approval:legal "a, b?", resource:db*2; 001-login')).toEqual([
    "completion api#T1",
    "approval legal: a, b?",
    "resource db*2",
    "completion 001-login",
  ]);
});

test.each([
  "none",
  "None",
  "-",
  "—",
  "n/a",
  "[]",
  "null",
  "~",
  '""',
  "None - can start at once",
  "nothing. It is first",
  "无",
])("%s means no dependency", (text) => {
  expect(depends(`depends_on: ${text === "-" ? '"-"' : text}`)).toEqual([]);
  expect(depends(`**Depends on:** ${text}`)).toEqual([]);
  expect(depends(`**Dependencies**: ${text}`)).toEqual([]);
});

test("bold `Depends on` takes ids at their word and free text as prose", () => {
  expect(depends("**Depends on:** api, unknown-thing")).toEqual([
    "completion api",
    "completion unknown-thing",
  ]);
  expect(depends("**Depends on:** api and 001-login (done)")).toEqual([
    "completion api",
    "completion 001-login",
  ]);
  expect(depends("**Depends on:** the usage ledger, routing decisions and console, billing.")).toEqual([
    "completion the usage ledger (prose)",
    "completion routing decisions and console (prose)",
    "completion billing (prose)",
  ]);
});

test("bold `Dependencies` is prose, except for links, code and paths", () => {
  expect(depends("**Dependencies**: Memory Vault, The API, jq, `curl-7`, ./api.md, api#T1")).toEqual([
    "completion Memory Vault (prose)",
    "completion api (prose)",
    "completion jq (prose)",
    "completion curl-7",
    "completion api",
    "completion api#T1",
  ]);
});

test("a task names its own tasks and phases first, then other specs", () => {
  const text =
    "---\nid: me\nstatus: ready\n---\n## Phase 1: Do\n- [ ] T1 a\n- [ ] T2 b (depends: T1, api, api#T2, phase 1, T9, ./api.md)\n";
  const spec = discoverTexts({ ...others, "docs/me.md": text }).specs.find((one) => one.key === "me");
  expect(spec?.tasks[1]?.dependsOn.map(showDependency)).toEqual([
    "completion me#T1",
    "completion api",
    "completion api#T2",
    "completion me#phase:phase-1",
    "completion me#T9",
    "completion api",
  ]);
  expect(spec?.tasks[1]?.dependsOn[0]?.location).toEqual({ path: "docs/me.md", line: 7 });
});

test("ranges with a dash of any length, and ids that only look like one", () => {
  expect(readRange("Tasks 1.1–1.3")).toEqual(["1.1", "1.2", "1.3"]);
  expect(readRange("T008-T010")).toEqual(["T008", "T009", "T010"]);
  expect(readRange("T1..T3")).toEqual(["T1", "T2", "T3"]);
  expect(readRange("T1–3")).toEqual(["T1", "T2", "T3"]);
  expect(readRange("9 – 11")).toEqual(["9", "10", "11"]);
  for (const text of ["L5-19", "T1", "1.1", "T3–T1", "T1–U3", "1–100000", "07-player", "a–b"])
    expect(readRange(text)).toBeNull();
});

test("blocks is read like depends_on", () => {
  const spec = readSpec(`---\nstatus: ready\nblocks: [a, docs/b.md]\n---${TASKS}`);
  expect(spec.blocks.map((block) => [block.spec, block.location.line])).toEqual([
    ["a", 3],
    ["docs/b.md", 3],
  ]);
});

test("what cannot be read is said, and not taken for none", () => {
  expect(
    depends(list("output:api", "{type: approval}", "{type: nonsense, on: api}", "resource:db*0")),
  ).toMatchInlineSnapshot(`
    [
      "docs/plan.md:4 needs_detail unreadable-dependency: the dependency "output:api" cannot be read",
      "docs/plan.md:5 needs_detail unreadable-dependency: the dependency "type approval with type" cannot be read",
      "docs/plan.md:6 needs_detail unreadable-dependency: the dependency "type nonsense with type, on" cannot be read",
      "docs/plan.md:7 needs_detail unreadable-dependency: the dependency "db*0" cannot be read",
    ]
  `);
  expect(depends("uses: [db, 'a b c']")).toMatchInlineSnapshot(`
    [
      "resource db*1",
      "docs/plan.md:3 needs_detail unreadable-dependency: the dependency "a b c" cannot be read",
    ]
  `);
});

test("what is not waited for is news of a spec, a phase or a task", () => {
  expect(depends(list('"news:api#phase-1"', '"news:api"', "{type: news, on: api, phase: 1}"))).toEqual([
    "news api#phase:phase-1",
    "news api",
    "news api#phase:phase-1",
  ]);
});
