import { expect, test } from "vitest";
import { readReady, showProblem, showQuestion } from "../test-documents.ts";

const TASKS = "## Phase 1: Do\n- [ ] T1 a\n- [ ] T2 b\n- [ ] T3 c\n";
const ask = (body: string): string[] =>
  readReady(`${TASKS}\n## Open questions\n${body}`).questions.map(showQuestion);
const complain = (body: string): string[] =>
  readReady(`${TASKS}\n## Open questions\n${body}`).problems.map(showProblem);

test("reads a question with key, options, recommendation, default and what it blocks", () => {
  const body = [
    "- [ ] Which model should embed the documents?",
    "  - key: EMBEDDING_MODEL",
    "  - a: local model — private, slower (recommended)",
    "    - needs 2 GB of memory",
    "    - no cost",
    "  - b: hosted model — better recall, costs",
    "  - blocks: T3",
    "  - default: a",
    "  - after: 30m",
    "  - deadline: 2026-12-01",
    "  - priority: critical",
  ].join("\n");
  expect(ask(body)).toMatchInlineSnapshot(`
    [
      "EMBEDDING_MODEL: Which model should embed the documents?; a*=local model (private, slower) | b=hosted model (better recall, costs); critical, blocks T3; default a; after 30 min; by 2026-12-01",
    ]
  `);
  const spec = readReady(`${TASKS}\n## Open questions\n${body}`);
  expect(spec.questions[0]?.options[0]?.implications).toEqual(["needs 2 GB of memory", "no cost"]);
  expect(spec.questions[0]?.line).toBe(10);
  expect(spec.readiness).toBe("ready");
});

test.each([
  ["a key first", "- MODEL_NAME: Which?\n  - a: one\n  - b: two\n"],
  ["a bold key first", "- **MODEL_NAME**: Which?\n  - a) one\n  - b) two\n"],
  ["a key in brackets", "- Which? (key: MODEL_NAME)\n  - **a**: one\n  - **b**: two\n"],
  ["a key in backticks", "- `key: MODEL_NAME` Which?\n  - Option A: one\n  - Option B: two\n"],
  ["lines like YAML", "- key: MODEL_NAME\n  question: Which?\n  options:\n    - a: one\n    - b: two\n"],
  [
    "options like YAML",
    "- key: MODEL_NAME\n  question: Which?\n  options:\n    - id: a\n      label: one\n    - id: b\n      label: two\n",
  ],
  ["options by position", "1. Which?\n   - key: MODEL_NAME\n   - options:\n     1. one\n     2. two\n"],
  ["a heading", "### Which?\nkey: MODEL_NAME\n- a: one\n- b: two\n"],
  ["a heading that is the key", "### MODEL_NAME\nWhich?\n- a: one\n- b: two\n"],
  ["plain lines", "key: MODEL_NAME\nWhich?\n- a: one\n- b: two\n"],
])("reads the same question written with %s", (_how, body) => {
  expect(ask(body)).toEqual(["MODEL_NAME: Which?; a=one | b=two; medium, blocks everything"]);
});

test("several questions stay apart, in a list, under headings, as plain lines", () => {
  const keys = (body: string): string[] =>
    readReady(`${TASKS}\n## Open questions\n${body}`).questions.map((q) => q.key);
  expect(keys("- key: AA\n  - a: x\n  - b: y\n- key: BB\n  - a: x\n  - b: y\n")).toEqual(["AA", "BB"]);
  expect(keys("### One?\nkey: AA\n### Two?\nkey: BB\n")).toEqual(["AA", "BB"]);
  expect(keys("key: AA\nOne?\n- a: x\n- b: y\n\nkey: BB\nTwo?\n- a: x\n- b: y\n")).toEqual(["AA", "BB"]);
});

test("a question that is only a sentence blocks nothing and goes on at once", () => {
  const body =
    "1. **Session limits**: How many can run?\n2. Should we track\n   usage?\n- None yet\n- ~~Old one?~~\n- [x] Closed one?\n";
  expect(ask(body)).toMatchInlineSnapshot(`
    [
      "SESSION_LIMITS_HOW_MANY_CAN_RUN: Session limits: How many can run?; answer=answer in words (say it with --because; whoever does the work is told) | proceed*=go on without an answer (whoever does the work decides, and says what it decided); low, blocks nothing; default proceed; after 0 min",
      "SHOULD_WE_TRACK_USAGE: Should we track usage?; answer=answer in words (say it with --because; whoever does the work is told) | proceed*=go on without an answer (whoever does the work decides, and says what it decided); low, blocks nothing; default proceed; after 0 min",
    ]
  `);
});

test("a question with a key and no options waits for words, and recommends nothing", () => {
  expect(ask("- Which?\n  - key: WHICH_ONE\n  - blocks: T1\n")).toEqual([
    "WHICH_ONE: Which?; answer=answer in words (say it with --because; whoever does the work is told) | proceed=go on without an answer (whoever does the work decides, and says what it decided); medium, blocks T1",
  ]);
});

test("bullets under a question are options only where they look like some", () => {
  const [question] = readReady(
    `${TASKS}\n## Open questions\n- Which way?\n  - it was asked twice\n  - nobody knows\n`,
  ).questions;
  expect(question?.options.map((option) => option.id)).toEqual(["answer", "proceed"]);
  expect(ask("- Which way?\n  - Left (recommended)\n  - Right\n")).toEqual([
    "WHICH_WAY: Which way?; a*=Left | b=Right; medium, blocks everything",
  ]);
});

test("blocks takes tasks, ranges, phases, nothing and everything", () => {
  const blocks = (text: string): (readonly string[] | null)[] =>
    readReady(`${TASKS}\n## Open questions\n- Which?\n  - key: K\n  - blocks: ${text}\n`).questions.map(
      (q) => q.blocks,
    );
  expect(["T2", "T1–T2, T3", "phase 1", "none", "all", "#T1 and T2"].flatMap(blocks)).toEqual([
    ["T2"],
    ["T1", "T2", "T3"],
    ["T1", "T2", "T3"],
    [],
    null,
    ["T1", "T2"],
  ]);
});

test("without a default, `after` takes the recommended option", () => {
  expect(ask("- Which?\n  - key: K\n  - a: x (recommended)\n  - b: y\n  - after: 90s\n")).toEqual([
    "K: Which?; a*=x | b=y; medium, blocks everything; default a; after 1.5 min",
  ]);
});

test("an answered question is closed", () => {
  expect(ask("- Which?\n  - key: K\n  - answer: a, said the team\n- Other?\n  **Resolved:** yes\n")).toEqual(
    [],
  );
});

test("keys and option ids are made usable and unique", () => {
  const body = "- key: my key!\n  - A: x\n  - a: y\n- key: my key!\n- Warum so?\n- 何ですか？\n";
  const { questions } = readReady(`${TASKS}\n## Open questions\n${body}`);
  expect(questions.map((q) => q.key)).toEqual(["MY_KEY", "MY_KEY_2", "WARUM_SO", "Q4"]);
  expect(questions[0]?.options.map((option) => option.id)).toEqual(["a", "a-2"]);
});

test("says what cannot be read, and what would silently block nothing", () => {
  const body =
    "- Which?\n  - key: K\n  - a: x\n  - b: y\n  - default: z\n  - recommended: q\n  - after: soon\n  - deadline: 2026-02-30\n  - blocks: T9\n";
  expect(complain(body)).toMatchInlineSnapshot(`
    [
      "docs/plan.md:15 warning unknown-option: recommended names "q", which is no option of the question: it is ignored",
      "docs/plan.md:14 warning unknown-option: default names "z", which is no option of the question: it is ignored",
      "docs/plan.md:16 warning bad-duration: "after: soon" cannot be read: the question waits for an answer",
      "docs/plan.md:17 warning bad-date: the deadline "2026-02-30" is no date: it is ignored",
      "docs/plan.md:18 needs_detail unknown-task: the question blocks "T9", which is no task of this spec",
    ]
  `);
});

test("[NEEDS CLARIFICATION] makes a spec need detail, with the line, and is no question", () => {
  const spec = readReady(
    [
      "- [ ] T1 use [NEEDS CLARIFICATION: which auth?]",
      "> quoted [needs clarification: really?",
      "`[NEEDS CLARIFICATION: in code]` and ~~[NEEDS CLARIFICATION: struck]~~",
      "- [x] No [NEEDS CLARIFICATION] markers remain",
      "```",
      "[NEEDS CLARIFICATION: in a fence]",
      "```",
      "<!-- [NEEDS CLARIFICATION: in a comment] -->",
      "a timeout of [NEEDS CLARIFICATION]",
    ].join("\n"),
  );
  expect(spec.readiness).toBe("needs_detail");
  expect(spec.questions).toEqual([]);
  expect(spec.problems.map(showProblem)).toEqual([
    "docs/plan.md:4 needs_detail needs-clarification: needs clarification: which auth?",
    "docs/plan.md:5 needs_detail needs-clarification: needs clarification: really?",
    "docs/plan.md:12 needs_detail needs-clarification: this needs clarification",
  ]);
});
