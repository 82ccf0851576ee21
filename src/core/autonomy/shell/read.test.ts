import { type SpawnSyncOptions, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CONTEXT, run } from "../fixture.ts";
import { judge } from "../judge.ts";
import { readShell } from "./read.ts";
import type { List } from "./types.ts";
import { unwrap } from "./unwrap.ts";

/** The commands of a list, each as its words; `[…]` is a group, what is put in comes first. */
function show(list: List): string[] {
  return list.flatMap(({ after, commands }) => [
    `${after}${commands
      .map((command) => {
        if (command.kind === "group") return `[${show(command.list).join(" ")}]`;
        const nested = command.words.flatMap((word) => word.nested.flatMap((inner) => show(inner)));
        const words = command.words.map(
          ({ text, isLiteral, isWild }) => `${text}${isLiteral ? "" : "?"}${isWild ? "*" : ""}`,
        );
        const env = command.env.map(({ name, value }) => `${name}=${value.text}`);
        const redirects = command.redirects.map(({ operator, target }) => `${operator}${target.text}`);
        const documents = command.documents.map((text) => `<<${JSON.stringify(text)}`);
        return [...nested.map((inner) => `(${inner})`), ...env, ...words, ...redirects, ...documents].join(
          " ",
        );
      })
      .join("|")}`,
  ]);
}

describe("readShell", () => {
  test.each([
    ["a b; c && d || e & f", ["a b", ";c", "&&d", "||e", "&f"]],
    ["a |\n b |& c", ["a|b|c"]],
    ["a &&\n b", ["a", "&&b"]],
    ["a 'b c' \"d $e\" f\\ g", ["a b c d $e? f g"]],
    ["A=1 B='x y' c", ["A=1 B=x y c"]],
    ["a $(b c) `d`", ["(b c) (d) a $(b c)? `d`?"]],
    ["(a; b) | c", ["[a ;b]|c"]],
    ["a > b 2>&1 < c &> d", ["a >b >&1 <c &>d"]],
    ["a <<E | b\nx $y\nE\nc", ['a <<"x $y"|b', ";c"]],
    ["a <<-'E'\n\t$(x)\n\tE", ['a <<"\\t$(x)"']],
    ["if a; then b; else c; fi > d", ["a", ";b", ";c", ";>d"]],
    ["for x in a b; do c $x; done", ["true x in a b", ";c $x?", ";"]],
    ["a # b; c\nd", ["a", ";d"]],
    ["a#b c", ["a#b c"]],
    ["a *.ts {b,c} [d]", ["a *.ts* {b,c}* [d]*"]],
    ["a {} \\;", ["a {} ;"]],
    ["diff <(a) <(b)", ["(a) (b) diff <(a)? <(b)?"]],
    ["a \\\n b", ["a b"]],
    ["{ a; b; }", ["a", ";b", ";"]],
  ])("%s", (text, expected) => {
    const { list, problem } = readShell(text);
    expect(problem).toBeNull();
    expect(show(list)).toEqual(expected);
  });

  test.each([
    "a 'b",
    'a "b',
    "a `b",
    "a $(b",
    "a )",
    "a >",
    "a <<E\nx",
    "a <<E\n$(b)\nE",
    "f() { a; }",
    "a=(b c)",
    "[[ a ]]",
    "a $'b'",
    ...["{b:-$(c)}", "{b@P}", "{!b}", "{b:c}", "{b[$(c)]}"].map((braces) => `a $${braces}`),
    "a $((1))",
    "case a in b) c;; esac",
    "&& &&",
    "a\\",
    "a !(b)",
    "",
  ])("says that it cannot read %j", (text) => {
    if (text === "&& &&") return expect(readShell(text).list).toEqual([]);
    expect(readShell(text).problem).toEqual(expect.any(String));
  });
});

test.each([
  ["env -i A=1 b c", "b c"],
  ["timeout -k 5 10 nice -n 3 b", "b"],
  ["npx -y vitest@1.2.3 run", "vitest run"],
  ["npm exec -- tsc", "tsc"],
  ["python3 -m pytest -q", "pytest -q"],
  ["poetry run uv run b", "b"],
  ["a | xargs -n 1 b", "b $input"],
  ["command b", "b"],
  ["npx @scope/tool", "@scope/tool"],
])("%s comes down to %s", (text, expected) => {
  const command = readShell(text).list[0]?.commands.at(-1);
  if (command?.kind !== "simple") throw new Error("no command");
  const inner = unwrap(command);
  expect(inner.kind === "run" && inner.words.map((word) => word.text).join(" ")).toBe(expected);
});

describe("against bash", () => {
  let folder: string;

  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "osqr-shell-"));
    // Only where it is started as a program, not read as a script, it is told to be privileged.
    const git = `#!/bin/bash -p\nif [[ $- == *p* && $1 == push ]]; then : > "\${HIT:-${folder}/hit}"; fi\necho git push\n`;
    fs.mkdirSync(path.join(folder, "bin"));
    fs.writeFileSync(path.join(folder, "bin/git"), git, { mode: 0o755 });
    for (const name of ["bash", "sh", "env", "cat", "xargs", "timeout", "tr"]) {
      const file = ["/bin", "/usr/bin"]
        .map((each) => path.join(each, name))
        .find((each) => fs.existsSync(each));
      if (file !== undefined) fs.symlinkSync(file, path.join(folder, "bin", name));
    }
  });
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  const pieces = fc.constantFrom(
    ...[
      "git",
      "push",
      "git push",
      "gi",
      "t pu",
      "g\\it",
      "'git'",
      '"git"',
      "'",
      '"',
      "`",
      "$(",
      ")",
      "(",
      "{",
      "}",
      ";",
      "&&",
      "||",
    ],
    ...[
      "|",
      "&",
      "\n",
      " ",
      " ",
      " ",
      "$X",
      `$${"{X:-git push}"}`,
      "X=git",
      "$'git'",
      "\\",
      "#",
      "<<E",
      "\nE\n",
      "<<<",
      "<(",
      ">",
      "2>&1",
    ],
    ...[
      "echo",
      "eval",
      "bash -c",
      "sh",
      "env",
      "xargs",
      "if",
      "then",
      "fi",
      "for i in 1",
      "do",
      "done",
      "while",
      "!",
      "true",
      "case",
      "in",
    ],
    ...[
      "esac",
      "f()",
      "f",
      "[[",
      "]]",
      "$((",
      "alias",
      "exec",
      "command",
      "time",
      "timeout 1",
      "*",
      "~",
      "{git,push}",
      "cat",
      "source",
    ],
    ...["/dev/stdin", "trap", "EXIT", "\t", "-", "--", "$@", "\\\n", "until"],
  );
  const text = fc
    .tuple(fc.array(pieces, { minLength: 2, maxLength: 9 }), fc.constantFrom("", " "))
    .map(([parts, between]) => parts.join(between));

  /** Runs it in an empty folder: one command may write a script that the next one runs. True where it pushed. */
  function pushes(command: string): boolean {
    const cwd = fs.mkdtempSync(path.join(folder, "run-"));
    const env = { PATH: path.join(folder, "bin"), HOME: cwd, HIT: `${cwd}.hit` };
    const options: SpawnSyncOptions = { cwd, env, timeout: 5_000, stdio: ["ignore", "pipe", "pipe"] };
    spawnSync("/bin/bash", ["--norc", "--noprofile", "-c", command], options);
    return fs.existsSync(env.HIT) || fs.existsSync(path.join(folder, "hit"));
  }

  test("what goes on has not pushed", { timeout: 120_000 }, () => {
    const isAllowed = (command: string) => judge(run(command), CONTEXT).outcome !== "ask";
    fc.assert(
      fc.property(text.filter(isAllowed), (command) => {
        expect(pushes(command), command).toBe(false);
      }),
      { numRuns: 300 },
    );
    // The trap works, also where the environment is taken away.
    expect(pushes("git push")).toBe(true);
    expect(pushes("env -i $(echo $PATH/git) push")).toBe(true);
  });
});
