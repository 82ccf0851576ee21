import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { findProcesses, isBubblewrapWorking, waitUntil } from "../../src/sandbox/testing.ts";
import type { Script, Step } from "../fixtures/agents/script.ts";
import { ChatServer } from "../fixtures/chat-server.ts";
import { edit, findAgents, makeAgentsRepo, openWithAgent, QUESTION } from "../support/agents-repo.ts";
import { openService, spec } from "../support/e2e-repo.ts";

test("an agent does a task without a run block; its work is merged and its words are handed on", async () => {
  const repo = makeAgentsRepo({ greet: ["T1", "T2"] });
  const first: Step[] = [
    edit("greet.txt", "hello\n"),
    { do: "mcp", tool: "report_progress", args: { text: "written" } },
    {
      do: "mcp",
      tool: "hand_off",
      args: { summary: "greet.txt holds the greeting", notes: ["no test yet"] },
    },
  ];
  const osqr = await openWithAgent(repo, {
    "greet#T1": { turns: [first] },
    "greet#T2": { turns: [[{ do: "shell", command: "cp greet.txt copy.txt" }]] },
  });
  const report = await osqr.go();
  expect(report.summary).toContain("Built 1 of 1");
  expect(repo.git("show", "main:copy.txt")).toBe("hello");
  expect(osqr.ofKind("session_opened").map(({ how }) => how)).toEqual(["new", "new"]);
  expect(osqr.ofKind("turn_ended")).toMatchObject([
    { turn: 1, stop: "end_turn" },
    { turn: 1, stop: "end_turn" },
  ]);
  expect(osqr.ofKind("attempt_progressed")).toMatchObject([{ text: "written" }]);
  expect(osqr.ofKind("task_completed")[0]?.artifact).toMatchObject({
    outcome: expect.stringContaining("greet.txt holds the greeting"),
  });
  const agent = { attempt: "a-1", agent: "scripted-agent 1.0.0", turns: 1, how: "new" };
  const shown = await osqr.service.show(repo.root, "greet#T1");
  expect(shown).toMatchObject({ task: { agent }, attempts: [{ agent, recovery: null }] });
  const { workstreams } = await osqr.service.status(repo.root);
  expect(workstreams[0]?.items.map((item) => item.agent?.attempt)).toEqual(["a-1", "a-2"]);
  await osqr.quiet();
  expect(repo.git("for-each-ref", "refs/osqr/checkpoint")).toBe("");
});

test("a question holds up nobody else; its answer resumes the conversation where it was", async () => {
  const names = ["a", "b", "c", "d"];
  const repo = makeAgentsRepo(Object.fromEntries(names.map((name) => [name, ["T1"]])));
  const asking: Script = {
    turns: [
      [edit("a.txt", "begun\n"), { do: "mcp", tool: "ask_operator", args: QUESTION }],
      [{ do: "shell", command: "cat a.txt > seen.txt" }],
    ],
  };
  const quick = (name: string): Script => ({ turns: [[edit(`${name}.txt`, name)]] });
  const osqr = await openWithAgent(repo, {
    "a#T1": asking,
    ...Object.fromEntries(names.slice(1).map((name) => [`${name}#T1`, quick(name)])),
  });
  const report = await osqr.go();
  expect(report.summary).toContain("Built 3 of 4");
  const done = await osqr.decide("D-1", "local");
  expect(done.summary).toContain("Built 4 of 4");
  expect(repo.git("show", "main:a.txt")).toBe("begun");
});

test("a question that nobody answers in time ends the turn; no process is left, and the answer starts the agent again", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const nap = `sleep 1000.${process.pid}${Math.floor(performance.now() * 1000)}`;
  const asking: Script = {
    turns: [
      [
        edit("a.txt", "begun"),
        { do: "grandchild", command: nap },
        { do: "mcp", tool: "ask_operator", args: QUESTION },
        { do: "shell", command: "echo '{last}' > told.txt" },
      ],
      [{ do: "shell", command: "cp a.txt b.txt" }, edit("prompt.txt", "{prompt}")],
    ],
  };
  const osqr = await openWithAgent(repo, { "a#T1": asking }, { askWaitMs: 300 });
  await osqr.go();
  await osqr.until("turn_ended");
  await waitUntil("the agent to be gone", () => findAgents(repo).length === 0, 20_000);
  await waitUntil("its grandchild to be gone", () => findProcesses(nap).length === 0, 20_000);
  expect(osqr.service.isIdle()).toBe(false);
  const report = await osqr.decide("D-1", "local");
  expect(report.summary).toContain("Built 1 of 1");
  expect(osqr.ofKind("session_opened").map(({ how }) => how)).toEqual(["new", "resumed"]);
  expect(repo.git("show", "main:b.txt")).toBe("begun");
  expect(osqr.ofKind("attempts_claimed").flatMap(({ launches }) => launches)).toHaveLength(1);
});

test("what was lost with the daemon goes on in the same conversation and the same work tree", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const stalling: Script = {
    turns: [[edit("a.txt", "begun"), { do: "stall" }], [{ do: "shell", command: "cp a.txt b.txt" }]],
  };
  const first = await openWithAgent(repo, { "a#T1": stalling });
  await first.start();
  await first.until("session_opened");
  await waitUntil("the file", () => first.events().some(({ kind }) => kind === "session_opened"));
  await first.close();
  const second = await openWithAgent(repo, { "a#T1": stalling });
  await second.until("workstream_landed");
  expect(second.ofKind("session_opened").map(({ how }) => how)).toEqual(["new", "resumed"]);
  expect(second.ofKind("attempt_started").map(({ continues }) => continues)).toEqual([undefined, "a-1"]);
  expect(repo.git("show", "main:b.txt")).toBe("begun");
  await second.quiet();
  expect(await second.service.events(0, 1).length).toBe(1);
});

test("pause ends the agent and keeps its work; resume goes on with the conversation", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const stalling: Script = {
    turns: [[edit("a.txt", "begun"), { do: "stall" }], [{ do: "shell", command: "cp a.txt b.txt" }]],
  };
  const osqr = await openWithAgent(repo, { "a#T1": stalling });
  await osqr.start();
  await osqr.until("session_opened");
  const paused = performance.now();
  await osqr.service.steer(repo.root, "pause", ["a"], "later");
  await osqr.until("attempt_ended");
  expect(findAgents(repo)).toEqual([]);
  expect(performance.now() - paused).toBeLessThan(20_000);
  expect(await osqr.service.steer(repo.root, "pause", ["a"], "again")).toEqual([]);
  expect(await osqr.service.steer(repo.root, "resume", ["a"], "now")).toEqual(["a"]);
  await osqr.until("workstream_landed");
  expect(osqr.ofKind("session_opened").map(({ how }) => how)).toEqual(["new", "resumed"]);
  expect(repo.git("show", "main:b.txt")).toBe("begun");
});

test("an agent that crashes is started again, a bounded number of times; then the other one takes over", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const crashing: Script = {
    turns: [[{ do: "crash", code: 3 }], [{ do: "crash", code: 3 }], [{ do: "crash", code: 3 }]],
  };
  const osqr = await openWithAgent(repo, { "a#T1": crashing });
  const report = await osqr.go();
  expect(report.summary).toContain("Built 0 of 1");
  expect(osqr.ofKind("recovery_chosen").map(({ failure, step, nth }) => [failure, step, nth])).toEqual([
    ["crashed", "resume", 1],
    ["crashed", "resume", 2],
    ["crashed", "ask", 3],
  ]);
  expect(report.decisions[0]?.options.map(({ id }) => id)).toContain("fresh");
  const shown = await osqr.service.show(repo.root, "a-2");
  expect(shown).toMatchObject({
    attempt: {
      agent: { how: "resumed", turns: 0 },
      recovery: {
        failure: "crashed",
        step: "resume",
        nth: 2,
        until: null,
        reason: "it goes on where it was, 2 of 2 times",
      },
    },
  });
});

test("what an agent wants to do is judged: ordinary work goes on, what changes machines asks, what is refused is told", async () => {
  const repo = makeAgentsRepo({ a: ["T1"], b: ["T1"] });
  const ask = (path: string): Step => ({
    do: "permission",
    kind: "edit",
    path,
    content: "x\n",
    allowed: [edit(path, "allowed")],
    refused: [edit(`no-${path.replaceAll("/", "-")}`, "refused")],
  });
  const osqr = await openWithAgent(repo, {
    "a#T1": { turns: [[ask("src/a.ts"), ask(".github/workflows/ci.yml")]] },
    "b#T1": { turns: [[ask(".husky/pre-commit")]] },
  });
  const report = await osqr.go();
  expect(report.summary).toContain("Built 0 of 2");
  const judged = osqr.ofKind("permission_judged").map(({ action, outcome }) => [action.paths[0], outcome]);
  expect(judged).toContainEqual(["src/a.ts", "proceed"]);
  expect(judged).toContainEqual([".github/workflows/ci.yml", "ask"]);
  const asked = osqr.ofKind("permission_judged").filter(({ outcome }) => outcome === "ask");
  expect(asked.every(({ reasons }) => reasons.length > 0)).toBe(true);
  expect(report.decisions.map(({ context }) => context.split("\n").at(-1))).toEqual(["+ x", "+ x"]);
  const idOf = (path: string): string => asked.find(({ action }) => action.paths[0] === path)?.decision ?? "";
  await osqr.decide(idOf(".github/workflows/ci.yml"), "allow");
  const done = await osqr.decide(idOf(".husky/pre-commit"), "refuse");
  expect(done.summary).toContain("Built 2 of 2");
  expect(repo.git("show", "main:.github/workflows/ci.yml")).toBe("allowed");
  expect(repo.git("show", "main:src/a.ts")).toBe("allowed");
  expect(repo.git("show", "main:no-.husky-pre-commit")).toBe("refused");
});

test("an agent that says that the tests pass when they do not is rejected by the gate, and the report says so", async () => {
  const repo = makeAgentsRepo(
    { a: ["T1"] },
    {
      "package.json": JSON.stringify({ name: "a", scripts: { test: "sh check.sh" } }),
      "check.sh": "test ! -e broken\n",
    },
  );
  const osqr = await openWithAgent(repo, {
    "a#T1": { turns: [[edit("broken", "x"), { do: "lie" }]] },
  });
  const report = await osqr.go();
  expect(report.summary).toContain("Built 0 of 1");
  expect(JSON.stringify(report)).toContain("tests");
  expect(repo.git("ls-tree", "--name-only", "main")).not.toContain("broken");
});

test("what an agent changed without asking is looked at before it counts", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const osqr = await openWithAgent(repo, {
    "a#T1": { turns: [[edit(".vscode/tasks.json", "{}"), edit("src/a.ts", "x")]] },
  });
  const report = await osqr.go();
  expect(report.decisions[0]).toMatchObject({
    question: "T1 changed what decides how machines and osqr work here: take it?",
    context: expect.stringContaining(".vscode/tasks.json"),
  });
  expect(repo.git("ls-tree", "-r", "--name-only", "main")).not.toContain("tasks.json");
  const done = await osqr.decide("D-1", "keep-work");
  expect(done.summary).toContain("Built 1 of 1");
  expect(repo.git("ls-tree", "-r", "--name-only", "main")).toContain(".vscode/tasks.json");
});

test("a model behind an API does a task: osqr works with it, its key stays outside, its use is counted", async () => {
  const server = await ChatServer.start([
    {
      calls: [{ name: "write_file", args: { path: "greet.txt", content: "hello\n" } }],
      usage: [1000, 0, 50],
    },
    { say: "greet.txt is there.", usage: [1200, 0, 20] },
  ]);
  onTestFinished(() => server.stop());
  const repo = makeAgentsRepo({ greet: ["T1"] });
  const config = `executors:\n  small:\n    model: gpt-5\n    api: { baseUrl: "${server.url}", contextTokens: 50000 }\n`;
  const osqr = await openService(repo, { config });
  const report = await osqr.go();
  expect(report.summary).toContain("Built 1 of 1");
  expect(repo.git("show", "main:greet.txt")).toBe("hello");
  expect(server.requests.map(({ body }) => body.model)).toEqual(["gpt-5", "gpt-5"]);
  expect(JSON.stringify(server.requests[0]?.body).split("# Working under osqr")).toHaveLength(2);
  const told = osqr.ofKind("usage_recorded").map(({ usage }) => usage);
  expect(told).toMatchObject([{ outputTokens: 50 }, { outputTokens: 20 }]);
  expect(told.every(({ microUsd }) => microUsd !== null && microUsd > 0)).toBe(true);
});

test.skipIf(!isBubblewrapWorking)(
  "an agent reaches the hosts of its executor; a run block does not",
  async () => {
    const server = createServer((_, response) => response.end("reached"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const look = (file: string): string =>
      `{ exec 3<>/dev/tcp/127.0.0.1/${port} && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3 || echo closed; } > ${file} 2>&1`;
    const block = spec({ "T1 look": look("block.txt") }, ["id: b"]);
    const repo = makeAgentsRepo({ a: ["T1"] }, { "docs/b.md": block });
    const osqr = await openWithAgent(
      repo,
      { "a#T1": { turns: [[{ do: "shell", command: look("agent.txt") }]] } },
      { hosts: [`127.0.0.1:${port}`] },
    );
    const report = await osqr.go();
    expect(report.summary).toContain("Built 2 of 2");
    expect(repo.git("show", "main:agent.txt")).toContain("reached");
    expect(repo.git("show", "main:block.txt")).toContain("closed");
  },
);
