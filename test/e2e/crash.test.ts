import { expect, test } from "vitest";
import { crashMany } from "../support/crash-run.ts";

/** Time for a machine that has much else to do. */
const TIMEOUT_MS = 300_000;

test("a daemon killed at 50 random moments finishes its runs: nothing lost, nothing merged twice, nothing left", {
  timeout: TIMEOUT_MS,
}, async () => {
  const { kills, problems } = await crashMany({ seed: 1, kills: 50 });
  expect(problems).toEqual([]);
  expect(kills).toBeGreaterThanOrEqual(50);
});

test("so does one whose attempts run without walls and outlive it", { timeout: TIMEOUT_MS }, async () => {
  const { problems } = await crashMany({ seed: 1_001, kills: 8, level: "process" });
  expect(problems).toEqual([]);
});
