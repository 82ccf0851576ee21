import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { failuresMax, parseOutput } from "./parse.ts";

/** Output recorded from the real runners, with the tree at `/tree`. */
function parseFixture(name: string) {
  const path = fileURLToPath(new URL(`fixtures/${name}.txt`, import.meta.url));
  return parseOutput(readFileSync(path, "utf8"), ["/tree"]);
}

describe("runners of tests", () => {
  test.each(["node-spec", "node-tap", "node20-spec"])(
    "node:test names leaves with their file (%s)",
    (name) => {
      expect(parseFixture(name)).toEqual({
        failures: [
          "test/a.test.js › child fails",
          "test/a.test.js › deep fails",
          "test/a.test.js › subtracts # hash",
          "test/a.test.js › x",
          "test/b.test.js",
        ],
        counts: { passed: 4, failed: 6, total: 10 },
      });
    },
  );

  test("vitest names tests and files that do not load", () => {
    expect(parseFixture("vitest")).toMatchInlineSnapshot(`
      {
        "counts": {
          "failed": 2,
          "passed": 1,
          "total": 3,
        },
        "failures": [
          "a.test.ts > math > subtracts > x",
          "a.test.ts > top fails",
          "b.test.ts",
        ],
      }
    `);
  });

  test("jest names tests and suites that do not load", () => {
    expect(parseFixture("jest")).toMatchInlineSnapshot(`
      {
        "counts": {
          "failed": 3,
          "passed": 2,
          "total": 5,
        },
        "failures": [
          "j/a.test.js › math › deep › x",
          "j/a.test.js › math › subtracts",
          "j/a.test.js › top fails",
          "j/b.test.js › Test suite failed to run",
        ],
      }
    `);
  });

  test("mocha joins the lines of a title", () => {
    expect(parseFixture("mocha")).toMatchInlineSnapshot(`
      {
        "counts": {
          "failed": 3,
          "passed": 1,
          "total": 4,
        },
        "failures": [
          "hooked › "before all" hook for "never"",
          "math › deep › fails > too",
          "math › subtracts",
        ],
      }
    `);
  });

  test("pytest names tests, parameters and errors of fixtures", () => {
    expect(parseFixture("pytest")).toMatchInlineSnapshot(`
      {
        "counts": {
          "failed": 4,
          "passed": 2,
          "total": 6,
        },
        "failures": [
          "test_a.py::TestC::test_m",
          "test_a.py::test_bad",
          "test_a.py::test_f",
          "test_a.py::test_p[a b]",
        ],
      }
    `);
  });

  test("pytest names a file that cannot be collected", () => {
    expect(parseFixture("pytest-collection")).toMatchInlineSnapshot(`
      {
        "counts": {
          "failed": 1,
          "passed": 0,
          "total": 1,
        },
        "failures": [
          "test_b.py",
        ],
      }
    `);
  });

  test("cargo adds up its test binaries and leaves lines of doc tests out", () => {
    expect(parseFixture("cargo-test")).toMatchInlineSnapshot(`
      {
        "counts": {
          "failed": 3,
          "passed": 1,
          "total": 4,
        },
        "failures": [
          "src/lib.rs - add",
          "src/lib.rs › tests::fails",
          "tests/it.rs › integ",
        ],
      }
    `);
  });

  test("cargo names an error of the compiler once", () => {
    expect(parseFixture("cargo-error")).toMatchInlineSnapshot(`
      {
        "counts": null,
        "failures": [
          "src/lib.rs: error[E0308]: mismatched types",
        ],
      }
    `);
  });

  test("go names subtests by package, and packages that do not build", () => {
    expect(parseFixture("go-test")).toMatchInlineSnapshot(`
      {
        "counts": null,
        "failures": [
          "broken/broken.go: undefined: missing",
          "example.com/app/broken [build failed]",
          "example.com/app/sub: TestSub/negative",
          "example.com/app/sub: TestSub/one_less",
          "example.com/app/sub: TestTop",
        ],
      }
    `);
  });

  test("go counts only where it prints the tests that pass", () => {
    expect(parseFixture("go-verbose")).toMatchInlineSnapshot(`
      {
        "counts": {
          "failed": 1,
          "passed": 1,
          "total": 2,
        },
        "failures": [
          "example.com/app: TestSub",
        ],
      }
    `);
  });

  test("other TAP leaves TODO and SKIP out", () => {
    expect(parseFixture("tap")).toMatchInlineSnapshot(`
      {
        "counts": {
          "failed": 1,
          "passed": 1,
          "total": 2,
        },
        "failures": [
          "carries the one",
        ],
      }
    `);
  });
});

describe("compilers and linters", () => {
  test("tsc reads the same plain and pretty", () => {
    expect(parseFixture("tsc-pretty")).toEqual(parseFixture("tsc"));
    expect(parseFixture("tsc")).toMatchInlineSnapshot(`
      {
        "counts": null,
        "failures": [
          "a.ts: TS2304 Cannot find name 'foo'.",
          "a.ts: TS2322 Type 'number' is not assignable to type 'string'.",
          "a.ts: TS2322 Type 'string' is not assignable to type 'number'.",
        ],
      }
    `);
  });

  test("eslint names errors, not warnings", () => {
    expect(parseFixture("eslint")).toMatchInlineSnapshot(`
      {
        "counts": null,
        "failures": [
          "src/a.js: 'x' is assigned a value but never used · no-unused-vars",
          "src/a.js: Unexpected 'debugger' statement · no-debugger",
          "src/b.js: Parsing error: Unexpected token =",
        ],
      }
    `);
  });

  test("biome names errors with file and rule", () => {
    expect(parseFixture("biome")).toMatchInlineSnapshot(`
      {
        "counts": null,
        "failures": [
          "a.js: format Formatter would have printed the following content:",
          "a.js: lint/correctness/noUnusedVariables This variable x is unused.",
          "a.js: lint/suspicious/noDebugger This is an unexpected use of the debugger statement.",
          "biome.json: format Formatter would have printed the following content:",
        ],
      }
    `);
  });

  test("biome says how many findings it did not show", () => {
    expect(parseFixture("biome-cut")).toMatchInlineSnapshot(`
      {
        "counts": null,
        "failures": [
          "a.js: lint/suspicious/noDebugger This is an unexpected use of the debugger statement.",
          "findings that biome did not show: 1",
        ],
      }
    `);
  });

  test("ruff reads the same in both forms", () => {
    expect(parseFixture("ruff")).toEqual(parseFixture("ruff-concise"));
    expect(parseFixture("ruff")).toMatchInlineSnapshot(`
      {
        "counts": null,
        "failures": [
          "l.py: F401 \`os\` imported but unused",
          "l.py: I001 Import block is un-sorted or un-formatted",
          "test_a.py: I001 Import block is un-sorted or un-formatted",
          "test_a.py: PLR0133 Two constants compared in a comparison, consider replacing \`1 == 2\`",
          "test_b.py: F401 \`nothing_here\` imported but unused",
        ],
      }
    `);
  });

  test("mypy and go vet are read by place", () => {
    expect([parseFixture("mypy"), parseFixture("go-vet")]).toMatchInlineSnapshot(`
      [
        {
          "counts": null,
          "failures": [
            "l.py: error: Incompatible return value type (got "int", expected "str")  [return-value]",
          ],
        },
        {
          "counts": null,
          "failures": [
            "main.go: fmt.Printf format %d has arg name of wrong type string",
          ],
        },
      ]
    `);
  });
});

describe("any output", () => {
  test("counts in words are found where no runner is known", () => {
    expect(parseOutput("running …\n12 tests passed, 3 failed in 2 s\n", []).counts).toEqual({
      passed: 12,
      failed: 3,
      total: 15,
    });
    expect(parseOutput("Passed: 4, Failed: 0\n", []).counts).toEqual({ passed: 4, failed: 0, total: 4 });
    expect(parseOutput("3 files changed, 2 passed along\n", []).counts).toBeNull();
  });

  test("a syntax error of a plain script is named by its file", () => {
    const output =
      "/tree/src/a.js:3\nconst = 1;\n      ^\n\nSyntaxError: Unexpected token '='\n    at wrapSafe\n";
    expect(parseOutput(output, ["/tree"]).failures).toEqual(["src/a.js: SyntaxError: Unexpected token '='"]);
  });

  test("a name that occurs again is another failure", () => {
    const line = "src/a.c:3:5: error: too few arguments\n";
    expect(parseOutput(line + line.replace("3:5", "9:1"), []).failures).toEqual([
      "src/a.c: error: too few arguments",
      "src/a.c: error: too few arguments (2)",
    ]);
  });

  test("a line that moved is the same failure", () => {
    const at = (line: number) =>
      parseOutput(`src/a.ts(${line},3): error TS2304: Cannot find name 'x'.`, []).failures;
    expect(at(3)).toEqual(at(300));
  });

  test("two runners of one gate are added up", () => {
    const tsc = "src/a.ts(1,1): error TS1005: ';' expected.\n";
    const suites = "Test Suites: 1 passed, 1 total\nTests:       1 failed, 2 passed, 3 total\n";
    expect(parseOutput(tsc + suites + suites, [])).toEqual({
      failures: ["src/a.ts: TS1005 ';' expected."],
      counts: { passed: 4, failed: 2, total: 6 },
    });
  });

  test("colours, overwritten progress and control marks are cleaned away", () => {
    const output = "10%\r100%\rsrc/a.c:1:1: \u001b[31merror\u001b[0m: bad\u0007 \u202ething\r\n";
    expect(parseOutput(output, []).failures).toEqual(["src/a.c: error: bad thing"]);
  });

  test("failures are bounded in number and length", () => {
    const lines = Array.from({ length: 500 }, (_, n) => `src/${n}.c:1:1: error: ${"x".repeat(5000)}`);
    const { failures } = parseOutput(lines.join("\n"), []);
    expect(failures).toHaveLength(failuresMax);
    expect(Math.max(...failures.map((name) => name.length))).toBeLessThanOrEqual(300);
  });

  test("output that tells nothing gives nothing", () => {
    expect(parseOutput("", [])).toEqual({ failures: [], counts: null });
    expect(parseOutput("something went wrong\n", ["/tree"])).toEqual({ failures: [], counts: null });
  });
});
