/** What is done about an agent that fails, by the kind of its failure (WO-8), on the real engine with real processes. */
import { expect, test } from "vitest";
import type { Script, Step } from "../fixtures/agents/script.ts";
import { edit, makeAgentsRepo, openWithAgent } from "../support/agents-repo.ts";
import { findDecision, spec, type TestService } from "../support/e2e-repo.ts";
import type { TestRepo } from "../support/git-repo.ts";

const fail = (message: string, code = -32_603): Step => ({ do: "fail", code, message });
const copy: Step = { do: "shell", command: "cp a.txt b.txt" };

/** It writes `a.txt` and fails; taken up again it goes on from there. */
const failing = (step: Step): Script => ({ turns: [[edit("a.txt", "begun"), step], [copy]] });

const steps = ({ ofKind }: TestService) =>
  ofKind("recovery_chosen").map(({ failure, step, nth }) => [failure, step, nth]);

const starts = ({ ofKind }: TestService) =>
  ofKind("session_opened").map(({ session, how }) => [session.executor, how]);

test("a limit whose end was announced is waited for by itself, also by the next daemon, which does not rest meanwhile", async () => {
  const repo = makeAgentsRepo({ a: ["T1"], b: ["T1"] });
  const scripts = {
    "a#T1": failing(fail("429 too many requests, try again in 12 seconds")),
    "b#T1": { turns: [[edit("c.txt", "c")]] },
  };
  const first = await openWithAgent(repo, scripts, { waitMs: 60_000 });
  await first.start();
  await first.until("task_waited");
  await first.until("workstream_landed", ({ workstream }) => workstream.endsWith("/b"));
  const [chosen] = first.ofKind("recovery_chosen");
  expect(chosen).toMatchObject({ failure: "rate_limit", step: "wait", until: expect.any(Number) });
  const [decision] = (await first.report()).decisions;
  expect(decision).toMatchObject({
    type: "resource",
    priority: "low",
    question: "T1 waits: scripted takes no more requests for now",
  });
  await first.close();
  const second = await openWithAgent(repo, scripts, { waitMs: 60_000 });
  // Nobody says anything. Where it opened in time it knows that it has something to wait for.
  if (Date.now() < (chosen?.until ?? 0) - 1_000) expect(second.service.isIdle()).toBe(false);
  await second.until("workstream_landed", ({ workstream }) => workstream.endsWith("/a"));
  expect(starts(second).filter(([, how]) => how === "resumed")).toEqual([["scripted", "resumed"]]);
  expect(second.ofKind("decision_resolved")).toMatchObject([{ option: "retry", by: "timeout" }]);
  const begun = second.ofKind("attempt_started").find(({ continues }) => continues !== undefined);
  expect(begun?.at ?? 0).toBeGreaterThanOrEqual(chosen?.until ?? Number.POSITIVE_INFINITY);
  expect(repo.git("show", "main:b.txt")).toBe("begun");
});

test("an agent that has lost its tools is taken up again", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const osqr = await openWithAgent(repo, { "a#T1": failing(fail("MCP server osqr disconnected")) });
  expect((await osqr.go()).summary).toContain("Built 1 of 1");
  expect(steps(osqr)).toEqual([["mcp_lost", "resume", 1]]);
  expect(starts(osqr)).toEqual([
    ["scripted", "new"],
    ["scripted", "resumed"],
  ]);
  expect(repo.git("show", "main:b.txt")).toBe("begun");
});

test("an agent whose connection to the tools is cut says so, and has them again in the same conversation", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const note = (text: string): Step => ({ do: "mcp", tool: "report_progress", args: { text } });
  const turns: Script["turns"] = [
    [edit("a.txt", "begun"), note("before"), { do: "cutMcp" }, note("lost")],
    [note("after"), copy],
  ];
  const osqr = await openWithAgent(repo, { "a#T1": { turns } });
  expect((await osqr.go()).summary).toContain("Built 1 of 1");
  expect(steps(osqr)).toEqual([["mcp_lost", "resume", 1]]);
  expect(starts(osqr)).toEqual([
    ["scripted", "new"],
    ["scripted", "resumed"],
  ]);
  expect(osqr.ofKind("attempt_progressed").map(({ text }) => text)).toEqual(["before", "after"]);
  expect(repo.git("show", "main:b.txt")).toBe("begun");
});

test("an agent that speaks no proper protocol is taken up again once; then the other one takes over", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const odd: Step = { do: "stop", reason: "" };
  const osqr = await openWithAgent(
    repo,
    {
      "a#T1": {
        turns: [[edit("a.txt", "x"), odd], [odd]],
      },
    },
    { second: { "a#T1": { turns: [[edit("d.txt", "second")]] } }, waitMs: 60_000 },
  );
  expect((await osqr.go()).summary).toContain("Built 1 of 1");
  expect(steps(osqr)).toEqual([
    ["protocol", "resume", 1],
    ["protocol", "ask", 2],
  ]);
  expect(starts(osqr).at(-1)).toEqual(["second", "new"]);
  // It begins from the start; what the other one had done is kept aside.
  expect(repo.git("ls-tree", "--name-only", "main")).not.toContain("a.txt");
  expect(repo.git("show", "refs/osqr/salvage/a-1:a.txt")).toBe("x");
});

test("without a login another one takes over; where the money is spent nobody does, and a person is asked", async () => {
  const repo = makeAgentsRepo({ a: ["T1"], b: ["T1"] });
  const other = { turns: [[edit("e.txt", "second")]] };
  const osqr = await openWithAgent(
    repo,
    {
      "a#T1": failing(fail("authentication required", -32_000)),
      "b#T1": failing(fail("your credit balance is too low")),
    },
    { second: { "a#T1": other, "b#T1": other } },
  );
  const report = await osqr.go();
  expect(report.summary).toContain("Built 1 of 2");
  expect(osqr.ofKind("task_rerouted").map(({ task, failure }) => [task, failure])).toEqual([
    [expect.stringMatching(/a#T1$/), "login"],
  ]);
  const decision = findDecision(report, "b");
  expect(decision.question).toContain("your credit balance is too low");
  expect(decision.options.map(({ id }) => id)).toEqual(["retry", "fresh", "skip", "anew", "cancel"]);
  expect((await osqr.decide(decision.id, "retry")).summary).toContain("Built 2 of 2");
  expect(repo.git("show", "main:b.txt")).toBe("begun");
});

test("a model that refuses to go on is handed over; an agent that ends its turn on a refused permission is not", async () => {
  const repo = makeAgentsRepo({ a: ["T1"], b: ["T1"] });
  const wish: Step = {
    do: "permission",
    kind: "edit",
    path: ".husky/pre-commit",
    content: "x\n",
    endsTurn: "cancelled",
  };
  const other = { turns: [[edit("f.txt", "second")]] };
  const osqr = await openWithAgent(
    repo,
    {
      "a#T1": { turns: [[{ do: "stop", reason: "refusal" }]] },
      "b#T1": { turns: [[wish], [edit("g.txt", "g")]] },
    },
    { second: { "a#T1": other, "b#T1": other } },
  );
  const asked = findDecision(await osqr.go(), "b");
  expect(asked.question).toContain(".husky/pre-commit");
  const report = await osqr.decide(asked.id, "refuse");
  expect(osqr.ofKind("recovery_chosen").map(({ task, failure, step }) => [task, failure, step])).toEqual([
    [expect.stringMatching(/a#T1$/), "refusal", "ask"],
    [expect.stringMatching(/b#T1$/), "permission", "ask"],
  ]);
  expect(osqr.ofKind("task_rerouted").map(({ task }) => task)).toEqual([expect.stringMatching(/a#T1$/)]);
  const decision = findDecision(report, "b");
  expect(decision.question).toContain("it ended its turn where this was refused: ");
  expect((await osqr.decide(decision.id, "retry")).summary).toContain("Built 2 of 2");
  expect(repo.git("show", "main:g.txt")).toBe("g");
});

test("out of time the work is kept: it goes on with as much again, or what is there is checked and taken", async () => {
  const file = (id: string): string => spec({ "T1 do it (timeout: 12s)": null }, [`id: ${id}`]);
  const repo = makeAgentsRepo({}, { "docs/a.md": file("a"), "docs/b.md": file("b") });
  const slow = (name: string): Script => ({
    turns: [[edit(`${name}.txt`, "half"), { do: "stall" }], [edit(`${name}.txt`, "whole")]],
  });
  const osqr = await openWithAgent(repo, { "a#T1": slow("a"), "b#T1": slow("b") }, { waitMs: 90_000 });
  const report = await osqr.go();
  expect(steps(osqr)).toEqual([
    ["timeout", "ask", 1],
    ["timeout", "ask", 1],
  ]);
  for (const name of ["a", "b"]) {
    const { question, options } = findDecision(report, name);
    expect(question).toMatch(/^T1 failed: .*12 s/);
    expect(options.map(({ id }) => id)).toEqual(["retry", "split", "fresh", "skip", "anew", "cancel"]);
    expect(options[0]?.description).toContain("with another 12");
  }
  await osqr.decide(findDecision(report, "a").id, "retry");
  await osqr.decide(findDecision(report, "b").id, "split");
  await osqr.until("workstream_landed", ({ workstream }) => workstream.endsWith("/a"));
  await osqr.until("workstream_landed", ({ workstream }) => workstream.endsWith("/b"));
  expect(repo.git("show", "main:a.txt")).toBe("whole");
  expect(repo.git("show", "main:b.txt")).toBe("half");
  expect(starts(osqr).map(([, how]) => how)).toEqual(["new", "new", "resumed"]);
  expect(osqr.ofKind("attempt_started").filter(({ onlyChecks }) => onlyChecks === true)).toHaveLength(1);
});

test("a result that is asked about keeps the work tree that holds it over a start of osqr, whoever began it", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const scripts = {
    "a#T1": { turns: [[{ do: "crash", code: 1 }], [edit(".vscode/tasks.json", "{}")]] },
  } as const;
  const first = await openWithAgent(repo, scripts);
  const { id } = findDecision(await first.go(), "a");
  expect(first.ofKind("attempt_completed")).toMatchObject([{ attempt: "a-2" }]);
  await first.close();
  const second = await openWithAgent(repo, scripts);
  await second.service.status(repo.root);
  await second.quiet();
  expect((await second.service.status(repo.root)).disk.workspaces).toBe(1);
  await second.decide(id, "cancel");
  await second.quiet();
  expect((await second.service.status(repo.root)).disk.workspaces).toBe(0);
  expect(repo.git("grep", "-l", "{}", ...listSalvaged(repo), "--", ".vscode")).toContain("tasks.json");
});

const listSalvaged = ({ git }: TestRepo): string[] =>
  git("for-each-ref", "--format=%(refname)", "refs/osqr/salvage").split("\n");
