import { expect, test } from "vitest";
import { PLAIN_STYLE } from "../text/style.ts";
import { renderTable } from "../text/table.ts";
import { renderTrace } from "./details.ts";

const page = { width: 200, style: PLAIN_STYLE };

test("what is done and not merged has no tick", () => {
  const line = {
    line: 8,
    text: "T1 one",
    status: "completed",
    attempt: "a-1",
    commit: "a".repeat(40),
    proof: null,
  };
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

test("one long cell does not push the columns behind it out of sight", () => {
  const columns = [{ title: "a" }, { title: "b", canWrap: true }, { title: "c" }];
  const rows = [["1", "word ".repeat(30).trim(), "end"]];
  const [, first = ""] = renderTable({ columns, rows, indent: 0, width: 200, header: (text) => text });
  expect([first.length, first.endsWith("  end")]).toEqual([68, true]);
});
