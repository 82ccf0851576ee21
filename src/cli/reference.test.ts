import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { listConfigKeys } from "../core/config-shape.ts";
import { parseConfigText } from "../store/config-file.ts";
import { completeBash, completeFish, completeZsh } from "./completion.ts";
import { CONFIG_TEMPLATE } from "./config-template.ts";
import { COMMANDS } from "./options.ts";
import { parseArgv } from "./parse.ts";
import { renderReference } from "./reference.ts";

const folder = mkdtempSync(join(tmpdir(), "osqr-completion-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("docs/cli.md is what the table says; else run: node scripts/write-reference.ts", () => {
  const file = join(import.meta.dirname, "..", "..", "docs", "cli.md");
  expect(renderReference() === readFileSync(file, "utf8")).toBe(true);
});

test("every example of the table is a command line that is understood", () => {
  for (const { name, examples } of COMMANDS) {
    for (const [line] of examples) {
      const words = [...line.replace(/ [|>].*$/, "").matchAll(/"([^"]*)"|(\S+)/g)].map(
        ([, quoted, bare]) => quoted ?? bare ?? "",
      );
      expect(parseArgv(words)).toMatchObject({ kind: "command", name });
    }
  }
});

test("a group says what may follow its first word, and takes its default without one", () => {
  expect(() => parseArgv(["blocker", "foo"])).toThrow(
    'osqr blocker: expected list, declare, own, resolve, found "foo"',
  );
  expect(parseArgv(["blocker", "--all"])).toMatchObject({ name: "blocker list", input: { all: true } });
  expect(parseArgv(["blocker", "--help"])).toMatchObject({ kind: "text" });
});

/** What bash would offer at the end of a line. */
function complete(...words: readonly string[]): string[] {
  const script = `${completeBash()}
COMP_WORDS=(osqr ${words.map((word) => `'${word}'`).join(" ")})
COMP_CWORD=${words.length}
_osqr
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", script], { encoding: "utf8" }).trim().split("\n");
}

test("bash completes commands, options and values", () => {
  expect(complete("pri")).toEqual(["prioritize"]);
  expect(complete("go", "--m")).toEqual(["--max-parallel"]);
  expect(complete("edit", "x", "--priority", "")).toEqual(["critical", "high", "medium", "low"]);
  expect(complete("completion", "z")).toEqual(["zsh"]);
  expect(complete("status", "--")).toEqual(["--json", "--help"]);
  expect(complete("blocker", "")).toEqual(["list", "declare", "own", "resolve", "--help"]);
  expect(complete("blocker", "list", "--a")).toEqual(["--all"]);
  expect(complete("blocker", "declare", "x", "--type", "p")).toEqual(["people"]);
});

test.each([
  ["zsh", completeZsh],
  ["fish", completeFish],
] as const)("the script for %s is one that it can read", (shell, create) => {
  for (const word of COMMANDS.flatMap(({ name }) => name.split(" "))) expect(create()).toContain(word);
  const file = join(folder, `osqr.${shell}`);
  writeFileSync(file, create());
  const { error, status, stderr } = spawnSync(shell, ["-n", file], { encoding: "utf8" });
  // Not every machine has it.
  if (error !== undefined) return;
  expect([status, stderr]).toEqual([0, ""]);
});

test("the config that init writes says nothing, and names every key", () => {
  expect(parseConfigText(CONFIG_TEMPLATE, "config.yaml")).toEqual({});
  const lines = CONFIG_TEMPLATE.split("\n").filter(
    (line) => /^# {0,3}[a-zA-Z-]/.test(line) && !/^# (?:osqr|It|\()/.test(line),
  );
  const uncommented = lines.map((line) => line.replace(/^# ?/, "")).join("\n");
  const layer = parseConfigText(uncommented, "config.yaml") as Record<string, unknown>;
  for (const key of listConfigKeys()) {
    const [top = "", inner = ""] = key.split(".");
    expect([key, Object.keys(layer).includes(top)]).toEqual([key, true]);
    if (inner !== "" && inner !== "<name>") expect(Object.keys(layer[top] as object)).toContain(inner);
  }
});
