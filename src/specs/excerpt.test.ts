import fc from "fast-check";
import { expect, test } from "vitest";
import { type ExcerptInput, excerptSpec, excerptTask } from "./excerpt.ts";
import { readReady } from "./test-documents.ts";

/** Paragraphs, about so many characters. */
const prose = (word: string, size: number): string => `${word} and ${word} again.\n`.repeat(size / 20);

const excerpt = (text: string, key: string | null, max = 2_000): string =>
  excerptSpec(inputOf(text, key, max));

function inputOf(text: string, key: string | null, max: number): ExcerptInput {
  const task = readReady(text).tasks.find((each) => each.key === key);
  // The reader of the tests puts three lines before the text.
  return { path: "docs/a.md", text, line: task === undefined ? null : task.line - 3, max };
}

const LONG = [
  "# Store",
  "Why it is built.",
  prose("early", 4_000),
  "## Phase 1: Shallow",
  "- [ ] T1 first",
  "### Acceptance criteria",
  "- [ ] only for the first",
  prose("middle", 4_000),
  "## Phase 2: Deep",
  "All of it uses base64url.",
  "### Tasks",
  "- [ ] T2 second",
  "  SECOND in detail",
  "- [ ] T3 third",
  prose("late", 4_000),
  "## Out of scope",
  "No encryption.",
  "## Constraints",
  "No new dependency.",
  "## Acceptance criteria",
  "- [ ] every test passes",
].join("\n");

test("the section of the task comes first, then what holds for all, then the beginning, and what is left out is said", () => {
  const text = LONG.replace(prose("late", 4_000), "");
  expect(excerpt(text, "T3", 800).replace(/(?:(early|middle) and.*\n?)+/g, "<$1>\n")).toMatchInlineSnapshot(`
    "[The spec has 9926 characters, too many for here. The rest of it is in the file docs/a.md.]

    ### Where the task stands: docs/a.md:414, Phase 2: Deep › Tasks

    ## Phase 2: Deep
    All of it uses base64url.
    ### Tasks
    - [ ] T2 second
      SECOND in detail
    - [ ] T3 third

    ### What holds for every task

    ## Out of scope
    No encryption.
    ## Constraints
    No new dependency.
    ## Acceptance criteria
    - [ ] every test passes

    ### The beginning

    # Store
    Why it is built.
    <early>

    [… 9133 characters are left out: read them in docs/a.md]"
  `);
});

test("a task in a section without room keeps its details and the beginning of the sections around it", () => {
  const text = excerpt(LONG, "T2");
  expect(text).toContain("### Where the task stands: docs/a.md:412, Phase 2: Deep › Tasks");
  for (const part of ["SECOND in detail", "base64url", "No encryption", "No new dependency", "every test"])
    expect([part, text.includes(part)]).toEqual([part, true]);
  expect(text).toContain("Why it is built");
  expect(text).not.toContain("only for the first");
  expect(excerptTask(inputOf(LONG, "T2", 2_000))).toContain("SECOND in detail");
});

test("what is said of the groups of a task is there, and a heading that is the task is there in full", () => {
  const group = `- [ ] G1 All of this\n  GROUP is in Rust\n  - [ ] G1.1 one\n    ${"x".repeat(900)}\n  - [ ] G1.2 two\n    TWO in detail\n`;
  const text = excerpt(`# A\n\n## Work\n\n${group}\n${prose("late", 4_000)}`, "G1.2");
  expect(text).toContain("GROUP is in Rust\n\n  - [ ] G1.2 two\n    TWO in detail");
  const heading = `# A\n\n${prose("early", 4_000)}\n\n### Task 7: Seven\n\nSEVEN in detail\n\n- [ ] a part\n`;
  const key = readReady(heading).tasks[0]?.key ?? "";
  expect(excerpt(heading, key)).toContain("### Task 7: Seven\n\nSEVEN in detail\n\n- [ ] a part");
});

test("what holds for all is found by labels too, with the list below", () => {
  const labels = "**Constraints**: only std\n\n**Not in scope:**\n\n- the web\n\n- the app\n\nUNRELATED\n";
  const text = excerpt(
    `# A\n\n- [ ] T1 one\n\n${prose("early", 4_000)}\n## Notes\n\n${labels}\n${prose("late", 4_000)}`,
    "T1",
  );
  const rules = text.slice(text.indexOf("### What holds"), text.indexOf("### The beginning"));
  expect(rules).toContain("**Constraints**: only std");
  expect(rules).toContain("**Not in scope:**\n\n- the web\n\n- the app");
  expect(rules).not.toContain("UNRELATED");
});

test("a step of the workflow has no place in it", () => {
  const text = excerpt(LONG, null);
  expect(text).not.toContain("Where the task stands");
  expect(text).toContain("No encryption");
  expect(excerptTask(inputOf(LONG, null, 2_000))).toBe("");
});

test("it is bounded, shows the task, and counts what is left out, whatever stands around", () => {
  const line = fc.oneof(
    fc.constantFrom(
      "## Head",
      "### Sub",
      "- item",
      "  more",
      "- [ ] box",
      "```",
      "## Constraints",
      "",
      "> q",
    ),
    fc.string({ maxLength: 300 }),
    fc.constant("z".repeat(3_000)),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 80 }), fc.array(line, { maxLength: 80 }), (before, after) => {
      const text = [
        "# A",
        ...before.map((each) => each.replaceAll("```", "''")),
        "- [ ] T77 this",
        ...after,
      ].join("\n");
      const input = {
        path: "docs/a.md",
        text,
        line: text.split(/\r\n|\n|\r/).indexOf("- [ ] T77 this") + 1,
        max: 4_000,
      };
      const shown = excerptSpec(input);
      expect(shown).toContain("- [ ] T77 this");
      expect(shown.length).toBeLessThan(5_500);
      expect(excerptTask(input)).toContain("- [ ] T77 this");
    }),
  );
});
