import { describe, expect, test } from "vitest";
import { discoverGates, gateFiles } from "./discover.ts";

/** Gates as `name: command (source)`, one per line. */
function find(files: Record<string, string>, settings = {}): string {
  const gates = discoverGates(new Map(Object.entries(files)), settings);
  return gates.map((gate) => `${gate.name}: ${gate.command} (${gate.source})`).join("\n");
}

const packageOf = (fields: object): string => JSON.stringify({ name: "p", ...fields });

describe("JavaScript", () => {
  test("scripts become gates, the cheap ones first", () => {
    const scripts = { test: "node --test", lint: "eslint .", typecheck: "tsc --noEmit", build: "make" };
    expect(find({ "package.json": packageOf({ scripts }) })).toMatchInlineSnapshot(`
      "types: npm run typecheck (package.json scripts.typecheck)
      lint: npm run lint (package.json scripts.lint)
      tests: npm test (package.json scripts.test)"
    `);
  });

  test("the script that npm init writes is no test", () => {
    const scripts = { test: 'echo "Error: no test specified" && exit 1' };
    expect(find({ "package.json": packageOf({ scripts }) })).toBe("");
  });

  test.each([
    ["pnpm-lock.yaml", "lint: pnpm run lint\ntests: pnpm test"],
    ["yarn.lock", "lint: yarn run lint\ntests: yarn test"],
    ["bun.lockb", "lint: bun run lint\ntests: bun run test"],
    ["package-lock.json", "lint: npm run lint\ntests: npm test"],
  ])("the package manager is the one of %s", (lockfile, expected) => {
    const scripts = { test: "vitest run", lint: "biome check" };
    const found = find({ "package.json": packageOf({ scripts }), [lockfile]: "" });
    expect(found.replaceAll(/ \(.*\)/g, "")).toBe(expected);
  });

  test("the packageManager field stands above lockfiles", () => {
    const text = packageOf({ scripts: { test: "x" }, packageManager: "pnpm@9.1.0" });
    expect(find({ "package.json": text, "yarn.lock": "" })).toContain("tests: pnpm test");
  });

  test("TypeScript without a script is checked with the installed tsc", () => {
    const text = packageOf({ devDependencies: { typescript: "^5" } });
    expect(find({ "package.json": text, "tsconfig.json": "{}" })).toBe(
      "types: npx --no-install tsc --noEmit (tsconfig.json)",
    );
    expect(find({ "package.json": text })).toBe("");
    expect(find({ "package.json": packageOf({}), "tsconfig.json": "{}" })).toBe("");
  });

  test("a solution file is built, as tsc alone would check nothing", () => {
    const text = packageOf({ devDependencies: { typescript: "^5" } });
    const config = '{ "files": [], "references": [{ "path": "a" }] }';
    expect(find({ "package.json": text, "tsconfig.json": config })).toContain("tsc --build --noEmit");
  });

  test.each(["{ broken", "[]", "null", '{"scripts": {"test": 3}}', '{"scripts": []}'])(
    "a package.json without usable scripts has no gates: %s",
    (text) => {
      expect(find({ "package.json": text })).toBe("");
    },
  );
});

describe("Makefile", () => {
  test("targets become gates; variables and special targets do not", () => {
    const text = ".PHONY: lint\nlint := x\ntest unit: build\n\tpytest\ntypes::\n\tmypy\n";
    expect(find({ Makefile: text })).toMatchInlineSnapshot(`
      "types: make types (Makefile types)
      tests: make test (Makefile test)"
    `);
  });

  test("a target only fills a kind that no other tool has", () => {
    const files = {
      "package.json": packageOf({ scripts: { test: "x" } }),
      Makefile: "test:\n\tx\nlint:\n\ty\n",
    };
    expect(find(files)).toMatchInlineSnapshot(`
      "lint: make lint (Makefile lint)
      tests: npm test (package.json scripts.test)"
    `);
  });
});

describe("Python", () => {
  test("sections of pyproject.toml set tools up", () => {
    const text =
      "[project]\nname = 'x'\n[tool.pytest.ini_options]\n[tool.ruff.lint]\nselect = ['E']\n[tool.mypy] # strict\n";
    expect(find({ "pyproject.toml": text })).toMatchInlineSnapshot(`
      "types: python3 -m mypy . (pyproject.toml [tool.mypy])
      lint: python3 -m ruff check . (pyproject.toml [tool.ruff])
      tests: python3 -m pytest (pyproject.toml [tool.pytest])"
    `);
  });

  test.each([
    ['[project.optional-dependencies]\ndev = ["pytest>=8", "tox"]', "pyproject.toml dependencies"],
    ['[dependency-groups]\ntest = [\n  "pytest[x]~=8",\n]', "pyproject.toml dependencies"],
    ['[tool.poetry.group.dev.dependencies]\npytest = "^8"', "pyproject.toml dependencies"],
  ])("a dependency sets it up: %s", (text, source) => {
    expect(find({ "pyproject.toml": text })).toBe(`tests: python3 -m pytest (${source})`);
  });

  test("a plugin, a comment and another package's text do not", () => {
    const text =
      '[project]\ndependencies = ["pytest-cov", "rufflib"]\n# "pytest"\n[tool.other]\nx = "pytest"\n';
    expect(find({ "pyproject.toml": text, "requirements.txt": "pytest-cov==1\nmypy-extensions\n" })).toBe("");
  });

  test("lockfiles decide who starts the tool", () => {
    const files = { "pyproject.toml": "[tool.pytest]", "requirements-dev.txt": "ruff==0.1\n" };
    expect(find({ ...files, "uv.lock": "" })).toContain("tests: uv run --no-sync pytest");
    expect(find({ ...files, "poetry.lock": "" })).toContain("lint: poetry run ruff check .");
  });
});

describe("Rust and Go", () => {
  test("clippy is a gate only where it is set up", () => {
    expect(find({ "Cargo.toml": "[package]\nname = 'x'\n" })).toBe(
      "tests: cargo test --no-fail-fast (Cargo.toml)",
    );
    expect(
      find({ "Cargo.toml": "[workspace]\n[workspace.lints.clippy]\nall = 'deny'\n" }),
    ).toMatchInlineSnapshot(`
      "lint: cargo clippy --workspace --all-targets (Cargo.toml [workspace.lints.clippy])
      tests: cargo test --workspace --no-fail-fast (Cargo.toml)"
    `);
  });

  test("a module is vetted and tested", () => {
    expect(find({ "go.mod": "module x" })).toMatchInlineSnapshot(`
      "lint: go vet ./... (go.mod)
      tests: go test ./... (go.mod)"
    `);
  });
});

describe("several tools and config", () => {
  const files = { "package.json": packageOf({ scripts: { test: "x" } }), "go.mod": "module x" };

  test("gates of a second ecosystem end in its name", () => {
    expect(find(files)).toMatchInlineSnapshot(`
      "lint: go vet ./... (go.mod)
      tests: npm test (package.json scripts.test)
      tests-go: go test ./... (go.mod)"
    `);
  });

  test("config replaces, switches off and adds by name", () => {
    const settings = { tests: "npm run ci", lint: false, "tests-go": " ", audit: { command: "npm audit" } };
    expect(find(files, settings)).toMatchInlineSnapshot(`
      "tests: npm run ci (config gates.tests)
      audit: npm audit (config gates.audit)"
    `);
  });

  test("a limit in config holds, else tests get longer than the rest", () => {
    const settings = { tests: { command: "t" }, types: "y", docs: { command: "d", timeoutMs: 5 } };
    const gates = discoverGates(new Map(), settings);
    expect(gates.map((gate) => [gate.name, gate.timeoutMs])).toEqual([
      ["types", 300_000],
      ["tests", 600_000],
      ["docs", 5],
    ]);
  });

  test("a project without any of them has no gates", () => {
    expect(find({})).toBe("");
  });

  test("all files that are looked at are listed for the caller", () => {
    expect(gateFiles).toEqual([...new Set(gateFiles)].sort());
    expect(gateFiles).toEqual(
      expect.arrayContaining(["package.json", "Makefile", "tsconfig.json", "go.mod"]),
    );
  });
});
