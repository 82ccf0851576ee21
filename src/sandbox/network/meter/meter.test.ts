import { mkdtempSync, rmSync } from "node:fs";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as openRequest,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Usage } from "../../../core/model/agent.ts";
import { waitUntil } from "../../testing.ts";
import { type MeteredCall, type MeterOptions, openMeter } from "./meter.ts";

const KEY = "sk-real-0123456789abcdef";
const ANTHROPIC = [
  `event: message_start\ndata: {"type":"message_start","message":{"model":"claude-x","usage":{"input_tokens":12,"output_tokens":1}}}\n\n`,
  `event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"text":"hällo"}}\n\n`,
  `event: message_delta\ndata: {"type":"message_delta","usage":{"output_tokens":34}}\n\n`,
];

describe("the meter before a model's provider", () => {
  let folder: string;
  let upstream: Server;
  let seen: { url: string; headers: IncomingHttpHeaders; body: string }[];
  let respond: (request: IncomingMessage, response: ServerResponse) => void;
  let meter: Awaited<ReturnType<typeof openMeter>> | null;
  let calls: MeteredCall[];
  let used: { usage: Usage; id: number; outcome: string }[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "osqr-meter-"));
    [seen, calls, used, meter] = [[], [], [], null];
    upstream = createServer(async (request, response) => {
      seen.push({ url: request.url ?? "", headers: request.headers, body: await text(request) });
      respond(request, response);
    });
    await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    await meter?.close();
    upstream.closeAllConnections();
    upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(parts: Partial<MeterOptions> = {}): Promise<void> {
    const baseUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/base/`;
    meter = await openMeter({
      folder,
      upstreams: { "": { baseUrl, headers: { "X-Api-Key": KEY, authorization: `Bearer ${KEY}` } } },
      admit: (call) => {
        calls.push(call);
        return null;
      },
      onEnd: ({ id }, { usage, outcome }) => used.push({ usage, id, outcome }),
      ...parts,
    });
  }
  function ask(path: string, body: unknown, headers: Record<string, string> = { "x-api-key": meter!.key }) {
    const isGet = body === undefined;
    return new Promise<IncomingMessage>((resolve, reject) => {
      const options = {
        socketPath: meter!.socketPath,
        path,
        method: isGet ? "GET" : "POST",
        headers,
        agent: false,
      };
      const asked = openRequest(options, resolve).on("error", reject);
      asked.end(isGet || typeof body === "string" ? body : JSON.stringify(body));
    });
  }
  const readError = async (reply: IncomingMessage) => JSON.parse(await text(reply)).error;
  const sendJson = (value: unknown, status = 200) => {
    respond = (_, response) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    };
  };
  const messages = {
    model: "claude-x",
    max_tokens: 500,
    messages: [{ role: "user", content: "x".repeat(300) }],
  };

  it("puts the key in, and passes a stream on as it comes", async () => {
    let finish = (): void => undefined;
    respond = (_, response) => {
      response.writeHead(200, {
        "content-type": "text/event-stream",
        "set-cookie": "a=b",
        "x-ratelimit": "9",
      });
      response.write(`${ANTHROPIC[0]}${ANTHROPIC[1]}`.slice(0, -4));
      finish = () => response.end(`${ANTHROPIC[0]}${ANTHROPIC[1]}`.slice(-4) + ANTHROPIC[2]);
    };
    await open();
    const headers = {
      "x-api-key": meter!.key,
      cookie: "c",
      "anthropic-version": "1",
      "accept-encoding": "gzip",
    };
    const reply = await ask("/v1/messages?beta=true", messages, headers);
    let got = "";
    reply.setEncoding("utf8").on("data", (chunk: string) => {
      got += chunk;
    });
    await waitUntil("the first piece came while the rest is not there", () => got.includes("hällo"));
    expect(used).toEqual([]);
    finish();
    await waitUntil("it was counted", () => used.length === 1);
    await waitUntil("all of it came", () => got.length >= ANTHROPIC.join("").length);
    expect(got).toBe(ANTHROPIC.join(""));
    expect(reply.headers).toMatchObject({ "x-ratelimit": "9" });
    expect(reply.headers["set-cookie"]).toBeUndefined();
    const usage = {
      inputTokens: 12,
      cachedTokens: null,
      outputTokens: 34,
      microUsd: null,
      model: "claude-x",
    };
    expect(used).toEqual([{ usage, id: 1, outcome: "done" }]);
    expect(calls).toMatchObject([{ id: 1, model: "claude-x", outputTokensMax: 500 }]);
    // No text has more tokens than bytes; what the provider adds is taken as a thousand.
    const bytes = Buffer.byteLength(JSON.stringify(messages));
    expect(calls[0]?.inputTokensMax).toBeGreaterThan(1_300);
    expect(calls[0]?.inputTokensMax).toBeLessThanOrEqual(1_000 + bytes);
    expect(seen[0]?.url).toBe("/base/v1/messages?beta=true");
    expect(seen[0]?.headers).toMatchObject({
      "x-api-key": KEY,
      authorization: `Bearer ${KEY}`,
      "anthropic-version": "1",
    });
    expect(seen[0]?.headers).toMatchObject({ "accept-encoding": "identity" });
    expect(seen[0]?.headers.cookie).toBeUndefined();
    expect(JSON.stringify(seen)).not.toContain(meter!.key);
  });

  it("reads what the other providers say, and asks those who do not say it by themselves", async () => {
    await open();
    sendJson({ object: "response", model: "gpt-x", usage: { input_tokens: 5, output_tokens: 6 } });
    await text(await ask("/v1/responses", { model: "gpt-x" }, { authorization: `Bearer ${meter!.key}` }));
    sendJson([{ usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 8 } }]);
    const contents = { generationConfig: { maxOutputTokens: 9, candidateCount: 2 } };
    await text(
      await ask(`/v1beta/models/gemini-x:streamGenerateContent?alt=json&key=${meter!.key}`, contents, {}),
    );
    respond = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(
        'data: {"choices":[{}]}\r\n\r\ndata: {"usage":{"prompt_tokens":1,"completion_tokens":2}}\r\n\r\ndata: [DONE]',
      );
    };
    await text(await ask("/chat/completions", { model: "local", stream: true }));
    await waitUntil("all were counted", () => used.length === 3);
    expect(used.map(({ usage }) => [usage.inputTokens, usage.outputTokens, usage.model])).toEqual([
      [5, 6, "gpt-x"],
      [7, 8, "gemini-x"],
      [1, 2, "local"],
    ]);
    expect(calls.map(({ outputTokensMax }) => outputTokensMax)).toEqual([null, 18, null]);
    expect(JSON.parse(seen[2]?.body ?? "")).toMatchObject({ stream_options: { include_usage: true } });
    expect(seen[1]?.url).toBe("/base/v1beta/models/gemini-x:streamGenerateContent?alt=json");
  });

  it("asks before each call, and lets through none that is refused", async () => {
    let left = 2;
    await open({
      admit: async (call) => {
        left -= 1;
        return left >= 0 ? null : `the budget of the run is used up (call ${call.id})`;
      },
    });
    sendJson({ usage: { input_tokens: 1, output_tokens: 1 } });
    const replies = await Promise.all(Array.from({ length: 6 }, () => ask("/v1/messages", messages)));
    const errors = await Promise.all(replies.filter(({ statusCode }) => statusCode === 402).map(readError));
    expect(errors).toHaveLength(4);
    expect(errors[0]).toMatchObject({ type: "billing_error", code: 402, status: "RESOURCE_EXHAUSTED" });
    expect(errors[0]?.message).toMatch(/^the budget of the run is used up \(call \d\)$/);
    await waitUntil("both were counted", () => used.length === 2);
    expect(seen).toHaveLength(2);
  });

  it("opens to nobody without the attempt's own key", async () => {
    await open();
    for (const headers of [{}, { "x-api-key": KEY }, { authorization: `Bearer ${meter!.key}x` }]) {
      const reply = await ask("/v1/messages", messages, headers as Record<string, string>);
      expect([reply.statusCode, (await readError(reply)).type]).toEqual([401, "authentication_error"]);
    }
    expect(seen).toEqual([]);
  });

  it("lets only calls of models through, and free ones without asking", async () => {
    await open();
    sendJson({ data: [] });
    for (const path of ["/v1/models", "/v1/models/claude-x"])
      expect((await ask(path, undefined)).statusCode).toBe(200);
    expect((await ask("/v1/messages/count_tokens", messages)).statusCode).toBe(200);
    const wrong = [
      "/v1/messages/batches",
      "/v1/files",
      "/v1/../admin/messages",
      "/v1/%2e%2e/messages",
      "//x/v1/messages",
    ];
    for (const path of [...wrong, "http://evil.com/v1/messages", "/v1/organizations/api_keys"])
      expect([path, (await ask(path, messages)).statusCode]).toEqual([path, 403]);
    expect((await ask("/v1/responses", { background: true })).statusCode).toBe(403);
    expect((await ask("/v1/messages", "[1]")).statusCode).toBe(400);
    expect((await ask("/v1/messages", '{"a":'.repeat(100_000))).statusCode).toBe(400);
    const packed = { "x-api-key": meter!.key, "content-encoding": "gzip" };
    expect((await ask("/v1/messages", messages, packed)).statusCode).toBe(400);
    expect(calls).toEqual([]);
    expect(seen).toHaveLength(3);
  });

  it("tells of the key to nobody, whatever the provider does with it", async () => {
    await open();
    respond = (request, response) => {
      response.writeHead(401, { "content-type": "application/json", "x-echo": `got ${KEY}` });
      response.write(`{"error":"Incorrect key: ${KEY.slice(0, 9)}`);
      response.end(
        `${KEY.slice(9)} ${Buffer.from(String(request.headers["x-api-key"])).toString("base64")}"}`,
      );
    };
    const reply = await ask("/v1/messages", messages);
    const body = await text(reply);
    expect(reply.statusCode).toBe(401);
    expect(body).toMatch(/^\{"error":"Incorrect key: \[masked\] \[masked\].{0,4}"\}$/);
    expect(reply.headers["x-echo"]).toBe("got [masked]");
    await waitUntil("it was counted", () => used.length === 1);
    expect(used[0]?.outcome).toBe("failed");
  });

  it("counts what was said until a stream was cut, by either side", async () => {
    await open();
    let closed = 0;
    respond = (_, response) => {
      response.on("close", () => {
        closed += 1;
      });
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(ANTHROPIC[0]);
    };
    const first = await ask("/v1/messages", messages);
    await new Promise((resolve) => first.once("data", resolve));
    first.destroy();
    await waitUntil("the provider is let go", () => closed === 1 && used.length === 1);
    const second = await ask("/v1/messages", messages);
    const lost = new Promise((resolve) => second.once("error", resolve));
    second.once("data", () => upstream.closeAllConnections());
    await lost;
    await waitUntil("both were counted", () => used.length === 2);
    expect(used.map(({ usage, outcome }) => [usage.inputTokens, outcome])).toEqual([
      [12, "cut"],
      [12, "cut"],
    ]);
  });

  it("says so where the provider cannot be reached, says nothing, or is asked wrongly", async () => {
    await open({ upstreams: { "": { baseUrl: "http://127.0.0.1:1", headers: { "x-api-key": KEY } } } });
    const gone = await ask("/v1/messages", messages);
    expect(gone.statusCode).toBe(502);
    expect((await readError(gone)).message).toBe("osqr: 127.0.0.1:1 cannot be reached: ECONNREFUSED");
    await meter!.close();
    respond = () => undefined;
    await open({ idleMsMax: 50 });
    const silent = await ask("/v1/messages", messages);
    expect((await readError(silent)).message).toMatch(/nothing came for too long$/);
    await meter!.close();
    await open({ admit: () => Promise.reject(new Error(`the ledger is closed ${KEY}`)) });
    const broken = await ask("/v1/messages", messages);
    expect(broken.statusCode).toBe(503);
    expect((await readError(broken)).message).toBe("osqr: the ledger is closed [masked]");
    expect(used.map(({ usage, outcome }) => [usage.outputTokens, outcome])).toEqual([
      [null, "failed"],
      // It had it, and may have begun.
      [null, "cut"],
    ]);
  });

  it("bounds what it holds", async () => {
    await open();
    const large = await ask("/v1/messages", JSON.stringify({ x: "y".repeat(33 * 1024 * 1024) })).catch(
      () => null,
    );
    // Whoever still sends may see the connection reset behind the answer.
    expect([413, undefined]).toContain(large?.statusCode);
    sendJson({ usage: { input_tokens: 1, output_tokens: 1 } });
    const data = "A".repeat(1_000_000);
    const image = { messages: [{ source: { media_type: "image/png", data } }] };
    expect((await ask("/v1/messages", image)).statusCode).toBe(200);
    expect(calls[0]?.inputTokensMax).toBeLessThan(10_000);
    // The same as a text may be as many tokens as it has bytes.
    await ask("/v1/messages", { messages: [{ text: data }] });
    expect(calls[1]?.inputTokensMax).toBeGreaterThanOrEqual(1_000_000);
  });
});
