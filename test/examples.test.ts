import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Spec } from "../src/core/model/spec.ts";
import { parseOutput } from "../src/gates/parse.ts";
import { discoverSpecs } from "../src/specs/discover.ts";

const example = join(import.meta.dirname, "../examples/token-kit");
const folder = mkdtempSync(join(tmpdir(), "osqr-examples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const specs = readSpecs();

function readSpecs(): readonly Spec[] {
  const documents = readdirSync(join(example, "docs")).map((name) => {
    const bytes = readFileSync(join(example, "docs", name));
    return { path: `docs/${name}`, bytes, size: bytes.length };
  });
  return discoverSpecs({ commit: "0".repeat(40), documents }).specs;
}

/** Runs a command in the tree with this Node, as the `command` executor would; resolves to all it printed. */
function run(tree: string, argv: readonly string[], env: Record<string, string> = {}): string {
  const path = [dirname(process.execPath), process.env.PATH ?? ""].join(delimiter);
  const [program = "", ...args] = argv;
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: tree,
    encoding: "utf8",
    env: { PATH: path, HOME: folder, NO_COLOR: "1", ...env },
  });
  if (status !== 0) throw new Error(`${argv.join(" ")}: exit ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** Builds the specs in the given order in a fresh copy and gives the number of tests after each. */
function build(order: readonly string[], answer: string): readonly number[] {
  const tree = mkdtempSync(join(folder, "tree-"));
  cpSync(example, tree, { recursive: true });
  return order.map((key) => {
    const spec = specs.find((one) => one.key === key);
    for (const task of spec?.tasks ?? []) {
      const script = task.run?.script ?? "echo no run block; exit 1";
      run(tree, ["bash", "-euo", "pipefail", "-c", script], { OSQR_ANSWER_EMBEDDING_MODEL: answer });
    }
    // What `npm test` and `npm run lint` start, without the time that npm takes.
    run(tree, ["node", "scripts/lint.js"]);
    const { counts, failures } = parseOutput(run(tree, ["node", "--test"]), [tree]);
    expect(failures).toEqual([]);
    return counts?.total ?? 0;
  });
}

describe("the specs of token-kit", () => {
  test("are ready, without a problem, and every task has its work", () => {
    expect(specs.map(({ key, readiness, problems }) => [key, readiness, problems])).toEqual([
      ["token-format", "ready", []],
      ["embeddings", "ready", []],
      ["session-store", "ready", []],
      ["rate-limit", "ready", []],
    ]);
    const tasks = specs.flatMap((spec) => spec.tasks.map((task) => [spec.key, task.key, task.run !== null]));
    expect(tasks).toHaveLength(11);
    expect(tasks.filter(([, , hasWork]) => hasWork !== true)).toEqual([]);
  });

  test("ask one question, which only the last task of its spec waits for", () => {
    const questions = specs.flatMap((spec) =>
      spec.questions.map((question) => ({ spec: spec.key, ...question })),
    );
    expect(questions).toMatchObject([
      {
        spec: "embeddings",
        key: "EMBEDDING_MODEL",
        priority: "critical",
        blocks: ["T3"],
        defaultOption: null,
      },
    ]);
    expect(questions[0]?.options.map(({ id, recommended }) => [id, recommended])).toEqual([
      ["a", true],
      ["b", false],
    ]);
  });

  test("declare that two of them write one file", () => {
    const writers = specs.filter(({ touches }) => touches.includes("src/session.js")).map(({ key }) => key);
    expect(writers).toEqual(["session-store", "rate-limit"]);
  });
});

describe("the code of token-kit", () => {
  test("passes its tests after each spec, with the local model", () => {
    expect(build(["token-format", "embeddings", "session-store", "rate-limit"], "a")).toEqual([
      18, 28, 34, 42,
    ]);
  });

  test("passes in another order too, with the hosted model", () => {
    expect(build(["token-format", "rate-limit", "session-store", "embeddings"], "b")).toEqual([
      18, 26, 32, 43,
    ]);
  });
});
