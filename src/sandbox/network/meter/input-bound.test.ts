import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputBound, readTexts } from "./input-bound.ts";
import { recogniseCall } from "./model-call.ts";

const read = (value: unknown) => readTexts(value, Buffer.byteLength(JSON.stringify(value)));
const messages = (...texts: readonly string[]) => ({
  model: "m",
  messages: texts.map((content) => ({ role: "user", content })),
});

describe("the most that goes in", () => {
  it("is never below what the provider counts, however little of it is new", () => {
    // A provider of the worst kind: each byte is a token.
    const count = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
    const text = fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: "grapheme", maxLength: 50 }));
    fc.assert(
      fc.property(fc.array(fc.array(text, { maxLength: 6 }), { minLength: 1, maxLength: 6 }), (all) => {
        const bound = new InputBound();
        for (const texts of all) {
          const value = messages(...texts);
          expect(bound.find("m", read(value))).toBeGreaterThanOrEqual(count(value));
          bound.learn("m", read(value), count(value));
        }
      }),
    );
  });

  it("is by its bytes at first, then by what was counted and what is new; for each model apart", () => {
    const bound = new InputBound();
    const first = messages("x".repeat(100_000));
    expect(bound.find("m", read(first))).toBeGreaterThan(100_000);
    bound.learn("m", read(first), 25_000);
    const second = messages("x".repeat(100_000), "y".repeat(500));
    expect(bound.find("m", read(second))).toBeLessThan(25_000 + 500 + 1_100);
    expect(bound.find("other", read(second))).toBeGreaterThan(100_000);
    // The same text twice is twice as much.
    const twice = messages("x".repeat(100_000), "x".repeat(100_000));
    expect(bound.find("m", read(twice))).toBeGreaterThan(125_000);
  });
});

describe("what a provider would do by itself", () => {
  const call = (path: string, body: unknown) =>
    recogniseCall("POST", path, Buffer.from(JSON.stringify(body)));
  const sent = (path: string, body: unknown): unknown => {
    const recognised = call(path, body);
    if (recognised.kind !== "metered") throw new Error(JSON.stringify(recognised));
    return JSON.parse(recognised.call.body.toString("utf8"));
  };

  it("is taken out, and dearer ways to be served with it", () => {
    const own = { name: "read", input_schema: {} };
    const search = { type: "web_search_20250305", name: "web_search" };
    expect(sent("/v1/messages", { tools: [own, search], speed: "fast" })).toEqual({ tools: [own] });
    const code = { type: "function", name: "shell" };
    expect(sent("/responses", { tools: [code, { type: "web_search" }], service_tier: "priority" })).toEqual({
      tools: [code],
    });
    const gemini = { tools: [{ functionDeclarations: [], googleSearch: {} }] };
    expect(sent("/v1beta/models/g:generateContent", gemini)).toEqual({
      tools: [{ functionDeclarations: [] }],
    });
  });

  it("is refused where nothing else is asked for, or what it uses lies with the provider", () => {
    const refused = [
      { tools: [{ type: "web_search_20250305" }] },
      { previous_response_id: "resp_1" },
      { conversation: "c" },
      { web_search_options: {} },
      { plugins: [{ id: "web" }] },
    ];
    for (const body of refused)
      expect(call("/v1/responses", body)).toMatchObject({ kind: "refused", status: 403 });
    expect(call("/v1/responses", { previous_response_id: null }).kind).toBe("metered");
  });

  it("what comes back is limited in the field that the request's kind has", () => {
    const limit = (path: string, body: object) => {
      const recognised = call(path, body);
      if (recognised.kind !== "metered") throw new Error("it is metered");
      return JSON.parse(recognised.call.limitOutput(1_000).toString("utf8"));
    };
    expect(limit("/v1/responses", { model: "gpt-5" })).toMatchObject({ max_output_tokens: 1_000 });
    expect(limit("/chat/completions", { model: "gpt-5-mini" })).toMatchObject({
      max_completion_tokens: 1_000,
    });
    expect(limit("/chat/completions", { model: "qwen3:8b", n: 2 })).toMatchObject({ max_tokens: 500 });
    expect(limit("/v1beta/models/g:streamGenerateContent", {})).toMatchObject({
      generationConfig: { maxOutputTokens: 1_000 },
    });
    // A limit in the field of another kind is none.
    const other = call("/v1/responses", { max_tokens: 1 });
    expect(other.kind === "metered" ? other.call.outputTokensMax : 0).toBeNull();
  });
});
