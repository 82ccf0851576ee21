import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listConfigKeys } from "../core/config-shape.ts";
import { OsqrError } from "../core/errors.ts";
import { parseConfigText, readOperatorConfig } from "./config-file.ts";

function explain(run: () => unknown): string {
  try {
    return `no error: ${JSON.stringify(run())}`;
  } catch (error) {
    if (!(error instanceof OsqrError)) throw error;
    return [error.code, error.message, ...error.hints.map((hint) => `hint: ${hint}`)].join("\n");
  }
}

const explainText = (text: string) => explain(() => parseConfigText(text, "config.yaml"));

describe("parseConfigText", () => {
  it("reads every key", () => {
    const text = `
base: main
specs: [rfcs, plans/next.md]
maxParallel: 2
policy: user_defined
order:
  - b
  - a
gates:
  lint: npm run lint
  e2e: { command: npm run e2e, timeout: 20m }
  types: false
setup: npm ci
resources: { gpu: 1 }
taskTimeout: 1h 30m
taskStuck: 20m
taskRounds: 0
disk: { maxBytes: 2 GiB, minFreeBytes: 500000 }
sandbox:
  level: container
  container: { engine: podman, image: "localhost/agents:1", memory: 4 GiB, cpus: 1.5 }
  network: off
  mounts: [/opt/models, ~/.cache/pip]
  env: [LANG]
estimate: { low: 5s, high: 2m }
autonomy:
  tier: autonomous
  rules:
    delete: ask
    edit: { level: full, when: { paths: [src/**], maxFiles: 5, inScope: true }, otherwise: supervised }
  confidence: { proceed: 0.95 }
`;
    expect(parseConfigText(text, "config.yaml")).toMatchInlineSnapshot(`
      {
        "autonomy": {
          "confidence": {
            "proceed": 0.95,
          },
          "rules": {
            "delete": {
              "level": "ask",
            },
            "edit": {
              "level": "full",
              "otherwise": "supervised",
              "when": {
                "inScope": true,
                "maxFiles": 5,
                "paths": [
                  "src/**",
                ],
              },
            },
          },
          "tier": "autonomous",
        },
        "base": "main",
        "disk": {
          "maxBytes": 2147483648,
          "minFreeBytes": 500000,
        },
        "estimate": {
          "high": 120000,
          "low": 5000,
        },
        "gates": {
          "e2e": {
            "command": "npm run e2e",
            "timeoutMs": 1200000,
          },
          "lint": "npm run lint",
          "types": false,
        },
        "maxParallel": 2,
        "order": [
          "b",
          "a",
        ],
        "policy": "user_defined",
        "resources": {
          "gpu": 1,
        },
        "sandbox": {
          "container": {
            "cpus": 1.5,
            "engine": "podman",
            "image": "localhost/agents:1",
            "memory": 4294967296,
          },
          "env": [
            "LANG",
          ],
          "level": "container",
          "mounts": [
            "/opt/models",
            "~/.cache/pip",
          ],
          "network": "off",
        },
        "setup": "npm ci",
        "specs": [
          "rfcs",
          "plans/next.md",
        ],
        "taskRounds": 0,
        "taskStuck": 1200000,
        "taskTimeout": 5400000,
      }
    `);
  });

  it("takes an empty file and empty values as if nothing were said", () => {
    expect(parseConfigText("", "c")).toEqual({});
    expect(parseConfigText("# nothing\n", "c")).toEqual({});
    expect(parseConfigText("setup: false\ngates: {}\n", "c")).toEqual({ setup: false, gates: {} });
    expect(explainText("base:\nsandbox:\n  level:\n")).toContain("no error");
  });

  it("names file, line, what was expected, what was found and what to do", () => {
    const text = `base: 1.10
maxParalel: 3
specs:
  - docs
  - ../elsewhere
gates:
  tests: true
  e2e:
    command: npm run e2e
    timout: 5m
  odd: {}
taskTimeout: 300
disk:
  maxbytes: 5
sandbox: { network: false, mounts: [relative], env: ["A=B"] }
policy: fastest
resources: { gpu: 0 }
estimate: soon
wholly-unrelated-thing: 1
`;
    expect(explainText(text)).toMatchInlineSnapshot(`
      "config-invalid
      config.yaml:1: base: expected a branch name, found the number 1.1
      config.yaml:2: unknown key "maxParalel"
      config.yaml:5: specs[1]: expected a folder or file inside the repository, found "../elsewhere"
      config.yaml:7: gates.tests: expected a shell command, {command, timeout} or false, found true
      config.yaml:10: gates.e2e.timout: unknown key "timout"
      config.yaml:11: gates.odd.command: expected a shell command, found nothing
      config.yaml:12: taskTimeout: expected a duration up to 7 days such as 5m or 1h 30m, found the number 300
      config.yaml:14: disk.maxbytes: unknown key "maxbytes"
      config.yaml:15: sandbox.network: expected off or open, found false
      config.yaml:15: sandbox.mounts[0]: expected an absolute path or one below ~/, found "relative"
      config.yaml:15: sandbox.env[0]: expected a variable's name, found "A=B"
      config.yaml:16: policy: expected fifo or dependency_first or user_defined, found "fastest"
      config.yaml:17: resources.gpu: expected a whole number from 1 to 1,000,000, found the number 0
      config.yaml:18: estimate: expected a mapping with low, high, found "soon"
      config.yaml:19: unknown key "wholly-unrelated-thing"
      hint: line 1: if it is meant as text, put it in quotes: "1.10"
      hint: line 2: did you mean maxParallel?
      hint: line 7: if it is meant as text, put it in quotes: "true"
      hint: line 10: did you mean timeout?
      hint: line 14: did you mean maxBytes?
      hint: line 19: known keys: base, specs, maxParallel, policy, order, workflow, overlaps, handoffs, executor, executors, registry, routes, fallbacks, cheaper, me, roles, gates, setup, resources, taskTimeout, taskStuck, taskRounds, watch, disk, sandbox, budget, estimate, autonomy"
    `);
  });

  it.each([
    ["broken YAML", "a: [1\nb: 2", "c:2: not valid YAML: Flow sequence in block collection must be"],
    ["a repeated key", "base: a\nbase: b", "c:2: not valid YAML: Map keys must be unique"],
    ["two documents", "base: a\n---\nbase: b", "c:2: not valid YAML: expected one document, found more"],
    [
      "a tag",
      "setup: !!js/function 'x'",
      "c:1: not valid YAML: Unresolved tag: tag:yaml.org,2002:js/function",
    ],
    ["a list at the top", "- a", "c:1: expected a mapping with base, specs,"],
    ["aliases that unfold endlessly", bomb(), "c: not valid YAML: Excessive alias count"],
    ["too much", `# ${"x".repeat(1024 * 1024)}`, "c: expected at most 1048576 bytes, found 1048578"],
  ])("refuses %s", (_title, text, message) => {
    expect(() => parseConfigText(text, "c")).toThrow(message);
  });

  it("reads executors, routes and fallbacks; the name of a preset means it", () => {
    const text = `
executor: claude:opus
executors:
  claude:
  local: { preset: opencode, args: [--pure], env: [LOCAL_KEY], model: "qwen3:8b" }
  mine: { argv: [~/bin/agent, --acp] }
  codex: { argv: [/opt/other-acp] }
routes:
  testing: [codex, "local:qwen3:30b"]
  documentation: []
fallbacks: { claude: [codex, mine], codex: [mine] }
`;
    expect(parseConfigText(text, "c", "operator")).toMatchInlineSnapshot(`
      {
        "executor": {
          "executor": "claude",
          "model": "opus",
        },
        "executors": {
          "claude": {
            "api": null,
            "args": [],
            "argv": null,
            "env": [],
            "hosts": [],
            "meter": null,
            "model": null,
            "preset": "claude",
          },
          "codex": {
            "api": null,
            "args": [],
            "argv": [
              "/opt/other-acp",
            ],
            "env": [],
            "hosts": [],
            "meter": null,
            "model": null,
            "preset": "codex",
          },
          "local": {
            "api": null,
            "args": [
              "--pure",
            ],
            "argv": null,
            "env": [
              "LOCAL_KEY",
            ],
            "hosts": [],
            "meter": null,
            "model": "qwen3:8b",
            "preset": "opencode",
          },
          "mine": {
            "api": null,
            "args": [],
            "argv": [
              "~/bin/agent",
              "--acp",
            ],
            "env": [],
            "hosts": [],
            "meter": null,
            "model": null,
            "preset": null,
          },
        },
        "fallbacks": {
          "claude": [
            {
              "executor": "codex",
              "model": null,
            },
            {
              "executor": "mine",
              "model": null,
            },
          ],
          "codex": [
            {
              "executor": "mine",
              "model": null,
            },
          ],
        },
        "routes": {
          "documentation": [],
          "testing": [
            {
              "executor": "codex",
              "model": null,
            },
            {
              "executor": "local",
              "model": "qwen3:30b",
            },
          ],
        },
      }
    `);
  });

  it("says where the operator's executors do not hold together", () => {
    const text = `executor: cluade
executors:
  claude: { preset: clade }
  own: { argv: [] }
  near: { argv: [./agent] }
  gemini: { model: two words, envs: [A] }
routes:
  testing: ["claude:"]
  research: claude
`;
    expect(explain(() => parseConfigText(text, "c", "operator"))).toMatchInlineSnapshot(`
      "config-invalid
      c:3: executors.claude.preset: expected claude or codex or gemini or opencode or qwen, found "clade"
      c:4: executors.own.argv: expected a program and its arguments, found an empty list
      c:5: executors.near.argv[0]: expected a program: a name that is found on PATH, an absolute path, or one below ~/, found "./agent"
      c:6: executors.gemini.model: expected a model's name, found "two words"
      c:6: executors.gemini.envs: unknown key "envs"
      c:8: routes.testing[0]: expected an executor, or executor:model, found "claude:"
      c:9: routes.research: expected a list such as [claude:opus, codex], found "claude"
      hint: line 3: did you mean claude?
      hint: line 6: did you mean env?"
    `);
    const keys = `executors:
  codexx: {}
  a: {}
  command: { argv: [x] }
  person: { argv: [x] }
  "a b": { argv: [x] }
routes:
  implementation: [claude]
  refactor: [claude]
  testin: [claude]
  cooking: [claude]
`;
    expect(explain(() => parseConfigText(keys, "c", "operator"))).toMatchInlineSnapshot(`
      "config-invalid
      c:2: executors.codexx: expected a preset, argv for an agent of your own, or registry, found none of them
      c:3: executors.a: expected a preset, argv for an agent of your own, or registry, found none of them
      c:4: executors.command: expected another name, found "command": it is built in and always there
      c:5: executors.person: expected another name, found "person": it stands for the people who sign
      c:6: executors.a b: expected a name of up to 50 letters, digits, ".", "-" and "_", found "a b"
      c:8: routes.implementation: unknown type of task "implementation"
      c:9: routes.refactor: unknown type of task "refactor"
      c:10: routes.testin: unknown type of task "testin"
      c:11: routes.cooking: unknown type of task "cooking"
      hint: line 2: did you mean codex?
      hint: line 3: presets: claude, codex, gemini, opencode, qwen
      hint: line 8: did you mean code-implementation?
      hint: line 9: did you mean refactoring?
      hint: line 10: did you mean testing?
      hint: line 11: types: code-implementation, architecture, ui-design, refactoring, bug-fix, quick-fix, performance, testing, research, documentation, code-review, security-audit, deployment, data-processing"
    `);
    const names = `executor: cluade
executors:
  claude:
  codex:
  gemini:
routes:
  testing: [claude, opencode]
fallbacks:
  gemini: [claude]
  codex: [gemini]
  claude: [gemini, codex]
  qwen: [claude]
`;
    expect(explain(() => parseConfigText(names, "c", "operator"))).toMatchInlineSnapshot(`
      "config-invalid
      c:1: executor: expected the name of an executor, found "cluade"
      c:7: routes.testing[1]: expected the name of an executor, found "opencode"
      c:10: fallbacks.codex: expected fallbacks that come to an end, found the cycle codex → gemini → claude → codex
      c:11: fallbacks.claude: expected fallbacks that come to an end, found the cycle claude → gemini → claude
      c:12: fallbacks.qwen: expected the name of an executor, found "qwen"
      hint: line 1: did you mean claude?
      hint: line 7: executors: claude, codex, command, gemini
      hint: line 10: take one of them out; other models of one executor go into routes
      hint: line 11: take one of them out; other models of one executor go into routes
      hint: line 12: executors: claude, codex, command, gemini"
    `);
    // A project's file names executors that only the operator's knows.
    expect(explain(() => parseConfigText(names, "c"))).toContain("no error");
  });

  it("keeps a gate named like a property of every object", () => {
    expect(parseConfigText("gates: { constructor: make, toString: false }", "c")).toEqual({
      gates: { constructor: "make", toString: false },
    });
  });
});

/** "Billion laughs". */
function bomb(): string {
  const lines = ["a: &a [x, x, x, x, x, x, x, x, x]"];
  for (const [from, to] of ["ab", "bc", "cd", "de", "ef"]) {
    lines.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(", ")}]`);
  }
  return lines.join("\n");
}

describe("readOperatorConfig", () => {
  let file: string;
  beforeEach(() => {
    file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "osqr-config-")), "config.yaml");
  });
  afterEach(() => {
    fs.rmSync(path.dirname(file), { recursive: true });
  });

  it("says nothing where there is no file", () => {
    expect(readOperatorConfig(file)).toEqual({});
  });

  it("refuses a file that others can write", () => {
    fs.writeFileSync(file, "maxParallel: 3\n", { mode: 0o600 });
    expect(readOperatorConfig(file)).toEqual({ maxParallel: 3 });
    fs.chmodSync(file, 0o666);
    expect(explain(() => readOperatorConfig(file)).replaceAll(file, "<file>")).toMatchInlineSnapshot(`
      "config-unsafe
      <file>: expected a file that only you can write, found mode 666
      hint: close it: chmod 600 <file>"
    `);
  });

  it("refuses what is not text", () => {
    fs.writeFileSync(file, Buffer.from([0xff, 0xfe, 0x00]), { mode: 0o600 });
    expect(explain(() => readOperatorConfig(file))).toContain("config-unreadable");
  });
});

describe("docs/config.md", () => {
  it("has a line for every key and no other", () => {
    const text = fs.readFileSync(new URL("../../docs/config.md", import.meta.url), "utf8");
    const table = text.slice(text.indexOf("## Keys"), text.indexOf("## Commands"));
    const documented = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]);
    expect(documented).toEqual(listConfigKeys());
  });
});
