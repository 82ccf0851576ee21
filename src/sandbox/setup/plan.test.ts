import { describe, expect, it } from "vitest";
import { isSetupFile, planSetup, type SetupConfig, type SetupFile } from "./plan.ts";

const CONFIG: SetupConfig = { command: null, platform: "linux-x64 node-24" };
const NPM_LOCK = JSON.stringify({
  lockfileVersion: 3,
  packages: { "": {}, "node_modules/x": { version: "1.0.0" } },
});

function files(entries: Readonly<Record<string, string>>): SetupFile[] {
  return Object.entries(entries).map(([path, content]) => ({ path, content }));
}
function commandOf(entries: Readonly<Record<string, string>>): string | undefined {
  return planSetup(files(entries), CONFIG)?.command;
}

describe("a set-up is planned", () => {
  it("from the lockfile that is there", () => {
    const plan = planSetup(files({ "package.json": "{}", "package-lock.json": NPM_LOCK }), CONFIG);
    expect(plan).toMatchInlineSnapshot(`
      {
        "command": "npm ci --no-audit --no-fund",
        "hash": "b550b40f01d234a26cac0f2d7acade31",
        "produces": [
          "node_modules",
        ],
        "reason": "package-lock.json",
        "steps": [
          {
            "commands": [
              [
                "npm",
                "ci",
                "--no-audit",
                "--no-fund",
              ],
            ],
            "folder": "",
            "recipe": "npm",
          },
        ],
      }
    `);
  });

  const YARN = '# yarn lockfile v1\n\n"@a/b@^1":\n  version "1.0.0"\n';
  const BERRY = '__metadata:\n  version: 8\n\n"x@npm:^1":\n  version: 1.0.0\n';
  const PNPM = "lockfileVersion: '9.0'\n\npackages:\n\n  x@1.0.0:\n    resolution: {}\n".replace(
    "\n\n  x",
    "\n  x",
  );
  const CARGO = '[[package]]\nname = "own"\n\n[[package]]\nname = "serde"\nsource = "registry+https://x"\n';
  const UV =
    '[[package]]\nname = "own"\nsource = { virtual = "." }\n\n[[package]]\nname = "x"\nsource = { registry = "y" }\n';
  it.each([
    [{ "yarn.lock": YARN }, "yarn install --frozen-lockfile"],
    [{ "yarn.lock": BERRY }, "yarn install --immutable"],
    [{ "pnpm-lock.yaml": PNPM }, "pnpm install --frozen-lockfile"],
    [{ "bun.lock": '{ "packages": {\n "x": ["x@1"] } }' }, "bun install --frozen-lockfile"],
    [{ "Cargo.lock": CARGO }, "cargo fetch --locked"],
    [{ "go.sum": "x v1 h1:=\n" }, "go mod download"],
    [{ "uv.lock": UV, "requirements.txt": "x\n" }, "uv sync --frozen --no-install-project"],
    [
      { "requirements.txt": "x\n" },
      "python3 -m venv venv && venv/bin/python -m pip install -r requirements.txt",
    ],
    [
      { "requirements.txt": "x\n", "requirements-dev.txt": "pytest\n" },
      "python3 -m venv venv && venv/bin/python -m pip install -r requirements.txt -r requirements-dev.txt",
    ],
    [{ "poetry.lock": UV }, "python3 -m venv venv && poetry install --no-root --no-interaction"],
  ])("for %j", (entries, command) => {
    expect(commandOf(entries)).toBe(command);
  });

  it("once per folder and ecosystem, the root first", () => {
    const plan = planSetup(
      files({
        "web/package-lock.json": NPM_LOCK,
        "web/yarn.lock": YARN,
        "requirements.txt": "x\n",
        "a/b/c/package-lock.json": NPM_LOCK,
        "web/node_modules/x/package-lock.json": NPM_LOCK,
      }),
      CONFIG,
    );
    expect(plan?.steps.map((step) => `${step.folder}:${step.recipe}`)).toEqual([":pip", "web:yarn"]);
    expect(plan?.produces).toEqual(["web/node_modules"]);
    expect(plan?.reason).toBe("requirements.txt, web/yarn.lock");
  });

  it("not at all where there is nothing to install", () => {
    const nothing: readonly Readonly<Record<string, string>>[] = [
      {},
      { "package.json": '{"scripts":{"test":"node --test"}}' },
      { "package.json": "{}", "package-lock.json": '{"lockfileVersion":3,"packages":{"":{"name":"x"}}}' },
      { "package-lock.json": '{"lockfileVersion":1}' },
      { "yarn.lock": "# yarn lockfile v1\n\n\n" },
      { "yarn.lock": '__metadata:\n  version: 8\n\n"own@workspace:.":\n  version: 0.0.0-use.local\n' },
      { "pnpm-lock.yaml": "lockfileVersion: '9.0'\n\nimporters:\n  .: {}\n" },
      { "requirements.txt": "# nothing yet\n\n" },
      { "Cargo.lock": '[[package]]\nname = "own"\nversion = "0.1.0"\n' },
      { "uv.lock": '[[package]]\nname = "own"\nsource = { virtual = "." }\n' },
      { "go.sum": "" },
    ];
    expect(nothing.map((entries) => commandOf(entries))).toEqual(nothing.map(() => undefined));
    expect(planSetup(files({ "package-lock.json": NPM_LOCK }), { ...CONFIG, isOff: true })).toBeNull();
  });

  it("from the command in the config, whatever lockfiles there are", () => {
    const plan = planSetup(files({ "package-lock.json": NPM_LOCK }), {
      ...CONFIG,
      command: "make deps",
      produces: ["deps"],
    });
    expect(plan).toMatchObject({ command: "make deps", produces: ["deps"], reason: "config" });
    expect(plan?.steps[0]?.commands).toEqual([["bash", "-euo", "pipefail", "-c", "make deps"]]);
  });

  it("with a hash that changes exactly with what is installed", () => {
    const base = {
      "package.json": '{"version":"1.0.0","dependencies":{"x":"1"}}',
      "package-lock.json": NPM_LOCK,
    };
    const hash = (entries: Readonly<Record<string, string>>, config = CONFIG) =>
      planSetup(files(entries), config)?.hash;
    const same = [
      { ...base },
      { "package-lock.json": NPM_LOCK, "package.json": base["package.json"], "README.md": "new" },
      { ...base, "package.json": '{"version":"2.0.0","scripts":{"test":"x"},"dependencies":{"x":"1"}}' },
    ];
    const other = [
      { ...base, "package-lock.json": NPM_LOCK.replace("1.0.0", "1.0.1") },
      { ...base, "package.json": '{"dependencies":{"x":"2"}}' },
      { ...base, "package.json": '{"dependencies":{"x":"1"},"scripts":{"postinstall":"x"}}' },
      { ...base, ".npmrc": "ignore-scripts=true" },
    ];
    expect(new Set(same.map((entries) => hash(entries))).size).toBe(1);
    expect(new Set([base, ...other].map((entries) => hash(entries))).size).toBe(5);
    expect(hash(base, { ...CONFIG, platform: "darwin-arm64 node-24" })).not.toBe(hash(base));
    expect(hash(base)).toMatch(/^[0-9a-f]{32}$/);
  });

  it("from the files that matter only", () => {
    const paths = ["package.json", "a/b/uv.lock", "a/b/c/uv.lock", "src/x.ts", "x/node_modules/package.json"];
    expect(paths.filter(isSetupFile)).toEqual(["package.json", "a/b/uv.lock"]);
  });
});
