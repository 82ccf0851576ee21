/** The conversation of one task goes on with the next one where its spec asks for that (EO-10). */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../src/engine/local/machine.ts";
import { waitUntil } from "../../src/sandbox/testing.ts";
import type { Script, Step } from "../fixtures/agents/script.ts";
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

/** Says that it is at work, and does nothing any more. */
const STALLED: readonly Step[] = [
  { do: "mcp", tool: "report_progress", args: { text: "begun" } },
  { do: "stall" },
];

test("what was lost of it goes on where it was", async () => {
  const repo = specOf("session: reuse\n", TASKS);
  const next: Script = {
    turns: [[], [edit("b.txt", "begun"), ...STALLED], [{ do: "shell", command: "cp b.txt c.txt" }]],
  };
  const scripts = { "a#T1": ONE, "a#T2": next };
  const first = await openWithAgent(repo, scripts);
  await first.start();
  await first.until("attempt_progressed");
  await first.close();
  const second = await openWithAgent(repo, scripts);
  await second.until("workstream_landed");
  expect(hows(second)).toEqual(["new", "resumed", "resumed"]);
  expect(second.ofKind("attempt_started").map(({ continues }) => continues)).toEqual([
    undefined,
    "a-1",
    "a-1",
  ]);
  expect(repo.git("show", "main:c.txt")).toBe("begun");
  await second.quiet();
  expect(readdirSync(join(second.env.OSQR_HOME ?? "", "attempts"))).toEqual([]);
});

test("of two that start beside each other one goes on with it, and the other says why not", async () => {
  const repo = specOf("session: reuse\n", "- [ ] T1 do one\n- [ ] T2 [P] do two\n- [ ] T3 [P] do three");
  const stalled: Script = { turns: [STALLED, STALLED] };
  const osqr = await openWithAgent(repo, { "a#T1": ONE, "a#T2": stalled, "a#T3": stalled });
  await osqr.start();
  await waitUntil("both to work", () => osqr.ofKind("attempt_progressed").length === 2, 30_000);
  const [, ...both] = osqr.ofKind("attempt_started");
  const taken = both.filter(({ conversation }) => conversation?.from === "a-1");
  const [other] = both.filter(({ conversation }) => conversation?.from === null);
  expect(taken).toMatchObject([{ continues: "a-1" }]);
  expect(other?.conversation?.reason).toMatch(/^the conversation of a-1 goes on with a-[23]$/);
  expect(other?.continues).toBeUndefined();
});
