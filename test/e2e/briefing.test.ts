import { expect, test } from "vitest";
import type { Step } from "../fixtures/agents/script.ts";
import { edit, makeAgentsRepo, openWithAgent, QUESTION } from "../support/agents-repo.ts";
import { makeRepo } from "../support/git-repo.ts";

const ask: Step = { do: "mcp", tool: "ask_operator", args: QUESTION };

test("a briefing is what the agent gets, with the handoffs that are there; what is missing is said", async () => {
  const repo = makeAgentsRepo({ greet: ["T1", "T2"] });
  const osqr = await openWithAgent(repo, {
    "greet#T1": {
      turns: [
        [
          ask,
          { do: "edit", path: "a.txt", content: "a" },
          { do: "mcp", tool: "hand_off", args: { summary: "a.txt is there", notes: [] } },
        ],
      ],
    },
    "greet#T2": { turns: [[{ do: "say", text: "{prompt}\n" }, { do: "stall" }]] },
  });
  const { root } = repo;
  await osqr.go();
  const early = await osqr.service.briefing(root, "greet#T2");
  expect(early).toMatchObject({ task: "greet#T2", executor: "scripted", goOn: null });
  expect(early.missing).toEqual(["greet#T1: not done yet"]);
  expect(early.text).toContain("# T2 do T2\n");
  expect(early.text).not.toContain("a.txt is there");
  await osqr.service.decide(root, "D-1", "local", "");
  const { attempt } = await osqr.until("session_opened", ({ attempt: id }) => id === "a-2");
  const { text, missing } = await osqr.service.briefing(root, "greet#T2");
  expect(missing).toEqual([]);
  expect(text).toContain("a.txt is there");
  expect(text).toContain("- MODEL: local (D-1, ");
  await expect
    .poll(async () => (await osqr.service.attemptLog(attempt, 0)).text, { timeout: 30_000 })
    .toContain(text.trimEnd());
});

test("one whose conversation goes on is told only why it stopped", async () => {
  const repo = makeAgentsRepo({ greet: ["T1"] });
  const osqr = await openWithAgent(repo, { "greet#T1": { turns: [[{ do: "stall" }]] } });
  await osqr.start();
  await osqr.until("session_opened");
  await osqr.service.steer(repo.root, "pause", ["greet"], "later");
  await osqr.until("attempt_ended");
  const { goOn, text } = await osqr.service.briefing(repo.root, "greet T1");
  expect(goOn).toContain("You were stopped: paused by the operator");
  expect(goOn).not.toContain("# T1 do T1");
  expect(text).toContain("# T1 do T1");
  expect(text).toContain("## What was done so far");
});

test("a run block has a briefing too; a workstream has none, and says of what there is one", async () => {
  const repo = makeAgentsRepo({ greet: ["T1"] });
  repo.write(
    "docs/run.md",
    "---\nstatus: ready\n---\n# Run\n\n- [ ] T1 go\n\n  ```sh run\n  exit 1\n  ```\n",
  );
  repo.commit();
  const osqr = await openWithAgent(repo, { "greet#T1": { turns: [[ask]] } });
  await osqr.go();
  const { text, executor } = await osqr.service.briefing(repo.root, "run#T1");
  expect(executor).toBe("command");
  expect(text).toContain("# T1 go\n");
  expect(text).not.toContain("call hand_off");
  await expect(osqr.service.briefing(repo.root, "run")).rejects.toMatchObject({
    code: "no-briefing",
    hints: ["for one of them: osqr show run#T1 --briefing"],
  });
  await expect(osqr.service.briefing(repo.root, "run#T9")).rejects.toMatchObject({ code: "unknown-task" });
});

test("of a long spec it has the task's own part and what holds for every task, wherever they stand", async () => {
  const filler = "words and words and words\n".repeat(1_100);
  const repo = makeRepo({
    "README.md": "start\n",
    "docs/a.md": `---\nid: a\nstatus: ready\n---\n# a\n\nThe purpose.\n\n${filler}\n## Phase 2: Deep\n\nDEEP is base64url.\n\n- [ ] T1 do it\n  DETAIL of it\n- [ ] T2 do more (session: reuse)\n\n## Not in scope\n\nNo DATABASE.\n`,
  });
  const script = { turns: [[edit("first.txt", "{prompt}")], [edit("second.txt", "{prompt}")]] };
  const osqr = await openWithAgent(repo, { "a#T1": script, "a#T2": script });
  await osqr.go();
  for (const [task, file] of [
    ["a#T1", "first.txt"],
    ["a#T2", "second.txt"],
  ] as const) {
    const { text } = await osqr.service.briefing(repo.root, task);
    for (const told of [text, repo.git("show", `main:${file}`)])
      for (const part of ["DEEP is base64url", "DETAIL of it"])
        expect([task, part, told.includes(part)]).toEqual([task, part, true]);
    expect(text).toContain("No DATABASE.");
    expect(text).toContain("The purpose.");
    expect(text).toMatch(/\[… \d+ characters are left out: read them in docs\/a\.md\]/);
  }
});
