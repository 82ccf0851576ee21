import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelMessage } from "ai";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskDeep } from "../../core/secrets/mask-deep.ts";
import { createBoundedFetch } from "./bounded-fetch.ts";
import { addPrompt, boundMessages, closeCalls, loadConversation, saveConversation } from "./conversation.ts";
import { readRetryAfterMs } from "./retry-after.ts";
import { TextLines } from "./text-lines.ts";

const call = (id: string): ModelMessage => ({
  role: "assistant",
  content: [{ type: "tool-call", toolCallId: id, toolName: "read_file", input: { path: "x" } }],
});
const result = (id: string, value: string): ModelMessage => ({
  role: "tool",
  content: [{ type: "tool-result", toolCallId: id, toolName: "read_file", output: { type: "text", value } }],
});
const user = (content: string): ModelMessage => ({ role: "user", content });
const sizeOf = (messages: readonly ModelMessage[]): number =>
  messages.reduce((sum, message) => sum + JSON.stringify(message).length, 0);

describe("a conversation", () => {
  it("comes back as it was kept, and only its last whole state is there", async () => {
    const folder = mkdtempSync(join(tmpdir(), "osqr-api-"));
    const id = "00000000-0000-4000-8000-000000000001";
    const messages = [user("käse"), call("1"), result("1", "text")];
    await saveConversation(folder, id, [user("first")]);
    await saveConversation(folder, id, messages);
    expect(await loadConversation(folder, id)).toEqual(messages);
    expect(readdirSync(folder)).toEqual([`${id}.json`]);
    expect(statSync(join(folder, `${id}.json`)).mode & 0o777).toBe(0o600);
    // What is too large to be read again is not written over what can be.
    await saveConversation(folder, id, [user("x".repeat(17 * 1024 * 1024))]);
    expect(readFileSync(join(folder, `${id}.json`), "utf8")).toContain("käse");
    expect(await loadConversation(folder, "../x")).toBeNull();
    rmSync(folder, { recursive: true });
  });

  it("that fits is not touched", () => {
    const messages = [user("a"), call("1"), result("1", "b")];
    expect(boundMessages(messages, 100_000)).toEqual(messages);
  });

  it("that is too long loses its older results, with room for what comes, and keeps its order and its calls", () => {
    const long = [
      user("task"),
      ...Array.from({ length: 20 }, (_, n) => [call(`${n}`), result(`${n}`, "x".repeat(5_000))]).flat(),
    ];
    const bounded = boundMessages(long, 80_000);
    expect(sizeOf(bounded)).toBeLessThan(80_000 * 0.65);
    expect(bounded.map(({ role }) => role)).toEqual(long.map(({ role }) => role));
    expect(bounded[0]).toEqual(user("task"));
    expect(JSON.stringify(bounded[2])).toContain("left out");
    expect(bounded.slice(-6)).toEqual(long.slice(-6));
    expect(boundMessages(bounded, 80_000)).toEqual(bounded);
  });

  it("holds no single result that is too long", () => {
    const [cut] = boundMessages([result("1", "x".repeat(100_000))], 1_000_000);
    expect(JSON.stringify(cut).length).toBeLessThan(66_000);
  });

  it("has a result for each call, whatever was cut", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ id: fc.nat(5), isDone: fc.boolean() })), (calls) => {
        const messages = calls.flatMap(({ id, isDone }, index) => {
          const name = `${index}-${id}`;
          return isDone ? [call(name), result(name, "x")] : [call(name)];
        });
        const closed = closeCalls(messages);
        for (const [index, message] of closed.entries())
          if (message.role === "assistant") expect(closed[index + 1]?.role).toBe("tool");
        expect(closed.filter(({ role }) => role === "tool")).toHaveLength(calls.length);
      }),
    );
  });

  it("never has two prompts in a row", () => {
    const once = addPrompt([], "one");
    expect(addPrompt(once, "two")).toEqual([user("one\n\ntwo")]);
    expect(addPrompt([...once, call("1"), result("1", "x")], "two")).toHaveLength(4);
  });
});

describe("a pause that a server asks for", () => {
  const read = (headers: Record<string, string>): number | null =>
    readRetryAfterMs((name) => headers[name], Date.parse("2026-11-29T12:00:00Z"));

  it.each<[Record<string, string>, number | null]>([
    [{ "retry-after": "12" }, 12_000],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after": "Sun, 29 Nov 2026 12:01:00 GMT" }, 60_000],
    [{ "retry-after": "Sun, 29 Nov 2026 11:00:00 GMT" }, 0],
    [{ "retry-after": "3", "retry-after-ms": "250" }, 250],
    [{ "retry-after": "soon" }, null],
    [{ "retry-after": "99999999999" }, null],
    [{}, null],
  ])("%j", (headers, ms) => expect(read(headers)).toBe(ms));
});

describe("the way to the network", () => {
  it("leads to one origin only", async () => {
    const fetch = createBoundedFetch({ base: new URL("http://127.0.0.1:1/v1"), silenceMs: 1_000 });
    await expect(fetch("http://127.0.0.1:2/v1")).rejects.toThrow("refused to connect to http://127.0.0.1:2");
  });

  it("takes no more than a bound of what comes", async () => {
    const flood = createServer((_, response) => {
      response.writeHead(500);
      const piece = Buffer.alloc(64 * 1024, "x");
      const send = (): void => {
        while (response.write(piece));
      };
      response.on("drain", send);
      send();
    });
    await new Promise<void>((resolve) => flood.listen(0, "127.0.0.1", resolve));
    const base = new URL(`http://127.0.0.1:${(flood.address() as AddressInfo).port}/`);
    const response = await createBoundedFetch({ base, silenceMs: 10_000 })(base);
    expect((await response.text()).length).toBeLessThanOrEqual(64 * 1024);
    flood.closeAllConnections();
    flood.close();
  });
});

it("a text in pieces becomes lines, a long one in parts", () => {
  const lines: string[] = [];
  const text = new TextLines((line) => lines.push(line));
  for (const piece of ["a", "b\nc", "\n\n", "d"]) text.add(piece);
  expect(lines).toEqual(["ab", "c", ""]);
  text.end();
  text.end();
  expect(lines).toEqual(["ab", "c", "", "d"]);
  text.add("x".repeat(2_001));
  expect(lines).toHaveLength(5);
});

it("a secret is masked wherever it stands", () => {
  const mask = (text: string): string => text.replaceAll("secret", "•••");
  expect(maskDeep({ a: ["my secret", 1, null, { b: "secret" }], secret: true }, mask)).toEqual({
    a: ["my •••", 1, null, { b: "•••" }],
    secret: true,
  });
});
