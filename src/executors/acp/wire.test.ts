import { PassThrough } from "node:stream";
import { type AnyMessage, client } from "@agentclientprotocol/sdk";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { waitUntil } from "../../sandbox/testing.ts";
import { LineFramer } from "./line-framer.ts";
import { openWire } from "./wire.ts";

describe("framing", () => {
  it("gives the lines that were written, however they come", () => {
    const bytes = fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 8 });
    fc.assert(
      fc.property(bytes, fc.array(fc.integer({ min: 1, max: 9 })), (parts, cuts) => {
        const lines = parts.map((part) => Buffer.from(part.map((byte) => (byte === 10 ? 11 : byte))));
        let left = Buffer.concat(lines.flatMap((line) => [line, Buffer.from("\n")]));
        const framer = new LineFramer(100);
        const found: Buffer[] = [];
        for (let n = 0; left.length > 0; n += 1) {
          const size = cuts[n] ?? 5;
          found.push(...framer.push(left.subarray(0, size)));
          left = left.subarray(size);
        }
        expect(found.map(String)).toEqual(lines.map(String));
        expect([framer.isOver, framer.rest().length]).toEqual([false, 0]);
      }),
    );
  });

  it("keeps no line above the bound, and gives nothing after it", () => {
    const framer = new LineFramer(10);
    const push = (text: string): string[] => [...framer.push(Buffer.from(text))].map(String);
    expect(push("0123456789\nshort\n01234567")).toEqual(["0123456789", "short"]);
    expect(push("890")).toEqual([]);
    expect(framer.isOver).toBe(true);
    expect(push("\nnext\n")).toEqual([]);
    expect(framer.rest().length).toBe(0);
  });
});

/** Both ends of a wire whose agent is the test. */
function createWire() {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const updates: unknown[] = [];
  const odd: string[] = [];
  const broken: string[] = [];
  const wire = openWire({
    pipes: { stdin, stdout },
    onUpdate: (params) => updates.push(params),
    onOdd: (line) => odd.push(line),
    onBroken: (reason) => broken.push(reason),
  });
  const connection = client()
    .onRequest(
      "slow",
      (params) => params,
      () => new Promise(() => undefined),
    )
    .connect(wire.stream);
  const say = (message: object): boolean =>
    stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  return { stdin, stdout, updates, odd, broken, wire, connection, say };
}

describe("the wire", () => {
  it("tells updates before the answer that comes behind them, and of two answers takes the first", async () => {
    const { stdin, connection, updates, odd, say } = createWire();
    const asked = connection.agent.request("session/prompt", { sessionId: "s", prompt: [] });
    const seen = asked.then((reply) => [reply, updates.length]);
    await waitUntil("the request", () => stdin.readableLength > 0);
    const { id } = JSON.parse(String(stdin.read())) as AnyMessage & { id: number };
    for (let n = 0; n < 100; n += 1) say({ method: "session/update", params: { n } });
    say({ id, result: { stopReason: "end_turn" } });
    say({ id, result: { stopReason: "refusal" } });
    say({ id: 99, result: {} });
    expect(await seen).toEqual([{ stopReason: "end_turn" }, 100]);
    await waitUntil("the odd lines", () => odd.length === 2);
  });

  it("counts what is no message, and gives up after too much of it", async () => {
    const { stdout, odd, broken, say, updates } = createWire();
    const lines = [
      "hello",
      "[]",
      "null",
      "3",
      '{"a":1}',
      '{"jsonrpc":"2.0"}',
      '{"jsonrpc":"2.0","id":{},"method":"x"}',
      '{"jsonrpc":',
    ];
    for (const line of lines) stdout.write(`${line}\r\n\n`);
    await waitUntil("the odd lines", () => odd.length === lines.length);
    expect(broken).toEqual([]);
    for (let n = 0; n < 500; n += 1) stdout.write("noise\n");
    await waitUntil("the end", () => broken.length > 0);
    say({ method: "session/update", params: {} });
    await waitUntil("nothing is read any more", () => stdout.destroyed);
    expect([odd.length, broken.length, updates.length]).toEqual([200, 1, 0]);
  });

  it("gives up an agent that asks and does not read the answers", async () => {
    const { stdin, broken, say } = createWire();
    for (let n = 0; n < 5_000; n += 1) say({ id: n, method: "holo/deck" });
    await waitUntil("the end", () => broken.length > 0);
    expect(broken).toEqual(["more than 2000 requests of it are open"]);
    expect(stdin.readableLength).toBeLessThan(1_000_000);
  });

  it("takes no second request with an id that is in use", async () => {
    const { odd, say } = createWire();
    say({ id: "a", method: "slow", params: {} });
    say({ id: "a", method: "slow", params: {} });
    await waitUntil("the odd one", () => odd.length === 1);
    expect(odd).toEqual(["two requests with the id a"]);
  });

  it("ends where the agent's output ends, half a message included", async () => {
    const { stdout, wire, odd, connection } = createWire();
    stdout.end('{"jsonrpc":"2.0","method":"session/upd');
    await wire.ended;
    await connection.closed;
    expect(odd).toEqual(['{"jsonrpc":"2.0","method":"session/upd']);
  });
});
