import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { priceOf } from "../../src/executors/prices.ts";
import type { Step } from "../fixtures/agents/script.ts";
import { edit, makeAgentsRepo } from "../support/agents-repo.ts";
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
    /^the budget of the run is 220k tokens: 158\.4k tokens are used/,
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
