import { expect, test } from "vitest";
import { formatAge, formatBytes, formatDuration, formatEstimate, formatMoment } from "./duration.ts";
import { cleanAnswer, cleanLine, cleanText, toSafeJson } from "./plain.ts";
import { isColorWanted } from "./style.ts";
import { renderTable } from "./table.ts";
import { displayWidth, indentWrapped, truncate, wrap } from "./width.ts";

test.each([
  ["colours", "a\u001b[31mred\u001b[0mb", "aredb"],
  ["cursor moves and clears", "a\u001b[2J\u001b[1;1H\u001b[Kb", "ab"],
  ["titles and links", "a\u001b]0;owned\u0007b\u001b]8;;http://evil\u001b\\link\u001b]8;;\u001b\\", "ablink"],
  ["C1 sequences", "a\u009b31mb\u0090x\u009cc", "abxc"],
  ["bells, backspaces, DEL", "a\u0007\u0008\u007fb", "ab"],
  ["marks of direction", "user\u202egnp.exe\u2066x\u2069\u200f\u061c", "usergnp.exex"],
  ["invisible characters", "a\u200b\u2060\ufeff\u{e0041}b", "ab"],
  ["line separators", "a\u2028b\u2029c", "abc"],
  ["a carriage return that hides what was there", "rm -rf /\rls", "ls"],
  ["half of a surrogate pair", "a\ud800b", "a\ufffdb"],
])("%s do not reach the terminal", (_what, text, expected) => {
  expect(cleanText(text)).toBe(expected);
});

test("ordinary text of any script is left as it is", () => {
  const text = "naïve – 日本語 – 👩‍🚀 – עברית\n  indented";
  expect(cleanText(text)).toBe(text);
  expect(cleanLine("two\n  lines ")).toBe("two lines");
  expect(cleanText("a\r\nb\n")).toBe("a\nb\n");
});

test("JSON is cleaned in every string, or escaped where it must stay exact", () => {
  const value = {
    a: ["x\u001b[1mx", { title: "a\n✓ fake" }, " in "],
    context: "1\n2\u202e",
    n: 1,
    b: "as it is",
  };
  expect(cleanAnswer(JSON.parse(JSON.stringify(value)))).toEqual({
    a: ["xx", { title: "a ✓ fake" }, "in"],
    context: "1\n2",
    n: 1,
    b: "as it is",
  });
  const json = toSafeJson({ a: "\u009b31m\u202e\u{e0041}\u001b" });
  expect(json).toBe('{"a":"\\u009b31m\\u202e\\udb40\\udc41\\u001b"}');
  expect(JSON.parse(json)).toEqual({ a: "\u009b31m\u202e\u{e0041}\u001b" });
});

test.each([
  [0, "0.0 s"],
  [420, "0.4 s"],
  [4_100, "4.1 s"],
  [9_949, "9.9 s"],
  [9_960, "10 s"],
  [12_300, "12 s"],
  [59_600, "1 min"],
  [250_000, "4 min 10 s"],
  [3_599_900, "1 h"],
  [3_900_000, "1 h 5 min"],
  [86_400_000, "1 day"],
  [300_000_000, "3 days"],
])("%i ms is %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [20_000, 20_000, "~20 s"],
  [240_000, 720_000, "4–12 min"],
  [40_000, 180_000, "40 s – 3 min"],
  [90_000, 90_000, "~1.5 min"],
  [100, 300, "< 1 s"],
  [0, 5_000, "0–5 s"],
  [3_600_000, 7_200_000, "1–2 h"],
])("an estimate from %i to %i ms is %s", (lowMs, highMs, text) => {
  expect(formatEstimate({ lowMs, highMs })).toBe(text);
});

test("ages, bytes and moments", () => {
  expect([formatAge(5_000), formatAge(61_000), formatAge(7_300_000), formatAge(90_000_000)]).toEqual([
    "5 s",
    "1 min",
    "2 h",
    "1 day",
  ]);
  expect([formatBytes(900), formatBytes(1_500), formatBytes(12e6), formatBytes(1.5e9)]).toEqual([
    "900 B",
    "1.5 kB",
    "12 MB",
    "1.5 GB",
  ]);
  expect(formatMoment(1_767_607_200_000, 60)).toBe("2026-01-05 11:00:00");
});

test("widths count columns, not characters", () => {
  expect(["abc", "日本", "é", "e\u0301", "\u001b[31mab\u001b[39m", "⚠", "👍"].map(displayWidth)).toEqual([
    3, 4, 1, 1, 2, 1, 2,
  ]);
  expect(truncate("日本語", 5)).toBe("日本…");
  expect(truncate("\u001b[31mabcdef\u001b[39m", 4)).toBe("\u001b[31mabc…\u001b[0m");
  expect(wrap("one two three", 8)).toEqual(["one two", "three"]);
  expect(wrap("abcdefghijklmnop", 8)).toEqual(["abcdefgh", "ijklmnop"]);
  expect(indentWrapped("one two three four", 2, 12)).toEqual(["  one two", "    three", "    four"]);
});

const table = (width: number) =>
  renderTable({
    columns: [
      { title: "#", align: "end" },
      { title: "workstream" },
      { title: "touches", canWrap: true },
      { title: "est." },
    ],
    rows: [
      ["1", "token-format", "src/token.ts src/encode.ts src/decode.ts", "~20 s"],
      ["12", "rate-limit", "–", "4–12 min"],
    ],
    indent: 2,
    width,
    header: (line) => line,
  }).join("\n");

test("a table is aligned where there is room", () => {
  expect(table(80)).toMatchInlineSnapshot(`
    "   #  workstream    touches                                   est.
       1  token-format  src/token.ts src/encode.ts src/decode.ts  ~20 s
      12  rate-limit    –                                         4–12 min"
  `);
});
test("its long column is wrapped where there is less", () => {
  expect(table(60)).toMatchInlineSnapshot(`
    "   #  workstream    touches                         est.
       1  token-format  src/token.ts src/encode.ts      ~20 s
                        src/decode.ts
      12  rate-limit    –                               4–12 min"
  `);
});
test("and becomes blocks on a narrow terminal", () => {
  expect(table(32)).toMatchInlineSnapshot(`
    "  1 token-format
        touches src/token.ts
          src/encode.ts
          src/decode.ts
        est. ~20 s
      12 rate-limit
        est. 4–12 min"
  `);
});

test("colour is for terminals that can, unless the user says otherwise", () => {
  expect(isColorWanted({}, true)).toBe(true);
  expect(isColorWanted({}, false)).toBe(false);
  expect(isColorWanted({ TERM: "dumb" }, true)).toBe(false);
  expect(isColorWanted({ NO_COLOR: "1", FORCE_COLOR: "1" }, true)).toBe(false);
  expect(isColorWanted({ FORCE_COLOR: "1" }, false)).toBe(true);
});

test("a long cell in the last column takes the room that there is", () => {
  const columns = [{ title: "" }, { title: "", canWrap: true }];
  const rows = [["rework", "word ".repeat(24).trim()]];
  const lines = (width: number) => renderTable({ columns, rows, indent: 2, width, header: (text) => text });
  expect([lines(140).length, lines(80).length]).toEqual([1, 2]);
});
