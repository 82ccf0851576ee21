/** What an agent has finished is not done again because somebody stops the checks of it: only they are run anew. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findProcesses, waitUntil } from "../../src/sandbox/testing.ts";
import type { Step } from "../fixtures/agents/script.ts";
import { edit, findAgents, makeAgentsRepo, openWithAgent } from "../support/agents-repo.ts";
import type { TestService } from "../support/e2e-repo.ts";
import type { TestRepo } from "../support/git-repo.ts";

/** A pause or a cancel takes effect within so long, ms (a promise); beside seven others on two cores this much is added. */
const EFFECT_MS_MAX = 2_000;
const SLACK_MS = 8_000;

/** Its gate runs a program that can be found until the work tree of the gate says that it may end. */
function makeSlowRepo(): { readonly repo: TestRepo; readonly nap: string } {
  const nap = `sleep 1000.${process.pid}${Math.floor(performance.now() * 1000)}`;
  const check = `if [ -e slow.txt ] && [ "$(cat slow.txt)" = yes ]; then (setsid ${nap} &); ${nap}; fi\n`;
  const repo = makeAgentsRepo(
    { a: ["T1"] },
    {
      "package.json": JSON.stringify({ name: "a", scripts: { test: "sh check.sh" } }),
      "check.sh": check,
    },
  );
  return { repo, nap };
}

const TURNS = [
  [
    edit("slow.txt", "yes"),
    { do: "mcp", tool: "hand_off", args: { summary: "it is slow", notes: ["mind the gate"] } },
  ],
] as const;

async function untilChecked(osqr: TestService, nap: string): Promise<void> {
  await osqr.start();
  await osqr.until("work_finished");
  await waitUntil("the gate to run", () => findProcesses(nap).length >= 2, 30_000);
}

/** The agent's work tree, in which somebody hurries the gate on. */
function hurry({ env }: TestService): void {
  writeFileSync(join(env.OSQR_HOME ?? "", "workspaces", "a-1", "tree", "slow.txt"), "no");
}

async function isOver(nap: string, since: number): Promise<void> {
  await waitUntil("the gate to be gone", () => findProcesses(nap).length === 0, 20_000);
  expect(performance.now() - since).toBeLessThan(EFFECT_MS_MAX + SLACK_MS);
}

test("pause in the midst of the gates ends them and keeps the work; resume runs the gates again, not the agent", async () => {
  const { repo, nap } = makeSlowRepo();
  const osqr = await openWithAgent(repo, { "a#T1": { turns: TURNS } });
  await untilChecked(osqr, nap);
  expect(findAgents(repo)).toEqual([]);
  const since = performance.now();
  await osqr.service.steer(repo.root, "pause", ["a"], "later");
  await isOver(nap, since);
  const ended = await osqr.until("attempt_ended");
  expect(ended).toMatchObject({ attempt: "a-1", outcome: "cancelled", salvage: "refs/osqr/salvage/a-1" });
  hurry(osqr);
  await osqr.service.steer(repo.root, "resume", ["a"], "now");
  await osqr.until("workstream_landed");
  expect(osqr.ofKind("attempt_started")).toMatchObject([
    { attempt: "a-1" },
    { attempt: "a-2", continues: "a-1", onlyChecks: true },
  ]);
  expect(osqr.ofKind("session_opened")).toHaveLength(1);
  expect(osqr.ofKind("turn_ended")).toHaveLength(1);
  // What the agent said goes with its work.
  expect(osqr.ofKind("task_completed")[0]?.artifact).toMatchObject({
    outcome: expect.stringContaining("it is slow"),
  });
  await osqr.quiet();
  expect(repo.git("for-each-ref", "refs/osqr/checkpoint")).toBe("");
  expect((await osqr.service.status(repo.root)).disk.workspaces).toBe(0);
  expect(osqr.reported).toEqual([]);
});

test("cancel in the midst of the gates ends them, merges nothing and keeps the work", async () => {
  const { repo, nap } = makeSlowRepo();
  const osqr = await openWithAgent(repo, { "a#T1": { turns: TURNS } });
  await untilChecked(osqr, nap);
  const since = performance.now();
  await osqr.service.steer(repo.root, "cancel", ["a"], "no");
  await isOver(nap, since);
  await osqr.quiet();
  expect(osqr.ofKind("attempt_ended")).toMatchObject([{ outcome: "cancelled" }]);
  expect(repo.git("show", "refs/osqr/salvage/a-1:slow.txt")).toBe("yes");
  expect(repo.git("ls-tree", "--name-only", "main")).not.toContain("slow.txt");
  expect((await osqr.service.status(repo.root)).disk.workspaces).toBe(0);
});

test("osqr stopped in the midst of the gates runs them again when it starts, and again after the next stop", async () => {
  const { repo, nap } = makeSlowRepo();
  const scripts = { "a#T1": { turns: TURNS } };
  const first = await openWithAgent(repo, scripts);
  await untilChecked(first, nap);
  await first.close();
  expect(findProcesses(nap)).toEqual([]);
  const second = await openWithAgent(repo, scripts);
  await waitUntil("the gate to run again", () => findProcesses(nap).length >= 2, 30_000);
  await second.close();
  hurry(second);
  const third = await openWithAgent(repo, scripts);
  await third.until("workstream_landed");
  expect(third.ofKind("attempt_started").map(({ attempt, onlyChecks }) => [attempt, onlyChecks])).toEqual([
    ["a-1", undefined],
    ["a-2", true],
    ["a-3", true],
  ]);
  expect(third.ofKind("session_opened")).toHaveLength(1);
});

test("what fails the gates that were run again goes back to the agent's conversation", async () => {
  const { repo, nap } = makeSlowRepo();
  const turns = [...TURNS, [{ do: "shell", command: "rm broken" }]] as const;
  const osqr = await openWithAgent(repo, { "a#T1": { turns } });
  await untilChecked(osqr, nap);
  await osqr.service.steer(repo.root, "pause", ["a"], "later");
  await osqr.until("attempt_ended");
  const tree = join(osqr.env.OSQR_HOME ?? "", "workspaces", "a-1", "tree");
  writeFileSync(join(tree, "slow.txt"), "no");
  writeFileSync(
    join(tree, "check.sh"),
    "echo 1..1; test ! -e broken || { echo 'not ok 1 - whole'; exit 1; }\n",
  );
  writeFileSync(join(tree, "broken"), "");
  await osqr.service.steer(repo.root, "resume", ["a"], "now");
  await osqr.until("workstream_landed");
  expect(osqr.ofKind("recovery_chosen")).toMatchObject([
    { attempt: "a-2", failure: "validation", step: "resume", nth: 1 },
  ]);
  expect(osqr.ofKind("session_opened").map(({ attempt, how }) => [attempt, how])).toEqual([
    ["a-1", "new"],
    ["a-3", "resumed"],
  ]);
});

test("what a person has allowed is not asked again where the checks go on after a pause", async () => {
  const { repo, nap } = makeSlowRepo();
  const path = ".github/workflows/ci.yml";
  const ask: Step = {
    do: "permission",
    kind: "create",
    path,
    content: "on: push\n",
    refused: [],
    allowed: [edit(path, "on: push\n")],
  };
  const osqr = await openWithAgent(repo, { "a#T1": { turns: [[ask, edit("slow.txt", "yes")]] } });
  await osqr.start();
  const { decision } = await osqr.until("decision_opened");
  await osqr.service.decide(repo.root, decision.id, "allow", "");
  await waitUntil("the gate to run", () => findProcesses(nap).length >= 2, 30_000);
  await osqr.service.steer(repo.root, "pause", ["a"], "later");
  await osqr.until("attempt_ended");
  hurry(osqr);
  await osqr.service.steer(repo.root, "resume", ["a"], "now");
  const over = await Promise.race([
    osqr.until("workstream_landed"),
    osqr.until("decision_opened", (event) => event.decision.id !== decision.id),
  ]);
  expect(over.kind).toBe("workstream_landed");
  expect(osqr.ofKind("attempt_started").at(-1)).toMatchObject({ attempt: "a-2", onlyChecks: true });
  expect(repo.git("show", `main:${path}`)).toBe("on: push");
});
