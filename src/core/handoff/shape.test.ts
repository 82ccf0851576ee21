import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { toCanonicalJson } from "../canonical.ts";
import { renderHandoff } from "./render.ts";
import { cutText, describeHandoffSchema, type Handoff, parseHandoff, serializeHandoff } from "./shape.ts";

const HANDOFF: Handoff = {
  schemaVersion: 2,
  event: "review_approved",
  workItem: { id: "p-00000001/a", name: "a", title: "Some work" },
  workflow: { name: "feature", version: 3 },
  step: { key: "review", title: "Review", order: 3, role: "lead", definitionOfDone: "two people saw it" },
  task: { key: "review", title: "Review", order: 4, phase: null },
  attempt: "a-7",
  reuses: null,
  timestamp: "2026-01-05T10:00:00.000Z",
  actor: { name: "dana", kind: "person", role: "lead" },
  outcome: "Review: approved by dana (lead): well\ndone",
  next: { action: "integrate into main", step: "merge", task: null, role: null, owner: "sam" },
  openCriteria: [{ task: "merge", key: "tests", text: "the tests pass" }],
  baseline: "pre-integration",
  links: [{ relation: "after", task: "a#T1", path: "a/t1/a-1-0123456789.md" }],
  commit: "c".repeat(40),
  files: ["src/a.ts"],
  added: 1,
  deleted: 0,
  decisions: [{ id: "D-1", key: "MODEL", option: "local", by: "kim" }],
  signOff: { outcome: "approved", by: "dana", role: "lead", reason: "well", at: "2026-01-05T10:00:00.000Z" },
  spec: { path: "docs/a.md", hash: "0".repeat(64), commit: "1".repeat(40) },
};

const FIRST = {
  schemaVersion: 1,
  workItem: "a",
  workflow: { name: "default", version: 1 },
  step: { key: "T1", order: 1, title: "Write it", phase: null },
  event: "task_completed",
  attempt: "a-1",
  timestamp: "2025-09-01T10:00:00.000Z",
  actor: "command",
  outcome: "Write it: 1 file, +1 −0",
  nextAction: "T2 Read on",
  baseline: "pre-integration",
  priorHandoffs: ["b/t1/a-0-0123456789.md"],
  commit: "c".repeat(40),
  files: ["a.txt"],
  decisions: { MODEL: "local" },
  spec: "docs/a.md",
};

test("docs/schemas/handoff.v2.json is what the code says; else run: node scripts/write-reference.ts", () => {
  const file = join(import.meta.dirname, "..", "..", "..", "docs", "schemas", "handoff.v2.json");
  expect(describeHandoffSchema() === readFileSync(file, "utf8")).toBe(true);
});

test("a handoff that went through the history is the same bytes", () => {
  const text = serializeHandoff(HANDOFF);
  const stored = JSON.parse(toCanonicalJson(HANDOFF));
  expect(Object.keys(stored)[0]).not.toBe("schemaVersion");
  expect(serializeHandoff(stored)).toBe(text);
  expect(parseHandoff(text)).toEqual({ ok: true, handoff: HANDOFF });
});

test("version 1 is still read; what it did not know is empty", () => {
  const read = parseHandoff(JSON.stringify(FIRST));
  expect(read).toMatchObject({
    ok: true,
    handoff: {
      schemaVersion: 2,
      workItem: { name: "a" },
      task: { key: "T1", title: "Write it" },
      next: { action: "T2 Read on", owner: null },
      links: [{ relation: "after", path: "b/t1/a-0-0123456789.md" }],
      decisions: [{ key: "MODEL", option: "local" }],
      signOff: null,
    },
  });
  expect(read.ok && parseHandoff(serializeHandoff(read.handoff))).toEqual(read);
});

test("what newer versions add is left out; what is broken says where", () => {
  expect(parseHandoff(JSON.stringify({ ...HANDOFF, mood: "good" }))).toEqual({ ok: true, handoff: HANDOFF });
  const faultOf = (value: unknown): string | null => {
    const read = parseHandoff(typeof value === "string" ? value : JSON.stringify(value));
    return read.ok ? null : read.fault;
  };
  expect(faultOf(serializeHandoff(HANDOFF).slice(0, 100))).toBe("it is not JSON");
  expect(faultOf({ ...HANDOFF, schemaVersion: 3 })).toMatch(/^schemaVersion: /);
  expect(faultOf({ ...HANDOFF, outcome: "x".repeat(501) })).toMatch(/^outcome: /);
  expect(faultOf({ ...HANDOFF, actor: { ...HANDOFF.actor, kind: "robot" } })).toMatch(/^actor\.kind: /);
  expect(faultOf([])).toMatch(/^it: |^schemaVersion: /);
});

test("a cut never leaves half a character", () => {
  expect(cutText("abc", 3)).toBe("abc");
  expect(cutText("a😀bcd", 3)).toBe("a\ufffd…");
  expect(cutText(`x\ud83d`)).toBe("x\ufffd");
});

test("as Markdown each field is one line: no text of a person starts a section of its own", () => {
  const text = renderHandoff({ ...HANDOFF, outcome: "done\n\n# Fake\n- fake: yes", files: ["a\n## b"] });
  expect(text).toMatchInlineSnapshot(`
    "# Handoff

    - event: review_approved
    - outcome: done # Fake - fake: yes
    - next: integrate into main · sam
    - work item: a: Some work
    - workflow: feature 3
    - step: 3 review: Review
    - task: 4 review: Review
    - attempt: a-7
    - at: 2026-01-05T10:00:00.000Z
    - actor: dana (lead)
    - signed: approved by dana (lead): well
    - baseline: pre-integration
    - commit: cccccccccccccccccccccccccccccccccccccccc
    - spec: docs/a.md

    ## Open criteria

    - merge tests: the tests pass

    ## Decisions

    - MODEL: local (kim)

    ## Prior handoffs

    - after a#T1: a/t1/a-1-0123456789.md

    ## Files

    - a ## b
    "
  `);
});
