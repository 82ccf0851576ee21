import { expect, it } from "vitest";
import { ProviderUsage } from "./provider-usage.ts";

function read(...values: readonly unknown[]) {
  const usage = new ProviderUsage("asked");
  for (const value of values) usage.read(value);
  return usage.usage;
}

it("reads a stream of Anthropic's: what came from a cache is part of what went in", () => {
  const start = {
    input_tokens: 10,
    cache_creation_input_tokens: 200,
    cache_read_input_tokens: 3000,
    output_tokens: 1,
  };
  const usage = read(
    { type: "message_start", message: { model: "claude-x", usage: start } },
    { type: "content_block_delta", delta: { text: "usage" } },
    { type: "message_delta", usage: { output_tokens: 40 } },
    { type: "message_delta", usage: { output_tokens: 55 } },
  );
  expect(usage).toEqual({
    inputTokens: 3210,
    cachedTokens: 3000,
    outputTokens: 55,
    microUsd: null,
    model: "claude-x",
  });
});

it("reads OpenAI's: Responses and Chat Completions, where the cache is part already", () => {
  const responses = { input_tokens: 100, input_tokens_details: { cached_tokens: 60 }, output_tokens: 7 };
  const tokens = { inputTokens: 100, cachedTokens: 60, outputTokens: 7 };
  expect(read({ type: "response.completed", response: { model: "gpt-x", usage: responses } })).toMatchObject(
    tokens,
  );
  expect(read({ object: "response", model: "gpt-x", usage: responses })).toMatchObject(tokens);
  const chat = {
    prompt_tokens: 100,
    prompt_tokens_details: { cached_tokens: 60 },
    completion_tokens: 7,
    total_tokens: 107,
  };
  expect(read({ choices: [{}], usage: null }, { choices: [], usage: chat })).toMatchObject({
    ...tokens,
    model: "asked",
  });
});

it("reads Gemini's: thoughts are output, the last count is the count, a list is a stream", () => {
  const first = {
    usageMetadata: { promptTokenCount: 20, candidatesTokenCount: 1 },
    modelVersion: "gemini-x",
  };
  const last = {
    usageMetadata: {
      promptTokenCount: 20,
      cachedContentTokenCount: 5,
      candidatesTokenCount: 9,
      thoughtsTokenCount: 30,
    },
  };
  const tokens = { inputTokens: 20, cachedTokens: 5, outputTokens: 39, model: "gemini-x" };
  expect(read(first, last)).toMatchObject(tokens);
  expect(read([first, last])).toMatchObject(tokens);
});

it("knows what is all of it from what was known when a reply began", () => {
  const isFinal = (...values: readonly unknown[]): boolean => {
    const usage = new ProviderUsage(null);
    for (const value of values) usage.read(value);
    return usage.isFinal;
  };
  const start = { type: "message_start", message: { usage: { input_tokens: 1, output_tokens: 1 } } };
  const delta = { type: "message_delta", usage: { output_tokens: 5 } };
  expect([isFinal(), isFinal(start), isFinal(start, delta)]).toEqual([false, false, true]);
  expect(isFinal(start, { type: "error", error: {} })).toBe(false);
  const counts = { promptTokenCount: 1, candidatesTokenCount: 1 };
  expect(isFinal({ candidates: [{}], usageMetadata: counts })).toBe(false);
  expect(isFinal({ candidates: [{ finishReason: "STOP" }], usageMetadata: counts })).toBe(true);
  expect(isFinal({ promptFeedback: { blockReason: "OTHER" }, usageMetadata: counts })).toBe(true);
  expect(isFinal({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } })).toBe(true);
  expect(isFinal({ type: "response.created", response: { usage: null } })).toBe(false);
  const usage = { input_tokens: 1, output_tokens: 1 };
  expect(isFinal({ type: "response.completed", response: { usage } })).toBe(true);
});

it("does not know what nobody said, or what is no number of tokens", () => {
  const nothing = {
    inputTokens: null,
    cachedTokens: null,
    outputTokens: null,
    microUsd: null,
    model: "asked",
  };
  expect(read()).toEqual(nothing);
  const usage = { input_tokens: -1, output_tokens: 1.5, prompt_tokens: "9", completion_tokens: 1e12 };
  expect(read(null, 1, "usage", [], [null], { usage: [] }, { usage, model: 3 }, { message: "x" })).toEqual(
    nothing,
  );
});
