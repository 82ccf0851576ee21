/** Partial dependencies (AO-4): a task starts on what is known, and is told the rest while it works. */
import { expect, test } from "vitest";
import type { ProjectPorts } from "../../src/engine/ports.ts";
import { waitUntil } from "../../src/sandbox/testing.ts";
import type { Step } from "../fixtures/agents/script.ts";
import { edit, openWithAgent, QUESTION } from "../support/agents-repo.ts";
import type { TestService } from "../support/e2e-repo.ts";
import { makeRepo, type TestRepo } from "../support/git-repo.ts";

/** `ui` starts without the first phase of `api` and is told of it. */
const makeNewsRepo = (files: Readonly<Record<string, string>> = {}): TestRepo =>
  makeRepo({
    "README.md": "start\n",
    ...files,
    "docs/api.md": "---\nid: api\nstatus: ready\n---\n# api\n\n## Phase 1: Shape\n\n- [ ] T1 shape it\n",
    "docs/ui.md": "---\nid: ui\nstatus: ready\ndepends_on: news:api#phase-1\n---\n# ui\n\n- [ ] T1 show it\n",
  });

const ask = (key: string): Step => ({
  do: "mcp",
  tool: "ask_operator",
  args: { ...QUESTION, key, question: `${key}?` },
});
const handOff = (summary: string): Step => ({ do: "mcp", tool: "hand_off", args: { summary, notes: [] } });

/** The decision that an agent asked for under a key. */
async function asked(osqr: TestService, key: string): Promise<string> {
  const { decision } = await osqr.until(
    "decision_opened",
    ({ decision: { subject } }) => subject.kind === "question" && subject.key === key,
  );
  return decision.id;
}

const answer = async (osqr: TestService, repo: TestRepo, key: string): Promise<void> => {
  await osqr.service.decide(repo.root, await asked(osqr, key), "local", "");
};

/** Says that it is at work, and does nothing any more. */
const STALLED: readonly Step[] = [
  { do: "mcp", tool: "report_progress", args: { text: "begun" } },
  { do: "stall" },
];

const landedAll = (osqr: TestService): Promise<void> =>
  waitUntil("both to land", () => osqr.ofKind("workstream_landed").length === 2, 60_000);

const SCRIPTS = {
  "api#T1": { turns: [[edit("api.txt", "v1"), ask("SHAPE"), handOff("the ids are called user_id")]] },
  "ui#T1": { turns: [[edit("ui.txt", "begun"), ask("LOOK")], [edit("told.txt", "{prompt}")]] },
};

test("what is handed off and decided while an agent works is its next prompt, and it uses it", async () => {
  const repo = makeNewsRepo();
  const osqr = await openWithAgent(repo, SCRIPTS);
  const { plan } = await osqr.start();
  expect(plan.edges).toMatchObject([{ type: "news", detail: "phase-1" }]);
  await asked(osqr, "LOOK");
  await answer(osqr, repo, "SHAPE");
  await osqr.until("task_completed");
  await answer(osqr, repo, "LOOK");
  await landedAll(osqr);
  expect((await osqr.report()).summary).toContain("Built 2 of 2");
  const to = expect.stringMatching(/\/ui#T1$/);
  const from = expect.stringMatching(/\/api#T1$/);
  expect(osqr.ofKind("message_sent").map(({ message }) => message)).toMatchObject([
    {
      ...{ from, to, number: 1, type: "decision" },
      payload: { subject: expect.stringContaining('"SHAPE?": local (on this machine)'), path: null },
    },
    {
      ...{ from, to, number: 2, type: "handoff" },
      payload: {
        subject: "api#T1 is done: shape it",
        text: expect.stringContaining("the ids are called user_id"),
        path: expect.stringMatching(/^api\/t1\//),
      },
    },
  ]);
  expect(osqr.ofKind("messages_delivered")).toMatchObject([{ numbers: [1, 2], turn: 2, how: "prompt" }]);
  const told = repo.git("show", "main:told.txt");
  expect(told).toMatch(/Message 1, decision from api#T1:[\s\S]+Message 2, handoff from api#T1:/);
  expect(told).toContain("    shape it: 1 file, +1 −0. the ids are called user_id");
  const messages = [
    { number: 1, from: "api#T1", type: "decision", told: { turn: 2, how: "prompt" } },
    { number: 2, from: "api#T1", type: "handoff", told: { turn: 2, how: "prompt" } },
  ];
  expect(await osqr.service.show(repo.root, "ui#T1")).toMatchObject({ messages });
  const { lines } = await osqr.service.trace(repo.root, "ui");
  expect(lines.filter(({ kind }) => kind === "clause")).toMatchObject([{ text: "T1 show it", messages }]);
});

test("what was handed off before the start is in the briefing, and is told once", async () => {
  const repo = makeNewsRepo();
  const osqr = await openWithAgent(repo, {
    "api#T1": { turns: [[edit("api.txt", "v1"), handOff("the ids are called user_id")]] },
    "ui#T1": { turns: [[edit("told.txt", "{prompt}")]] },
  });
  await osqr.go({ only: ["api"] });
  await osqr.go();
  expect(repo.git("show", "main:told.txt")).toContain("the ids are called user_id");
  expect(osqr.ofKind("message_sent")).toEqual([]);
  expect(osqr.ofKind("attempt_started").at(-1)?.briefed).toHaveLength(1);
});

test("what was told in a turn that ran out of time keeps nobody from taking what is there as it is", async () => {
  const repo = makeRepo({
    "README.md": "start\n",
    "docs/api.md":
      "---\nid: api\nstatus: ready\npriority: high\n---\n# api\n\n## Phase 1: Shape\n\n- [ ] T1 shape it\n",
    "docs/ui.md":
      "---\nid: ui\nstatus: ready\ndepends_on: news:api#phase-1\n---\n# ui\n\n- [ ] T1 show it (timeout: 12s)\n",
  });
  const choice = { subject: "ids", choice: "user_id", reason: "usual", confidence: 0.95 };
  const osqr = await openWithAgent(
    repo,
    {
      "api#T1": {
        turns: [
          [edit("api.txt", "v1"), { do: "mcp", tool: "report_decision", args: choice }, handOff("user_id")],
        ],
      },
      "ui#T1": { turns: [[edit("ui.txt", "begun"), { do: "stall" }], [edit("ui.txt", "again")]] },
    },
    { config: "maxParallel: 1" },
  );
  const { decisions } = await osqr.go();
  const [told] = osqr.ofKind("messages_delivered");
  expect(told).toMatchObject({ turn: 1, how: "start" });
  const [asked] = decisions;
  expect(asked?.options.map(({ id }) => id)).toContain("split");
  expect((await osqr.decide(asked?.id ?? "", "split")).summary).toBe("Built 2 of 2.");
  expect(repo.git("show", "main:ui.txt")).toBe("begun");
  expect(osqr.ofKind("attempt_started").at(-1)).toMatchObject({ onlyChecks: true });
  // Whoever only checks is told nothing.
  expect(osqr.ofKind("messages_delivered")).toEqual([told]);
});

test("whose work is cancelled holds up nobody, and whoever wanted its news is told", async () => {
  const repo = makeNewsRepo();
  const osqr = await openWithAgent(repo, SCRIPTS);
  await osqr.start();
  await asked(osqr, "LOOK");
  await asked(osqr, "SHAPE");
  await osqr.service.steer(repo.root, "cancel", ["api"], "not now");
  await answer(osqr, repo, "LOOK");
  await osqr.until("workstream_landed");
  expect(osqr.ofKind("message_sent").map(({ message }) => message)).toMatchObject([
    { type: "ended", payload: { subject: "nothing more comes from api: the workstream was cancelled" } },
  ]);
  expect(repo.git("show", "main:told.txt")).toContain("nothing more comes from api");
});

test("what is said while the daemon is away, or was dying, is told once in the conversation that goes on", async () => {
  const repo = makeNewsRepo();
  const scripts = {
    ...SCRIPTS,
    "ui#T1": {
      turns: [[edit("ui.txt", "begun"), ...STALLED], [edit("told.txt", "{prompt}")]],
    },
  };
  const first = await openWithAgent(repo, scripts);
  await first.start();
  await first.until("attempt_progressed");
  await answer(first, repo, "SHAPE");
  await first.until("message_sent", ({ message }) => message.type === "handoff");
  const sent = first.ofKind("message_sent").length;
  await first.close();
  const second = await openWithAgent(repo, scripts);
  await landedAll(second);
  expect(second.ofKind("message_sent")).toHaveLength(sent);
  const told = repo.git("show", "main:told.txt");
  expect(told.match(/Message \d+, handoff from api#T1/g)).toHaveLength(1);
  expect(second.ofKind("session_opened").at(-1)?.how).toBe("resumed");
});

test("what comes while its result is being checked is told before that counts", async () => {
  const repo = makeNewsRepo({
    "package.json": JSON.stringify({ name: "a", scripts: { test: "true" } }),
  });
  let reach: (label: string) => void = () => undefined;
  let release: () => void = () => undefined;
  const reached = new Promise<string>((resolve) => {
    reach = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const project = (ports: ProjectPorts): ProjectPorts => ({
    ...ports,
    get executors() {
      return ports.executors;
    },
    async checkGates(input) {
      reach(input.label);
      await released;
      return ports.checkGates(input);
    },
  });
  const osqr = await openWithAgent(
    repo,
    {
      ...SCRIPTS,
      "ui#T1": { turns: [[edit("ui.txt", "begun")], [edit("told.txt", "{prompt}")]] },
    },
    { wrap: { log: (log) => log, project } },
  );
  await osqr.start();
  const label = await reached;
  expect(label).toMatch(/^a-\d+-gates$/);
  await answer(osqr, repo, "SHAPE");
  await osqr.until("message_sent");
  release();
  await landedAll(osqr);
  const [ui, api, ...again] = osqr.ofKind("session_opened").map(({ how }) => how);
  expect([ui, api, again[0]]).toEqual(["new", "new", "resumed"]);
  expect(osqr.ofKind("messages_delivered").flatMap(({ numbers }) => numbers)).toEqual(
    osqr.ofKind("message_sent").map(({ message }) => message.number),
  );
  expect(osqr.ofKind("messages_delivered")[0]).toMatchObject({ turn: 2, how: "prompt" });
  expect(repo.git("show", "main:told.txt")).toContain('"SHAPE?": local');
  expect(repo.git("show", "main:ui.txt")).toBe("begun");
});
