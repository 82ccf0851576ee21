import { describe, expect, test } from "vitest";
import { handRef } from "../../src/engine/effects/refs.ts";
import type { RevertOptions } from "../../src/engine/flow-service.ts";
import {
  findDecision,
  findView,
  openProject,
  spec,
  type TestService,
  toStatuses,
} from "../support/e2e-repo.ts";
import type { TestRepo } from "../support/git-repo.ts";

type Opened = TestService & { readonly repo: TestRepo };

const SEARCH = spec({
  "T1 Write it": "printf 'found\\n' > search.txt\nprintf 'one\\nTWO\\nthree\\n' > shared.txt",
});
const FILES = { "docs/search.md": SEARCH, "shared.txt": "one\ntwo\nthree\n", "keep.txt": "kept\n" };
const BECAUSE: RevertOptions = { to: null, because: "it broke the index", signer: "dana" };

const treeOf = (repo: TestRepo, commit: string): string => repo.git("rev-parse", `${commit}^{tree}`);

/** Asks for the revert and waits until nothing goes on without a person. */
async function revert({ service, repo, events, rest }: Opened, options: Partial<RevertOptions> = {}) {
  const after = events().at(-1)?.seq ?? 0;
  const view = await service.revert(repo.root, "search", { ...BECAUSE, ...options });
  await rest(after);
  return view;
}

describe("a landed workstream that is reverted", () => {
  test("leaves the base as it was, to the byte, and rests", async () => {
    const opened = await openProject(FILES);
    const { repo, ofKind, go, report, quiet } = opened;
    const start = repo.git("rev-parse", "main");
    await go();
    const landed = repo.git("rev-parse", "main");
    expect(treeOf(repo, landed)).not.toBe(treeOf(repo, start));
    const view = await revert(opened);
    await quiet();
    expect(view).toMatchObject({ workstream: "search", commit: landed, base: "main", onTop: [], ahead: 0 });
    expect(treeOf(repo, "main")).toBe(treeOf(repo, start));
    expect(repo.git("rev-parse", "main^")).toBe(landed);
    expect(repo.read("docs/search.md")).toBe(SEARCH);
    expect(repo.git("status", "--porcelain")).toBe("");
    expect(repo.git("log", "-1", "--format=%B")).toBe(
      [
        'Revert "search: Some work"',
        "",
        "it broke the index",
        "",
        `This takes ${landed} out again, as dana wanted.`,
        "",
        `Osqr-Reverts: ${landed}`,
        "Osqr-Workstream: search",
      ].join("\n"),
    );
    expect(ofKind("workstream_reverted")).toMatchObject([
      { commit: repo.git("rev-parse", "main"), held: null },
    ]);
    const now = await report();
    expect(toStatuses(now)).toEqual({ search: "paused" });
    expect(now.status).toBe("needs_you");
    expect(repo.git("for-each-ref", "refs/osqr/work", "refs/osqr/hand", "refs/osqr/landed")).toBe("");
  });

  test("is known to a go, which does not build it, and lands again when it is resumed", async () => {
    const opened = await openProject(FILES);
    const { repo, service, go, ofKind, until, report } = opened;
    await go();
    const landed = treeOf(repo, "main");
    await revert(opened);
    const again = await service.go(repo.root, {
      only: null,
      skip: [],
      approve: [],
      approveAll: true,
      maxParallel: null,
      by: "test",
    });
    expect(again.plan.workstreams.map(({ name, known, status }) => ({ name, known, status }))).toEqual([
      { name: "search", known: true, status: "paused" },
    ]);
    await service.steer(repo.root, "resume", ["search"], "");
    await until("workstream_landed", ({ seq }) => seq > (ofKind("workstream_reverted")[0]?.seq ?? 0));
    expect(treeOf(repo, "main")).toBe(landed);
    expect(toStatuses(await report())).toEqual({ search: "completed" });
    expect(ofKind("workstream_added")).toHaveLength(1);
  });

  test("goes on at the step that was named", async () => {
    const opened = await openProject(FILES);
    const { repo, go, until, ofKind } = opened;
    await go();
    const landed = treeOf(repo, "main");
    await revert(opened, { to: "tasks" });
    await until("workstream_landed", ({ seq }) => seq > (ofKind("workstream_reverted")[0]?.seq ?? 0));
    expect(treeOf(repo, "main")).toBe(landed);
  });

  test("leaves what others and people did later, and names who built on it", async () => {
    const opened = await openProject({
      ...FILES,
      "docs/page.md": spec({ "T1 Write it": "printf 'page\\n' > page.txt" }, ["dependsOn: [search]"]),
    });
    const { repo, go, report } = opened;
    await go();
    repo.write("keep.txt", "changed\n");
    repo.write("shared.txt", "one\nTWO\nthree\nfour\n");
    repo.commit("by hand");
    const view = await revert(opened);
    expect(view.onTop).toEqual(["page"]);
    expect(repo.read("page.txt")).toBe("page\n");
    expect(repo.read("keep.txt")).toBe("changed\n");
    expect(repo.read("shared.txt")).toBe("one\ntwo\nthree\nfour\n");
    expect(repo.git("ls-tree", "main", "search.txt")).toBe("");
    expect(toStatuses(await report())).toEqual({ search: "paused", page: "completed" });
  });

  test("and whose work is skipped then, has nothing in the base that could be taken out again", async () => {
    const search = spec({ "T1 Write it": "test ! -e closed.txt || exit 1\nprintf 'found\\n' > search.txt" });
    const opened = await openProject({ "docs/search.md": search });
    const { repo, service, go, report, rest, events, decide } = opened;
    await go();
    await revert(opened);
    repo.write("closed.txt", "closed\n");
    repo.commit("by hand");
    const after = events().at(-1)?.seq ?? 0;
    await service.steer(repo.root, "resume", ["search"], "");
    await rest(after);
    await decide(findDecision(await report(), "search").id, "skip");
    expect(toStatuses(await report())).toEqual({ search: "completed" });
    await expect(service.revert(repo.root, "search", BECAUSE)).rejects.toMatchObject({
      code: "nothing-to-revert",
    });
    expect(repo.git("ls-tree", "main", "search.txt")).toBe("");
  });

  test("goes where the work is, while local changes hold the branch back", async () => {
    const opened = await openProject(FILES);
    const { repo, go, ofKind } = opened;
    await go();
    const landed = repo.git("rev-parse", "main");
    repo.write("shared.txt", "mine\n");
    await revert(opened);
    expect(repo.git("rev-parse", "main")).toBe(landed);
    const [reverted] = ofKind("workstream_reverted");
    expect(reverted?.held).toContain("shared.txt");
    expect(repo.git("rev-parse", "refs/osqr/landed/main")).toBe(reverted?.commit);
    expect(repo.read("shared.txt")).toBe("mine\n");
  });

  test("is taken out of what is held back, before the branch has seen it", async () => {
    const opened = await openProject(FILES);
    const { repo, go, quiet, service } = opened;
    const start = repo.git("rev-parse", "main");
    repo.write("shared.txt", "mine\n");
    await go();
    expect(repo.git("rev-parse", "main")).toBe(start);
    await revert(opened);
    repo.write("shared.txt", "one\ntwo\nthree\n");
    await service.status(repo.root);
    await quiet();
    expect(treeOf(repo, "main")).toBe(treeOf(repo, start));
    expect(repo.git("status", "--porcelain")).toBe("");
  });
});

describe("a revert that conflicts", () => {
  /** Somebody built on the same line. */
  async function openConflict(): Promise<Opened> {
    const opened = await openProject(FILES);
    await opened.go();
    opened.repo.write("shared.txt", "one\nTWO, and more\nthree\n");
    opened.repo.commit("by hand");
    await revert(opened);
    return opened;
  }

  test("asks, and leaves the base alone", async () => {
    const { repo, report } = await openConflict();
    const now = await report();
    const decision = findDecision(now, "search");
    expect(decision.question).toBe(
      "search cannot be taken out of main: what came after it conflicts in shared.txt",
    );
    expect(decision.options.map(({ id }) => id)).toEqual(["retry", "by-hand", "leave"]);
    expect(decision.context).toContain("git revert -m 1");
    expect(toStatuses(now)).toEqual({ search: "blocked" });
    expect(repo.git("log", "-1", "--format=%s", "main")).toBe("by hand");
  });

  test("is known to a plan and left alone by what steers all", async () => {
    const { repo, service, report } = await openConflict();
    await expect(service.steer(repo.root, "cancel", null, "")).resolves.toEqual([]);
    const { workstreams } = await service.plan(repo.root, { only: null, skip: [] });
    const { id } = findDecision(await report(), "search");
    expect(workstreams.map(({ name, known, waitsFor }) => ({ name, known, waitsFor }))).toEqual([
      { name: "search", known: true, waitsFor: [id] },
    ]);
    expect((await service.why(repo.root, "search")).sentences.slice(0, 4)).toEqual([
      "search is blocked: 1 of 1 tasks are done.",
      `Next: your answer to ${id}.`,
      expect.stringContaining("taken out of the base again: it broke the index."),
      "It could not be reverted.",
    ]);
  });

  test("can be left: the work stays, and the workstream is done", async () => {
    const { repo, report, decide } = await openConflict();
    const tip = repo.git("rev-parse", "main");
    await decide(findDecision(await report(), "search").id, "leave");
    expect(toStatuses(await report())).toEqual({ search: "completed" });
    expect(repo.git("rev-parse", "main")).toBe(tip);
  });

  test("can be made by hand", async () => {
    const { repo, report, service, until, quiet } = await openConflict();
    const { id } = findDecision(await report(), "search");
    await expect(service.decide(repo.root, id, "by-hand", "")).rejects.toMatchObject({
      code: "hand-missing",
    });
    repo.git("checkout", "-q", "--detach", "main");
    repo.git("rm", "-q", "search.txt");
    repo.write("shared.txt", "one\ntwo, and more\nthree\n");
    const hand = repo.commit("without search");
    repo.git("checkout", "-q", "main");
    repo.git("update-ref", handRef({ name: "search" } as never), hand);
    await service.decide(repo.root, id, "by-hand", "");
    await until("workstream_reverted");
    await quiet();
    expect(treeOf(repo, "main")).toBe(treeOf(repo, hand));
    expect(repo.git("log", "-1", "--format=%P", "main").split(" ")[1]).toBe(hand);
    expect(repo.git("for-each-ref", "refs/osqr/hand")).toBe("");
  });

  test("cannot be cancelled, and can be tried again once nothing is in the way", async () => {
    const { repo, report, service, until } = await openConflict();
    await expect(service.steer(repo.root, "cancel", ["search"], "")).rejects.toMatchObject({
      code: "workstream-reverting",
    });
    repo.git("reset", "-q", "--hard", "HEAD^");
    await service.decide(repo.root, findDecision(await report(), "search").id, "retry", "");
    await until("workstream_reverted");
    expect(repo.read("shared.txt")).toBe("one\ntwo\nthree\n");
  });
});

describe("gates on the tree without it", () => {
  const GATED = {
    ...FILES,
    ".osqr/config.yaml": "gates:\n  needs: test ! -f page.txt || test -f search.txt\n",
    "docs/page.md": spec({ "T1 Write it": "printf 'page\\n' > page.txt" }, ["dependsOn: [search]"]),
  };

  test("stop it where others need it, and the operator may revert all the same", async () => {
    const opened = await openProject(GATED);
    const { repo, go, report, service, until } = opened;
    await go();
    await revert(opened);
    const decision = findDecision(await report(), "search");
    expect(decision.options.map(({ id }) => id)).toEqual(["retry", "land-anyway", "by-hand", "leave"]);
    expect(decision.question).toContain("failed on the tree without it");
    expect(decision.context).toContain("landed on top of it: page");
    expect(findView(await report(), "search").gates).toMatchObject([
      { status: "passed" },
      { name: "secrets", status: "passed" },
    ]);
    await service.decide(repo.root, decision.id, "land-anyway", "page goes next");
    await until("workstream_reverted");
    expect(repo.git("ls-tree", "main", "search.txt")).toBe("");
  });
});

test("a base whose history was rewritten says so, and what to do; where the work is out already, that is enough", async () => {
  const opened = await openProject(FILES);
  const { repo, go, report, service, until } = opened;
  const start = repo.git("rev-parse", "main");
  await go();
  repo.git("reset", "-q", "--hard", start);
  repo.write("keep.txt", "again\n");
  const rewritten = repo.commit("another history");
  await revert(opened);
  const decision = findDecision(await report(), "search");
  expect(decision.question).toContain("is not in main any more: its history was rewritten");
  expect(decision.context).toContain("git update-ref refs/osqr/hand/search HEAD");
  repo.git("update-ref", "refs/osqr/hand/search", rewritten);
  await service.decide(repo.root, decision.id, "by-hand", "");
  await until("workstream_reverted", ({ commit }) => commit === rewritten);
  expect(repo.git("rev-parse", "main")).toBe(rewritten);
});

test("what runs after the merge is ended at once, and is to be done again after the next one", async () => {
  const workflow = [
    "name: released",
    "version: 1",
    "steps:",
    "  - key: build",
    "    kind: tasks",
    "  - key: merge",
    "    kind: integrate",
    "  - key: release",
    "    kind: work",
    "    title: Release it",
    "    run: sleep 120",
  ].join("\n");
  const opened = await openProject({
    ".osqr/workflows/released.yaml": workflow,
    "docs/search.md": SEARCH.replace("status: ready", "status: ready\nworkflow: released"),
    "shared.txt": "one\ntwo\nthree\n",
  });
  const { repo, start, until, ofKind, quiet, report } = opened;
  const before = treeOf(repo, "main");
  await start();
  const landed = await until("workstream_landed");
  await until("attempt_started", ({ seq }) => seq > landed.seq);
  await revert(opened, { to: null });
  await quiet();
  expect(ofKind("attempt_ended").map(({ outcome, reason }) => [outcome, reason])).toEqual([
    ["cancelled", "its merge is taken back"],
  ]);
  expect(treeOf(repo, "main")).toBe(before);
  const { items } = findView(await report(), "search");
  expect(items.map(({ key, status }) => [key, status])).toEqual([
    ["T1", "pending"],
    ["release", "pending"],
  ]);
});

test("two reverts go one after the other, in the order in which they were asked for", async () => {
  const opened = await openProject({
    ...FILES,
    "docs/page.md": spec({ "T1 Write it": "printf 'page\\n' > page.txt" }),
  });
  const { repo, go, service, until, ofKind } = opened;
  const start = repo.git("rev-parse", "main");
  await go();
  await service.revert(repo.root, "page", BECAUSE);
  await service.revert(repo.root, "search", BECAUSE);
  await until("workstream_reverted", ({ workstream }) => workstream.endsWith("search"));
  expect(ofKind("workstream_reverted").map(({ workstream }) => workstream.split("/").at(-1))).toEqual([
    "page",
    "search",
  ]);
  expect(treeOf(repo, "main")).toBe(treeOf(repo, start));
});

test("what cannot be reverted is refused with a reason", async () => {
  const opened = await openProject({ "docs/search.md": spec({ "T1 Wait": "false" }) });
  const { repo, go, service } = opened;
  await go();
  await expect(service.revert(repo.root, "search", BECAUSE)).rejects.toMatchObject({ code: "not-landed" });
  await expect(service.revert(repo.root, "nothing", BECAUSE)).rejects.toMatchObject({
    code: "unknown-workstream",
  });
});
