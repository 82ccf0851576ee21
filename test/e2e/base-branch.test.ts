import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findView, openProject, openService, spec } from "../support/e2e-repo.ts";
import { makeRepo, seeRepo } from "../support/git-repo.ts";

const one = { "docs/a.md": spec({ "T1 Change it": "echo mine > a.txt" }), "a.txt": "a\n", "b.txt": "b\n" };

test("a base that somebody moves during the merge is merged again, with their commit below", async () => {
  const { repo, service, go, ofKind } = await openProject(one);
  let theirs = "";
  const stop = service.subscribe(({ kind }) => {
    if (kind !== "gates_run" || theirs !== "") return;
    repo.write("b.txt", "theirs\n");
    theirs = repo.commit("theirs");
  });
  const report = await go();
  stop();
  expect(report.summary).toBe("Built 1 of 1.");
  expect(ofKind("integration_started").map(({ onto }) => onto)).toHaveLength(2);
  expect(ofKind("workstream_landed")).toHaveLength(1);
  expect(repo.git("merge-base", "--is-ancestor", theirs, "main")).toBe("");
  expect([repo.read("a.txt"), repo.read("b.txt")]).toEqual(["mine\n", "theirs\n"]);
  expect(repo.git("status", "--porcelain")).toBe("");
});

test("a base that moves in the moment of landing is not overwritten", async () => {
  const { repo, service, go } = await openProject(one);
  repo.git("switch", "-q", "--detach");
  let theirs = "";
  service.subscribe(({ kind }) => {
    if (kind !== "landing_intended" || theirs !== "") return;
    theirs = repo.git("commit-tree", "-p", "main", "-m", "theirs", "main^{tree}");
    repo.git("update-ref", "refs/heads/main", theirs);
  });
  const report = await go();
  expect(report.summary).toBe("Built 1 of 1.");
  expect(repo.git("merge-base", "--is-ancestor", theirs, "main")).toBe("");
  expect(repo.git("show", "main:a.txt")).toBe("mine");
});

test("a base that does not stay still becomes a question; retried, the work lands once", async () => {
  const { repo, service, go, decide, ofKind } = await openProject(one);
  repo.git("switch", "-q", "--detach");
  const stop = service.subscribe(({ kind }) => {
    if (kind !== "landing_intended") return;
    repo.git(
      "update-ref",
      "refs/heads/main",
      repo.git("commit-tree", "-p", "main", "-m", "busy", "main^{tree}"),
    );
  });
  const [question] = (await go()).decisions;
  stop();
  expect(question?.question).toBe("a could not be merged: main moved 10 times while it was merged");
  const report = await decide(question?.id ?? "", "retry");
  expect(report.summary).toBe("Built 1 of 1.");
  expect(ofKind("workstream_landed")).toHaveLength(1);
  expect(
    repo
      .git("log", "--format=%s", "main")
      .split("\n")
      .filter((line) => line === "busy"),
  ).toHaveLength(10);
});

test("a base that is gone when its work is done becomes a question; back again, the work lands", async () => {
  const { repo, service, go, decide } = await openProject(one);
  repo.git("switch", "-q", "--detach");
  const stop = service.subscribe(({ kind }) => {
    if (kind === "attempt_started") repo.git("branch", "-m", "main", "elsewhere");
  });
  const [question] = (await go()).decisions;
  stop();
  expect(question?.question).toBe("a could not be merged: the base branch main does not exist");
  repo.git("branch", "-m", "elsewhere", "main");
  expect((await decide(question?.id ?? "", "retry")).summary).toBe("Built 1 of 1.");
  expect(repo.git("show", "main:a.txt")).toBe("mine");
});

test("local changes that are not in the way stay, and the checkout follows", async () => {
  const { repo, service, go } = await openProject(one);
  repo.write("b.txt", "not committed\n");
  repo.write("new.txt", "untracked\n");
  const plan = await service.plan(repo.root, { only: null, skip: [] });
  expect(plan.notes.join("\n")).toMatch(/local changes/);
  const report = await go();
  expect(findView(report, "a").held).toBeNull();
  expect([repo.read("a.txt"), repo.read("b.txt")]).toEqual(["mine\n", "not committed\n"]);
  expect(repo.git("status", "--porcelain")).toBe(" M b.txt\n?? new.txt");
  expect(repo.git("rev-parse", "main")).toBe(findView(report, "a").merged);
});

for (const { what, place, clear, status } of [
  {
    what: "a change to the same file",
    place: ["a.txt", "not committed\n"],
    clear: ["restore", "a.txt"],
    status: " M a.txt",
  },
  {
    what: "an untracked file",
    place: ["made.txt", "untracked\n"],
    clear: ["clean", "-fq", "made.txt"],
    status: "?? made.txt",
  },
] as const) {
  test(`${what} in the way: the branch stays, work goes on beside it, and follows when the way is free`, async () => {
    const { repo, service, go, quiet, reported } = await openProject({
      "docs/a.md": spec({ "T1 Change it": "echo mine > a.txt; echo made > made.txt" }),
      "docs/b.md": spec({ "T1 Build on it": "cat a.txt made.txt > b.txt" }, ["depends_on: [a]"]),
      "a.txt": "a\n",
    });
    const start = repo.git("rev-parse", "main");
    repo.write(place[0], place[1]);
    const report = await go();
    expect(report.summary).toBe("Built 2 of 2.");
    expect(findView(report, "b").held).toMatch(new RegExp(place[0]));
    expect(report.notes.find((note) => note.startsWith("main was not moved"))).toMatch(
      /The work is on refs\/osqr\/landed\/main; osqr follows when the way is free\.$/,
    );
    expect(repo.git("rev-parse", "main")).toBe(start);
    expect(repo.git("status", "--porcelain")).toBe(status);
    expect(repo.read(place[0])).toBe(place[1]);
    expect(repo.git("show", "refs/osqr/landed/main:b.txt")).toBe("mine\nmade");
    expect((await service.status(repo.root)).project?.held).toMatch(new RegExp(place[0]));

    repo.git(...clear);
    await quiet();
    const again = await go();
    expect(again.workstreams.map(({ held }) => held)).toEqual([null, null]);
    expect(repo.read("b.txt")).toBe("mine\nmade\n");
    expect(repo.git("status", "--porcelain")).toBe("");
    expect(repo.git("for-each-ref", "refs/osqr/landed")).toBe("");
    expect((await service.status(repo.root)).project?.held).toBeNull();
    expect(reported).toEqual([]);
  });
}

test("another branch is checked out: the base moves and the checkout is left alone", async () => {
  const { repo, go } = await openProject(one, { config: "base: main\n" });
  repo.git("switch", "-q", "-c", "mine");
  repo.write("a.txt", "not committed\n");
  const before = seeRepo(repo);
  await go();
  expect(repo.git("show", "main:a.txt")).toBe("mine");
  const after = seeRepo(repo);
  for (const part of ["head", "status", "index", "files", "stash", "config", "hooks"]) {
    expect(after[part], part).toBe(before[part]);
  }
});

test("beside refs/osqr and the base nothing of the user's repository changes", async () => {
  const repo = makeRepo(one);
  repo.git("branch", "other");
  repo.git("tag", "v1");
  repo.write("b.txt", "stashed\n");
  repo.git("stash", "-q");
  writeFileSync(join(repo.root, ".git/hooks/post-commit"), `#!/bin/sh\ntouch ${repo.folder}/ran\n`, {
    mode: 0o755,
  });
  const before = seeRepo(repo);
  const { go, quiet } = await openService(repo);
  await go();
  await quiet();
  const after = seeRepo(repo);
  for (const part of ["head", "stash", "config", "hooks", "info"])
    expect(after[part], part).toBe(before[part]);
  const others = (refs = "") => refs.split("\n").filter((line) => !line.startsWith("refs/heads/main "));
  expect(others(after.refs)).toEqual(others(before.refs));
  expect(repo.git("for-each-ref", "--format=%(refname)", "refs/osqr")).toBe("refs/osqr/handoffs");
  expect(repo.git("fsck", "--strict", "--no-dangling")).toBe("");
});
