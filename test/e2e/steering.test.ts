import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { orchestrate } from "../../src/index.ts";
import { findProcesses } from "../../src/sandbox/testing.ts";
import { findDecision, findView, openProject, spec, toEnvironment, toStatuses } from "../support/e2e-repo.ts";
import { makeRepo } from "../support/git-repo.ts";

const napping = () => `sleep ${process.pid}.${Date.now()}`;
/** Fails as long as the first attempt runs. */
const failOnce = 'if [ "$OSQR_ATTEMPT" = a-1 ]; then echo "it broke"; exit 3; fi';

test("a task that fails asks with its last lines, and its work is kept; retried, it lands", async () => {
  const { go, decide, repo } = await openProject({
    "docs/a.md": spec({ "T1 Write it": `echo half > a.txt; seq 1 100; ${failOnce}; echo whole > a.txt` }),
  });
  const report = await go();
  expect(report.status).toBe("needs_you");
  const decision = findDecision(report, "a");
  expect(decision).toMatchObject({ type: "error", group: "blocking", blocks: ["a#T1"] });
  expect(decision.question).toBe("T1 failed: exit 3");
  const lines = decision.context.split("\n");
  expect([lines.length, lines.at(0), lines.at(-1)]).toEqual([40, "62", "it broke"]);
  const salvage = findView(report, "a").salvage[0] ?? "";
  expect(salvage).toBe("refs/osqr/salvage/a-1");
  expect(repo.git("show", `${salvage}:a.txt`)).toBe("half");

  expect((await decide(decision.id, "retry")).summary).toBe("Built 1 of 1.");
  expect(repo.git("show", "main:a.txt")).toBe("whole");
});

test("skipped, the rest goes on and the box stays open; cancelled, nothing lands and it is kept", async () => {
  const { go, decide, quiet, repo } = await openProject({
    "docs/a.md": spec({ "T1 Break": "exit 1", "T2 Go on": "echo a > a.txt" }),
    "docs/b.md": spec({ "T1 Write it": "echo b > b.txt", "T2 Break": "echo c > c.txt; exit 1" }),
  });
  const report = await go();
  expect(toStatuses(report)).toEqual({ a: "failed", b: "failed" });
  expect(findView(report, "a").items.map(({ status }) => status)).toEqual(["failed", "pending"]);
  const skipped = await decide(findDecision(report, "a").id, "skip");
  expect(toStatuses(skipped)).toEqual({ a: "completed", b: "failed" });
  expect(repo.git("show", "main:docs/a.md")).toMatch(
    /status: ready(.|\n)*- \[ \] T1 Break(.|\n)*- \[x\] T2 Go on/,
  );

  const cancelled = await decide(findDecision(skipped, "b").id, "cancel");
  expect(cancelled.summary).toBe("Built 1 of 2. #2 b was cancelled.");
  expect(cancelled.decisions).toEqual([]);
  await quiet();
  const kept = repo.git("for-each-ref", "--format=%(refname)", "refs/osqr/salvage").split("\n");
  expect(kept.map((ref) => repo.git("ls-tree", "-r", "--name-only", ref, "b.txt", "c.txt"))).toContain(
    "b.txt\nc.txt",
  );
  expect(repo.git("ls-tree", "-r", "--name-only", "main", "b.txt")).toBe("");
});

test("a task marked optional may fail: the rest lands, and that it was left out is said", async () => {
  const { go, repo } = await openProject({
    "docs/a.md": spec({ "T1 Polish (optional)": "exit 1", "T2 Build": "echo a > a.txt" }),
  });
  const report = await go();
  expect(report.summary).toBe("Built 1 of 1.");
  expect(report.madeForYou).toMatchObject([
    {
      answer: {
        option: "skip",
        by: "osqr",
        reasoning: "the task is marked optional: the rest goes on without it",
      },
    },
  ]);
  expect(repo.git("show", "main:a.txt")).toBe("a");
});

test("a failure stops its own workstream at once and no other", async () => {
  const { go, ofKind } = await openProject({
    "docs/a.md": spec({
      "T1 [P] Break": "exit 1",
      "T2 [P] Take long": "sleep 0.5; echo a > a.txt",
      "T3 Never start": "echo c > c.txt",
    }),
    "docs/b.md": spec({ "T1 Go on": "sleep 0.7; echo b > b.txt", "T2 Finish": "echo b >> b.txt" }),
  });
  const report = await go();
  expect(toStatuses(report)).toEqual({ a: "failed", b: "completed" });
  expect(findView(report, "a").items.map(({ key, status }) => `${key} ${status}`)).toEqual([
    "T1 failed",
    "T2 completed",
    "T3 pending",
  ]);
  const started = ofKind("attempts_claimed").flatMap(({ launches }) => launches.map(({ task }) => task));
  expect(started.filter((task) => task.endsWith("a#T3"))).toEqual([]);
});

test("paused, the process ends and the workspace stays; resumed, it is done", async () => {
  const nap = napping();
  const { start, service, until, quiet, rest, ofKind, repo } = await openProject({
    "docs/a.md": spec({
      "T1 Write it": `echo "$OSQR_ATTEMPT" > a.txt; osqr-progress ready; if [ "$OSQR_ATTEMPT" = a-1 ]; then ${nap}; fi`,
    }),
    "docs/b.md": spec({ "T1 Write it": "echo b > b.txt" }),
  });
  await start();
  await until("attempt_progressed");
  expect(await service.steer(repo.root, "pause", ["a"], "lunch")).toEqual(["a"]);
  await until("attempt_ended");
  expect(findProcesses(nap)).toEqual([]);
  const report = await rest(0);
  expect(report.summary).toBe("Built 1 of 2. #1 a is paused.");
  expect(report.nextSteps).toContain("osqr resume a");
  await quiet();
  expect((await service.status(repo.root)).disk.workspaces).toBe(1);

  const after = ofKind("run_rested").at(-1)?.seq ?? 0;
  expect(await service.steer(repo.root, "resume", null, "")).toEqual(["a"]);
  expect((await rest(after)).summary).toBe("Built 2 of 2.");
  expect(repo.git("show", "main:a.txt")).toBe("a-3");
});

test("cancelled, what it had made is kept and nothing of it runs or lands", async () => {
  const nap = napping();
  const { start, service, until, quiet, report, repo } = await openProject({
    "docs/a.md": spec({
      "T1 First": "echo first > first.txt",
      "T2 Second": `echo second > second.txt; osqr-progress ready; ${nap}`,
    }),
    "docs/c.md": spec({ "T1 Wait": "echo c > c.txt" }, ["depends_on: [a]"]),
  });
  await start();
  await until("attempt_progressed");
  await service.steer(repo.root, "cancel", ["a"], "not wanted");
  await until("attempt_ended");
  expect(findProcesses(nap)).toEqual([]);
  const now = await report();
  expect(toStatuses(now)).toEqual({ a: "cancelled", c: "blocked" });
  expect(findDecision(now, "c").question).toBe("a, which this waits for, was cancelled");
  await quiet();
  expect(repo.git("ls-tree", "--name-only", "refs/osqr/salvage/a-2").split("\n")).toEqual([
    "docs",
    "first.txt",
    "second.txt",
  ]);
  expect(repo.git("for-each-ref", "refs/osqr/work")).toBe("");
  expect(repo.git("ls-tree", "-r", "--name-only", "main", "first.txt")).toBe("");
  expect((await service.status(repo.root)).disk.workspaces).toBe(0);
  await expect(service.steer(repo.root, "resume", ["a"], "")).rejects.toMatchObject({
    code: "workstream-ended",
    hints: ["start it anew: osqr add docs/a.md"],
  });
});

test("prioritized, it starts before the others, and the reason is in the history", async () => {
  const { start, service, rest, ofKind, repo } = await openProject(
    {
      "docs/a.md": spec({ "T1 Hold the slot": "sleep 0.7; echo a > a.txt" }),
      "docs/b.md": spec({ "T1 Write it": "echo b > b.txt" }),
      "docs/c.md": spec({ "T1 Write it": "echo c > c.txt" }),
    },
    { config: "maxParallel: 1\npolicy: fifo\n" },
  );
  await start();
  await service.steer(repo.root, "prioritize", ["c"], "");
  await rest(0);
  const launches = ofKind("attempts_claimed").flatMap((event) => event.launches);
  expect(launches.map(({ task }) => task.slice(task.indexOf("/") + 1))).toEqual(["a#T1", "c#T1", "b#T1"]);
  expect(launches[1]?.reason).toMatch(/^prioritized by the operator/);
});

test("specs that declare the same path run one after the other, and the plan says so", async () => {
  const { service, go, ofKind, repo } = await openProject({
    "docs/a.md": spec({ "T1 Add a line": "sleep 0.3; echo a >> list.txt" }, ["touches: [list.txt]"]),
    "docs/b.md": spec({ "T1 Add a line": "echo b >> list.txt" }, ["touches: ['*.txt']"]),
    "docs/c.md": spec({ "T1 Elsewhere": "echo c > src.js" }, ["touches: [src.js]"]),
    "list.txt": "start\n",
  });
  const plan = await service.plan(repo.root, { only: null, skip: [] });
  expect(
    plan.workstreams.map(({ name, serializedWith }) => [
      name,
      serializedWith.map((each) => `${each.name}: ${each.paths}`),
    ]),
  ).toMatchInlineSnapshot(`
    [
      [
        "a",
        [
          "b: list.txt",
        ],
      ],
      [
        "b",
        [
          "a: list.txt",
        ],
      ],
      [
        "c",
        [],
      ],
    ]
  `);
  expect((await go()).summary).toBe("Built 3 of 3.");
  expect(repo.git("show", "main:list.txt")).toBe("start\na\nb");
  const claimOfB = ofKind("attempts_claimed").find(({ launches }) =>
    launches.some(({ task }) => task.endsWith("/b#T1")),
  );
  const landingOfA = ofKind("workstream_landed").find(({ workstream }) => workstream.endsWith("/a"));
  expect(claimOfB?.seq).toBeGreaterThan(landingOfA?.seq ?? Number.POSITIVE_INFINITY);
});

test("a task without a run block is blocked with the reason, and the rest of the run is built", async () => {
  const { go } = await openProject({
    "docs/a.md": spec({ "T1 Think": null, "T2 Build": "echo a > a.txt" }),
    "docs/b.md": spec({ "T1 Build": "echo b > b.txt" }),
  });
  const report = await go();
  expect(toStatuses(report)).toEqual({ a: "blocked", b: "completed" });
  expect(findView(report, "a").items[0]?.waitsFor).toEqual([
    "no run block, and no agent is here that could do it: osqr doctor",
  ]);
});

test("the library: request in, status, an answer, the result; cancel keeps the work", async () => {
  const repo = makeRepo({
    "docs/a.md": spec({ "T1 Ask": 'osqr-ask PICK "Which?" x=this y=that > a.txt' }),
    "docs/b.md": spec({ "T1 Ask": 'echo b > b.txt; osqr-ask PLACE "Where?" x=this y=that' }),
  });
  const run = await orchestrate({ root: repo.root, approveAll: true, env: toEnvironment(repo) });
  try {
    const asked = await run.result;
    expect([asked.status, asked.decisions.length]).toEqual(["needs_you", 2]);
    await run.decide(findDecision(asked, "a").id, "y");
    const next = await run.settled();
    expect(next.summary).toBe("Built 1 of 2. #2 b needs you.");
    expect(repo.git("show", "main:a.txt")).toBe("y");
    await run.cancel();
    const end = await run.settled();
    expect(end.summary).toBe("Built 1 of 2. #2 b was cancelled.");
  } finally {
    await run.close();
  }
  expect(repo.git("for-each-ref", "--format=%(refname)", "refs/osqr/salvage")).toBe("refs/osqr/salvage/a-2");
  expect(existsSync(join(repo.folder, "home/daemon.json"))).toBe(false);
});
