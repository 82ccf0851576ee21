import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { generateText } from "ai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createTestApiExecutor,
  createTestOrder,
  pick,
  runAttempt,
  TEST_KEY,
} from "../../../test/fixtures/api-attempt.ts";
import { type ChatAnswer, ChatServer } from "../../../test/fixtures/chat-server.ts";
import type { AgentFailure } from "../../core/model/agent.ts";
import { createPlace, type TestPlace } from "../../sandbox/testing.ts";
import type { AttemptOrder, ExecutorEvent } from "../types.ts";
import type { ApiExecutorOptions } from "./api.ts";
import { createModel } from "./model.ts";
import type { ApiProvider } from "./provider.ts";

/** Lets the SDK try again at once. */
const AT_ONCE = { "retry-after-ms": "1" };
const DONE: ChatAnswer = { say: "Done." };
const APPEND: ChatAnswer = { calls: [{ name: "run_command", args: { command: "echo once >> count.txt" } }] };

let place: TestPlace;
let server: ChatServer | null;
beforeEach(() => {
  place = createPlace();
  server = null;
});
afterEach(async () => {
  await server?.stop();
  place.remove();
});

async function attempt(
  answers: readonly ChatAnswer[],
  options: Partial<ApiExecutorOptions> = {},
  order: Partial<AttemptOrder> = {},
): Promise<ExecutorEvent[]> {
  server = await ChatServer.start(answers);
  const executor = createTestApiExecutor(place, { level: "process", url: server.url, ...options });
  return runAttempt(executor, createTestOrder(place, order));
}

async function failure(
  answers: readonly ChatAnswer[],
  options: Partial<ApiExecutorOptions> = {},
): Promise<AgentFailure | null> {
  const events = await attempt(answers, options);
  const [ended] = pick(events, "ended");
  if (ended?.failure !== null) expect(ended?.result).toMatchObject({ exitCode: 1, isCanceled: false });
  return ended?.failure ?? null;
}

function toBody(message: string, code: string | null = null): string {
  return JSON.stringify({ error: { message, code } });
}

describe("a model's server that fails", () => {
  it("and comes back is asked again, and nothing is done twice", async () => {
    const events = await attempt([
      { status: 500, headers: AT_ONCE },
      { status: 429, headers: { "retry-after": "0" } },
      APPEND,
      { ...APPEND, end: "cut" },
      { ...APPEND, end: "close" },
      APPEND,
      { say: "Almo", end: "cut" },
      DONE,
    ]);
    expect(pick(events, "ended")[0]?.failure).toBeNull();
    expect(pick(events, "turn")).toEqual([{ kind: "turn", stop: "end_turn" }]);
    expect(readFileSync(join(place.tree, "count.txt"), "utf8")).toBe("once\nonce\n");
    expect(pick(events, "permission")).toHaveLength(2);
  });

  it("with a rate limit says when it may be asked again", async () => {
    expect(
      await failure([{ status: 429, headers: { "retry-after": "3600" }, body: toBody("slow down") }]),
    ).toEqual({
      kind: "rate_limit",
      message: "the model's server allows no more requests now (HTTP 429): slow down",
      retryAt: 1_000_000 + 3_600_000,
    });
    // It is not bothered before.
    expect(server?.requests).toHaveLength(1);
  });

  it("with a rate limit that says nothing is asked a few times", async () => {
    const limited = { status: 429, headers: AT_ONCE, body: "<html>no</html>" };
    expect(await failure([limited, limited, limited])).toEqual({
      kind: "rate_limit",
      message: expect.stringContaining("<html>no</html>"),
      retryAt: 1_000_001,
    });
  });

  it("for good ends the attempt, and says what it said", async () => {
    const broken = { status: 500, headers: AT_ONCE, body: toBody("out of\n\u001b[31mmemory") };
    expect(await failure([broken, broken, broken])).toEqual({
      kind: "down",
      message: "the model's server failed (HTTP 500): out of memory",
      retryAt: null,
    });
    expect(server?.requests).toHaveLength(3);
  });

  it.each<[string, ChatAnswer, AgentFailure["kind"], string]>([
    ["without credit", { status: 429, body: toBody("pay", "insufficient_quota") }, "other", "no credit"],
    ["that knows no such key", { status: 403, body: toBody("no") }, "login", "did not accept the key"],
    [
      "that has no such model",
      { status: 404, body: '{"error":"model not found"}' },
      "other",
      "404): model not found",
    ],
    [
      "for which it became too long",
      { status: 400, body: toBody("This model's maximum context length is 8192 tokens") },
      "other",
      "longer than the model takes",
    ],
    [
      "in the middle of its answer",
      { say: "x", end: { error: { message: "overloaded" } } },
      "down",
      "overloaded",
    ],
    ["with garbage", { say: "x", end: "garbage" }, "protocol", "no chat completion"],
    ["without an end", { say: "x", end: "close" }, "crashed", "broke off"],
    ["with a cut", { say: "x", end: "cut" }, "crashed", "broke off"],
  ])("%s is not believed to be done", async (_, answer, kind, words) => {
    const found = await failure([answer, answer, answer]);
    expect(found).toEqual({ kind, message: expect.stringContaining(words), retryAt: null });
    expect(found?.message.length).toBeLessThan(1_200);
  });

  it("by silence is asked again, then given up", async () => {
    const options = { silenceMs: 150 };
    expect(await failure([{ say: "x", end: "silence" }, DONE], options)).toBeNull();
    await server?.stop();
    const silent: ChatAnswer = { say: "x", end: "silence" };
    expect(await failure([silent, silent, silent], options)).toMatchObject({ kind: "crashed" });
    expect(server?.requests).toHaveLength(3);
  });

  it("by not being there is a failure", async () => {
    const gone = await ChatServer.start([]);
    const { url } = gone;
    await gone.stop();
    const executor = createTestApiExecutor(place, { level: "process", url });
    const events = await runAttempt(executor, createTestOrder(place));
    expect(pick(events, "ended")[0]?.failure).toMatchObject({
      kind: "crashed",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  it("leaves the conversation as it was before, to be taken up again", async () => {
    const events = await attempt([APPEND, { status: 401, body: toBody("expired") }]);
    const session = pick(events, "session")[0]?.session ?? null;
    await server?.stop();
    await attempt([DONE], {}, { session, prompt: "Go on." });
    expect(server?.requests[0]?.body.messages.map(({ role }) => role)).toEqual([
      "system",
      "user",
      "assistant",
      "tool",
      "user",
    ]);
  });
});

describe("a provider", () => {
  const provider = (parts: Partial<ApiProvider>): ApiProvider => ({
    baseUrl: "http://127.0.0.1:1/v1",
    model: "m",
    apiKey: () => TEST_KEY,
    keyName: "TEST_KEY",
    headers: {},
    ...parts,
  });

  it("without its key is refused before, and fails as a login where the key went away", async () => {
    const missing = provider({ apiKey: () => null });
    const executor = createTestApiExecutor(place, { level: "process", url: "", provider: missing });
    const message =
      "TEST_KEY is not set: the key of the model's server comes from there (osqr has the variables that it was started with; " +
      "after osqr stop the next command starts it with yours)";
    expect(executor.refuse({ script: null, title: "x" })).toBe(message);
    const events = await runAttempt(executor, createTestOrder(place));
    expect(events.map(({ kind }) => kind).filter((kind) => kind !== "output")).toEqual(["started", "ended"]);
    expect(pick(events, "ended")[0]?.failure).toEqual({ kind: "login", message, retryAt: null });
  });

  it("that needs no key gets none, and its headers are masked like one", async () => {
    server = await ChatServer.start([{ status: 400, body: toBody("bad header: secret-value-of-a-header") }]);
    const open = provider({
      baseUrl: server.url,
      keyName: null,
      apiKey: () => null,
      headers: { "x-api-key": "secret-value-of-a-header" },
    });
    const executor = createTestApiExecutor(place, { level: "process", url: "", provider: open });
    expect(executor.refuse({ script: null, title: "x" })).toBeNull();
    const events = await runAttempt(executor, createTestOrder(place));
    expect(server.requests[0]?.headers).toMatchObject({ "x-api-key": "secret-value-of-a-header" });
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
    expect(pick(events, "ended")[0]?.failure?.message).toContain("bad header: •••");
    expect(JSON.stringify(events)).not.toContain("secret-value-of-a-header");
  });

  it.each(["", "ftp://127.0.0.1/v1", "127.0.0.1:80", "http://user:password@127.0.0.1/v1"])(
    "at no address is refused without repeating it: %j",
    async (baseUrl) => {
      expect(() => createModel(provider({ baseUrl }))).toThrow(
        expect.objectContaining({
          code: "provider_url_invalid",
          message: expect.not.stringContaining("password"),
        }),
      );
    },
  );

  it("that redirects is not followed: the key goes nowhere else", async () => {
    server = await ChatServer.start([DONE]);
    const target = server.url;
    const redirecting = createServer((_, response) => {
      response.writeHead(307, { location: `${target}/chat/completions` }).end();
    });
    await new Promise<void>((resolve) => redirecting.listen(0, "127.0.0.1", resolve));
    const baseUrl = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}/v1`;
    const call = generateText({ model: createModel(provider({ baseUrl })), prompt: "x", maxRetries: 0 });
    await expect(call).rejects.toThrow();
    expect(server.requests).toEqual([]);
    redirecting.close();
  });
});
