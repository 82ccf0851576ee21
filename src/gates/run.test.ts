import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSandbox } from "../sandbox/create.ts";
import { probeSandbox } from "../sandbox/probe.ts";
import { resolveToolchains } from "../sandbox/toolchains.ts";
import type { Sandbox } from "../sandbox/types.ts";
import { discoverGates } from "./discover.ts";
import { type GateOrder, runGate } from "./run.ts";
import type { GateDefinition } from "./types.ts";
import { compareWithBase } from "./verdict.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "osqr-gates-")));
const hostPath = [dirname(process.execPath), process.env.PATH ?? ""].join(delimiter);
const toolchains = resolveToolchains({ path: hostPath, home: homedir(), exclude: [] });
let sandbox: Sandbox;
let runs = 0;

beforeAll(async () => {
  sandbox = createSandbox({ probe: await probeSandbox({ wanted: null }), homeFolder: folder });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const passingTest = 'import test from "node:test";\ntest("adds", () => {});\n';
const failingTest =
  'import test from "node:test";\nimport assert from "node:assert";\ntest("subtracts", () => assert.equal(1, 2));\n';

/** A small project that is tested with node:test. */
function makeTree(files: Record<string, string>): string {
  const tree = mkdtempSync(join(folder, "tree-"));
  const all = { "package.json": '{ "type": "module", "scripts": { "test": "node --test" } }', ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  return tree;
}

function order(dir: string, gate: Partial<GateDefinition>, more: Partial<GateOrder> = {}): GateOrder {
  runs += 1;
  const home = join(folder, `home-${runs}`);
  mkdirSync(home);
  return {
    gate: {
      name: "tests",
      command: "npm test",
      source: "package.json scripts.test",
      timeoutMs: 60_000,
      ...gate,
    },
    tree: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    dir,
    sandbox,
    mounts: [
      ...toolchains.mounts,
      { source: dir, target: dir, mode: "write" },
      { source: home, target: home, mode: "write" },
    ],
    env: { PATH: toolchains.path, HOME: home, ...toolchains.env },
    logPath: join(folder, `run-${runs}.log`),
    network: "off",
    ...more,
  };
}

describe("a project's own tests", () => {
  test("pass with their number, and all output is in the log", async () => {
    const dir = makeTree({ "test/a.test.js": passingTest });
    const run = await runGate(order(dir, {}));
    expect(run).toMatchObject({
      name: "tests",
      command: "npm test",
      status: "passed",
      exitCode: 0,
      stoppedBy: null,
      failures: [],
      counts: { passed: 1, failed: 0, total: 1 },
    });
    expect(readFileSync(run.logPath, "utf8")).toContain("tests 1");
  });

  test("fail by name, with last lines that tell and without npm's own", async () => {
    const dir = makeTree({ "test/a.test.js": passingTest, "test/b.test.js": failingTest });
    const run = await runGate(order(dir, {}));
    expect(run).toMatchObject({
      status: "failed",
      failures: ["test/b.test.js › subtracts"],
      counts: { passed: 1, failed: 1, total: 2 },
    });
    expect(run.tail.length).toBeLessThanOrEqual(40);
    expect(run.tail.join("\n")).toContain("AssertionError [ERR_ASSERTION]: 1 == 2");
    expect(run.tail.join("\n")).not.toContain("npm error");
  });

  test("of the base and the combined tree compare, though the trees lie at different places", async () => {
    const base = makeTree({ "test/a.test.js": passingTest, "test/b.test.js": failingTest });
    const broken = passingTest.replace("{}", '{ throw new Error("broken"); }');
    const shifted = `// A new first line.\n${failingTest}`;
    const combined = makeTree({
      "test/a.test.js": broken,
      "test/b.test.js": shifted,
      "test/c.test.js": "import './no.js';",
    });
    const verdict = compareWithBase(await runGate(order(combined, {})), await runGate(order(base, {})), {
      baseName: "main",
    });
    expect(verdict).toMatchObject({
      status: "failed",
      newFailures: ["test/a.test.js › adds", "test/c.test.js"],
      oldFailures: ["test/b.test.js › subtracts"],
      countsOnBase: { passed: 1, failed: 1, total: 2 },
    });
  });

  test("a discovered gate whose tool is missing is not verified", async () => {
    const scripts = '{ "scripts": { "test": "no-such-runner" } }';
    const dir = makeTree({ "package.json": scripts });
    const gate = discoverGates(new Map([["package.json", scripts]]))[0];
    const run = await runGate(order(dir, gate ?? {}));
    expect(run).toMatchObject({ status: "failed", exitCode: 127 });
    const verdict = compareWithBase(run, null, { baseName: "main" });
    expect(verdict.status).toBe("not_verified");
    expect(verdict.recommendation).toMatch(
      /^npm test checked nothing: a command was not found \(.*no-such-runner/,
    );
  });
});

describe("a command", () => {
  test("fails at the first failing part of a pipe and at an unset variable", async () => {
    const dir = makeTree({});
    expect(await runGate(order(dir, { command: "false | true" }))).toMatchObject({ status: "failed" });
    expect(await runGate(order(dir, { command: "echo $NOT_SET_ANYWHERE" }))).toMatchObject({
      status: "failed",
    });
  });

  test("is told to print plainly and not to wait, unless the caller says otherwise", async () => {
    const dir = makeTree({});
    const gate = { command: 'echo "$CI $NO_COLOR $(printenv CARGO_NET_OFFLINE || echo online)"' };
    expect((await runGate(order(dir, gate))).tail).toEqual(["true 1 true"]);
    const { env } = order(dir, gate);
    const open = order(dir, gate, { env: { ...env, CI: "false" }, network: "open" });
    expect((await runGate(open)).tail).toEqual(["false 1 online"]);
  });

  test("that names failures and exits with 0 has passed", async () => {
    const gate = { command: "echo 'src/a.c:1:1: error: bad'; echo '3 passed, 1 failed'" };
    expect(await runGate(order(makeTree({}), gate))).toMatchObject({
      status: "passed",
      failures: [],
      counts: { passed: 3, failed: 1, total: 4 },
    });
  });

  test("that prints nothing has an empty tail", async () => {
    expect(await runGate(order(makeTree({}), { command: "exit 3" }))).toMatchObject({
      exitCode: 3,
      failures: [],
      counts: null,
      tail: [],
    });
  });

  test("that does not end is stopped and said to have timed out", async () => {
    const run = await runGate(order(makeTree({}), { command: "echo begun; sleep 600", timeoutMs: 500 }));
    expect(run).toMatchObject({ status: "failed", stoppedBy: "timeout" });
    expect(run.tail[0]).toBe("begun");
  });

  test("ends with all it started when it is cancelled", async () => {
    const dir = makeTree({});
    const controller = new AbortController();
    const sleeper = `sleep 9876.${process.pid}`;
    const gate = { command: `touch begun; ${sleeper} & wait` };
    const run = runGate(order(dir, gate, { signal: controller.signal }));
    while (!existsSync(join(dir, "begun"))) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    expect(await run).toMatchObject({ status: "failed", stoppedBy: "cancel" });
    expect(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })).not.toContain(sleeper);
  });

  test("that was cancelled before its start does not start", async () => {
    const dir = makeTree({});
    const run = await runGate(order(dir, { command: "touch begun" }, { signal: AbortSignal.abort() }));
    expect(run).toMatchObject({ status: "failed", stoppedBy: "cancel", durationMs: 0, exitCode: null });
    expect(existsSync(join(dir, "begun"))).toBe(false);
  });

  test("that prints without end leaves a bounded log and its last lines", async () => {
    const gate = { command: "seq -f 'src/%g.c:1:1: error: bad' 99999; echo the end; exit 1" };
    const run = await runGate(order(makeTree({}), gate, { limits: { outputBytesMax: 64 * 1024 } }));
    expect(run.tail.at(-1)).toBe("the end");
    expect(run.failures).toHaveLength(200);
    expect(readFileSync(run.logPath).length).toBeLessThan(66 * 1024);
  });
});
