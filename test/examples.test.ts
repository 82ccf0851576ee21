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

function makeTree(): string {
  const tree = mkdtempSync(join(folder, "tree-"));
  cpSync(example, tree, { recursive: true });
  return tree;
}

/** Does all tasks of a spec. */
function build(tree: string, key: string, answer: string): void {
  for (const task of specs.find((spec) => spec.key === key)?.tasks ?? []) {
    const script = task.run?.script ?? "echo no run block; exit 1";
    run(tree, ["bash", "-euo", "pipefail", "-c", script], { OSQR_ANSWER_EMBEDDING_MODEL: answer });
  }
}

/** Runs what `npm run lint` and `npm test` start, without the time that npm takes. Gives the number of tests. */
function check(tree: string): number {
  run(tree, ["node", "scripts/lint.js"]);
  const { counts, failures } = parseOutput(run(tree, ["node", "--test"]), [tree]);
  expect(failures).toEqual([]);
  return counts?.total ?? 0;
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
    const tree = makeTree();
    const tests = ["token-format", "embeddings", "session-store", "rate-limit"].map((key) => {
      build(tree, key, "a");
      return check(tree);
    });
    expect(tests).toEqual([18, 28, 34, 42]);
  });

  test("passes in another order too, with the hosted model", () => {
    const tree = makeTree();
    for (const key of ["token-format", "rate-limit", "session-store", "embeddings"]) build(tree, key, "b");
    expect(check(tree)).toBe(43);
  });
});
