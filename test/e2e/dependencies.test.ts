import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Plan } from "../../src/core/plan/types.ts";
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

/** One run with every type of dependency and every kind of target. `base` is slow, so that who does not wait would be seen. */
let repo: TestRepo;
let osqr: TestService;
let plan: Plan;
let report: RunReport;

beforeAll(async () => {
  repo = createRepo({
    "docs/base.md": spec({
      "## Phase 1: First": null,
      "T1 Write one": "sleep 0.3; echo 1 > one.txt",
      "## Phase 2: Second": null,
      "T2 Write two": "sleep 0.3; mkdir gen; echo 2 > gen/two.txt",
      "T3 Write three": "sleep 0.3; echo 3 > three.txt",
    }),
    "docs/after-all.md": spec({ "T1 Read it": "cat one.txt gen/two.txt three.txt > all.txt" }, [
      "depends_on: [base]",
    ]),
    "docs/after-phase.md": spec({ "T1 Read it": "cat one.txt > phase.txt; ! test -e three.txt" }, [
      "depends_on: ['base#phase-1']",
    ]),
    "docs/after-task.md": spec({ "T1 Read it": "cat one.txt > task.txt; ! test -e three.txt" }, [
      "depends_on: ['base#T1']",
    ]),
    "docs/after-file.md": spec({ "T1 Read it": "cat gen/two.txt > file.txt; ! test -e three.txt" }, [
      "depends_on: ['output:base:gen/two.txt']",
    ]),
    "docs/after-word.md": spec(
      { "T1 Read it": 'grep -A30 "## Handoff" "$OSQR_BRIEFING" > word.txt; ! test -e one.txt' },
      ["depends_on: ['knowledge:base#T1']"],
    ),
    "docs/approved.md": spec({ "T1 Write it": "echo ok > approved.txt" }, [
      "depends_on: ['approval:legal \"Has legal signed off?\"']",
    ]),
    "docs/uses-1.md": spec({ "T1 Hold it": "sleep 0.3; echo 1 > uses-1.txt" }, ["uses: [db*2]"]),
    "docs/uses-2.md": spec({ "T1 Hold it": "sleep 0.3; echo 2 > uses-2.txt" }, ["uses: [db]"]),
    "docs/uses-3.md": spec({ "T1 Hold it": "sleep 0.3; echo 3 > uses-3.txt" }, ["uses: [db]"]),
  });
  osqr = await connectService(repo, { config: "maxParallel: 16\nresources:\n  db: 2\n" });
  plan = await osqr.service.plan(repo.root, { only: null, skip: [] });
  report = await osqr.go();
});

afterAll(async () => {
  await osqr.close();
  rmSync(repo.folder, { recursive: true, force: true });
});

const show = (path: string) => repo.git("show", `main:${path}`);
/** Place in history of the first event of a kind of a task, such as `base#T1`. */
function when(kind: "attempts_claimed" | "task_completed", task: string): number {
  const found = osqr
    .events()
    .find((event) =>
      event.kind === "attempts_claimed" && kind === event.kind
        ? event.launches.some((launch) => launch.task.endsWith(`/${task}`))
        : event.kind === kind && "task" in event && event.task.endsWith(`/${task}`),
    );
  if (found === undefined) throw new Error(`no ${kind} of ${task}`);
  return found.seq;
}
function landed(name: string): number {
  const found = osqr.ofKind("workstream_landed").find(({ workstream }) => workstream.endsWith(`/${name}`));
  return found?.seq ?? Number.POSITIVE_INFINITY;
}

test("all but what waits for a person is built", () => {
  expect(toStatuses(report)).toMatchInlineSnapshot(`
    {
      "after-all": "completed",
      "after-file": "completed",
      "after-phase": "completed",
      "after-task": "completed",
      "after-word": "completed",
      "approved": "blocked",
      "base": "completed",
      "uses-1": "completed",
      "uses-2": "completed",
      "uses-3": "completed",
    }
  `);
});

test("completion of a workstream: starts when that has landed, from its work", () => {
  expect(show("all.txt")).toBe("1\n2\n3");
  expect(when("attempts_claimed", "after-all#T1")).toBeGreaterThan(landed("base"));
});

for (const [what, name, target] of [
  ["a phase", "after-phase", "base#T1"],
  ["a task", "after-task", "base#T1"],
  ["output: a file", "after-file", "base#T2"],
] as const) {
  test(`completion of ${what}: starts at once when it is there, stacked on it, and lands after it`, () => {
    expect(when("attempts_claimed", `${name}#T1`)).toBeGreaterThan(when("task_completed", target));
    expect(when("attempts_claimed", `${name}#T1`)).toBeLessThan(when("task_completed", "base#T3"));
    expect(landed(name)).toBeGreaterThan(landed("base"));
    expect(findView(report, name).status).toBe("completed");
  });
}

test("knowledge: the handoff is in the briefing, the code is not there", () => {
  expect(when("attempts_claimed", "after-word#T1")).toBeGreaterThan(when("task_completed", "base#T1"));
  const word = show("word.txt");
  expect(word).toContain("## Handoff base/t1/a-");
  expect(word).toContain("outcome: Write one: 1 file, +1 −0");
  expect(word).toContain("- one.txt");
});

test("approval: a person's word is asked for, and then it is built", async () => {
  const decision = findDecision(report, "approved");
  expect(decision).toMatchObject({ type: "approval", question: "Has legal signed off?" });
  expect(decision.options.map(({ id }) => id)).toEqual(["approve", "reject"]);
  expect(report.status).toBe("needs_you");
  const next = await osqr.decide(decision.id, "approve");
  expect(next.status).toBe("completed");
  expect(show("approved.txt")).toBe("ok");
});

test("resource: never more of it is in use than there is", () => {
  let used = 0;
  let most = 0;
  const amounts: Record<string, number> = { "uses-1": 2, "uses-2": 1, "uses-3": 1 };
  const amountOf = (task: string) => amounts[task.slice(task.indexOf("/") + 1, task.indexOf("#"))] ?? 0;
  const attempts = new Map<string, string>();
  for (const event of osqr.events()) {
    if (event.kind === "attempts_claimed") {
      for (const { task, attempt } of event.launches) {
        attempts.set(attempt, task);
        used += amountOf(task);
      }
    }
    if (event.kind === "attempt_completed") used -= amountOf(attempts.get(event.attempt) ?? "");
    most = Math.max(most, used);
  }
  expect(most).toBe(2);
  expect(["1", "2", "3"].map((each) => show(`uses-${each}.txt`))).toEqual(["1", "2", "3"]);
});

test("the plan says what waits for what", () => {
  const words = Object.fromEntries(plan.workstreams.map(({ name, waitsFor }) => [name, waitsFor.join(", ")]));
  expect(words).toMatchInlineSnapshot(`
    {
      "after-all": "#7",
      "after-file": "#7 (gen/two.txt)",
      "after-phase": "#7",
      "after-task": "#7",
      "after-word": "#7",
      "approved": "approval: legal",
      "base": "",
      "uses-1": "",
      "uses-2": "",
      "uses-3": "",
    }
  `);
});

test("an approval that is refused blocks the workstream with the reason; given later it is built", async () => {
  const {
    go,
    service,
    decide,
    repo: own,
  } = await openProject({
    "docs/a.md": spec({ "T1 Write it": "echo a > a.txt" }, ["depends_on: ['approval:legal']"]),
    "docs/b.md": spec({ "T1 Write it": "echo b > b.txt" }),
  });
  const asked = findDecision(await go(), "a");
  await service.decide(own.root, asked.id, "reject", "not yet");
  const refused = await service.report(own.root, null);
  expect(toStatuses(refused)).toEqual({ a: "blocked", b: "completed" });
  expect(findView(refused, "a").items[0]?.waitsFor).toEqual(["legal was not approved"]);
  expect((await decide(asked.id, "approve")).summary).toBe("Built 2 of 2.");
});

test("a file that is not made although its maker is done becomes a question", async () => {
  const {
    go,
    decide,
    repo: own,
  } = await openProject({
    "docs/maker.md": spec({ "T1 Forget it": "echo x > other.txt" }),
    "docs/user.md": spec({ "T1 Use it": "cat wanted.txt 2> /dev/null || echo without > user.txt" }, [
      "depends_on: ['output:maker:wanted.txt']",
    ]),
  });
  const report_ = await go();
  expect(toStatuses(report_)).toEqual({ maker: "completed", user: "blocked" });
  const decision = findDecision(report_, "user");
  expect(decision.question).toBe("maker is done and did not make wanted.txt");
  expect((await decide(decision.id, "go-on")).summary).toBe("Built 2 of 2.");
  expect(own.git("show", "main:user.txt")).toBe("without");
});
