import { expect, test } from "vitest";
import { buildFlow, NO_FILTER } from "./build-flow.ts";
import { toCell } from "./csv.ts";
import { renderExport } from "./export.ts";
import { at, doneTask, flowState, returned } from "./fixture.ts";
import { escapeMarkdown } from "./markdown.ts";
import { FLOW_SCHEMA_VERSION } from "./types.ts";

const state = flowState(
  {
    name: "a",
    registered: 0,
    title: '=HYPERLINK("http://evil")',
    owner: "dana",
    tasks: [
      {
        key: "T1",
        tries: [
          { claimed: 0, work: 5, end: { kind: "rework", at: 10 } },
          { claimed: 12, work: 8, end: { kind: "completed", at: 20 } },
        ],
        done: 20,
      },
      doneTask("T2", 22, 30),
    ],
    landed: 60,
    returns: [{ ...returned("a", "tasks", 1, 10), reason: "not yet,\nsee | there" }],
    blockers: [{ type: "external", from: 5, to: 15 }],
    decisions: [{ opened: 6, closed: 10 }],
  },
  { name: "b", registered: 30, tasks: [{ key: "T1" }] },
);
const report = buildFlow(state, { filter: NO_FILTER, only: null, detail: true, now: at(120) });

test.each([
  ["plain", "plain"],
  ["with, comma", '"with, comma"'],
  ['with "quotes"', '"with ""quotes"""'],
  ["two\r\nlines", '"two\nlines"'],
  ["=1+1", "'=1+1"],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@cmd", "'@cmd"],
  ["\t=1", "'\t=1"],
  ["\r=1", '"\'\n=1"'],
  ["\u0000=1", "'=1"],
  ["a\u001b[31mb", "a[31mb"],
  [-1, "-1"],
  [null, ""],
])("the cell %j is written as %j", (value, expected) => {
  expect(toCell(value)).toBe(expected);
});

test("CSV has one line per workstream, CRLF, and a head", () => {
  const lines = renderExport(report, "csv", "workstreams").split("\r\n");
  expect(lines).toHaveLength(4);
  expect(lines[0]?.startsWith("project,workstream,number,title,status,workflow,owner,step,")).toBe(true);
  expect(lines[1]).toBe(
    `/home/me/shop,a,1,"'=HYPERLINK(""http://evil"")",completed,tasks@1,dana,,docs/a.md,2026-01-05T00:00:00.000Z,` +
      "2026-01-05T00:00:00.000Z,2026-01-05T01:00:00.000Z,2026-01-05T01:00:00.000Z,3600000,3600000,1260000,0.35,2,2,3,1,1," +
      "0.3333333333333333,300000,1,240000,1,600000,0,T1.json T2.json",
  );
  expect(lines.at(-1)).toBe("");
});

test("CSV of tasks, attempts, steps and records leads down from the workstream", () => {
  const linesOf = (rows: "tasks" | "attempts" | "steps" | "records") =>
    renderExport(report, "csv", rows).split("\r\n").slice(0, -1);
  expect(linesOf("tasks")).toHaveLength(1 + 3);
  expect(linesOf("steps")).toHaveLength(1 + 2);
  expect(linesOf("attempts").map((line) => line.split(",").slice(1, 4).join(" "))).toEqual([
    "workstream task attempt",
    "a a#T1 a-1",
    "a a#T1 a-2",
    "a a#T2 a-3",
  ]);
  expect(linesOf("records")).toEqual([
    "project,workstream,kind,id,task,at,until,ms,by,outcome,reason",
    '/home/me/shop,a,blocker,B-1,,2026-01-05T00:05:00.000Z,2026-01-05T00:15:00.000Z,600000,kim,"external, gone",it is in the way',
    "/home/me/shop,a,decision,D-1,,2026-01-05T00:06:00.000Z,2026-01-05T00:10:00.000Z,240000,user,a,which?",
    '/home/me/shop,a,return,,a#review,2026-01-05T00:10:00.000Z,,,sam,"back to tasks, 1 to do again","not yet,\nsee | there"',
  ]);
});

test("JSON is the report with its version, and escapes what a terminal would obey", () => {
  const text = renderExport(report, "json", "workstreams");
  expect(JSON.parse(text)).toEqual(report);
  expect(JSON.parse(text).schemaVersion).toBe(FLOW_SCHEMA_VERSION);
  const filter = { ...NO_FILTER, owner: "\u202edana" };
  const turned = buildFlow(state, { filter, only: null, detail: true, now: at(120) });
  expect(renderExport(turned, "json", "workstreams")).toContain('"owner": "\\u202edana"');
});

test("Markdown shows the answer, the figures and each workstream; texts stay texts", () => {
  const text = renderExport(report, "md", "workstreams");
  expect(text.split("\n").slice(0, 9)).toEqual([
    "# Flow",
    "",
    "1 built in 2 h; median lead time 1 h; 33 % rework; 0 in progress. 2026-01-05T00:00:00.000Z to 2026-01-05T02:00:00.000Z; 0.5 in progress on average.",
    "",
    "| figure | value |",
    "| --- | --- |",
    "| lead time | 1 h (of 1) |",
    "| flow time | 1 h (of 1) |",
    "| throughput | – |",
  ]);
  expect(text).toContain('### 1 a: =HYPERLINK("http\\://evil")');
  expect(text).toContain("| back to tasks, 1 to do again | not yet, see \\| there |");
  expect(text).toContain(
    "| T1 | do T1 | tasks | – | completed | 20 min | a-1 rework, a-2 completed | T1.json |",
  );
});

test.each([
  ["a | b", "a \\| b"],
  ["[x](javascript:1)", "\\[x\\](javascript:1)"],
  ["<img src=x>", "&lt;img src=x&gt;"],
  ["# no\nheading", "\\# no heading"],
  ["*b* _i_ `c` ~s~", "\\*b\\* \\_i\\_ \\`c\\` \\~s\\~"],
  ["@team www.evil.example", "\\@team www\\.evil.example"],
  ["a &amp; b", "a &amp;amp; b"],
  ["2026-01-05T10:00", "2026-01-05T10:00"],
])("%j is shown as it is in Markdown", (text, expected) => {
  expect(escapeMarkdown(text)).toBe(expected);
});
