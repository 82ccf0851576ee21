/** What is watched while an attempt runs: each check at work, and switched off. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { renderShown } from "../../src/cli/render/details.ts";
import { renderReport } from "../../src/cli/render/report.ts";
import { renderStatus } from "../../src/cli/render/status.ts";
import { PLAIN_STYLE } from "../../src/cli/text/style.ts";
import { DEFAULT_WATCH, type WatchPolicy } from "../../src/core/checks/watch-policy.ts";
import type { MachineUse, ProjectPorts } from "../../src/engine/ports.ts";
import type { Step } from "../fixtures/agents/script.ts";
import { edit, findAgents, makeAgentsRepo, openWithAgent, QUESTION } from "../support/agents-repo.ts";
import { findDecision, openProject, spec } from "../support/e2e-repo.ts";

const PAGE = { width: Number.POSITIVE_INFINITY, style: PLAIN_STYLE };
const SHOWING = { now: 0, contextLinesMax: 100, isRestRunning: false, evidence: new Map() };

const OFF: WatchPolicy = {
  everyMs: 250,
  tokens: null,
  progress: null,
  errorRate: null,
  memory: null,
  disk: null,
};

/** Nobody waits for minutes here. */
const watching = (policy: Partial<WatchPolicy>, use: Partial<MachineUse> | null = null) => ({
  wrap: {
    log: <Log>(log: Log): Log => log,
    project: (ports: ProjectPorts): ProjectPorts => {
      const { measure: real } = ports;
      const measure: ProjectPorts["measure"] = async (input) => ({ ...(await real(input)), ...use });
      return Object.assign(ports, { watch: () => ({ ...OFF, ...policy }), measure });
    },
  },
});

const failing: Step = { do: "badCall", title: "Run the tests" };

test("an agent whose calls of tools mostly fail is stopped; its work is kept and a person asked what to do", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const turns = [[edit("a.txt", "begun"), ...Array<Step>(11).fill(failing), { do: "stall" }], []] as const;
  const osqr = await openWithAgent(
    repo,
    { "a#T1": { turns } },
    watching({ errorRate: DEFAULT_WATCH.errorRate }),
  );
  const decision = findDecision(await osqr.go(), "a");
  expect(decision.question).toBe(
    "T1 failed: stopped for its error rate: 11 of its last 12 calls of tools failed (91 %, allowed are 50 %)",
  );
  expect(decision.context).toContain("See what fails in its log");
  expect(decision.options.map(({ id }) => id)).toContain("retry");
  const [watched] = osqr.ofKind("attempt_watched");
  expect(watched?.findings).toMatchObject([{ check: "errorRate", level: "critical" }]);
  expect(osqr.ofKind("recovery_chosen")).toMatchObject([{ failure: "gate", step: "ask" }]);
  const [ended] = osqr.ofKind("attempt_ended");
  expect(repo.git("show", `${ended?.salvage}:a.txt`)).toBe("begun");
  expect(findAgents(repo)).toEqual([]);
  expect((await osqr.decide(decision.id, "retry")).summary).toBe("Built 1 of 1.");
  expect(repo.git("show", "main:a.txt")).toBe("begun");
});

test.each([
  ["few calls say nothing", 9, { limit: 50, sample: 20, level: "critical" } as const],
  ["what is only to be said ends nothing", 12, { limit: 50, sample: 10, level: "warn" } as const],
  ["switched off it sees nothing", 12, null],
])("%s", async (what, count, errorRate) => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const turn: Step[] = [
    ...Array<Step>(count).fill(failing),
    { do: "shell", command: "sleep 1.5" },
    edit("a.txt", "done"),
  ];
  const osqr = await openWithAgent(
    repo,
    { "a#T1": { turns: [turn] } },
    watching({ errorRate, disk: { maxBytes: null, level: "warn" } }),
  );
  expect((await osqr.go()).summary).toBe("Built 1 of 1.");
  const found = osqr.ofKind("attempt_watched").flatMap(({ findings }) => findings);
  if (what.startsWith("what is only")) expect(found).toMatchObject([{ check: "errorRate", level: "warn" }]);
  else expect(found).toEqual([]);
});

test("an agent that works and changes nothing is asked about and goes on; a change in its work tree ends the question", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const look: Step = { do: "shell", command: "sleep 0.2" };
  const turns = [[...Array<Step>(15).fill(look), edit("go.txt", "go"), ...Array<Step>(15).fill(look)]];
  const osqr = await openWithAgent(repo, { "a#T1": { turns } }, watching({ progress: { afterMs: 1_200 } }));
  await osqr.start();
  const { decision } = await osqr.until("decision_opened");
  expect(decision.question).toMatch(
    /^T1 makes no progress: \d+ calls? of (a tool|tools) in .*, and nothing changed/,
  );
  expect(decision.options.map(({ id }) => id)).toEqual(["wait", "again", "cancel"]);
  const withdrawn = await osqr.until("decision_withdrawn");
  expect(withdrawn).toMatchObject({ decision: decision.id, reason: "a-1 moves again" });
  await osqr.until("workstream_landed");
  // Not because its turn was over: it went on for seconds after it.
  const [turn] = osqr.ofKind("turn_ended");
  expect((turn?.at ?? 0) - withdrawn.at).toBeGreaterThan(1_000);
  // It kept its slot all the time.
  expect(osqr.ofKind("attempt_parked")).toEqual([]);
  expect(osqr.ofKind("attempt_ended")).toEqual([]);
});

test("an agent that is asked about and asks itself waits for its own question only, and keeps its slot once that is answered", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const until = (file: string): Step => ({
    do: "shell",
    command: `until [ -e $HOME/${file} ]; do sleep 0.05; done`,
  });
  const ask: Step = { do: "mcp", tool: "ask_operator", args: QUESTION };
  const looks = Array<Step>(25).fill({ do: "shell", command: "sleep 0.2" });
  const turns = [[...looks, until("ask"), ask, until("end"), edit("a.txt", "done")]];
  // Between two looks there is time for an answer.
  const osqr = await openWithAgent(
    repo,
    { "a#T1": { turns } },
    watching({ everyMs: 3_500, progress: { afterMs: 1_000 } }),
  );
  const tell = (file: string): void =>
    writeFileSync(join(osqr.env.OSQR_HOME ?? "", "attempts/a-1/home", file), "");
  await osqr.start();
  const { decision: busy } = await osqr.until("decision_opened");
  expect(busy.question).toContain("makes no progress");
  tell("ask");
  const { decision } = await osqr.until("decision_opened", ({ decision: { id } }) => id !== busy.id);
  await osqr.service.decide(repo.root, decision.id, "local", "");
  await osqr.until("attempt_resumed");
  tell("end");
  await osqr.until("workstream_landed");
  expect(osqr.ofKind("attempt_parked").map((each) => each.decision)).toEqual([decision.id]);
});

test("a run block that writes more than it may is stopped, also one without an agent", async () => {
  const fill = "head -c 3000000 /dev/urandom > big.bin; sleep 60";
  const osqr = await openProject(
    { "docs/a.md": spec({ "T1 Fill it": fill }) },
    watching({ disk: { maxBytes: 2 * 1024 ** 2, level: "critical" } }),
  );
  const decision = findDecision(await osqr.go(), "a");
  expect(decision.question).toMatch(
    /^T1 failed: stopped for its disk: its work tree and home hold \d.* MiB, allowed are 2.0 MiB$/,
  );
  expect(decision.context).toContain("raise watch.disk.max in your own config");
});

test("what is near is said in the report, in why and in show, and goes away with it", async () => {
  const use: Partial<MachineUse> & { memoryBytes: number } = { memoryBytes: 90 };
  const script = "until [ -e $HOME/go ]; do sleep 0.1; done; echo x > x.txt";
  const osqr = await openProject(
    { "docs/a.md": spec({ "T1 Wait": script }) },
    watching({ memory: { maxBytes: 100, minFreeBytes: 1, level: "critical" } }, use),
  );
  await osqr.start();
  await osqr.until("attempt_watched");
  const { notes } = await osqr.report();
  expect(notes.join("\n")).toContain(
    "a T1: memory: its processes use 0.0 MiB, allowed are 0.0 MiB. See what takes it",
  );
  const why = await osqr.service.why(osqr.repo.root, "a#T1");
  expect(why.sentences.join("\n")).toContain("memory: its processes use");
  const show = async (what: string): Promise<string> =>
    renderShown(await osqr.service.show(osqr.repo.root, what), SHOWING, PAGE).join("\n");
  expect(await show("a-1")).toContain(
    "! memory: its processes use 0.0 MiB, allowed are 0.0 MiB. See what takes it",
  );
  expect(await show("a#T1")).toContain("! memory: its processes use");
  use.memoryBytes = 10;
  const gone = await osqr.until("attempt_watched", ({ findings }) => findings.length === 0);
  expect(osqr.ofKind("attempt_watched")).toHaveLength(2);
  expect(await show("a-1")).not.toContain("its processes use");
  use.memoryBytes = 101;
  const ended = await osqr.until("attempt_ended", ({ seq }) => seq > gone.seq);
  expect(ended.reason).toMatch(/^stopped for its memory/);
});

test("nothing is looked at where no attempt runs, and the real numbers of one that does are seen", async () => {
  const seen: MachineUse[] = [];
  const repo = makeAgentsRepo({ a: ["T1"] });
  const { wrap } = watching({ memory: DEFAULT_WATCH.memory, disk: DEFAULT_WATCH.disk });
  const osqr = await openWithAgent(
    repo,
    { "a#T1": { turns: [[edit("a.txt", "x".repeat(100_000)), { do: "shell", command: "sleep 1.5" }]] } },
    {
      wrap: {
        ...wrap,
        project: (ports) => {
          const { measure: real } = wrap.project(ports);
          const measure: ProjectPorts["measure"] = async (input) => {
            const use = await real(input);
            seen.push(use);
            return use;
          };
          return Object.assign(ports, { measure });
        },
      },
    },
  );
  expect((await osqr.go()).summary).toBe("Built 1 of 1.");
  await osqr.quiet();
  const count = seen.length;
  expect(count).toBeGreaterThan(0);
  // The agent is a Node process; a look at the very end may find it gone.
  const most = Math.max(...seen.map(({ memoryBytes }) => memoryBytes ?? 0));
  expect(most).toBeGreaterThan(20 * 1024 ** 2);
  expect(seen[0]?.freeMemoryBytes).toBeGreaterThan(0);
  expect(seen.findLast(({ diskBytes }) => diskBytes !== null)?.diskBytes).toBeGreaterThanOrEqual(100_000);
  expect(osqr.ofKind("attempt_watched")).toEqual([]);
  expect(readFileSync(join(repo.root, "README.md"), "utf8")).toBe("start\n");
  expect(seen).toHaveLength(count);
});

test("what a running agent has of the memory is in status, in show and in the report; the most of it is recorded", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const wait: Step = { do: "shell", command: "until [ -e $HOME/end ]; do sleep 0.05; done" };
  const use: Partial<MachineUse> & { memoryBytes: number } = { memoryBytes: 620_000_000 };
  const { wrap } = watching({}, use);
  const osqr = await openWithAgent(repo, { "a#T1": { turns: [[wait, edit("a.txt", "done")]] } }, { wrap });
  await osqr.start();
  const show = (what: string) => osqr.service.show(repo.root, what);
  const last = async (): Promise<number | null | undefined> => {
    const { workstreams } = await osqr.service.status(repo.root, true);
    return workstreams[0]?.items[0]?.memory?.lastBytes;
  };
  const until = async (bytes: number): Promise<void> => {
    while ((await last()) !== bytes) await new Promise((resolve) => setImmediate(resolve));
  };
  await until(620_000_000);
  use.memoryBytes = 310_000_000;
  await until(310_000_000);
  const status = await osqr.service.status(repo.root, true);
  expect(renderStatus(status, PAGE).join("\n")).toContain("T1 (310 MB)");
  for (const what of ["a-1", "a#T1"]) {
    const shown = renderShown(await show(what), SHOWING, PAGE).join("\n");
    expect(shown).toContain("memory: 310 MB now, 620 MB at most");
  }
  expect((await osqr.report()).workstreams[0]?.items[0]?.memory).toEqual({
    lastBytes: 310_000_000,
    peakBytes: 620_000_000,
  });
  writeFileSync(join(osqr.env.OSQR_HOME ?? "", "attempts/a-1/home/end"), "");
  await osqr.until("workstream_landed");
  expect(osqr.ofKind("attempt_completed")).toMatchObject([{ peakMemoryBytes: 620_000_000 }]);
  expect(await show("a-1")).toMatchObject({
    attempt: { memory: { lastBytes: null, peakBytes: 620_000_000 } },
  });
  const report = renderReport(await osqr.report(), SHOWING, PAGE).join("\n");
  expect(report).toContain("at most 620 MB of memory (a#T1)");
});

test("no more agents run at once than the free memory can bear, by what they have needed", async () => {
  const repo = makeAgentsRepo({ a: ["T1"], b: ["T1"], c: ["T1"], d: ["T1"] });
  const wait: Step = { do: "shell", command: "sleep 1.5" };
  const scripts = Object.fromEntries(
    ["a", "b", "c", "d"].map((id) => [`${id}#T1`, { turns: [[wait, edit(`${id}.txt`, "done")]] }]),
  );
  const use: { memoryBytes: number | null } = { memoryBytes: 900_000_000 };
  const { wrap } = watching({}, use);
  const osqr = await openWithAgent(repo, scripts, { wrap, freeBytes: () => 1_200_000_000 });
  // Nobody has seen it at work: 512 MiB each.
  expect((await osqr.go({ only: ["a", "b"] })).metrics.maxParallel).toBe(2);
  expect(osqr.ofKind("attempt_completed").map((each) => each.peakMemoryBytes)).toContain(900_000_000);
  // It turned out to need more; what those that run now have is not seen yet.
  use.memoryBytes = null;
  const before = osqr.ofKind("attempts_claimed").length;
  expect((await osqr.go({ only: ["c", "d"] })).summary).toContain("Built");
  const claims = osqr.ofKind("attempts_claimed").slice(before);
  expect(claims.map(({ launches }) => launches.length)).toEqual([1, 1]);
});
