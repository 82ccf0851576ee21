import { cpSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { AGENT_SPEC, toAgentSpec, writeAgentConfig, writeAgentScript } from "../scripts/demo-agent.ts";
import { discoverSpecs } from "../src/specs/discover.ts";
import { openService } from "./support/e2e-repo.ts";
import { makeRepo, type TestRepo, writeBelow } from "./support/git-repo.ts";

const example = join(import.meta.dirname, "../examples/token-kit");
const text = readFileSync(join(example, AGENT_SPEC), "utf8");

/** What the demo makes with `--agent scripted`: the repository with some of its specs, and the operator's config. */
function makeDemo(specs: readonly string[]): { readonly repo: TestRepo; readonly config: string } {
  const repo = makeRepo({ [AGENT_SPEC]: toAgentSpec(text) });
  const isWanted = (path: string): boolean =>
    !/^\d\d-/.test(basename(path)) || specs.includes(basename(path));
  cpSync(example, repo.root, { recursive: true, filter: isWanted });
  repo.commit("token-kit");
  const script = join(repo.folder, "script.json");
  writeBelow(repo.folder, "script.json", JSON.stringify(writeAgentScript(text)));
  return { repo, config: writeAgentConfig(script) };
}

describe("the spec that an agent does in the demo", () => {
  test("is ready, without code and without an open question", () => {
    const bytes = Buffer.from(toAgentSpec(text));
    const documents = [{ path: AGENT_SPEC, bytes, size: bytes.length }];
    const [spec] = discoverSpecs({ commit: "0".repeat(40), documents }).specs;
    expect(spec).toMatchObject({ key: "embeddings", readiness: "ready", problems: [], questions: [] });
    expect(spec?.tasks.map(({ key, run }) => [key, run])).toEqual([
      ["T1", null],
      ["T2", null],
      ["T3", null],
    ]);
    expect(spec?.tasks[2]?.details).toContain("Ask the operator which one, EMBEDDING_MODEL: `a` local model");
    expect(spec?.criteria).toHaveLength(2);
  });

  test("gets the same files from the agent as from its run blocks", () => {
    const { tasks = {} } = writeAgentScript(text);
    const [first] = tasks["embeddings#T1"]?.turns ?? [];
    expect(first?.flatMap((step) => (step.do === "edit" ? [step.path] : []))).toEqual([
      "src/embed/vector.js",
      "test/embed-vector.test.js",
    ]);
    const edits = (first ?? []).flatMap((step) => (step.do === "edit" ? [step.content] : []));
    // In the spec they are indented, being part of a list.
    const spec = text.replaceAll(/^ {2}/gm, "");
    for (const content of edits) expect(spec).toContain(content);
  });
});

describe("the demo with an agent", () => {
  test("builds what has run blocks, asks for the other, and builds that as it was answered", async () => {
    const { repo, config } = makeDemo(["01-token-format.md"]);
    const osqr = await openService(repo, { config });
    const report = await osqr.go();
    expect(report.summary).toBe("Built 1 of 2. #2 embeddings needs you.");
    expect(report.decisions).toMatchObject([
      { id: "D-1", workstream: "embeddings", blocks: ["embeddings#T3"] },
    ]);
    expect(report.decisions[0]?.options.map(({ id, recommended }) => [id, recommended])).toEqual([
      ["a", true],
      ["b", false],
    ]);
    const done = await osqr.decide("D-1", "a");
    expect(done.summary).toBe("Built 2 of 2.");
    expect(repo.git("show", "main:src/embed/model.js")).toContain("A local model");
    expect(repo.git("ls-tree", "--name-only", "main:src/embed").split("\n")).toEqual([
      "index.js",
      "model.js",
      "vector.js",
    ]);
    const gates = done.workstreams.flatMap((workstream) => workstream.gates.map(({ status }) => status));
    expect(new Set(gates)).toEqual(new Set(["passed"]));
    expect(osqr.ofKind("session_opened").map(({ how }) => how)).toEqual(["new", "new", "new"]);
  });

  test("may be stopped while the agent waits; answered later, the conversation goes on", async () => {
    const { repo, config } = makeDemo([]);
    const first = await openService(repo, { config });
    expect((await first.go()).summary).toContain("Built 0 of 1");
    await first.close();
    const second = await openService(repo, { config });
    expect((await second.decide("D-1", "b")).summary).toBe("Built 1 of 1.");
    expect(second.ofKind("session_opened").at(-1)?.how).toBe("resumed");
    expect(repo.git("show", "main:src/embed/model.js")).toContain("A hosted model");
  });
});
