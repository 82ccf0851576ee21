import { expect, test } from "vitest";
import { PLAIN_STYLE } from "../text/style.ts";
import { renderTable } from "../text/table.ts";
import { renderTrace } from "./details.ts";

const page = { width: 200, style: PLAIN_STYLE };

test("what is done and not merged has no tick", () => {
  const line = {
    kind: "clause",
    source: "docs/a.md",
    line: 8,
    text: "T1 one",
    status: "completed",
    attempt: "a-1",
    commit: "a".repeat(40),
    signed: null,
    proof: null,
  } as const;
  const lines = [
    { ...line, merged: "b".repeat(40) },
    { ...line, line: 9, text: "T2 two", merged: null },
  ];
  const trace = { spec: "docs/a.md", workstream: "a", lines };
  expect(`\n${renderTrace(trace, page).join("\n")}\n`).toMatchInlineSnapshot(`
    "
    docs/a.md: 2 of 2 clauses done, 1 of them merged (a).

        line  clause  attempt  merged            proof
      ✓ 8     T1 one  a-1      bbbbbbb           –
      ○ 9     T2 two  a-1      done, not merged  –
    "
  `);
});

test("a step stands in its workflow, a review says who signed, and a signature has no commit", () => {
  const step = { kind: "step", status: "completed", commit: null, merged: null } as const;
  const clause = { kind: "clause", source: "docs/a.md", line: 8, text: "T1 one", signed: null } as const;
  const lines = [
    {
      ...step,
      ...clause,
      attempt: "a-1",
      commit: "a".repeat(40),
      merged: "b".repeat(40),
      proof: "git show --stat aaaaaaaaaaaa",
    },
    {
      ...step,
      source: ".osqr/workflows/feature.yaml",
      line: 7,
      text: "quality is the work good",
      attempt: "a-2",
      signed: { decision: "D-9", outcome: "approved", by: "sam", role: "reviewer" } as const,
      proof: "osqr show D-9",
    },
    {
      ...step,
      source: "built-in",
      line: 0,
      text: "notes look for notes",
      attempt: "a-3",
      signed: null,
      proof: null,
    },
  ];
  const trace = { spec: "docs/a.md", workstream: "a", lines };
  expect(`\n${renderTrace(trace, page).join("\n")}\n`).toMatchInlineSnapshot(`
    "
    docs/a.md: 1 of 1 clause done; 2 of 2 steps around it (a).

        line                            clause                                                attempt  merged   proof
      ✓ 8                               T1 one                                                a-1      bbbbbbb  git show --stat aaaaaaaaaaaa
      ✓ .osqr/workflows/feature.yaml:7  quality is the work good: approved by sam (reviewer)  a-2      –        osqr show D-9
      ✓ built-in                        notes look for notes                                  a-3      –        –
    "
  `);
});

test("one long cell does not push the columns behind it out of sight", () => {
  const columns = [{ title: "a" }, { title: "b", canWrap: true }, { title: "c" }];
  const rows = [["1", "word ".repeat(30).trim(), "end"]];
  const [, first = ""] = renderTable({ columns, rows, indent: 0, width: 200, header: (text) => text });
  expect([first.length, first.endsWith("  end")]).toEqual([68, true]);
});

test("what a task was told of the work of others stands below", () => {
  const at = "2026-01-05T11:00:00.000Z";
  const told = { attempt: "a-2", turn: 2, how: "prompt", at } as const;
  const rest = { type: "handoff", subject: "api#T1 is done", handoff: null, at } as const;
  const line = {
    ...({ kind: "clause", source: "docs/ui.md", line: 8, text: "T1 show it", status: "running" } as const),
    ...{ attempt: "a-2", commit: null, merged: null, signed: null, proof: null },
    messages: [
      { ...rest, number: 1, from: "api#T1", told },
      { ...rest, number: 2, from: "db", told: null },
    ],
  } as const;
  const trace = { spec: "docs/ui.md", workstream: "ui", lines: [line] };
  expect(renderTrace(trace, page).slice(-4)).toMatchInlineSnapshot(`
    [
      "",
      "  messages to T1 show it",
      "    1  handoff from api#T1 · told a-2 with turn 2: api#T1 is done",
      "    2  handoff from db · not told yet: api#T1 is done",
    ]
  `);
});
