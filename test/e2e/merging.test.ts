import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunReport } from "../../src/core/report/types.ts";
import {
  connectService,
  findDecision,
  findView,
  openProject,
  spec,
  type TestService,
  toStatuses,
} from "../support/e2e-repo.ts";
import { createRepo, type TestRepo } from "../support/git-repo.ts";

describe("work that conflicts with the base", () => {
  const names = ["redo", "theirs", "ours", "hand", "drop"];
  let repo: TestRepo;
  let osqr: TestService;
  let report: RunReport;

  beforeAll(async () => {
    const files = names.map((name) => [
      [`${name}.txt`, "start\n"],
      [
        `docs/${name}.md`,
        spec({
          "T1 Change it": `sleep 1; (cat ${name}.txt; echo work) > new; mv new ${name}.txt; sed -i s/start/mine/ ${name}.txt`,
        }),
      ],
    ]);
    repo = createRepo(Object.fromEntries(files.flat()));
    osqr = await connectService(repo, { config: "maxParallel: 16\n" });
    let started = 0;
    const stop = osqr.service.subscribe(({ kind }) => {
      if (kind !== "attempt_started" || ++started !== names.length) return;
      for (const name of names) repo.write(`${name}.txt`, "theirs\n");
      repo.commit("somebody else's work");
    });
    report = await osqr.go();
    stop();
  });

  afterAll(async () => {
    await osqr.close();
    rmSync(repo.folder, { recursive: true, force: true });
  });

  const answer = (name: string, option: string) => osqr.decide(findDecision(report, name).id, option);
  const show = (name: string) => repo.git("show", `main:${name}.txt`);

  test("asks, names the files, and touches nothing", () => {
    expect(report.summary).toMatch(/^Built 0 of 5\. #1 drop, .* need you\.$/);
    const decision = findDecision(report, "ours");
    expect(decision).toMatchObject({ type: "conflict", question: "ours conflicts with main in ours.txt" });
    expect(decision.options.map(({ id, recommended }) => [id, recommended])).toEqual([
      ["redo", true],
      ["keep-base", false],
      ["keep-work", false],
      ["by-hand", false],
      ["anew", false],
      ["cancel", false],
    ]);
    expect(names.map(show)).toEqual(names.map(() => "theirs"));
  });

  test("redo: all its tasks run again on the base as it is now, and the first try is kept", async () => {
    expect(findView(await answer("redo", "redo"), "redo").status).toBe("completed");
    expect(show("redo")).toBe("theirs\nwork");
    expect(repo.git("show", "refs/osqr/salvage/redo-1:redo.txt")).toBe("mine\nwork");
  });

  test("keep-base and keep-work: the one side's file counts", async () => {
    expect(findView(await answer("theirs", "keep-base"), "theirs").status).toBe("completed");
    expect(show("theirs")).toBe("theirs");
    expect(findView(await answer("ours", "keep-work"), "ours").status).toBe("completed");
    expect(show("ours")).toBe("mine\nwork");
  });

  test("by hand: what the operator merged lands; without it, the answer is refused with the steps", async () => {
    const decision = findDecision(report, "hand");
    const refused = await osqr.service.decide(repo.root, decision.id, "by-hand", "").catch((error) => error);
    expect([refused.code, refused.message]).toEqual([
      "hand-missing",
      expect.stringMatching(
        /waits for a merge at refs\/osqr\/hand\/hand that contains main .*it does not exist$/,
      ),
    ]);
    expect(refused.hints.at(-1)).toBe(`osqr decide ${decision.id} by-hand`);
    const commands = decision.context.split("\n").filter((line) => line.startsWith("  "));
    expect(commands.map((line) => line.trim().replace(/[0-9a-f]{40}/, "<commit>"))).toEqual([
      "git worktree add --detach ../by-hand <commit>",
      "cd ../by-hand && git merge refs/osqr/work/hand   # resolve, commit",
      "git update-ref refs/osqr/hand/hand HEAD",
      `osqr decide ${decision.id} by-hand`,
    ]);
    const tree = join(repo.folder, "by-hand");
    repo.git("worktree", "add", "-q", "--detach", tree, "main");
    expect(() => repo.gitIn(tree, "merge", "refs/osqr/work/hand")).toThrow();
    repo.gitIn(tree, "checkout", "-q", "--ours", "hand.txt");
    repo.gitIn(tree, "-c", "core.editor=true", "commit", "-qam", "by hand");
    repo.gitIn(tree, "update-ref", "refs/osqr/hand/hand", "HEAD");
    expect(findView(await osqr.decide(decision.id, "by-hand"), "hand").status).toBe("completed");
    expect(repo.git("log", "--format=%s", "main")).toContain("by hand");
    expect(show("hand")).toBe("theirs");
  });

  test("cancel: nothing lands, and the work is kept", async () => {
    const end = await answer("drop", "cancel");
    expect(end.summary).toBe("Built 4 of 5. #1 drop was cancelled.");
    await osqr.quiet();
    expect(show("drop")).toBe("theirs");
    expect(repo.git("show", "refs/osqr/salvage/drop-1:drop.txt")).toBe("mine\nwork");
  });
});

test("two tasks side by side that change the same line ask; redone, the second starts from the first", async () => {
  const { go, decide, repo } = await openProject({
    "list.txt": "start\n",
    "docs/a.md": spec({
      "T1 [P] One": "echo one > list.txt",
      "T2 [P] Two": "sleep 0.8; tail -n 1 list.txt > seen.txt; echo two > list.txt",
    }),
  });
  const report = await go();
  const decision = findDecision(report, "a");
  expect(decision).toMatchObject({
    type: "conflict",
    question: "T2 and a task beside it changed the same lines",
    context: "list.txt",
  });
  expect(decision.options.map(({ id }) => id)).toEqual(["redo", "keep-base", "keep-work", "cancel"]);
  expect((await decide(decision.id, "redo")).summary).toBe("Built 1 of 1.");
  expect([repo.git("show", "main:seen.txt"), repo.git("show", "main:list.txt")]).toEqual(["one", "two"]);
});

test("of two tasks side by side the operator may keep one side", async () => {
  const { go, decide, repo } = await openProject({
    "list.txt": "start\n",
    "docs/a.md": spec({
      "T1 [P] One": "echo one > list.txt",
      "T2 [P] Two": "sleep 0.8; echo two > list.txt",
    }),
  });
  const decision = findDecision(await go(), "a");
  expect((await decide(decision.id, "keep-base")).summary).toBe("Built 1 of 1.");
  expect(repo.git("show", "main:list.txt")).toBe("one");
});

test("work that changes .osqr asks before it joins, however many files it hides among", async () => {
  const { go, decide, repo } = await openProject({
    "docs/a.md": spec({
      "T1 Open up":
        "mkdir -p .osqr; echo 'sandbox: {network: open}' > .osqr/config.yaml; for i in $(seq 300); do echo > \"!$i\"; done",
    }),
  });
  const report = await go();
  const decision = findDecision(report, "a");
  expect(decision).toMatchObject({ type: "approval", context: ".osqr/config.yaml" });
  expect(decision.options.map(({ id }) => id)).toEqual(["keep-work", "redo", "cancel"]);
  expect(repo.git("ls-tree", "-r", "--name-only", "main", ".osqr")).toBe("");
  expect((await decide(decision.id, "keep-work")).summary).toBe("Built 1 of 1.");
  expect(repo.git("show", "main:.osqr/config.yaml")).toBe("sandbox: {network: open}");
});

test("a spec that its author edits meanwhile lands with the edit and the ticks", async () => {
  const { service, go, repo } = await openProject({
    "docs/a.md": spec({ "T1 Write it": "sleep 0.5; echo a > a.txt", "T2 Write more": "echo b > b.txt" }),
  });
  const stop = service.subscribe(({ kind }) => {
    if (kind !== "attempt_completed") return;
    stop();
    repo.write("docs/a.md", repo.read("docs/a.md").replace("# Some work", "# Some work\n\nA word more."));
    repo.commit("edited");
  });
  expect((await go()).summary).toBe("Built 1 of 1.");
  const text = repo.git("show", "main:docs/a.md");
  expect(text).toContain("A word more.");
  expect(text.match(/- \[x\]/g)).toHaveLength(2);
  expect(text).toContain("status: done");
});

test("the landing is one merge that ticks the boxes, and its message names the work", async () => {
  const { go, repo } = await openProject({
    "docs/a.md": spec({ "T1 Write it": "echo a > a.txt", "T2 Write more": "echo b > b.txt" }),
  });
  const merged = findView(await go(), "a").merged ?? "";
  expect(repo.git("log", "-1", "--format=%B", merged)).toMatchInlineSnapshot(`
    "a: Some work

    - T1 Write it
    - T2 Write more

    Osqr-Workstream: a
    Osqr-Spec: docs/a.md"
  `);
  expect(repo.git("diff", "--name-only", `${merged}^1`, merged).split("\n")).toEqual([
    "a.txt",
    "b.txt",
    "docs/a.md",
  ]);
  expect(repo.git("rev-list", "--first-parent", "--count", "main")).toBe("2");
});

test("each task leaves a handoff, and the next one finds it in its briefing", async () => {
  const { go, quiet, repo } = await openProject({
    "docs/a.md": spec({ "T1 Write it": "echo a > a.txt", "T2 Read on": 'cp "$OSQR_BRIEFING" briefing.md' }),
  });
  await go();
  await quiet();
  const files = repo.git("ls-tree", "-r", "--name-only", "refs/osqr/handoffs").split("\n");
  expect(files.map((path) => path.replace(/(?:\/|-)[0-9a-f]{10}([-.])/, "$1"))).toEqual([
    "a/integration-integrated.json",
    "a/integration-integrated.md",
    "a/t1/a-1.json",
    "a/t1/a-1.md",
    "a/t2/a-2.json",
    "a/t2/a-2.md",
  ]);
  const handoff: unknown = JSON.parse(repo.git("show", `refs/osqr/handoffs:${files[2]}`));
  expect(handoff).toMatchObject({
    schemaVersion: 2,
    workItem: { name: "a" },
    task: { key: "T1", title: "Write it" },
    actor: { name: "command", kind: "executor" },
    next: { action: "T2 Read on" },
    files: ["a.txt"],
    spec: { path: "docs/a.md" },
  });
  const briefing = repo.git("show", "main:briefing.md");
  expect(briefing).toContain("# T2 Read on");
  expect(briefing).toContain(`## Handoff ${files[3]}`);
  expect(briefing).toContain("## Spec docs/a.md");
});

test("many tasks that end at the same moment all join and leave their handoffs", async () => {
  const tasks = Array.from({ length: 8 }, (_, index) => [
    `T${index + 1} [P] Write`,
    `echo > ${index + 1}.txt`,
  ]);
  const { go, quiet, repo } = await openProject(
    { "docs/a.md": spec(Object.fromEntries(tasks)) },
    { config: "maxParallel: 8\n" },
  );
  expect((await go()).summary).toBe("Built 1 of 1.");
  await quiet();
  expect(repo.git("ls-tree", "--name-only", "main").split("\n")).toHaveLength(9);
  expect(repo.git("ls-tree", "-r", "--name-only", "refs/osqr/handoffs").split("\n")).toHaveLength(18);
});

test("a task that changes nothing is done, and where nothing is to land nothing is landed", async () => {
  const { go, repo } = await openProject({
    "docs/a.md": spec({ "T1 Look": "test -e docs/a.md" }),
    "docs/b.md": spec({ "T1 Look": "true" }),
  });
  const report = await go();
  expect(toStatuses(report)).toEqual({ a: "completed", b: "completed" });
  expect(repo.git("diff", "--name-only", "main~2", "main").split("\n")).toEqual(["docs/a.md", "docs/b.md"]);
});
