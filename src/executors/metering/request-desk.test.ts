import { expect, test } from "vitest";
import type { Amount } from "../../core/model/budget.ts";
import { RequestDesk } from "./request-desk.ts";

const prices = {
  priceOf: () => null,
  mostOf: (input: number, output: number) => input + 10 * output,
};

/** What is wanted for the next time of a request that found no room. */
async function refuse(outputTokensMax: number | null): Promise<{ wanted: Amount; answer: unknown }> {
  let wanted: Amount | undefined;
  const purse = {
    isLimited: () => true,
    admit: async () => "no room",
    settle: () => undefined,
    room: () => ({ tokens: 0, microUsd: 0 }),
    exhaust: (_: string, most: Amount) => {
      wanted = most;
    },
  };
  const desk = new RequestDesk({ purse, prices, model: "m", emit: () => undefined });
  const answer = await desk.admit({ id: 1, model: "m", inputTokensMax: 500, outputTokensMax } as never);
  return { wanted: wanted as Amount, answer };
}

test("a request without a limit of its own wants room for a usual answer, not for the longest that there is", async () => {
  expect(await refuse(null)).toEqual({
    answer: "osqr: no room",
    wanted: { tokens: 16_500, microUsd: 160_500 },
  });
  expect((await refuse(4_000)).wanted).toEqual({ tokens: 4_500, microUsd: 40_500 });
});
