import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { priceOf } from "../../src/executors/prices.ts";
import type { Script, Step } from "../fixtures/agents/script.ts";
import { ChatServer } from "../fixtures/chat-server.ts";
import { edit, makeAgentsRepo, openWithAgent } from "../support/agents-repo.ts";
import { openService } from "../support/e2e-repo.ts";
import { openMetered, REAL_KEY, startProvider } from "../support/metered-repo.ts";

const MODEL = "claude-sonnet-4-5";
const USED = { input: 200, cached: 0, output: 79_000 };
const call = (more: Partial<Extract<Step, { do: "model" }>> = {}): Step => ({
  do: "model",
  model: MODEL,
  maxTokens: 80_000,
  text: "work",
  ...more,
});
/** What the last call gave, as the agent saw it. */
const note = (path: string): Step => edit(path, "{last}");

/** Files below a folder that hold a text. */
function findFiles(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true && readFileSync(path).includes(text)
      ? [path]
      : [];
  });
}

test("a metered agent is refused the request that does not fit; the ledger is what its provider served, and the key is nowhere", async () => {
  const server = await startProvider([{ say: "Well.", usage: USED }]);
  const repo = makeAgentsRepo({ a: ["T1"] });
  const steps: Step[] = [
    { do: "shell", command: "env > env.txt; cat /proc/self/environ >> env.txt" },
    call(),
    note("first.txt"),
    // What an agent says of its use is not counted beside what osqr counted.
    { do: "cost", usd: 5 },
    call(),
    call(),
    note("third.txt"),
    { do: "stall" },
  ];
  const osqr = await openMetered(repo, server, {
    tasks: { "a#T1": { turns: [steps] } },
    config: ["budget: { run: { tokens: 220k } }"],
  });
  const report = await osqr.go();
  expect(server.requests).toHaveLength(2);
  expect(server.requests.map(({ credentials }) => credentials)).toEqual([
    { "x-api-key": REAL_KEY },
    { "x-api-key": REAL_KEY },
  ]);
  const recorded = osqr.ofKind("usage_recorded");
  expect(recorded.map(({ source, assumed }) => [source, assumed])).toEqual([
    ["metered", undefined],
    ["metered", undefined],
  ]);
  const usage = { inputTokens: 200, cachedTokens: 0, outputTokens: 79_000, microUsd: null, model: MODEL };
  const price = priceOf(usage, MODEL) ?? 0;
  expect(price).toBeGreaterThan(0);
  expect(report.cost).toMatchObject({ tokens: 2 * 79_200, microUsd: 2 * price, unknown: { tokens: 0 } });
  const [ended] = osqr.ofKind("attempt_ended");
  expect(ended).toMatchObject({ outcome: "cancelled", wanted: { tokens: expect.any(Number) } });
  expect(ended?.reason).toMatch(/^over budget: .*the budget of the run is 220k tokens/);
  expect(report.decisions[0]?.question).toMatch(
    /^The budget of the run is 220k tokens: 158\.4k tokens are used/,
  );
  expect(ended?.salvage).not.toBeNull();
  const kept = (path: string): string => repo.git("show", `${ended?.salvage}:${path}`);
  expect(kept("first.txt")).toMatch(/^200 event: message_start/);
  expect(kept("env.txt")).not.toContain(REAL_KEY);
  expect(kept("env.txt")).toMatch(/ANTHROPIC_BASE_URL=http:\/\/127\.0\.0\.1:\d+/);
  await osqr.quiet();
  await osqr.close();
  expect(findFiles(repo.folder, REAL_KEY)).toEqual([]);
  expect(findFiles(repo.folder, "over budget").length).toBeGreaterThan(0);
});

test("requests at the same time are counted together, and one without a limit gets the one that fits", async () => {
  const server = await startProvider([{ say: "Well.", usage: { input: 200, cached: 0, output: 1_000 } }]);
  const repo = makeAgentsRepo({ a: ["T1"] });
  const { maxTokens: _, ...endless } = { ...call({ text: "work without end" }) } as Extract<
    Step,
    { do: "model" }
  >;
  const steps: Step[] = [
    // Each of them may need 80,000: two of them fit, the third waits until there is room.
    call({ times: 3 }),
    note("three.txt"),
    // 128,000 tokens do not fit what is left of the limit.
    endless,
    note("endless.txt"),
  ];
  const osqr = await openMetered(repo, server, {
    tasks: { "a#T1": { turns: [steps] } },
    config: ["budget: { run: { tokens: 200k }, task: { tokens: 250k } }"],
  });
  const report = await osqr.go();
  expect(report.summary).toContain("Built 1 of 1");
  expect(
    repo
      .git("show", "main:three.txt")
      .split("\n")
      .map((line) => line.slice(0, 3)),
  ).toEqual(["200", "200", "200"]);
  const sent = server.requests.map(({ body }) => body.max_tokens);
  expect(sent.slice(0, 3)).toEqual([80_000, 80_000, 80_000]);
  expect(sent).toHaveLength(4);
  expect(report.cost).toMatchObject({ tokens: 4 * 1_200, unknown: { tokens: 0, microUsd: 0 } });
});

test("a reply that is cut counts as the most that it could, and what it cost is a least", async () => {
  const server = await startProvider([
    {
      say: "A long answer that is cut.",
      usage: { input: 200, cached: 0, output: 4_000 },
      fail: { kind: "cut", times: 1 },
    },
  ]);
  const repo = makeAgentsRepo({ a: ["T1"] });
  const osqr = await openMetered(repo, server, {
    tasks: { "a#T1": { turns: [[call({ maxTokens: 5_000 }), note("cut.txt")]] } },
    config: ["budget: { run: { tokens: 220k } }"],
  });
  const report = await osqr.go();
  expect(report.summary).toContain("Built 1 of 1");
  const [recorded] = osqr.ofKind("usage_recorded");
  // The beginning of a stream names its input, and a first number of what comes.
  expect(recorded).toMatchObject({ source: "metered", usage: { inputTokens: 200, outputTokens: 4_000 } });
  expect(recorded?.assumed?.tokens).toBeGreaterThan(800);
  expect(recorded?.assumed?.microUsd).toBeGreaterThan(1_000 * 15);
  expect(report.cost?.unknown).toEqual({ tokens: 1, microUsd: 1 });
});

test("nothing stands between an agent and its provider where no budget holds; meter: true keeps the key outside all the same", async () => {
  const server = await startProvider([{ say: "Well.", usage: { input: 10, cached: 0, output: 20 } }]);
  const script = { turns: [[{ do: "shell", command: "env > env.txt" } as const, call(), note("reply.txt")]] };
  const bare = makeAgentsRepo({ a: ["T1"] });
  const own = await openMetered(bare, server, { tasks: { "a#T1": script }, config: [] });
  await own.go();
  expect(bare.git("show", "main:env.txt")).toContain(`ANTHROPIC_BASE_URL=${server.url}`);
  expect(own.ofKind("usage_recorded")).toEqual([]);
  const kept = makeAgentsRepo({ a: ["T1"] });
  const osqr = await openMetered(kept, server, {
    tasks: { "a#T1": script },
    config: [],
    executor: ["meter: true"],
  });
  const report = await osqr.go();
  expect(kept.git("show", "main:env.txt")).not.toContain(REAL_KEY);
  expect(kept.git("show", "main:reply.txt")).toMatch(/^200 /);
  expect(report.cost).toMatchObject({ tokens: 30 });
});

test("in the red zone the next start takes the cheaper model and a smaller briefing, and all who are asked say so", async () => {
  const server = await startProvider([{ say: "Well.", usage: { input: 900, cached: 0, output: 1_279_000 } }]);
  const long = `\n\n## Background\n\n${"words and words\n".repeat(2_000)}`;
  const repo = makeAgentsRepo({ a: ["T1", "T2"] }, {});
  repo.write("docs/a.md", `---\nid: a\nstatus: ready\n---\n# a\n\n- [ ] T1 do T1\n- [ ] T2 do T2\n${long}`);
  repo.commit();
  const osqr = await openMetered(repo, server, {
    tasks: {
      "a#T1": { turns: [[call({ maxTokens: 1_290_000 }), edit("one.txt", "1")]] },
      "a#T2": { turns: [[edit("briefing.txt", "{prompt}")]] },
    },
    config: ["budget: { run: { tokens: 1500k } }", "cheaper: { claude: 'claude:haiku' }"],
  });
  const plan = await osqr.service.plan(repo.root, { only: null, skip: [] });
  expect(plan.overshoot).toEqual({ tokens: 0, microUsd: null });
  const report = await osqr.go();
  expect(report.summary).toContain("Built 1 of 1");
  const launches = osqr.ofKind("attempts_claimed").flatMap((event) => event.launches);
  expect(launches.map(({ saves, model }) => [saves, model])).toEqual([
    [undefined, undefined],
    [["small_briefing", "cheaper_route"], "haiku"],
  ]);
  expect(repo.git("show", "main:briefing.txt")).toMatch(
    /\[… \d+ characters are left out: read them in docs\/a\.md\]/,
  );
  const { sentences } = await osqr.service.why(repo.root, "a-2");
  expect(sentences).toContain(
    "It was begun with less, as nearly all of the run's budget was used: a smaller briefing, claude:haiku in place of claude:sonnet.",
  );
});

test("a model behind an API is asked no more than the budget allows, to the request", async () => {
  const server = await ChatServer.start([], {
    calls: [{ name: "run_command", args: { command: "true" } }],
    usage: [2_000, 0, 50_000],
  });
  onTestFinished(() => server.stop());
  const repo = makeAgentsRepo({ a: ["T1"] });
  const config = [
    "executors:",
    "  small:",
    "    model: gpt-5",
    `    api: { baseUrl: "${server.url}", keyEnv: SMALL_KEY }`,
    "budget: { run: { tokens: 260k } }",
  ].join("\n");
  const osqr = await openService(repo, { config, variables: { SMALL_KEY: REAL_KEY } });
  const report = await osqr.go();
  // Each answer costs 52,000 tokens. The longest that fits is asked for, until not even a short one does.
  expect(server.requests.length).toBeGreaterThan(2);
  expect(report.cost).toMatchObject({ tokens: server.requests.length * 52_000, unknown: { tokens: 0 } });
  expect(report.cost?.tokens).toBeLessThanOrEqual(260_000);
  expect(osqr.ofKind("attempt_ended")[0]?.reason).toMatch(
    /^over budget: .*the budget of the run is 260k tokens/,
  );
  expect(findFiles(repo.folder, REAL_KEY)).toEqual([]);
});

test("a cheaper model begins a conversation of its own: that of the task before was held by another one", async () => {
  const server = await startProvider([{ say: "Well.", usage: { input: 900, cached: 0, output: 1_279_000 } }]);
  const repo = makeAgentsRepo({ a: ["T1", "T2"] });
  const spec = "---\nid: a\nstatus: ready\nsession: reuse\n---\n# a\n\n- [ ] T1 do T1\n- [ ] T2 do T2\n";
  repo.write("docs/a.md", spec);
  repo.commit();
  const turns = [[call({ maxTokens: 1_290_000 }), edit("one.txt", "1")], [edit("two.txt", "2")]];
  const osqr = await openMetered(repo, server, {
    tasks: { "a#T1": { turns }, "a#T2": { turns: [[edit("two.txt", "2")]] } },
    config: ["budget: { run: { tokens: 1500k } }", "cheaper: { claude: 'claude:haiku' }"],
  });
  expect((await osqr.go()).summary).toContain("Built 1 of 1");
  const launches = osqr.ofKind("attempts_claimed").flatMap((event) => event.launches);
  expect(launches.map(({ model }) => model)).toEqual([undefined, "haiku"]);
  expect(osqr.ofKind("session_opened").map(({ how }) => how)).toEqual(["new", "new"]);
  expect(osqr.ofKind("attempt_started").at(-1)?.conversation).toEqual({
    from: null,
    reason: "no task before it was done by claude:haiku",
  });
});

test("where the cheaper executor fails, the task's own route does it, and nobody is asked", async () => {
  const repo = makeAgentsRepo({ a: ["T1", "T2"] });
  const used = { do: "usage", input: 2_780_000, output: 20_000, total: 2_800_000 } as const;
  const tasks: Readonly<Record<string, Script>> = {
    "a#T1": { turns: [[used, edit("one.txt", "1")]] },
    "a#T2": { turns: [[edit("two.txt", "2")]] },
  };
  const broken = { do: "fail", code: -32_603, message: "quite broken" } as const;
  const osqr = await openWithAgent(repo, tasks, {
    second: { "a#T2": { turns: [[broken]] } },
    fallbacks: false,
    config: "budget: { run: { tokens: 3250k } }\ncheaper: { scripted: second }\nestimate: {}",
  });
  const report = await osqr.go();
  expect(report.summary).toContain("Built 1 of 1");
  expect(report.decisions).toEqual([]);
  const launches = osqr.ofKind("attempts_claimed").flatMap((event) => event.launches);
  expect(launches.map(({ executor }) => executor)).toEqual(["scripted", "second", "scripted"]);
  expect(osqr.ofKind("task_rerouted")).toMatchObject([
    { from: { executor: "second" }, to: { executor: "scripted" }, failure: "other" },
  ]);
});
