import { describe, expect, test } from "vitest";
import { CONTEXT, POLICY, run, write } from "./fixture.ts";
import { judge } from "./judge.ts";
import { judgeDecision } from "./judge-decision.ts";
import { isStricter } from "./outcomes.ts";
import { TIERS, tierOf } from "./tiers.ts";
import type { AutonomyContext, Tier } from "./types.ts";

const within = (config: Tier, own: Tier): AutonomyContext => ({
  ...CONTEXT,
  policy: { ...POLICY, tier: config },
  workstream: { ...CONTEXT.workstream, autonomy: own },
});
const ACTIONS = [write("src/a.ts"), run("npm run build"), run("$X"), run("rm a.ts"), run("git push")];

describe("a workstream's own tier", () => {
  test.each(TIERS.flatMap((config) => TIERS.map((own) => [config, own] as const)))(
    "under %s: %s never frees, and holds back as that tier does",
    (config, own) => {
      const held = { ...CONTEXT, policy: { ...POLICY, tier: tierOf(config, { autonomy: own }) } };
      for (const action of ACTIONS) {
        const { outcome } = judge(action, within(config, own));
        expect(outcome).toBe(judge(action, held).outcome);
        expect(
          isStricter(judge(action, { ...CONTEXT, policy: { ...POLICY, tier: config } }).outcome, outcome),
        ).toBe(false);
      }
    },
  );

  test("the reasons say whose tier it is", () => {
    expect(judge(write("src/a.ts"), within("balanced", "supervised")).reasons[0]).toBe(
      'tier supervised (of this workstream): it asks before anything that changes something (edit "src/a.ts")',
    );
    expect(judge(write("src/a.ts"), within("balanced", "full_auto")).reasons[0]).toBe("tier balanced");
  });

  test("holds for what an agent decides, too", () => {
    const report = { kind: "decision", subject: "names", choice: "long", reason: "", confidence: 1 } as const;
    expect(judgeDecision(report, within("full_auto", "supervised")).outcome).toBe("ask");
  });
});
