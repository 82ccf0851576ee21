/** The conversation of one task goes on with the next one where its spec asks for that (EO-10). */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../src/engine/local/machine.ts";
import type { Script } from "../fixtures/agents/script.ts";
import { edit, openWithAgent } from "../support/agents-repo.ts";
import type { TestService } from "../support/e2e-repo.ts";
import { makeRepo, type TestRepo } from "../support/git-repo.ts";

const specOf = (session: string, tasks: string): TestRepo =>
  makeRepo({
    "README.md": "start\n",
    "docs/a.md": `---\nid: a\nstatus: ready\n${session}---\n# a\n\nOnly the spec says XYZZY.\n\n${tasks}\n`,
  });

const TASKS = "- [ ] T1 do one\n- [ ] T2 do two";
/** One conversation: what it is told in its second turn, and where it is. */
const ONE: Script = {
  turns: [
    [
      edit("one.txt", "1"),
      { do: "shell", command: "pwd > where-1.txt; touch left-over" },
      { do: "cost", usd: 1 },
    ],
    [
      edit("told.txt", "{prompt}"),
      { do: "shell", command: "cat one.txt > two.txt; pwd > where-2.txt" },
      { do: "cost", usd: 1.5 },
    ],
  ],
};
const SCRIPTS = { "a#T1": ONE, "a#T2": ONE };

const chosen = (osqr: TestService) =>
  osqr.ofKind("attempt_started").map(({ conversation }) => conversation ?? null);
/** Millionths of a dollar by attempt. */
const costs = (osqr: TestService): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const { attempt, usage } of osqr.ofKind("usage_recorded"))
    sums[attempt] = (sums[attempt] ?? 0) + (usage.microUsd ?? 0);
  return sums;
};
const hows = (osqr: TestService) => osqr.ofKind("session_opened").map(({ how }) => how);

test("the next task goes on with the conversation, at the same path, on what has been joined", async () => {
  const repo = specOf("session: reuse\n", TASKS);
  const osqr = await openWithAgent(repo, SCRIPTS);
  const report = await osqr.go();
  expect(report.summary).toContain("Built 1 of 1");
  expect(hows(osqr)).toEqual(["new", "resumed"]);
  expect(chosen(osqr)).toEqual([
    { from: null, reason: "no task before it was done by scripted" },
    { from: "a-1", reason: expect.stringMatching(/^a-1 ended .* ago \(limit 30 min\)$/) },
  ]);
  const told = repo.git("show", "main:told.txt");
  expect(told).toContain("Your result for a#T1 counts");
  expect(told).toContain("# T2 do two");
  expect(told).not.toContain("XYZZY");
  expect(repo.git("show", "main:two.txt")).toBe("1");
  expect(repo.git("show", "main:where-2.txt")).toBe(repo.git("show", "main:where-1.txt"));
  expect(await osqr.service.show(repo.root, "a-2")).toMatchObject({
    attempt: { conversation: { from: "a-1" }, agent: { how: "resumed" } },
  });
  expect(costs(osqr)).toEqual({ "a-1": 1_000_000, "a-2": 500_000 });
  await osqr.quiet();
  const { OSQR_HOME = "" } = osqr.env;
  expect(readdirSync(join(OSQR_HOME, "attempts"))).toEqual([]);
  expect(await osqr.service.status(repo.root)).toMatchObject({ disk: { workspaces: 0 } });
  expect(existsSync(repo.root)).toBe(true);
});

test("where too much time has passed it begins a conversation of its own", async () => {
  const question =
    "\n## Open questions\n\n- May it go on?\n  - key: MAY\n  - a: yes\n  - b: no\n  - blocks: T2\n";
  const repo = specOf("session: reuse\nsession_timeout: 20m\n", `${TASKS}\n${question}`);
  let passedMs = 0;
  const clock = { ...systemClock, now: () => Date.now() + passedMs };
  const osqr = await openWithAgent(repo, SCRIPTS, { clock });
  await osqr.go();
  passedMs = 21 * 60_000;
  await osqr.decide("D-1", "a");
  expect(hows(osqr)).toEqual(["new", "new"]);
  expect(chosen(osqr)[1]).toEqual({
    from: null,
    reason: expect.stringMatching(/^a-1 ended 21 min.* ago, which is too long \(limit 20 min\)$/),
  });
});

test("a task says for itself that it begins anew", async () => {
  const repo = specOf("session: reuse within 1h\n", `${TASKS} (session: new)\n- [ ] T3 do three`);
  const osqr = await openWithAgent(repo, { ...SCRIPTS, "a#T3": ONE });
  await osqr.go();
  expect(hows(osqr)).toEqual(["new", "new", "resumed"]);
  expect(chosen(osqr).map((choice) => choice?.from)).toEqual([null, undefined, "a-2"]);
});

test("an agent that cannot take it up is told everything", async () => {
  const repo = specOf("session: reuse\n", TASKS);
  const forgetful: Script = { turns: [[edit("told.txt", "{prompt}")]], isForgetful: true };
  const osqr = await openWithAgent(repo, { ...SCRIPTS, "a#T2": forgetful });
  await osqr.go();
  expect(hows(osqr)).toEqual(["new", "fresh"]);
  expect(repo.git("show", "main:told.txt")).toContain("XYZZY");
});

test("what was lost of it goes on where it was, and parallel tasks do not share one", async () => {
  const tasks = "- [ ] T1 do one\n- [ ] T2 [P] do two\n- [ ] T3 [P] do three";
  const repo = specOf("session: reuse\n", tasks);
  const stalling: Script = {
    turns: [[edit("one.txt", "1")], [edit("b.txt", "begun"), { do: "stall" }], [edit("c.txt", "{turn}")]],
  };
  const scripts = { "a#T1": stalling, "a#T2": stalling, "a#T3": { turns: [[{ do: "stall" } as const]] } };
  const first = await openWithAgent(repo, scripts);
  await first.start();
  await first.until("session_opened", () => first.ofKind("session_opened").length === 3);
  expect(chosen(first).filter((choice) => choice?.from === "a-1")).toHaveLength(1);
  expect(chosen(first).at(2)?.reason ?? chosen(first).at(1)?.reason).toBeDefined();
  expect(
    new Set(first.ofKind("attempt_started").map(({ attempt, continues }) => continues ?? attempt)).size,
  ).toBe(2);
  await first.close();
});
