import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeRepo } from "../../test/support/git-repo.ts";

test("refs of osqr are set by compare-and-set, listed by prefix and deleted", async () => {
  const repo = makeRepo();
  const first = repo.git("rev-parse", "HEAD");
  const second = repo.commit();
  const { port } = await repo.open();
  expect(await port.updateRef("refs/osqr/work/x", first, null)).toBe(true);
  expect(await port.updateRef("refs/osqr/work/x", second, null)).toBe(false);
  expect(await port.updateRef("refs/osqr/work/x", second, second)).toBe(false);
  expect(await port.updateRef("refs/osqr/work/x", second, first)).toBe(true);
  expect(await port.updateRef("refs/osqr/work/absent", second, first)).toBe(false);
  await port.updateRef("refs/osqr/work/xy", first, null);
  await port.updateRef("refs/osqr/other", first, null);
  expect(await port.listRefs("refs/osqr/work/")).toEqual([
    { ref: "refs/osqr/work/x", oid: second },
    { ref: "refs/osqr/work/xy", oid: first },
  ]);
  expect(await port.listRefs("refs/osqr/work/xy")).toHaveLength(1);
  expect(await port.listRefs("refs/osqr/none/")).toEqual([]);
  expect(await port.readRef("refs/osqr/work")).toBe(null);
  expect(await port.readRef("refs/heads/main")).toBe(second);
  await port.deleteRef("refs/osqr/work/x");
  await port.deleteRef("refs/osqr/work/x");
  expect(await port.readRef("refs/osqr/work/x")).toBe(null);
});

test("two that set the same ref at once: one wins", async () => {
  const repo = makeRepo();
  const commits = [1, 2, 3, 4].map(() => repo.commit());
  const { port } = await repo.open();
  const won = await Promise.all(commits.map((commit) => port.updateRef("refs/osqr/x", commit, null)));
  expect(won.filter(Boolean)).toHaveLength(1);
  expect(await port.readRef("refs/osqr/x")).toBe(commits[won.indexOf(true)]);
});

test("refs that are not osqr's, and hostile names, are refused before git sees them", async () => {
  const repo = makeRepo();
  const commit = repo.git("rev-parse", "HEAD");
  const { port } = await repo.open();
  const refs = [
    "refs/heads/main",
    "refs/osqr/../heads/main",
    "refs/osqr/",
    "HEAD",
    "refs/osqr/--upload-pack=x",
    "refs/osqr/`id`",
    "refs/osqr/a;touch$IFS",
    "refs/osqr/x|y",
    "refs/osqr/a b",
    "refs/osqr/a\nb",
    "refs/osqr/a..b",
    "refs/osqr/x.lock",
    "refs/osqr/x@{1}",
    "refs/osqr/.hidden",
  ];
  for (const ref of refs) {
    await expect(port.updateRef(ref, commit, null), ref).rejects.toMatchObject({ code: "bad-name" });
    await expect(port.deleteRef(ref), ref).rejects.toMatchObject({ code: "bad-name" });
  }
  for (const ref of ["--all", "refs/heads/main^{tree}", "main", "refs/*"]) {
    await expect(port.readRef(ref), ref).rejects.toMatchObject({ code: "bad-name" });
  }
  for (const oid of ["HEAD", "main", "--help", commit.slice(0, 10), `${commit}^`, ""]) {
    await expect(port.treeOf(oid), oid).rejects.toMatchObject({ code: "bad-name" });
  }
  expect(repo.git("for-each-ref")).toBe(`${commit} commit\trefs/heads/main`);
});

test("files of a commit are listed, found and read; folders, links and submodules are no files", async () => {
  const repo = makeRepo({ "docs/a.md": "A\n", "docs/b/c.md": "ü\n", "docs-more/d.md": "", top: "t" });
  symlinkSync("top", join(repo.root, "link"));
  const commit = repo.commit();
  const { port } = await repo.open();
  const names = async (under?: string[]) => (await port.listFiles(commit, under)).map(({ path }) => path);
  expect(await names()).toEqual(["docs-more/d.md", "docs/a.md", "docs/b/c.md", "top"]);
  expect(await names(["docs"])).toEqual(["docs/a.md", "docs/b/c.md"]);
  expect(await names(["docs/b/", "top", "absent", "*", "../x"])).toEqual(["docs/b/c.md", "top"]);
  expect(await names(["docs", ""])).toHaveLength(4);
  expect(await names([])).toEqual([]);
  expect((await port.listFiles(commit, ["docs/b"]))[0]).toMatchObject({ size: 3 });
  expect(await port.readFile(commit, "docs/b/c.md")).toBe("ü\n");
  expect(await port.hasFile(await port.treeOf(commit), "top")).toBe(true);
  for (const path of ["docs", "docs/", "link", "absent", "", "../top", "/top", "to\0p"]) {
    expect(await port.hasFile(commit, path), path).toBe(false);
    expect(await port.readFile(commit, path), path).toBe(null);
  }
});

test("blobs come in the order asked, too large ones as null", async () => {
  const repo = makeRepo({ a: "one\n", b: "\n\n", c: "x".repeat(1000), d: "" });
  const { port } = await repo.open();
  const files = await port.listFiles(repo.git("rev-parse", "HEAD"));
  const [a, b, c, d] = files.map(({ oid }) => oid) as [string, string, string, string];
  const texts = (await port.readBlobs([d, c, a, b, a], 999)).map((bytes) => bytes?.toString() ?? null);
  expect(texts).toEqual(["", null, "one\n", "\n\n", "one\n"]);
  expect(await port.readBlobs([], 10)).toEqual([]);
  expect(await port.readBlobs([c], 10)).toEqual([null]);
  const absent = "1".repeat(40);
  await expect(port.readBlobs([a, absent], 10)).rejects.toMatchObject({ code: "objects-missing" });
});

test("changes tell kind and lines; binary files have none", async () => {
  const repo = makeRepo({ a: "1\n2\n", b: "b\n", ":colon": "x\n" });
  const from = repo.git("rev-parse", "HEAD");
  repo.write("a", "1\n3\n4\n");
  repo.write("bin", Buffer.from([0, 1]));
  repo.write(":colon", "y\n");
  rmSync(join(repo.root, "b"));
  repo.write("tab\tname", "t\n");
  const { port } = await repo.open();
  expect(await port.changes(from, repo.commit())).toEqual([
    { path: ":colon", kind: "modified", added: 1, deleted: 1 },
    { path: "a", kind: "modified", added: 2, deleted: 1 },
    { path: "b", kind: "deleted", added: 0, deleted: 1 },
    { path: "bin", kind: "added", added: null, deleted: null },
    { path: "tab\tname", kind: "added", added: 1, deleted: 0 },
  ]);
  expect(await port.changes(from, from)).toEqual([]);
});

test("missing and damaged objects are told with what to do", async () => {
  const repo = makeRepo();
  const commit = repo.git("rev-parse", "HEAD");
  const { port } = await repo.open();
  const file = (revision: string) => {
    const oid = repo.git("rev-parse", revision);
    return join(repo.root, ".git/objects", oid.slice(0, 2), oid.slice(2));
  };
  const blob = file("HEAD:a.txt");
  rmSync(blob);
  const told = {
    code: "objects-missing",
    hints: expect.arrayContaining([expect.stringContaining("git fsck")]),
  };
  await expect(port.createWorkspace("a-1", commit)).rejects.toMatchObject(told);
  expect(await port.listWorkspaces()).toEqual([]);
  writeFileSync(blob, "not an object");
  await expect(port.readFile(commit, "a.txt")).rejects.toMatchObject(told);
  rmSync(file("HEAD^{tree}"));
  await expect(port.merge(commit, commit)).rejects.toMatchObject(told);
  await expect(port.listFiles(commit)).rejects.toMatchObject(told);
  rmSync(file("HEAD"));
  await expect(port.resolveBase(null)).rejects.toMatchObject(told);
});

test("the base is the one named, else the branch checked out, else main or master", async () => {
  const repo = makeRepo();
  const commit = repo.git("rev-parse", "HEAD");
  const { port } = await repo.open();
  expect(await port.resolveBase(null)).toEqual({ name: "main", commit, dirtyCheckouts: [] });
  repo.git("switch", "-qc", "feature/ü-1");
  expect(await port.resolveBase(null)).toMatchObject({ name: "feature/ü-1" });
  expect(await port.resolveBase("refs/heads/main")).toMatchObject({ name: "main" });
  repo.git("switch", "-q", "--detach");
  expect(await port.resolveBase(null)).toMatchObject({ name: "main" });
  repo.git("branch", "-m", "main", "master");
  expect(await port.resolveBase(null)).toMatchObject({ name: "master" });
  repo.git("symbolic-ref", "refs/heads/alias", "refs/heads/master");
  expect(await port.resolveBase("alias")).toMatchObject({ name: "master", commit });
  repo.git("symbolic-ref", "-d", "refs/heads/alias");
  repo.git("branch", "-m", "master", "trunk");
  await expect(port.resolveBase(null)).rejects.toMatchObject({
    code: "detached-head",
    hints: ["branches: feature/ü-1, trunk", expect.stringContaining("git switch")],
  });
});

test("a base that does not exist is answered with what there is", async () => {
  const repo = makeRepo();
  repo.git("branch", "develop");
  repo.git("update-ref", "refs/remotes/origin/release", "HEAD");
  const { port } = await repo.open();
  await expect(port.resolveBase("develpo")).rejects.toMatchObject({
    code: "base-missing",
    message: "the base branch develpo does not exist",
    hints: ["did you mean develop?", "branches: develop, main"],
  });
  await expect(port.resolveBase("release")).rejects.toMatchObject({
    hints: ["there is origin/release: git branch release origin/release", "branches: develop, main"],
  });
  for (const name of ["--upload-pack=x", "a;id", "$(id)", "a b", "HEAD", "", "x..y"]) {
    await expect(port.resolveBase(name), name).rejects.toMatchObject({ code: "bad-name" });
  }
});

test("checkouts of the base with local changes are named, untracked files do not count", async () => {
  const repo = makeRepo();
  const { port } = await repo.open();
  const dirty = async () => (await port.resolveBase("main")).dirtyCheckouts;
  repo.write("untracked", "x");
  expect(await dirty()).toEqual([]);
  repo.write("a.txt", "changed\n");
  expect(await dirty()).toEqual([repo.root]);
  repo.git("add", "a.txt");
  expect(await dirty()).toEqual([repo.root]);
  repo.git("switch", "-qc", "side");
  expect(await dirty()).toEqual([]);
});

test("the best common ancestor of two commits; none where they have nothing in common", async () => {
  const repo = makeRepo();
  const start = repo.git("rev-parse", "HEAD");
  const main = repo.commit("on main");
  repo.git("checkout", "-q", "-b", "side", start);
  const side = repo.commit("on the side");
  repo.git("checkout", "-q", "--orphan", "other");
  const other = repo.commit("of its own");
  const { port } = await repo.open();
  expect(await port.mergeBase(main, side)).toBe(start);
  expect(await port.mergeBase(start, side)).toBe(start);
  expect(await port.mergeBase(main, other)).toBeNull();
});
