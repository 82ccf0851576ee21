import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeRepo, type TestRepo } from "../../test/support/git-repo.ts";

/** Commits changes (null deletes) on a new branch from a commit. */
function branchOff(repo: TestRepo, from: string, changes: Readonly<Record<string, string | null>>): string {
  repo.git("checkout", "-q", "--detach", from);
  for (const [path, content] of Object.entries(changes)) {
    rmSync(join(repo.root, path), { recursive: true, force: true });
    if (content !== null) repo.write(path, content);
  }
  return repo.commit();
}

const show = (repo: TestRepo, tree: string) =>
  repo.git("ls-tree", "-r", "--format=%(objectmode) %(path)", tree).split("\n");

test("a clean merge gives the combined tree", async () => {
  const repo = makeRepo({ a: "1\n2\n3\n4\n5\n", b: "b\n" });
  const start = repo.git("rev-parse", "HEAD");
  const ours = branchOff(repo, start, { a: "one\n2\n3\n4\n5\n", c: "c\n" });
  const theirs = branchOff(repo, start, { a: "1\n2\n3\n4\nfive\n", b: null });
  const { port } = await repo.open();
  const { tree, conflicts } = await port.merge(ours, theirs);
  expect(conflicts).toEqual([]);
  expect(show(repo, tree)).toEqual(["100644 a", "100644 c"]);
  expect(await port.readFile(tree, "a")).toBe("one\n2\n3\n4\nfive\n");
});

test("conflicts come as unique paths, odd names included, with markers in the tree", async () => {
  const odd = 'new\nline "x"';
  const repo = makeRepo({ a: "a\n", [odd]: "o\n", gone: "g\n" });
  const start = repo.git("rev-parse", "HEAD");
  const ours = branchOff(repo, start, { a: "ours\n", [odd]: "ours\n", gone: null, both: "1\n" });
  const theirs = branchOff(repo, start, { a: "theirs\n", [odd]: "theirs\n", gone: "changed\n", both: "2\n" });
  const { port } = await repo.open();
  const { tree, conflicts } = await port.merge(ours, theirs);
  expect([...conflicts].sort()).toEqual(["a", "both", "gone", odd].sort());
  expect(await port.readFile(tree, "a")).toContain("<<<<<<<");
});

test("histories without a common commit are refused", async () => {
  const repo = makeRepo();
  const ours = repo.git("rev-parse", "HEAD");
  repo.git("checkout", "-q", "--orphan", "other");
  const theirs = repo.commit("other");
  const { port } = await repo.open();
  await expect(port.merge(ours, theirs)).rejects.toMatchObject({ code: "unrelated-histories" });
});

test("one side of a conflict can be taken: content, mode and absence", async () => {
  const repo = makeRepo({ a: "a\n", gone: "g\n", run: "r\n" });
  const start = repo.git("rev-parse", "HEAD");
  const ours = branchOff(repo, start, { a: "ours\n", gone: null, run: "#!ours\n" });
  const theirs = branchOff(repo, start, { a: "theirs\n", gone: "changed\n", run: "theirs\n", clean: "c\n" });
  const { port } = await repo.open();
  const { tree, conflicts } = await port.merge(ours, theirs);
  const asOurs = await port.takePaths(tree, ours, conflicts);
  expect(show(repo, asOurs)).toEqual(["100644 a", "100644 clean", "100755 run"]);
  expect(await port.readFile(asOurs, "a")).toBe("ours\n");
  const asTheirs = await port.takePaths(tree, theirs, conflicts);
  expect(show(repo, asTheirs)).toEqual(["100644 a", "100644 clean", "100644 gone", "100644 run"]);
  expect(await port.readFile(asTheirs, "gone")).toBe("changed\n");
});

test("a side can be taken where a file met a folder", async () => {
  const repo = makeRepo({ other: "o\n" });
  const start = repo.git("rev-parse", "HEAD");
  const ours = branchOff(repo, start, { place: "file\n" });
  const theirs = branchOff(repo, start, { "place/inside": "folder\n" });
  const { port } = await repo.open();
  const { tree, conflicts } = await port.merge(ours, theirs);
  expect(conflicts).toHaveLength(1);
  expect(show(repo, await port.takePaths(tree, ours, conflicts))).toEqual(["100644 other", "100644 place"]);
  expect(show(repo, await port.takePaths(tree, theirs, conflicts))).toEqual([
    "100644 other",
    "100644 place/inside",
  ]);
});

test("a tree is edited: files replaced, added and removed, the executable bit kept", async () => {
  const repo = makeRepo({
    "docs/a.md": "- [ ] x\n",
    "run.sh": "#!/bin/sh\n",
    gone: "g",
    folder: "was a file",
  });
  chmodSync(join(repo.root, "run.sh"), 0o755);
  const commit = repo.git("rev-parse", "HEAD");
  const { port } = await repo.open();
  const tree = await port.editTree(commit, [
    { path: "docs/a.md", content: "- [x] ü\n" },
    { path: "run.sh", content: "#!/bin/bash\n" },
    { path: "gone", content: null },
    { path: "never-was", content: null },
    { path: "folder/-new\nline", content: "" },
  ]);
  expect(repo.git("ls-tree", "-r", "--format=%(objectmode) %(path)", tree).split("\n")).toEqual([
    "100644 docs/a.md",
    '100644 "folder/-new\\nline"',
    "100755 run.sh",
  ]);
  expect(await port.readFile(tree, "docs/a.md")).toBe("- [x] ü\n");
  expect(await port.editTree(commit, [])).toBe(await port.treeOf(commit));
  expect(show(repo, await port.editTree(null, [{ path: "h/1.json", content: "{}" }]))).toEqual([
    "100644 h/1.json",
  ]);
});

test("paths that lead out of the tree or into .git are refused", async () => {
  const repo = makeRepo();
  const commit = repo.git("rev-parse", "HEAD");
  const { port } = await repo.open();
  for (const path of ["../x", "/x", "a//b", "", "a/./b", ".git/config", "x/.GIT/y", "git~1", "a\0b"]) {
    await expect(port.editTree(commit, [{ path, content: "x" }]), path).rejects.toMatchObject({
      code: "bad-name",
    });
  }
});

test("a commit carries its message byte for byte, osqr as author, and the time given", async () => {
  const repo = makeRepo();
  const parent = repo.git("rev-parse", "HEAD");
  const { port } = await repo.open();
  const message = "-m $(id) `x`\n\n# not a comment\n\nOsqr-Task: T1\n";
  const commit = await port.commit({
    tree: await port.treeOf(parent),
    parents: [parent],
    message,
    at: 1_000_999,
  });
  expect(repo.git("cat-file", "commit", commit)).toBe(
    [
      `tree ${repo.git("rev-parse", "HEAD^{tree}")}`,
      `parent ${parent}`,
      "author osqr <osqr@localhost> 1000 +0000",
      "committer osqr <osqr@localhost> 1000 +0000",
      "",
      message.trimEnd(),
    ].join("\n"),
  );
  expect(await port.isAncestor(parent, commit)).toBe(true);
  expect(await port.isAncestor(commit, parent)).toBe(false);
});

test("a merge from a given base takes a landed change out again and leaves what came later", async () => {
  const repo = makeRepo({ a: "1\n2\n3\n4\n5\n", "sub/b": "b\n", run: "r\n" });
  const before = repo.git("rev-parse", "HEAD");
  chmodSync(join(repo.root, "run"), 0o755);
  const work = branchOff(repo, before, { a: "one\n2\n3\n4\n5\n", "sub/b": null, "sub/c": "c\n", run: "R\n" });
  const later = branchOff(repo, work, { a: "one\n2\n3\n4\nfive\n", other: "o\n" });
  const { port } = await repo.open();
  const { tree, conflicts } = await port.mergeFrom(work, later, before);
  expect(conflicts).toEqual([]);
  expect(await port.readFile(tree, "a")).toBe("1\n2\n3\n4\nfive\n");
  const kept = repo.git("rev-parse", `${before}:sub/b`, `${before}:run`, `${later}:other`);
  expect(repo.git("rev-parse", `${tree}:sub/b`, `${tree}:run`, `${tree}:other`)).toBe(kept);
  expect(show(repo, tree)).toEqual(show(repo, before).toSpliced(1, 0, "100644 other"));
});

test("taken out at once, the tree is the one before, to the byte", async () => {
  const repo = makeRepo({ a: "a\r\n", "b\n": "\u0000binary" });
  const before = repo.git("rev-parse", "HEAD");
  const work = branchOff(repo, before, { a: null, "b\n": "text", "a/c": "folder\n" });
  const { port } = await repo.open();
  const { tree } = await port.mergeFrom(await port.treeOf(work), work, before);
  expect(tree).toBe(await port.treeOf(before));
});

test("what came later on the same lines conflicts, and the same merge has the same result", async () => {
  const repo = makeRepo({ a: "a\n", gone: "g\n" });
  const before = repo.git("rev-parse", "HEAD");
  const work = branchOff(repo, before, { a: "work\n", made: "m\n" });
  const later = branchOff(repo, work, { a: "later\n", made: "more\n", gone: null });
  const { port } = await repo.open();
  const merged = await port.mergeFrom(work, later, before);
  expect([...merged.conflicts].sort()).toEqual(["a", "made"]);
  expect(await port.mergeFrom(work, later, before)).toEqual(merged);
});

test("a commit is read with its parents and its whole message; one that is not there is null", async () => {
  const repo = makeRepo();
  const start = repo.git("rev-parse", "HEAD");
  const { port } = await repo.open();
  const tree = await port.treeOf(start);
  const message = "Head\n\nbody\ntree of words\n\nOsqr-Workstream: a\n";
  const commit = await port.commit({ tree, parents: [start], message, at: 1_000 });
  expect(await port.readCommit(commit)).toEqual({ tree, parents: [start], message });
  expect(await port.readCommit(start)).toMatchObject({ tree, parents: [] });
  expect(await port.readCommit("1".repeat(start.length))).toBeNull();
  await expect(port.readCommit(tree)).rejects.toMatchObject({ code: "git-failed" });
});
