import { expect, test } from "vitest";
import { crashCliRun } from "../support/crash-cli.ts";
import { crashMany, crashRun } from "../support/crash-run.ts";

/** Time for a machine that has much else to do. */
const SLOWLY = { timeout: 400_000 };

test(
  "osqr go outlives 50 daemons killed at random moments: nothing lost, merged twice or left",
  SLOWLY,
  async () => {
    const { kills, problems } = await crashMany({ seed: 1, kills: 50, play: crashCliRun });
    expect(problems).toEqual([]);
    expect(kills).toBeGreaterThanOrEqual(50);
  },
);

test("so do runs whose daemons die in the midst of a call, or while they start", SLOWLY, async () => {
  const { problems } = await crashMany({ seed: 1, kills: 20, play: crashRun });
  expect(problems).toEqual([]);
});

test("so do attempts without walls, which outlive their daemon", SLOWLY, async () => {
  const { problems } = await crashMany({ seed: 1_001, kills: 8, play: crashRun, level: "process" });
  expect(problems).toEqual([]);
});
