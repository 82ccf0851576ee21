import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REGISTRY_AGENTS, toRegistry } from "../../../../test/fixtures/agents/registry.ts";
import { findLaunch } from "./launch-data.ts";

const { finch, wren, owl, heron, stork } = REGISTRY_AGENTS;
const ALL = toRegistry(finch, wren, owl, heron, stork);
const find = (content: string, id: string, machine = "linux-x86_64") =>
  findLaunch(content, id, { file: "r.json", machine });
const problemOf = (content: string, id = "finch"): string => {
  const found = find(content, id);
  return "problem" in found ? found.problem : "none";
};
/** The finch with another way to start it. */
const started = (distribution: unknown): string => problemOf(toRegistry(heron, { ...finch, distribution }));
const npx = (way: Record<string, unknown>): string =>
  started({ npx: { package: "@birds/finch-agent", ...way } });
const binary = (build: Record<string, unknown>): string =>
  started({
    binary: { "linux-x86_64": { archive: "https://example.org/a.zip", cmd: "./finch", ...build } },
  });

describe("an entry of the registry", () => {
  it("says how its agent is started, on this machine", () => {
    expect(find(ALL, "finch")).toMatchObject({
      name: "Finch",
      ways: [
        {
          kind: "npx",
          package: "@birds/finch-agent@1.2.3",
          program: null,
          args: ["--acp"],
          env: { FINCH_UPDATES: "off" },
        },
      ],
      machines: [],
    });
    expect(find(ALL, "wren")).toMatchObject({ ways: [{ kind: "npx", program: "wren", args: [] }] });
    expect(find(ALL, "owl")).toMatchObject({ ways: [{ kind: "uvx", package: "owl-acp==1.2.3" }] });
    expect(find(ALL, "heron", "darwin-aarch64")).toMatchObject({
      ways: [
        {
          kind: "binary",
          program: "heron",
          archive: "https://example.org/heron/v1.2.3/heron-darwin-aarch64.tar.gz",
          sha256: "ab".repeat(32),
          args: ["acp"],
        },
      ],
    });
    expect(find(ALL, "stork")).toMatchObject({ ways: [], machines: ["windows-x86_64"] });
  });

  it("is not kept from being read by others that are broken, or by keys that are new", () => {
    const odd = [
      null,
      7,
      { id: 7 },
      { id: "broken" },
      { ...finch, wings: 2, distribution: { ...finch.distribution, egg: {} } },
    ];
    expect(find(toRegistry(...odd), "finch")).toMatchObject({ name: "Finch" });
  });

  it.each([
    ["no JSON", "{", /^r\.json: expected JSON, found .+/],
    ["no list", '{"agents": {}}', /^r\.json: agents: expected a list of agents, found an object|a mapping/],
    ["no document", "null", /^r\.json: agents: expected a list of agents, found /],
    [
      "an unknown id",
      toRegistry({ ...finch, id: "finsh" }),
      /^r\.json: expected an agent with the id finch, found none; did you mean finsh\?$/,
    ],
    [
      "an id that is there twice",
      toRegistry(finch, heron, finch),
      /^r\.json: expected one agent with the id finch, found agents\[0\] and agents\[2\]$/,
    ],
    [
      "too many",
      toRegistry(...Array.from({ length: 2_001 }, () => ({}))),
      /^r\.json: agents: expected at most 2000, found 2001$/,
    ],
  ])("is refused with the file and the place: %s", (_what, content, problem) => {
    expect(problemOf(content)).toMatch(problem);
  });

  it("is refused with what was expected and found", () => {
    expect(started("npx finch")).toBe(
      'r.json: agents[1].distribution: expected how it is started, found "npx finch"',
    );
    expect(npx({ package: "finch; rm -rf ~" })).toBe(
      'r.json: agents[1].distribution.npx.package: expected a package of npm such as @scope/name@1.2.3, found "finch; rm -rf ~"',
    );
    expect(npx({ args: ["--acp", 7] })).toContain("agents[1].distribution.npx.args[1]: expected an argument");
    expect(npx({ args: Array(51).fill("x") })).toContain("expected a list of at most 50 arguments");
    expect(npx({ args: ["a\u0000b"] })).toContain("args[0]: expected an argument without control characters");
  });

  it.each(["../finch", "/usr/bin/env", "./../../bin/sh", "bin//sh", "-rf", "a b", "finch;ls", ""])(
    "has its program inside of its archive, and %j is not",
    (cmd) => {
      expect(binary({ cmd })).toContain(
        "binary.linux-x86_64.cmd: expected a path inside the archive such as ./bin/agent",
      );
    },
  );

  it.each(["../sh", "/bin/sh", "a/b", "-x", "a b", "$(ls)"])("names a program, and %j is none", (cmd) => {
    expect(npx({ cmd })).toContain("npx.cmd: expected a program's name without folders");
  });

  it.each(["http://example.org/a.zip", "file:///etc/passwd", "https://example.org/a b", "https://x/$(ls)"])(
    "comes from an https address, and %j is none",
    (archive) => {
      expect(binary({ archive })).toContain("archive: expected an https address");
    },
  );

  it.each([
    ...[
      "LD_PRELOAD",
      "LD_LIBRARY_PATH",
      "DYLD_INSERT_LIBRARIES",
      "NODE_OPTIONS",
      "NODE_PATH",
      "node_options",
    ],
    ...[
      "PATH",
      "HOME",
      "BASH_ENV",
      "ENV",
      "PYTHONPATH",
      "PYTHONSTARTUP",
      "PERL5OPT",
      "RUBYOPT",
      "JAVA_TOOL_OPTIONS",
    ],
    ...[
      "GIT_SSH_COMMAND",
      "SSH_AUTH_SOCK",
      "XDG_CONFIG_HOME",
      "TMPDIR",
      "OSQR_DOOR",
      "npm_config_registry",
      "UV_INDEX_URL",
    ],
    ...[
      "HTTPS_PROXY",
      "no_proxy",
      "ANTHROPIC_BASE_URL",
      "OPENAI_API_KEY",
      "FINCH_TOKEN",
      "FINCH_ENDPOINT",
      "SSL_CERT_FILE",
    ],
    ...["A=B", "A B", "", "1A", "Ä"],
  ])("sets no variable that says what is run or where it goes: %j", (name) => {
    expect(npx({ env: { [name]: "x" } })).toMatch(/agents\[1\]\.distribution\.npx\.env.*expected a variable/);
  });

  it("sets variables of its own", () => {
    const env = { FINCH_DISABLE_AUTO_UPDATE: "1", FINCH_MODE: "acp; rm -rf ~", CLICOLOR: "0" };
    expect(
      find(toRegistry({ ...finch, distribution: { npx: { package: "finch", env } } }), "finch"),
    ).toMatchObject({ ways: [{ env }] });
  });

  it("never throws, and never gives a program with a folder or a variable that is not its own", () => {
    const word = fc.oneof(
      fc.constantFrom("./finch", "/bin/sh", "../x", "finch", "PATH", "LD_PRELOAD", "FINCH_MODE", "__proto__"),
      fc.string({ maxLength: 8 }),
    );
    const some = <T>(good: T, odd: fc.Arbitrary<unknown>) =>
      fc.oneof({ weight: 4, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: odd });
    const way = fc.record(
      {
        package: some("finch", word),
        cmd: some("finch", word),
        archive: some("https://example.org/a.zip", fc.constantFrom("http://x/a", "x")),
        args: some(["--acp"], fc.oneof(fc.array(word, { maxLength: 3 }), fc.anything())),
        env: some({ FINCH_MODE: "x" }, fc.oneof(fc.dictionary(word, word, { maxKeys: 2 }), fc.anything())),
      },
      { requiredKeys: ["package", "cmd", "archive"] },
    );
    const shape = fc.record(
      {
        npx: way,
        uvx: way,
        binary: fc.dictionary(fc.constantFrom("linux-x86_64", "x"), way, { maxKeys: 2 }),
      },
      { requiredKeys: [] },
    );
    let read = 0;
    fc.assert(
      fc.property(shape, (distribution) => {
        const found = find(JSON.stringify({ agents: [{ ...finch, distribution }] }), "finch");
        if ("problem" in found) {
          expect(found.problem).toMatch(/^r\.json: agents\[0\]/);
          return;
        }
        read += 1;
        for (const { env, args, ...each } of found.ways) {
          if ("program" in each && each.program !== null)
            expect(each.program).not.toMatch(/[/\\\s;$]|^-|^\./);
          expect(Object.keys(env)).not.toContain("PATH");
          expect(Object.keys(env)).not.toContain("LD_PRELOAD");
          expect(args.every((arg) => typeof arg === "string")).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
    expect(read).toBeGreaterThan(50);
  });
});
