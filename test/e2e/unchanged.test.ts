/** What an agent calls done without having changed anything is not done by itself. */
import { expect, test } from "vitest";
import type { Step } from "../fixtures/agents/script.ts";
import { edit, makeAgentsRepo, openWithAgent } from "../support/agents-repo.ts";
import { findDecision, type TestService } from "../support/e2e-repo.ts";

const handOff = (args: Readonly<Record<string, unknown>> = {}): Step => ({
  do: "mcp",
  tool: "hand_off",
  args: { summary: "all of it is built", ...args },
});
const elsewhere: Step = { do: "shell", command: "echo x > /tmp/x.txt" };
const steps = (osqr: TestService) =>
  osqr.ofKind("recovery_chosen").map(({ failure, step, nth }) => [failure, step, nth]);

test("an agent that changed nothing is told so in the same conversation, whatever it hands off, and goes on", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const turns = [[elsewhere, handOff()], [edit("told.txt", "{prompt}")]];
  const osqr = await openWithAgent(repo, { "a#T1": { turns } });
  const report = await osqr.go();
  expect(report.summary).toBe("Built 1 of 1.");
  expect(steps(osqr)).toEqual([["unchanged", "resume", 1]]);
  expect(osqr.ofKind("session_opened").map(({ how }) => how)).toEqual(["new", "resumed"]);
  const told = repo.git("show", "main:told.txt");
  expect(told).toContain("Nothing in your work tree was changed, so there is no result yet.");
  expect(told).toContain("call hand_off with nothing_to_do and say why");
  expect(report.notes.join()).toContain("1 result of scripted was turned down (nothing was changed");
});

test("one that says at once that nothing is to do is believed, and so is one that says why once it was told", async () => {
  const repo = makeAgentsRepo({ a: ["T1"], b: ["T1"] });
  const osqr = await openWithAgent(repo, {
    "a#T1": { turns: [[handOff({ nothing_to_do: true })]] },
    "b#T1": { turns: [[handOff()], [handOff({ summary: "it was there already" })]] },
  });
  await osqr.go();
  expect(osqr.ofKind("recovery_chosen").map(({ task }) => task)).toEqual([expect.stringMatching(/b#T1$/)]);
  expect(osqr.ofKind("decision_opened")).toEqual([]);
  expect(osqr.ofKind("task_completed").map(({ how }) => how)).toEqual(["done", "done"]);
});

test("what stays unchanged without a word is asked about: taken as done it counts, told again the agent goes on", async () => {
  const repo = makeAgentsRepo({ a: ["T1"], b: ["T1"] });
  const osqr = await openWithAgent(repo, {
    "a#T1": { turns: [[], []] },
    "b#T1": { turns: [[], [], [edit("b.txt", "{prompt}")]] },
  });
  const asked = await osqr.go();
  expect(asked.summary).toContain("Built 0 of 2");
  expect(steps(osqr).filter(([, step]) => step === "ask")).toHaveLength(2);
  const [a, b] = [findDecision(asked, "a"), findDecision(asked, "b")];
  expect(a.question).toContain("T1 failed: nothing was changed, and it did not say that nothing was to do");
  expect(a.options.map(({ id }) => id)).toEqual(["done", "retry", "anew", "cancel"]);
  await osqr.decide(a.id, "done");
  await osqr.decide(b.id, "retry");
  await osqr.until("workstream_landed", ({ workstream }) => workstream.endsWith("/b"));
  expect(osqr.ofKind("task_completed").map(({ how }) => how)).toEqual(["done", "done"]);
  expect(osqr.ofKind("session_opened")).toHaveLength(5);
  expect(repo.git("show", "main:b.txt")).toContain("Nothing in your work tree was changed");
  expect(osqr.reported).toEqual([]);
});

test("where the config gives no rounds a result without a change is asked about at once", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const osqr = await openWithAgent(repo, { "a#T1": { turns: [[]] } }, { config: "taskRounds: 0" });
  await osqr.go();
  expect(steps(osqr)).toEqual([["unchanged", "ask", 1]]);
});
