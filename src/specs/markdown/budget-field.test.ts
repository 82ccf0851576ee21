import { expect, test } from "vitest";
import { readSpec } from "../test-documents.ts";

const spec = (head: string) => readSpec(`---\nid: a\n${head}\n---\n\n# A\n\n- [ ] T1 do it\n`);

test.each([
  ["500k tokens", { tokens: 500_000, microUsd: null }],
  ["$5", { tokens: null, microUsd: 5_000_000 }],
  ["2.50 USD", { tokens: null, microUsd: 2_500_000 }],
  ["2M tokens, $5", { tokens: 2_000_000, microUsd: 5_000_000 }],
  ["$0 and 10 tokens", { tokens: 10, microUsd: 0 }],
])("a spec sets itself a limit: %s", (text, limit) => {
  expect(spec(`budget: "${text}"`).budget).toEqual(limit);
  expect(readSpec(`# A\n\n**Status**: ready\n**Budget**: ${text}\n\n- [ ] T1 do it\n`).budget).toEqual(limit);
});

test.each(["5", "five tokens", "$5, $6", "5 EUR", "-1 tokens"])(
  "%s is no limit, and stops the spec",
  (text) => {
    const { budget, problems, readiness } = spec(`budget: "${text}"`);
    expect(budget).toBeUndefined();
    expect(readiness).toBe("needs_detail");
    expect(problems.map(({ severity, code, location }) => [severity, code, location.line])).toEqual([
      ["needs_detail", "bad-budget", 3],
    ]);
  },
);

test.each([
  "budget: { tokens: 5 }",
  "budget:\n  tokens: 5k",
  "autonomy: { a: b }",
  "autonomy: [supervised, x]",
])("a limit that is no text is not taken for none: %s", (head) => {
  const { readiness, problems } = spec(head);
  expect(readiness).toBe("needs_detail");
  expect(problems.map(({ code }) => code)).toEqual([head.startsWith("b") ? "bad-budget" : "bad-autonomy"]);
});

test("a spec without one has none", () => {
  expect("budget" in spec("owner: ann")).toBe(false);
});
