import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeRepo, writeBelow } from "../../test/support/git-repo.ts";
import { openRepository } from "./open.ts";

test("a workspace holds the files of its start, and an agent can look around in it with git", async () => {
  const repo = makeRepo({ "a.txt": "a\n", "bin/run": "#!/bin/sh\n" });
  const start = repo.git("rev-parse", "HEAD");
  repo.write("later", "x");
  repo.commit();
  const { port } = await repo.open();
  const workspace = await port.createWorkspace("a-1", start);
  expect(workspace).toEqual({
    name: "a-1",
    tree: join(repo.workFolder, "a-1/tree"),
    gitDir: join(repo.workFolder, "a-1/git"),
    objectStores: [join(repo.root, ".git/objects")],
    start,
  });
  expect(readdirSync(workspace.tree).sort()).toEqual([".git", "a.txt", "bin"]);
  const look = (...args: string[]) => repo.gitIn(workspace.tree, ...args);
  expect(look("status", "--porcelain")).toBe("");
  expect(look("log", "--format=%s")).toBe("start");
  writeBelow(workspace.tree, "a.txt", "A\n");
  expect(look("diff", "--stat")).toContain("a.txt | 2 +-");
  expect(look("remote")).toBe("");
  expect(look("rev-parse", "--show-toplevel")).toBe(workspace.tree);
  expect(repo.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/osqr")).toBe(
    `refs/osqr/live/a-1 ${start}`,
  );
});

test("what an agent does to its git directory changes neither the project nor the snapshot", async () => {
  const repo = makeRepo();
  const start = repo.git("rev-parse", "HEAD");
  const { port } = await repo.open();
  const workspace = await port.createWorkspace("a-1", start);
  const as = (...args: string[]) => repo.gitIn(workspace.tree, "-c", "user.name=agent", ...args);
  writeBelow(workspace.tree, "b", "b\n");
  as("add", "b");
  as("commit", "-qm", "by the agent");
  as("update-ref", "refs/heads/main", "HEAD");
  as("gc", "--quiet", "--prune=now");
  writeFileSync(join(workspace.gitDir, "config"), "broken [");
  const { commit, files } = await port.snapshot(workspace, "work", 0);
  expect(files.map(({ path }) => path)).toEqual(["b"]);
  expect(repo.git("rev-parse", "main")).toBe(start);
  expect(repo.git("rev-parse", `${commit}^`)).toBe(start);
  expect(repo.git("fsck", "--connectivity-only", commit)).toBe("");
});

test("the start of a live workspace outlives garbage collection", async () => {
  const repo = makeRepo();
  const { port } = await repo.open();
  repo.write("b", "b\n");
  const start = repo.commit();
  const workspace = await port.createWorkspace("a-1", start);
  repo.git("reset", "-q", "--hard", "HEAD~1");
  repo.git("reflog", "expire", "--expire=now", "--all");
  repo.git("gc", "--quiet", "--prune=now");
  writeBelow(workspace.tree, "c", "c\n");
  expect((await port.snapshot(workspace, "work", 0)).files.map(({ path }) => path)).toEqual(["c"]);
});

test("five workspaces are made, changed and removed at once", async () => {
  const repo = makeRepo({ "a.txt": "a\n", "src/b.txt": "b\n" });
  const start = repo.git("rev-parse", "HEAD");
  const { port, emptyTrash } = await repo.open();
  const names = ["a-1", "a-2", "a-3", "a-4", "a-5"];
  const commits = await Promise.all(
    names.map(async (name) => {
      const workspace = await port.createWorkspace(name, start);
      writeBelow(workspace.tree, name, name);
      return (await port.snapshot(workspace, name, 0)).commit;
    }),
  );
  expect(new Set(commits).size).toBe(5);
  expect(await port.listWorkspaces()).toEqual(names);
  await Promise.all(names.map((name) => port.removeWorkspace(name)));
  expect(await port.listWorkspaces()).toEqual([]);
  expect(await port.listRefs("refs/osqr/")).toEqual([]);
  await emptyTrash();
  expect(readdirSync(join(repo.workFolder, ".trash"))).toEqual([]);
});

test("a name can be taken once, and again after its removal", async () => {
  const repo = makeRepo();
  const start = repo.git("rev-parse", "HEAD");
  const { port } = await repo.open();
  const both = await Promise.allSettled([
    port.createWorkspace("a-1", start),
    port.createWorkspace("a-1", start),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  await expect(port.createWorkspace("a-1", start)).rejects.toMatchObject({ code: "workspace-exists" });
  expect(await port.findWorkspace("a-1")).toMatchObject({ start });
  await port.removeWorkspace("a-1");
  await port.removeWorkspace("a-1");
  expect(await port.findWorkspace("a-1")).toBe(null);
  await port.createWorkspace("a-1", start);
});

test("names are checked", async () => {
  const repo = makeRepo();
  const { port } = await repo.open();
  for (const name of ["", "../x", "A", "a/b", "-a", ".trash", "a b", "a\n", "x".repeat(65)]) {
    await expect(port.createWorkspace(name, repo.git("rev-parse", "HEAD")), name).rejects.toMatchObject({
      code: "bad-name",
    });
    await expect(port.removeWorkspace(name), name).rejects.toMatchObject({ code: "bad-name" });
  }
});

test("projects that share a work folder see and remove only their own workspaces", async () => {
  const one = makeRepo();
  const two = makeRepo();
  const { port } = await one.open();
  const { home, workFolder, environment } = one;
  const other = await openRepository({ root: two.root, home, workFolder, environment });
  await port.createWorkspace("a-1", one.git("rev-parse", "HEAD"));
  await other.port.createWorkspace("a-2", two.git("rev-parse", "HEAD"));
  expect(await port.listWorkspaces()).toEqual(["a-1"]);
  expect(await other.port.listWorkspaces()).toEqual(["a-2"]);
  expect(await other.port.findWorkspace("a-1")).toBe(null);
  await expect(other.port.removeWorkspace("a-1")).rejects.toMatchObject({ code: "bad-name" });
});

test("a workspace whose checkout was cut off is listed, but there is no work in it to find", async () => {
  const repo = makeRepo();
  const start = repo.git("rev-parse", "HEAD");
  const { port, projectKey } = await repo.open();
  mkdirSync(join(repo.workFolder, "a-1/tree"), { recursive: true });
  writeFileSync(join(repo.workFolder, "a-1/record"), JSON.stringify({ project: projectKey, start }));
  expect(await port.listWorkspaces()).toEqual(["a-1"]);
  expect(await port.findWorkspace("a-1")).toBe(null);
  await port.removeWorkspace("a-1");
  expect(await port.listWorkspaces()).toEqual([]);
});

test("the trash takes folders that may not be written, and what earlier processes left", async () => {
  const repo = makeRepo();
  const { port, emptyTrash, projectKey } = await repo.open();
  const { tree } = await port.createWorkspace("a-1", repo.git("rev-parse", "HEAD"));
  writeBelow(tree, "locked/inside/x", "x");
  chmodSync(join(tree, "locked/inside"), 0o500);
  chmodSync(join(tree, "locked"), 0o000);
  await port.removeWorkspace("a-1");
  const leftovers = [
    join(repo.workFolder, ".trash/old"),
    join(repo.workFolder, ".new-x"),
    join(repo.home, "projects", projectKey, "tmp/t-x"),
  ];
  for (const folder of leftovers) mkdirSync(join(folder, "deep"), { recursive: true });
  await emptyTrash();
  expect(leftovers.filter(existsSync)).toEqual([]);
  expect(readdirSync(join(repo.workFolder, ".trash"))).toEqual([]);
});

test("a start that is no commit leaves nothing behind", async () => {
  const repo = makeRepo();
  const { port } = await repo.open();
  for (const start of ["1".repeat(40), repo.git("rev-parse", "HEAD:a.txt")]) {
    await expect(port.createWorkspace("a-1", start)).rejects.toMatchObject({ name: "GitError" });
  }
  expect(await port.listWorkspaces()).toEqual([]);
  expect(await port.listRefs("refs/osqr/")).toEqual([]);
});

test("disk use counts the workspaces and what is free, also before there are any", async () => {
  const repo = makeRepo();
  const { port } = await repo.open();
  const before = await port.diskUse();
  expect(before.usedBytes).toBe(0);
  expect(before.freeBytes).toBeGreaterThan(0);
  const { tree } = await port.createWorkspace("a-1", repo.git("rev-parse", "HEAD"));
  writeBelow(tree, "big", Buffer.alloc(1_000_000, 1));
  expect((await port.diskUse()).usedBytes).toBeGreaterThan(1_000_000);
});

test("object stores that the project borrows from are named, and used", async () => {
  const repo = makeRepo();
  const path = join(repo.folder, "borrower");
  repo.git("clone", "-q", "--shared", repo.root, path);
  const { home, workFolder, environment } = repo;
  const { port } = await openRepository({ root: path, home, workFolder, environment });
  const workspace = await port.createWorkspace("a-1", repo.git("rev-parse", "HEAD"));
  expect(workspace.objectStores).toEqual([join(path, ".git/objects"), join(repo.root, ".git/objects")]);
  expect(readFileSync(join(workspace.tree, "a.txt"), "utf8")).toBe("a\n");
});
