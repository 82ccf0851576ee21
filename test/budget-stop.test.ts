/** The real engine ends an attempt that is over its budget, and asks; the agent is a scripted stream. */
import { expect, it } from "vitest";
import { createNullPorts, createNullProject } from "../bench/support/null-ports.ts";
import { NO_BUDGET } from "../src/core/budget/limits.ts";
import type { Budget } from "../src/core/model/budget.ts";
import { toWorkstreamId } from "../src/core/model/ids.ts";
import { Engine } from "../src/engine/engine.ts";
import type { Executor, ExecutorEvent } from "../src/executors/types.ts";
import type { Snapshot } from "../src/git/types.ts";
import { waitUntil } from "../src/sandbox/testing.ts";
import { MemoryLog } from "../src/store/memory.ts";
import { NO_RANKS, PROJECT, projectDraft, registration } from "./support/core-builders.ts";

const RESULT = {
  exitCode: 0,
  signal: null,
  timedOut: false,
  isCanceled: false,
  limitHit: null,
  outputTruncated: false,
  durationMs: 1,
  tail: [],
};

/** Says one thing after the other until it is cancelled; then it ends. */
function scripted(events: readonly ExecutorEvent[]): Executor & { cancels: number } {
  const executor = {
    name: "agent",
    cancels: 0,
    refuse: () => null,
    async start() {
      let isCancelled = false;
      async function* tell(): AsyncGenerator<ExecutorEvent> {
        for (const event of events) if (!isCancelled) yield event;
        if (!isCancelled) yield { kind: "turn", stop: "end_turn" };
        yield { kind: "ended", result: { ...RESULT, isCanceled: isCancelled }, failure: null };
      }
      return {
        events: tell(),
        agent: { prompt: async () => undefined, permit: async () => undefined, mask: (text: string) => text },
        answer: async () => true,
        async cancel() {
          isCancelled = true;
          executor.cancels += 1;
        },
        close: async () => undefined,
      };
    },
  };
  return executor;
}

const used = (inputTokens: number): ExecutorEvent => ({
  kind: "used",
  usage: { inputTokens, cachedTokens: null, outputTokens: 0, microUsd: null, model: "m" },
});
const tool: ExecutorEvent = { kind: "tool", title: "edit" };

async function run(events: readonly ExecutorEvent[], budget: Partial<Budget>) {
  const agent = scripted(events);
  const reports: string[] = [];
  const ports = { ...createNullPorts(new MemoryLog(), 4), report: (line: string) => void reports.push(line) };
  const engine = new Engine(ports);
  const project = createNullProject(PROJECT);
  // Its agent changes something.
  const changed: Snapshot = {
    commit: "e".repeat(40),
    tree: "f".repeat(40),
    files: [{ path: "a", kind: "added", added: 1, deleted: 0 }],
    warnings: [],
  };
  const git = { ...project.git, snapshot: async () => changed };
  engine.adoptProject({ ...project, git, executors: new Map([["agent", agent]]) });
  const range = { low: 1, high: 100 };
  const cost = { tokens: range, microUsd: range, source: "default" } as const;
  const task = { key: "T", executor: "agent", script: null, cost };
  await engine.submit({ kind: "open_project", project: projectDraft() });
  const registrations = [registration({ id: "a", tasks: [task] })];
  await engine.submit({ kind: "register", project: PROJECT, registrations, ranks: NO_RANKS });
  const rest = { approve: [], approveAll: true, planningMs: 0, maxParallel: 4, by: "user" };
  const include = [toWorkstreamId("a")];
  await engine.submit({
    kind: "go",
    project: PROJECT,
    include,
    ...rest,
    budget: { ...NO_BUDGET, ...budget },
  });
  await waitUntil("the run to rest", () =>
    [...engine.state.runs.values()].some(({ status }) => status !== "active"),
  );
  await waitUntil("the engine to be idle", () => !engine.isBusy());
  const state = engine.state;
  await engine.close();
  const attempt = state.attempts.get("a-1" as never);
  const open = [...state.open.keys()].flatMap((id) => state.decisions.get(id)?.question ?? []);
  return { attempt, open, cancels: agent.cancels, reports, run: [...state.runs.values()][0]?.status };
}

it("an attempt that uses up the budget is ended, kept, and asked about once", async () => {
  const limit = { tokens: 120, microUsd: null };
  const ended = await run([used(60), tool, used(70), used(500)], { run: limit });
  expect(ended.cancels).toBeGreaterThan(0);
  expect(ended.attempt?.state).toMatchObject({
    kind: "cancelled",
    reason: "over budget: the run: 130 tokens of 120 tokens (108 %)",
  });
  // What it would have said after that was never heard.
  expect(ended.attempt?.spending).toMatchObject({ used: { tokens: 130 }, toolCalls: 1 });
  expect(ended.open).toEqual([
    "The budget of the run is 120 tokens: 130 tokens are used or reserved, 100 tokens more do not fit",
  ]);
  expect(ended.run).toBe("needs_you");
});

it("an agent that says nothing is ended by its calls of tools", async () => {
  const limit = { tokens: 120, microUsd: null };
  const ended = await run([tool, tool, tool, tool], { run: limit, toolCalls: 3 });
  expect(ended.attempt?.state).toMatchObject({
    reason: "over budget: 3 calls of tools, and its agent does not say what they cost",
  });
  expect(ended.attempt?.spending).toMatchObject({ assumed: { tokens: 100 }, toolCalls: 3 });
});

it("without a limit it goes on, and what cannot be is left out", async () => {
  const ended = await run([used(60_000), used(-5), tool], {});
  expect(ended.cancels).toBe(0);
  expect(ended.attempt).toMatchObject({
    state: { kind: "completed" },
    spending: { used: { tokens: 60_000 }, toolCalls: 1, model: "m" },
  });
  expect(ended.reports).toEqual(["a-1: its agent says that inputTokens is -5: left out"]);
});
