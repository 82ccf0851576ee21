import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestDaemon, type TestDaemon } from "../../../test/fixtures/cli-daemon.ts";
import { ROOT } from "../../../test/fixtures/views.ts";

let daemon: TestDaemon;
beforeEach(async () => {
  daemon = await openTestDaemon();
});
afterEach(() => daemon.close());

/** Two projects of one home, with everything that is numbered over both. */
function fillHistory(): void {
  const add = (kind: string, data: Readonly<Record<string, unknown>>) => daemon.service.append(kind, data);
  for (const [id, root, name, n] of [
    ["p-00000001", ROOT, "token-format", 1],
    ["p-00000002", "/home/me/other", "elsewhere", 2],
  ] as const) {
    const workstream = `${id}/${name}`;
    const task = `${workstream}#T1`;
    const attempt = `a-${n}`;
    add("project_opened", { project: { id, root, base: "main" } });
    add("workstream_added", { workstream: { id: workstream, project: id, name, number: 1 }, tasks: [] });
    add("run_started", { run: { id: `r-${n}`, project: id, workstreams: [workstream] }, by: "user" });
    add("decision_opened", { decision: { id: `D-${n}`, workstream, question: "which?" } });
    add("attempts_claimed", {
      launches: [{ task, attempt, fence: n, executor: "command", reason: "first in line" }],
      ready: [task],
      readyTotal: 1,
      held: [{ task: `${workstream}#T2`, reason: "after T1" }],
      slots: 64,
    });
    add("attempt_started", { attempt, fence: n, sandbox: "bubblewrap" });
    add("decision_resolved", { decision: `D-${n}`, option: "a", by: "user", reasoning: "" });
    add("run_rested", { run: `r-${n}`, status: "completed" });
  }
}

test("shows the events of this project, each with what it is about, and those of the home with --all", async () => {
  fillHistory();
  expect(`\n${(await daemon.run("log")).out}`).toMatchInlineSnapshot(`
    "
         1  2026-01-05 10:00:00  project /home/me/shop opened, base main
         2  2026-01-05 10:00:00  #1 token-format added with 0 tasks
         3  2026-01-05 10:00:00  run r-1 started by user with 1 workstream
         4  2026-01-05 10:00:00  token-format: D-1 asks: which?
         5  2026-01-05 10:00:00  starts a-1 token-format#T1 (first in line); held: token-format#T2 (after T1)
         6  2026-01-05 10:00:00  token-format#T1: a-1 runs in bubblewrap
         7  2026-01-05 10:00:00  token-format: D-1 answered a by user
         8  2026-01-05 10:00:00  run r-1 rests: completed
    "
  `);
  expect((await daemon.run("log --all")).out.trim().split("\n")).toHaveLength(16);
  const seqs = (out: string) =>
    out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).seq);
  expect(seqs((await daemon.run("log --json")).out)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(seqs((await daemon.run("log --json --all --after 14")).out)).toEqual([15, 16]);
  expect(seqs((await daemon.run("log --json -n 2")).out)).toEqual([7, 8]);
});

test("an attempt without output says so", async () => {
  daemon.service.attemptText = "";
  expect(await daemon.run("log a-31")).toMatchObject({ out: "", err: "a-31 printed nothing.\n" });
});
