import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { findCommand } from "../src/cli/options.ts";

const ROOT = join(import.meta.dirname, "..");
const PAGE = "docs/accountable-flow.md";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

interface Row {
  readonly id: string;
  readonly command: string;
  readonly path: string;
  readonly title: string;
}

/** Rows of the tables: `| id | text | \`command\` | \`path\` › title |`. */
const rows: readonly Row[] = read(PAGE)
  .split("\n")
  .filter((line) => /^\| (?:scenario|edge case|FR-|must hold)/.test(line))
  .map((line) => {
    const [, id = "", , command = "", proof = ""] = line.split("|").map((cell) => cell.trim());
    const [path = "", title = ""] = proof.split(" › ");
    return { id, command: command.replaceAll("`", ""), path: path.replaceAll("`", ""), title };
  });

const count = (name: string, to: number, width = 0): readonly string[] =>
  Array.from({ length: to }, (_, index) => `${name}${String(index + 1).padStart(width, "0")}`);

test("every scenario, edge case, demand and what must hold has one line", () => {
  const wanted = [
    ...count("scenario ", 8),
    ...count("edge case ", 6),
    ...count("FR-", 29, 3),
    ...count("must hold ", 5),
  ];
  expect(rows.map(({ id }) => id)).toEqual(wanted);
});

test.each(rows)("$id is shown by a test that is there", ({ path, title }) => {
  expect(existsSync(join(ROOT, path)), `${path} is not there`).toBe(true);
  // A bench has no title; `npm run bench` runs it.
  if (path.startsWith("bench/")) {
    expect([title, read("bench/run.ts")]).toEqual(["", expect.stringContaining(path.replace("bench", "."))]);
    return;
  }
  const source = read(path);
  // As a title stands in the source: it, test, test.each.
  const titles = [...source.matchAll(/\b(?:it|test)(?:\.each\([^\n]*\))?\(\s*"((?:[^"\\]|\\.)*)"/g)];
  expect(titles.map(([, text = ""]) => text)).toContain(title);
});

test.each(rows)("$id is shown by a command that is there", ({ command }) => {
  const words = command.split(" ");
  expect(words[0]).toBe("osqr");
  expect(findCommand(words.slice(1))?.name).toBe(words.slice(1).join(" "));
});

test("its links lead somewhere", () => {
  const links = [...read(PAGE).matchAll(/\]\(([^)#]+)\)/g)].map(([, target = ""]) => target);
  expect(links.filter((target) => !existsSync(join(ROOT, dirname(PAGE), target)))).toEqual([]);
});
