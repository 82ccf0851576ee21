import { type Duplex, duplexPair } from "node:stream";
import { setImmediate as settle } from "node:timers/promises";
import { assert, asyncProperty, constantFrom, json, array as listOf, oneof, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { waitUntil } from "../../sandbox/testing.ts";
import { serveMcp } from "./mcp.ts";
import { ManualTimers, McpClient, RecordingHandlers, toAskArguments } from "./testing.ts";
import { createAgentTools } from "./tools.ts";

function create() {
  const handlers = new RecordingHandlers();
  const timers = new ManualTimers();
  const tools = createAgentTools({ handlers, startTimer: timers.start });
  const connect = (): { near: Duplex; far: Duplex } => {
    const [near, far] = duplexPair();
    near.on("error", () => undefined);
    serveMcp(far, tools.list);
    return { near, far };
  };
  return { handlers, timers, tools, connect };
}

describe("MCP on a stream", () => {
  it("waits for a slow reader, and holds no more than one reply for it", async () => {
    const { near, far } = create().connect();
    const line = (id: number) => `${JSON.stringify({ jsonrpc: "2.0", id, method: "tools/list" })}\n`;
    for (let id = 1; id <= 2_000; id += 1) near.write(line(id));
    let held = 0;
    for (let turn = 0; turn < 2_000; turn += 1) {
      await settle();
      held = Math.max(held, far.writableLength);
    }
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(100_000);
    const client = new McpClient({ stdin: near, stdout: near });
    await waitUntil("all replies are there", () => client.received.length === 2_000, 60_000);
  });

  it("lets go of a question whose caller cancels, or goes; the operator is still asked", async () => {
    const { handlers, timers, tools, connect } = create();
    const { near } = connect();
    const client = new McpClient({ stdin: near, stdout: near });
    await client.initialize();
    const first = client.call("ask_operator", toAskArguments());
    client.call("ask_operator", toAskArguments("STORE"));
    await waitUntil("both wait", () => timers.running.length === 2);
    const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: first } };
    client.write(`${JSON.stringify(cancel)}\n`);
    await waitUntil("one waits", () => timers.running.length === 1);
    near.end();
    await waitUntil("none waits", () => timers.running.length === 0);
    expect(handlers.asked.map(({ question }) => question.key)).toEqual(["MODEL", "STORE"]);
    expect(tools.answer("tool-ask-1", "local")).toBe(false);
  });

  it("asked 1,000 questions, answers all; the operator sees 20", async () => {
    const { handlers, connect } = create();
    const { near } = connect();
    const client = new McpClient({ stdin: near, stdout: near });
    await client.initialize();
    for (let count = 0; count < 1_000; count += 1) client.call("ask_operator", toAskArguments(`Q${count}`));
    await waitUntil("the rest is refused", () => client.received.length === 981, 60_000);
    expect(handlers.asked).toHaveLength(20);
    expect(await client.readCall(client.call("report_progress", { text: "on" }))).toBe("Shown.");
  });

  it("takes the same question from two connections as one", async () => {
    const { handlers, tools, connect } = create();
    const clients = await Promise.all(
      [connect(), connect()].map(async ({ near }) => {
        const client = new McpClient({ stdin: near, stdout: near });
        await client.initialize();
        return client;
      }),
    );
    const calls = clients.map((client) => client.call("ask_operator", toAskArguments()));
    await waitUntil("it is asked", () => handlers.asked.length > 0);
    for (const client of clients) await client.request("ping");
    expect(tools.answer("tool-ask-1", "local")).toBe(true);
    const replies = clients.map((client, index) => client.readCall(calls[index] ?? 0));
    for (const reply of await Promise.all(replies)) expect(reply).toContain("The answer is local");
    expect(handlers.asked).toHaveLength(1);
  });

  it("is closed after 20,000 messages", async () => {
    const { near } = create().connect();
    const client = new McpClient({ stdin: near, stdout: near });
    let isClosed = false;
    near.on("close", () => {
      isClosed = true;
    });
    client.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n'.repeat(20_001));
    await waitUntil("it is closed", () => isClosed, 60_000);
  });

  it("whatever comes, goes on serving; nothing is handed over", async () => {
    const method = constantFrom("initialize", "tools/call", "tools/list", "ping", "server/discover", "x");
    const params = json({ maxDepth: 3 });
    const message = oneof(
      string({ maxLength: 40 }).map((text) => text.replaceAll("\n", " ")),
      json({ maxDepth: 4 }),
      method.chain((name) =>
        params.map((value) => `{"jsonrpc":"2.0","id":${value.length},"method":"${name}","params":${value}}`),
      ),
      params.map(
        (value) =>
          `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"hand_off","arguments":${value}}}`,
      ),
    );
    await assert(
      asyncProperty(listOf(message, { maxLength: 20 }), async (lines) => {
        const { handlers, connect } = create();
        const { near } = connect();
        const client = new McpClient({ stdin: near, stdout: near });
        for (const line of lines) client.write(`${line}\n`);
        client.write('{"jsonrpc":"2.0","id":123456789,"method":"ping"}\n');
        expect((await client.receive(123_456_789)).id).toBe(123_456_789);
        near.destroy();
        expect([handlers.asked, handlers.reports, handlers.progress]).toEqual([[], [], []]);
      }),
    );
  });
});
