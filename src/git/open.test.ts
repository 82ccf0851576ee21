import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder, makeRepo, type TestRepo } from "../../test/support/git-repo.ts";
import { openRepository } from "./open.ts";

const openAt = (repo: TestRepo, root: string) => {
  const { home, workFolder, environment } = repo;
  return openRepository({ root, home, workFolder, environment });
};

test("a repository is found from a folder below, from a file and through a link", async () => {
  const repo = makeRepo({ "src/deep/a.txt": "a\n" });
  const link = join(repo.folder, "link");
  symlinkSync(repo.root, link);
  for (const path of ["", "src/deep", "src/deep/a.txt"].map((each) => join(repo.root, each)).concat(link)) {
    expect(await openAt(repo, path)).toMatchObject({ root: repo.root, gitDir: join(repo.root, ".git") });
  }
});

test("a linked worktree is the same project, with its own top folder", async () => {
  const repo = makeRepo();
  const main = await repo.open();
  const path = join(repo.folder, "linked");
  repo.git("worktree", "add", "-q", "-b", "side", path);
  const linked = await openAt(repo, path);
  expect(linked).toMatchObject({ root: path, commonDir: main.commonDir, projectKey: main.projectKey });
  expect(await linked.port.resolveBase(null)).toMatchObject({ name: "side" });
  expect(main.projectKey).toMatch(/^p-[0-9a-f]{8}$/);
});

test("a worktree of a bare repository works", async () => {
  const repo = makeRepo();
  const bare = join(repo.folder, "bare.git");
  repo.git("clone", "-q", "--bare", repo.root, bare);
  const path = join(repo.folder, "from-bare");
  repo.gitIn(bare, "worktree", "add", "-q", path, "main");
  const { port } = await openAt(repo, path);
  const { commit } = await port.resolveBase("main");
  const tree = await port.editTree(commit, [{ path: "b", content: "b" }]);
  const next = await port.commit({ tree, parents: [commit], message: "b", at: 0 });
  expect(await port.land("main", commit, next)).toEqual({ kind: "landed", followed: true });
  expect(readdirSync(path).sort()).toEqual([".git", "a.txt", "b"]);
});

test("a git directory elsewhere (--separate-git-dir) works, its checkout follows", async () => {
  const repo = makeRepo();
  repo.git("init", "-q", "--separate-git-dir", join(repo.folder, "elsewhere.git"));
  const { port, commonDir } = await repo.open();
  expect(commonDir).toBe(join(repo.folder, "elsewhere.git"));
  const { commit } = await port.resolveBase(null);
  const tree = await port.editTree(commit, [{ path: "b", content: "b" }]);
  const next = await port.commit({ tree, parents: [commit], message: "b", at: 0 });
  expect(await port.land("main", commit, next)).toEqual({ kind: "landed", followed: true });
  expect(repo.read("b")).toBe("b");
});

test("a repository with SHA-256 works", async () => {
  const repo = makeRepo({});
  rmSync(join(repo.root, ".git"), { recursive: true });
  repo.git("init", "-q", "-b", "main", "--object-format=sha256");
  repo.write("a.txt", "a\n");
  const start = repo.commit();
  const { port } = await repo.open();
  const workspace = await port.createWorkspace("a-1", start);
  writeFileSync(join(workspace.tree, "b.txt"), "b\n");
  rmSync(join(workspace.tree, "a.txt"));
  const { files, commit } = await port.snapshot(workspace, "work", 0);
  expect(files.map(({ path, kind }) => `${kind} ${path}`)).toEqual(["deleted a.txt", "added b.txt"]);
  expect(commit).toHaveLength(64);
  expect(repo.gitIn(workspace.tree, "status", "--porcelain")).toBe(" D a.txt\n?? b.txt");
});

test("opening twice at once and again later is fine", async () => {
  const repo = makeRepo();
  await Promise.all([repo.open(), repo.open(), repo.open()]);
  const { projectKey } = await repo.open();
  expect(readdirSync(join(repo.home, "projects", projectKey))).toEqual(["git"]);
});

test("opening changes nothing in the repository", async () => {
  const repo = makeRepo();
  const list = () => readdirSync(join(repo.root, ".git"), { recursive: true }).sort();
  const before = list();
  await repo.open();
  expect(list()).toEqual(before);
});

test("a folder outside any repository, or none, is refused", async () => {
  const repo = makeRepo();
  await expect(openAt(repo, repo.folder)).rejects.toMatchObject({
    code: "not-a-repository",
    hints: [expect.stringContaining("git init")],
  });
  await expect(openAt(repo, join(repo.folder, "--upload-pack=x"))).rejects.toMatchObject({
    code: "not-a-repository",
    message: expect.stringContaining("no such folder"),
  });
  await expect(openAt(repo, join(repo.root, ".git"))).rejects.toMatchObject({ code: "not-a-repository" });
});

test("a bare repository is refused", async () => {
  const repo = makeRepo();
  const bare = join(repo.folder, "bare.git");
  repo.git("clone", "-q", "--bare", repo.root, bare);
  await expect(openAt(repo, bare)).rejects.toMatchObject({ code: "bare-repository" });
});

test("a shallow clone is refused with the way out", async () => {
  const repo = makeRepo();
  repo.write("b", "b");
  repo.commit();
  const shallow = join(repo.folder, "shallow");
  repo.git("clone", "-q", "--depth=1", `file://${repo.root}`, shallow);
  await expect(openAt(repo, shallow)).rejects.toMatchObject({
    code: "shallow-repository",
    hints: ["git fetch --unshallow"],
  });
});

test("a submodule is refused and names the project above", async () => {
  const repo = makeRepo();
  const inner = makeRepo({ "inner.txt": "x\n" });
  repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.root, "vendor/inner");
  repo.commit();
  await expect(openAt(repo, join(repo.root, "vendor/inner"))).rejects.toMatchObject({
    code: "inside-submodule",
    hints: [`run osqr in ${repo.root}`, expect.anything()],
  });
});

test("a repository without commits is refused", async () => {
  const repo = makeRepo({});
  await expect(repo.open()).rejects.toMatchObject({
    code: "no-commits",
    hints: [expect.stringContaining("git commit")],
  });
});

test("a repository whose git directory is damaged is refused", async () => {
  const repo = makeRepo();
  rmSync(join(repo.root, ".git", "HEAD"));
  await expect(repo.open()).rejects.toMatchObject({ code: "not-a-repository" });
});

test("missing git and a git that is too old are told apart", async () => {
  const repo = makeRepo();
  const folder = makeFolder();
  const open = () => openRepository({ ...repo, environment: { PATH: folder } });
  await expect(open()).rejects.toMatchObject({ code: "git-missing" });
  mkdirSync(join(folder, "git"));
  await expect(open()).rejects.toMatchObject({ code: "git-missing" });
  rmSync(join(folder, "git"), { recursive: true });
  writeFileSync(join(folder, "git"), "#!/bin/sh\necho git version 2.37.4\n");
  chmodSync(join(folder, "git"), 0o755);
  await expect(open()).rejects.toMatchObject({
    code: "git-too-old",
    message: expect.stringContaining('says "git version 2.37.4"'),
  });
});

test("a git program in a relative folder of PATH is not used", async () => {
  const repo = makeRepo();
  await expect(openRepository({ ...repo, environment: { PATH: "bin:." } })).rejects.toMatchObject({
    code: "git-missing",
  });
});

test("variables of a git hook do not lead to another repository", async () => {
  const repo = makeRepo();
  const other = makeRepo();
  const environment = {
    ...repo.environment,
    GIT_DIR: join(other.root, ".git"),
    GIT_WORK_TREE: other.root,
    GIT_INDEX_FILE: "/nowhere",
  };
  expect(await openRepository({ ...repo, environment })).toMatchObject({ root: repo.root });
});

test("a repository of another user is refused with git's own way out", async () => {
  const repo = makeRepo();
  if (process.getuid?.() !== 0) return;
  execFileSync("chown", ["-R", "12345", repo.root]);
  await expect(repo.open()).rejects.toMatchObject({ code: "unsafe-ownership" });
  execFileSync("git", ["config", "--global", "--add", "safe.directory", repo.root], {
    env: repo.environment,
  });
  const { port } = await repo.open();
  expect(await port.resolveBase(null)).toMatchObject({ name: "main" });
  expect(realpathSync(repo.root)).toBe(repo.root);
});
