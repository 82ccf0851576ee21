import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { checkDependencies } from "../core/plan/dependencies.ts";
import { discoverSpecs } from "./discover.ts";
import { markdownReader } from "./markdown/markdown-reader.ts";
import type { SpecReader } from "./reader.ts";
import { discoverTexts, showProblem } from "./test-documents.ts";

const READY = "---\nstatus: ready\n---\n- [ ] T1 a\n";
const keys = (texts: Record<string, string>): string[] =>
  discoverTexts(texts).specs.map((spec) => `${spec.path} ${spec.key}`);

test("gives specs by path, with the hash of their bytes, and counts the rest", () => {
  const discovery = discoverTexts({
    "docs/b.md": READY,
    "docs/a.md": READY,
    "docs/words.md": "# Words\n",
    "docs/empty.md": "",
  });
  expect(discovery.commit).toBe("c0ffee");
  expect(discovery.specs.map((spec) => spec.key)).toEqual(["a", "b"]);
  expect(discovery.specs[0]?.hash).toBe(createHash("sha256").update(READY).digest("hex"));
  expect([discovery.otherDocuments, discovery.problems]).toEqual([2, []]);
});

test("keys come from the file, from the folder where the file says nothing, from both where two are alike", () => {
  expect(
    keys({
      "docs/Token Format.md": READY,
      "docs/a/notes.md": READY,
      "docs/b/notes.md": READY,
      "specs/001-login/plan.md": READY,
      "specs/001-login/tasks.md": READY,
      "docs/plan.md": READY,
      "docs/計画.md": READY,
    }),
  ).toEqual([
    "docs/Token Format.md token-format",
    "docs/a/notes.md notes",
    "docs/b/notes.md b-notes",
    "docs/plan.md plan",
    "docs/計画.md 計画",
    "specs/001-login/plan.md 001-login",
    "specs/001-login/tasks.md 001-login-tasks",
  ]);
});

test("two specs with the same id both say so; the second gets another key", () => {
  const named = (id: string): string => `# T\n\n**ID**: ${id}\n\n- [ ] T1 a\n- [ ] T2 b (depends: T1)\n`;
  const { specs } = discoverTexts({
    "docs/a.md": named("auth"),
    "docs/auth.md": READY,
    "docs/b.md": named("Auth"),
  });
  expect(specs.map((spec) => [spec.path, spec.key])).toEqual([
    ["docs/a.md", "auth"],
    ["docs/auth.md", "docs-auth"],
    ["docs/b.md", "Auth-2"],
  ]);
  expect(specs.flatMap((spec) => spec.problems).map(showProblem)).toEqual([
    'docs/a.md:3 error duplicate-id: the id "auth" is also that of docs/b.md, which is called Auth-2 here',
    'docs/b.md:3 error duplicate-id: the id "auth" is taken by docs/a.md: this spec is called Auth-2 here',
  ]);
  expect(specs[2]?.tasks[1]?.dependsOn[0]).toMatchObject({
    target: { kind: "task", spec: "Auth-2", task: "T1" },
  });
});

test("binary, UTF-16 and too large documents are problems", () => {
  const documents = [
    { path: "docs/binary.md", bytes: Buffer.from("a\0b"), size: 3 },
    { path: "docs/utf16.md", bytes: Buffer.from("\uFEFFhi", "utf16le"), size: 6 },
    { path: "docs/huge.md", bytes: null, size: 52_428_800 },
  ];
  const { problems, otherDocuments, specs } = discoverSpecs({ commit: "c", documents });
  expect([specs.length, otherDocuments]).toEqual([0, 0]);
  expect(problems.map((problem) => `${showProblem(problem)} [${problem.found}]`)).toEqual([
    "docs/binary.md:1 error binary: the document is binary, not text [a NUL byte]",
    "docs/huge.md:1 error too-large: the document is too large to be read as a spec [50.0 MiB]",
    "docs/utf16.md:1 error binary: the document is UTF-16, not UTF-8 [a UTF-16 byte order mark]",
  ]);
});

test("a spec that is not UTF-8 is a problem with its line; another document is not", () => {
  const latin = (text: string): Buffer => Buffer.from(text, "latin1");
  const discovery = discoverTexts({ "docs/a.md": latin(`${READY}- [ ] é\n`), "docs/b.md": latin("# é\n") });
  expect([discovery.specs.length, discovery.otherDocuments]).toEqual([0, 1]);
  expect(discovery.problems.map((problem) => `${showProblem(problem)} [${problem.found}]`)).toEqual([
    "docs/a.md:5 error not-utf8: the document is not UTF-8 [byte 0xe9]",
  ]);
});

test("a byte order mark and CRLF change nothing of what is read", () => {
  const text =
    "---\nid: x\nstatus: ready\n---\n# T\n\n## Phase 1: A\n- [ ] T1 a\n  depends: none\n  ```sh run\n  b\n  ```\n";
  const [plain] = discoverTexts({ "docs/x.md": text }).specs;
  const [marked] = discoverTexts({ "docs/x.md": `\uFEFF${text.replaceAll("\n", "\r\n")}` }).specs;
  expect({ ...marked, hash: "" }).toEqual({ ...plain, hash: "" });
});

test("file names with spaces, quotes, new lines and leading dashes are only names", () => {
  expect(keys({ 'docs/a "b"\n- c.md': READY, "docs/-x.md": READY, "docs/---.md": READY })).toEqual([
    "docs/---.md docs",
    "docs/-x.md x",
    'docs/a "b"\n- c.md a-b-c',
  ]);
});

test("another reader takes the documents that it is surer of", () => {
  const shouting: SpecReader = {
    name: "shout",
    claims: (path) => (path.endsWith(".md") && path.includes("loud") ? 9 : 0),
    read: (document) => {
      const read = markdownReader.read(document);
      return read.kind === "spec" ? { ...read, spec: { ...read.spec, format: "shout" } } : read;
    },
    complete: (text) => text.toUpperCase(),
    outline: markdownReader.outline,
  };
  const documents = ["docs/loud.md", "docs/quiet.md"].map((path) => ({
    path,
    bytes: Buffer.from(READY),
    size: READY.length,
  }));
  const { specs } = discoverSpecs({ commit: "c", documents, readers: [markdownReader, shouting] });
  expect(specs.map((spec) => spec.format)).toEqual(["shout", "markdown"]);
});

test("what is discovered can be checked: a circle over ids, paths and blocks is found whole", () => {
  const text = (head: string): string => `---\nstatus: ready\n${head}\n---\n- [ ] T1 a\n`;
  const { specs } = discoverTexts({
    "docs/a.md": text("depends_on: ./b.md"),
    "docs/b.md": text("depends_on: [c]"),
    "docs/c.md": text("x: 1"),
    "docs/d.md": `# D\n\n**Dependencies**: Memory Vault\n\n- [ ] T1 a\n`,
    "docs/z.md": text("blocks: c\ndepends_on: a"),
  });
  const { problems, stopped } = checkDependencies(specs);
  expect(problems.map(showProblem)).toEqual([
    'docs/d.md:3 warning unknown-dependency: the dependency "Memory Vault" matches no spec: osqr does not wait for it',
    "docs/a.md:3 error circular-dependency: circular dependency: a → b → c → z → a (docs/a.md:3, docs/b.md:3, docs/z.md:3, docs/z.md:4)",
  ]);
  expect([...stopped.keys()]).toEqual(["a", "b", "c", "z"]);
});
