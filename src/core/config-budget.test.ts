import { expect, it } from "vitest";
import { mergeConfig } from "./config.ts";
import { parseConfig } from "./config-shape.ts";

const read = (content: unknown) => {
  const result = parseConfig(content);
  if ("problems" in result) throw new Error(result.problems.map(({ message }) => message).join("; "));
  return result.layer;
};
const merge = (operator: unknown, project: unknown) => {
  const { config, refused } = mergeConfig(read({ budget: operator }), read({ budget: project }), {
    maxParallel: 4,
  });
  return { budget: config.budget, refused };
};

it("a project can lower a budget and limit what the operator does not, and nothing else", () => {
  const operator = { run: { tokens: "5M", usd: 20 }, task: { usd: 2 }, toolCalls: 100 };
  const project = { run: { tokens: "1M", usd: 50 }, workstream: { usd: "$5" }, toolCalls: 200 };
  expect(merge(operator, project)).toEqual({
    budget: {
      run: { tokens: 1_000_000, microUsd: 20_000_000 },
      workstream: { tokens: null, microUsd: 5_000_000 },
      task: { tokens: null, microUsd: 2_000_000 },
      toolCalls: 100,
    },
    refused: [
      {
        key: "budget.run.usd",
        reason: "a project can only lower it: $20.00 stays, the project asks for $50.00",
      },
      {
        key: "budget.toolCalls",
        reason: "a project can only lower it: 100 stays, the project asks for 200",
      },
    ],
  });
});

it("a budget of 0 is one, and no budget is none", () => {
  expect(merge({ run: { usd: 0 } }, {}).budget.run).toEqual({ tokens: null, microUsd: 0 });
  expect(merge(null, null).budget.run).toEqual({ tokens: null, microUsd: null });
});

it.each([
  [{ run: { tokens: -1 } }, "expected a whole number of tokens such as 500k or 2M, found the number -1"],
  [{ task: { usd: "free" } }, 'expected dollars such as 5 or 2.50, found "free"'],
  [{ run: 5 }, "expected a mapping with tokens, usd, found the number 5"],
  [{ day: { usd: 5 } }, 'unknown key "day"'],
  [{ run: { eur: 5 } }, 'unknown key "eur"'],
])("says what is wrong with %j", (budget, message) => {
  expect(() => read({ budget })).toThrow(message);
});

it("knows the keys beside a wrong one", () => {
  const result = parseConfig({ budget: { run: { token: 1 } } });
  expect("problems" in result && result.problems[0]?.hint).toBe("did you mean tokens?");
  const other = parseConfig({ budget: { whole: 1 } });
  expect("problems" in other && other.problems[0]?.hint).toBe("known keys: run, workstream, task, toolCalls");
});
