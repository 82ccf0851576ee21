import { describe, expect, test } from "vitest";
import { mayMean, parseActionRule, surelyMeans } from "./action-rule.ts";
import type { Facet } from "./types.ts";

const edit = (path: string): Facet => ({ on: "path", names: ["edit", "write"], path });
const command = (...words: string[]): Facet => ({ on: "command", names: ["execute"], words });
const host = (name: string): Facet => ({ on: "host", names: ["fetch"], host: name });
const tool = (name: string): Facet => ({ on: "tool", names: ["tool"], tool: name });

function read(text: string) {
  const rule = parseActionRule(text);
  if ("problem" in rule) throw new Error(rule.problem);
  return rule;
}

describe("parseActionRule", () => {
  test.each([
    ["edit", "edit", null],
    ["create_file", "create", null],
    [" edit : src/** ", "edit", "src/**"],
    ["execute:npm test", "execute", "npm test"],
    ["run_tests", "run_tests", null],
    ["fetch:*.example.org", "fetch", "*.example.org"],
    ["tool:files", "tool", "files"],
    ["decide:session storage", "decide", "session storage"],
  ])("%s", (text, action, pattern) => {
    expect(parseActionRule(text)).toMatchObject({ action, pattern });
  });

  test("says what is wrong and what to do", () => {
    const texts = [
      "edti",
      "",
      "fly to the moon",
      "edit:",
      "edit:/etc",
      "edit:../x",
      "edit:!x",
      "execute:a; b",
      "execute:$X",
      "execute:a > b",
      "fetch:a b",
      "tool:a/b/c",
      `edit:${"x".repeat(301)}`,
    ];
    const said = texts.map((text) => {
      const found = parseActionRule(text);
      return "problem" in found ? `${found.problem} — ${found.hint}`.slice(0, 130) : text;
    });
    expect(said.join("\n")).toMatchInlineSnapshot(`
      "expected an action, found "edti" — did you mean edit?
      expected an action, found "" — known actions: read, inspect, create, edit, delete, move, write, execute, fetch, tool, run_tests, c
      expected an action, found "fly to the moon" — known actions: read, inspect, create, edit, delete, move, write, execute, fetch, too
      edit: expected something behind the colon, found nothing — write edit, edit:src/**, execute:npm test, fetch:host, tool:server/name
      edit: expected a glob in the work tree, found "/etc" — write edit, edit:src/**, execute:npm test, fetch:host, tool:server/name
      edit: expected a glob in the work tree, found "../x" — write edit, edit:src/**, execute:npm test, fetch:host, tool:server/name
      edit: expected a glob in the work tree, found "!x" — write edit, edit:src/**, execute:npm test, fetch:host, tool:server/name
      execute: expected the first words of one command, found "a; b" — write edit, edit:src/**, execute:npm test, fetch:host, tool:serve
      execute: expected the first words of one command, found "$X" — write edit, edit:src/**, execute:npm test, fetch:host, tool:server/
      execute: expected the first words of one command, found "a > b" — write edit, edit:src/**, execute:npm test, fetch:host, tool:serv
      fetch: expected a host, found "a b" — write edit, edit:src/**, execute:npm test, fetch:host, tool:server/name
      tool: expected server or server/tool, found "a/b/c" — write edit, edit:src/**, execute:npm test, fetch:host, tool:server/name
      edit: expected at most 300 characters, found 301 — write edit, edit:src/**, execute:npm test, fetch:host, tool:server/name"
    `);
  });
});

describe("a blocked action is taken wide, an approved one narrow", () => {
  test.each<[string, Facet, boolean, boolean]>([
    ["edit", edit("a.ts"), true, true],
    ["edit:src/**", edit("src/a/b.ts"), true, true],
    ["edit:src", edit("src/a/b.ts"), true, true],
    ["edit:src/", edit("src/.hidden"), true, true],
    ["edit:src/*.ts", edit("src/a/b.ts"), false, false],
    ["edit:src/**", edit("SRC/a.ts"), true, false],
    ["edit:src/[ab].ts", edit("src/c.ts"), true, false],
    ["edit:src/**", edit("srcs/a.ts"), false, false],
    ["create:src/**", edit("src/a.ts"), true, false],
    ["write:src/**", edit("src/a.ts"), true, true],
    ["delete:src/**", edit("src/a.ts"), false, false],
    ["execute:npm test", command("npm", "test", "--", "x"), true, true],
    ["execute:npm test", command("npm", "tests"), false, false],
    ["execute:git push", command("git", "-x", "push"), true, false],
    ["execute:npm", command("npx", "npm"), false, false],
    ["execute", command("anything"), true, true],
    ["fetch:example.org", host("example.org"), true, true],
    ["fetch:example.org", host("a.example.org"), true, false],
    ["fetch:*.example.org", host("a.example.org"), true, true],
    ["fetch:example.org", host("badexample.org"), false, false],
    ["tool:files", tool("files/read"), true, true],
    ["tool:files/read", tool("files/write"), false, false],
    ["tool:files", tool("Files/read"), true, false],
    ["tool:files", tool("files2/read"), false, false],
  ])("%s of %j: blocked %s, approved %s", (text, facet, blocked, approved) => {
    expect([mayMean(read(text), facet), surelyMeans(read(text), facet)]).toEqual([blocked, approved]);
  });
});
