import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageMeter } from "./usage.ts";

const usd = (amount: unknown) => ({ amount, currency: "USD" });

describe("what a turn used", () => {
  it("is read as its total says, as agents count in different ways", () => {
    const meter = new UsageMeter({}, false, "m");
    const counted = { inputTokens: 100, outputTokens: 20, cachedReadTokens: 900, thoughtTokens: 5 };
    const read = (totalTokens: number | undefined) => {
      const usage = meter.ofReply({ usage: { ...counted, totalTokens } }, 3);
      return [usage?.inputTokens, usage?.outputTokens, usage?.cachedTokens];
    };
    expect(read(1_020)).toEqual([1_000, 20, 900]); // Cached tokens apart, thoughts in the output.
    expect(read(1_025)).toEqual([1_000, 25, 900]); // Each kind apart.
    expect(read(120)).toEqual([100, 20, 900]); // Cached tokens in the input.
    expect(read(125)).toEqual([100, 25, 900]);
    expect(read(undefined)).toEqual([1_000, 20, 900]);
  });

  it("is unknown where only the last call of the model is told, and there were more", () => {
    const meter = new UsageMeter({ usageIsLastCallOnly: true }, false, null);
    const reply = { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 } };
    expect(meter.ofReply(reply, 1)).toBeNull();
    expect(meter.ofReply(reply, 0)).toMatchObject({ inputTokens: 1, outputTokens: 2 });
  });

  it("is told beside the text of each call, by agents that do so", () => {
    const usage = { inputTokens: 1_100, outputTokens: 11, totalTokens: 1_111, cachedReadTokens: 400 };
    const meter = new UsageMeter({ tellsUsageByCall: true }, false, "m");
    const told = { inputTokens: 1_100, cachedTokens: 400, outputTokens: 11, microUsd: null, model: "m" };
    expect(meter.ofCall(usage)).toEqual(told);
    expect(meter.ofCall(undefined)).toBeNull();
    expect(meter.ofCall({ inputTokens: -1, outputTokens: "x" })).toBeNull();
    expect(new UsageMeter({}, false, "m").ofCall(usage)).toBeNull();
  });

  it("is found in the quota, with the model where it is one", () => {
    const meter = new UsageMeter({}, false, "asked");
    const count = { input_tokens: 5, output_tokens: 6 };
    const reply = (...models: string[]) => ({
      _meta: { quota: { token_count: count, model_usage: models.map((model) => ({ model })) } },
    });
    expect(meter.ofReply(reply("a", "a"), 0)).toMatchObject({ inputTokens: 5, outputTokens: 6, model: "a" });
    expect(meter.ofReply(reply("a", "b"), 0)).toMatchObject({ model: "asked" });
    expect(meter.ofReply({ stopReason: "end_turn" }, 0)).toBeNull();
  });

  it("never counts the same cost twice, and knows nothing where the count begins anew", () => {
    const meter = new UsageMeter({}, false, null);
    expect(meter.ofCost(usd(0.5))?.microUsd).toBe(500_000);
    expect(meter.ofCost(usd(0.5))).toBeNull();
    expect(meter.ofCost(usd(0.75))?.microUsd).toBe(250_000);
    expect(meter.ofCost(usd(0.1))).toBeNull();
    expect(meter.ofCost(usd(0.2))?.microUsd).toBe(100_000);
    expect(meter.ofCost({ amount: 3, currency: "EUR" })).toBeNull();
  });

  it("leaves out what was spent before, where the cost survives a new process", () => {
    const survives = new UsageMeter({ costSurvivesResume: true }, true, null);
    expect(survives.ofCost(usd(4))).toBeNull();
    expect(survives.ofCost(usd(4.5))?.microUsd).toBe(500_000);
    expect(new UsageMeter({}, true, null).ofCost(usd(4))?.microUsd).toBe(4_000_000);
  });

  it("counts nothing twice where the earlier count is known, and loses nothing of it", () => {
    const first = (quirks: ConstructorParameters<typeof UsageMeter>[0], spent: number, now: number) => {
      const meter = new UsageMeter(quirks, true, null, spent * 1e6);
      return [meter.ofCost(usd(now))?.microUsd, meter.ofCost(usd(now + 1))?.microUsd];
    };
    expect(first({ costSurvivesResume: true }, 4, 4.5)).toEqual([500_000, 1_000_000]);
    expect(first({ costSurvivesResume: false }, 4, 4.5)).toEqual([4_500_000, 1_000_000]);
    // Nobody knows this agent: a count that goes on is taken for one, a smaller one has begun anew.
    expect(first({}, 4, 4.5)).toEqual([500_000, 1_000_000]);
    expect(first({}, 4, 1)).toEqual([1_000_000, 1_000_000]);
  });

  it("is whole numbers from 0, or unknown, for whatever comes", () => {
    const number = fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger(), fc.string(), fc.constant(null));
    const reply = fc.record({
      usage: fc.record({
        inputTokens: number,
        outputTokens: number,
        cachedReadTokens: number,
        totalTokens: number,
      }),
      _meta: fc.anything(),
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(reply, number, fc.anything())), (reports) => {
        const meter = new UsageMeter({ tellsUsageByCall: true }, false, null);
        for (const report of reports) {
          for (const usage of [meter.ofReply(report, 0), meter.ofCost(usd(report)), meter.ofCall(report)]) {
            const { inputTokens = 0, cachedTokens = 0, outputTokens = 0, microUsd = 0 } = usage ?? {};
            for (const count of [inputTokens, cachedTokens, outputTokens, microUsd])
              expect(count === null || (Number.isSafeInteger(count) && count >= 0)).toBe(true);
          }
        }
      }),
    );
  });
});
