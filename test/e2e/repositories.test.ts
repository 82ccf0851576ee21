import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLocalService } from "../../src/engine/local/open.ts";
import { orchestrate } from "../../src/index.ts";
import { openService, spec, toEnvironment } from "../support/e2e-repo.ts";
import { makeRepo } from "../support/git-repo.ts";

const SELECTION = { only: null, skip: [] };
const GO = { ...SELECTION, approve: [], approveAll: true, maxParallel: null, by: "test" };

const files = { "docs/a.md": spec({ "T1 Write it": "echo a > a.txt" }) };

test("what is no repository to work in is refused with a code, the place and the next step", async () => {
  const repo = makeRepo(files);
  const { folder, gitIn } = repo;
  const plain = join(folder, "plain");
  mkdirSync(plain);
  const empty = join(folder, "empty");
  gitIn(folder, "init", "-q", "-b", "main", empty);
  const bare = join(folder, "bare.git");
  gitIn(folder, "clone", "-q", "--bare", repo.root, bare);
  repo.commit("second");
  const shallow = join(folder, "shallow");
  gitIn(folder, "clone", "-q", "--depth=1", `file://${repo.root}`, shallow);
  const inside = join(repo.root, ".git");
  const { service } = await openService(repo);

  const refusals: Record<string, unknown> = {};
  for (const [name, root] of Object.entries({
    plain,
    "not there": join(folder, "nowhere"),
    empty,
    bare,
    shallow,
    inside,
  })) {
    const planned = await service.plan(root, SELECTION).catch((error: unknown) => error);
    const gone = await service.go(root, GO).catch((error: unknown) => error);
    expect(gone).toMatchObject({ code: (planned as { code: string }).code });
    const { code, message, hints } = planned as { code: string; message: string; hints: string[] };
    refusals[name] = [
      code,
      message.replaceAll(folder, "…"),
      ...hints.map((hint) => hint.replaceAll(folder, "…")),
    ];
  }
  expect(refusals).toMatchInlineSnapshot(`
    {
      "bare": [
        "bare-repository",
        "…/bare.git is a bare repository: it has no work tree",
        "run osqr in a clone of it, or in a worktree: git worktree add ../work main",
      ],
      "empty": [
        "no-commits",
        "…/empty has no commits yet",
        "make the first one: git add -A && git commit -m "start"",
      ],
      "inside": [
        "not-a-repository",
        "…/project/.git is inside a git directory, not a work tree",
        "run osqr in the work tree",
      ],
      "not there": [
        "not-a-repository",
        "…/nowhere: no such folder",
      ],
      "plain": [
        "not-a-repository",
        "…/plain is not inside a git repository",
        "run osqr in a repository, or make one: git init && git add -A && git commit -m start",
      ],
      "shallow": [
        "shallow-repository",
        "…/shallow is a shallow clone: its history is cut off, so merges cannot be trusted",
        "git fetch --unshallow",
      ],
    }
  `);
  expect(service.events(0, 10)).toEqual([]);
});

test("without a branch checked out, the base is main; where there is none, it is asked for", async () => {
  const repo = makeRepo(files);
  repo.git("switch", "-q", "--detach");
  const { service, go } = await openService(repo);
  const report = await go();
  expect(report.summary).toBe("Built 1 of 1.");
  expect(repo.git("show", "main:a.txt")).toBe("a");
  expect(repo.git("status", "--porcelain")).toBe("");
  repo.git("branch", "-m", "main", "trunk");
  await expect(service.plan(repo.root, SELECTION)).rejects.toMatchObject({
    code: "detached-head",
    message: `${repo.root}: no branch is checked out, and there is no main or master`,
    hints: ["branches: trunk", "name the base branch, or check one out: git switch <branch>"],
  });
});

test("a base branch that does not exist is refused with the nearest name", async () => {
  const repo = makeRepo(files);
  repo.git("branch", "release");
  const { service } = await openService(repo, { config: "base: relaese\n" });
  await expect(service.go(repo.root, GO)).rejects.toMatchObject({
    code: "base-missing",
    message: "the base branch relaese does not exist",
    hints: ["did you mean release?", "branches: main, release"],
  });
});

test("a library call that is refused frees the home", async () => {
  const repo = makeRepo(files);
  const plain = join(repo.folder, "plain");
  mkdirSync(plain);
  const env = toEnvironment(repo);
  await expect(orchestrate({ root: plain, env })).rejects.toMatchObject({ code: "not-a-repository" });
  const { service } = await openLocalService({ env });
  await service.close();
});
