import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AgentFailure, FailureKind } from "../model/agent.ts";
import { planRecovery } from "./plan-recovery.ts";

const NOW = 1_000_000;
const failure = (kind: FailureKind, retryAt: number | null = null): AgentFailure => ({
  kind,
  message: "it broke",
  retryAt,
});

describe("what is done about a failure", () => {
  it.each([
    ["crashed", ["resume", "resume", "ask"]],
    ["mcp_lost", ["resume", "resume", "ask"]],
    ["validation", ["resume", "resume", "ask"]],
    ["protocol", ["resume", "ask"]],
    ["unchanged", ["resume", "ask"]],
    ["timeout", ["ask"]],
    ["login", ["ask"]],
    ["refusal", ["ask"]],
    ["budget", ["ask"]],
    ["permission", ["ask"]],
    ["other", ["ask"]],
  ] as const)("%s: %s", (kind, steps) => {
    const found = steps.map(
      (_, index) => planRecovery({ failures: { [kind]: index } }, failure(kind), { now: NOW }).step,
    );
    expect(found).toEqual(steps);
  });

  it("a limit is waited for until the announced time, and a little longer", () => {
    const at = NOW + 90_000;
    expect(planRecovery({ failures: {} }, failure("rate_limit", at), { now: NOW })).toMatchObject({
      step: "wait",
      until: at + 1_000,
    });
    expect(planRecovery({ failures: {} }, failure("rate_limit", NOW - 5), { now: NOW }).until).toBe(
      NOW + 1_000,
    );
  });

  it("nobody waits for more than a day without a word", () => {
    expect(
      planRecovery({ failures: {} }, failure("rate_limit", NOW + 25 * 3_600_000), { now: NOW }).step,
    ).toBe("ask");
  });

  it("without an announced time the waits grow, and end with a question", () => {
    const waits = [0, 1, 2, 3, 4].map((count) =>
      planRecovery({ failures: { rate_limit: count } }, failure("rate_limit"), { now: NOW }),
    );
    expect(waits.map(({ step, until }) => [step, until === null ? null : (until - NOW) / 60_000])).toEqual([
      ["wait", 1],
      ["wait", 5],
      ["wait", 15],
      ["wait", 60],
      ["ask", null],
    ]);
  });

  it("a server that fails is waited for three times", () => {
    const waits = [0, 1, 2, 3].map((count) =>
      planRecovery({ failures: { down: count } }, failure("down"), { now: NOW }),
    );
    expect(waits.map(({ step, until }) => [step, until === null ? null : (until - NOW) / 60_000])).toEqual([
      ["wait", 1],
      ["wait", 5],
      ["wait", 15],
      ["ask", null],
    ]);
    expect(waits.at(-1)?.reason).toBe("the model's server did not come back in 3 waits");
  });

  it("comes to a question after a bounded number of failures, and says why each time", () => {
    const kinds = ["rate_limit", "down", "crashed", "validation", "timeout", "mcp_lost", "other"] as const;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...kinds), { minLength: 60, maxLength: 90 }), (failures) => {
        const counts: Partial<Record<FailureKind, number>> = {};
        const steps = failures.map((kind) => {
          const { step, nth, reason } = planRecovery({ failures: counts }, failure(kind), { now: NOW });
          counts[kind] = nth;
          expect(reason).not.toBe("");
          return step;
        });
        expect(steps.filter((step) => step !== "ask").length).toBeLessThanOrEqual(2 + 2 + 2 + 4 + 3);
      }),
    );
  });
});
