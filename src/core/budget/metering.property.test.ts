/** What a plan says of its limits holds: metered never beyond them, unmetered never by more than it says. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PROJECT, type TaskInput } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import type { Amount, Budget, CostEstimate } from "../model/budget.ts";
import { MEASURES } from "../model/budget.ts";
import { toRunId, toWorkstreamId } from "../model/ids.ts";
import type { Attempt } from "../model/work.ts";
import { sumOvershoots } from "../plan/overshoots.ts";
import { NO_LIMIT } from "./amounts.ts";
import { checkBudget, overshootOf } from "./check.ts";
import { chargedOf } from "./ledger.ts";

/** More with OSQR_RUNS=2000. */
const RUNS = Number(process.env.OSQR_RUNS ?? 60);

interface Case {
  readonly limit: Amount;
  readonly slots: number;
  readonly estimates: readonly Amount[];
  readonly steps: readonly { readonly kind: number; readonly pick: number; readonly share: number }[];
}

const amount = (min: number, max: number) =>
  fc.record({ tokens: fc.integer({ min, max }), microUsd: fc.integer({ min, max }) });
const cases: fc.Arbitrary<Case> = fc.record({
  limit: amount(100, 900),
  slots: fc.integer({ min: 1, max: 6 }),
  estimates: fc.array(amount(40, 300), { minLength: 2, maxLength: 10 }),
  steps: fc.array(
    fc.record({
      kind: fc.integer({ min: 0, max: 9 }),
      pick: fc.nat(),
      share: fc.double({ min: 0.2, max: 1, noNaN: true }),
    }),
    { minLength: 60, maxLength: 160, size: "max" },
  ),
});

const toEstimate = ({ tokens, microUsd }: Amount): CostEstimate => ({
  tokens: { low: 1, high: tokens },
  microUsd: { low: 1, high: microUsd },
  source: "default",
});

function begin({ limit, estimates, slots }: Case): CoreDriver {
  const core = new CoreDriver({ maxParallel: slots });
  const tasks = estimates.map((estimate, index): TaskInput => {
    return { key: `T${index}`, executor: "agent", script: null, cost: toEstimate(estimate) };
  });
  core.register([{ id: "w", tasks, ordered: false }]);
  const rest = { approve: [], approveAll: false, planningMs: 0, maxParallel: slots, by: "user" };
  const budget: Budget = { run: limit, workstream: NO_LIMIT, task: NO_LIMIT, toolCalls: 10 };
  core.send({ kind: "go", project: PROJECT, include: [toWorkstreamId("w")], ...rest, budget });
  return core;
}

const running = (core: CoreDriver): readonly Attempt[] =>
  [...core.state.attempts.values()].filter(({ state }) => state.kind === "running");

function schedule(core: CoreDriver, slots: number): void {
  core.send({ kind: "schedule", slots });
  for (const { id: attempt, fence, state } of core.state.attempts.values())
    if (state.kind === "claimed") core.send({ kind: "attempt_started", attempt, fence, sandbox: "process" });
}

function stop(core: CoreDriver, { id: attempt, fence }: Attempt): void {
  const rest = { reason: "over", tail: [], workMs: 1, salvage: null };
  core.send({ kind: "attempt_failed", attempt, fence, outcome: "cancelled", ...rest });
}

/** What the run has beyond its limit. */
function excessOf(core: CoreDriver, { limit }: Case, of: "used" | "charged"): Amount {
  const ledger = core.state.ledgers.get(toRunId(1));
  const total =
    ledger === undefined ? { tokens: 0, microUsd: 0 } : of === "used" ? ledger.used : chargedOf(ledger);
  return {
    tokens: Math.max(0, total.tokens - limit.tokens),
    microUsd: Math.max(0, total.microUsd - limit.microUsd),
  };
}

describe("an agent that tells what it used at the end of its turns", () => {
  it.each(["turn", "request"] as const)(
    "by the %s: goes beyond the limit of a run by no more than the plan says",
    (metering) => {
      let exceeded = 0;
      fc.assert(
        fc.property(cases, (input) => {
          const core = begin(input);
          const planned = input.estimates.map((estimate) => ({
            metering,
            overshoot: overshootOf(metering, toEstimate(estimate)),
          }));
          const { overshoot } = sumOvershoots(planned, input.slots);
          for (const { kind, pick, share } of input.steps) {
            const all = running(core);
            const attempt = all[pick % Math.max(1, all.length)];
            if (attempt === undefined || kind < 1) {
              schedule(core, input.slots);
              continue;
            }
            const index = Number(attempt.task.slice(attempt.task.indexOf("#T") + 2));
            const most = planned[index]?.overshoot ?? { tokens: 0, microUsd: 0 };
            const usage = {
              inputTokens: Math.floor(most.tokens * share),
              cachedTokens: null,
              outputTokens: 0,
              microUsd: Math.floor(most.microUsd * share),
              model: null,
            };
            core.send({ kind: "attempt_used", attempt: attempt.id, fence: attempt.fence, usage });
            if (checkBudget(core.state, attempt.id).verdict === "stop") stop(core, attempt);
            const excess = excessOf(core, input, "used");
            for (const measure of MEASURES)
              expect(excess[measure]).toBeLessThanOrEqual(overshoot?.[measure] ?? 0);
            exceeded += excess.tokens > 0 ? 1 : 0;
          }
        }),
        { numRuns: RUNS, seed: 11, interruptAfterTimeLimit: 40_000 },
      );
      // It does happen, so the bound says something.
      expect(exceeded).toBeGreaterThan(20);
    },
  );
});
