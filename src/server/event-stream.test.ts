import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeService } from "../../test/fixtures/fake-service.ts";
import { errorOf, send } from "../../test/fixtures/http.ts";
import { EventStreams } from "./event-stream.ts";
import { type RunningServer, startServer } from "./start.ts";

const TOKEN = "s3cret-s3cret-s3cret-s3cret-s3cret-s3cret-x";
const AUTH = { Authorization: `Bearer ${TOKEN}` };

let service: FakeService;
let server: RunningServer;

beforeEach(async () => {
  service = new FakeService();
  server = await startServer({ service, port: 0, token: TOKEN, version: "1" });
});
afterEach(() => server.close());

interface Reading {
  /** Ids of the messages so far. */
  readonly seqs: number[];
  text: string;
  /** Resolves when a text has come. */
  until(isEnough: (reading: Reading) => boolean): Promise<void>;
  cut(): void;
  readonly ended: Promise<void>;
}

async function follow(after: number, headers: Record<string, string> = {}): Promise<Reading> {
  const abort = new AbortController();
  const response = await fetch(`http://127.0.0.1:${server.port}/events?after=${after}`, {
    headers: { ...AUTH, ...headers },
    signal: abort.signal,
  });
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  const waiting = new Set<() => void>();
  const reading: Reading = {
    seqs: [],
    text: "",
    cut: () => abort.abort(),
    until: async (isEnough) => {
      while (!isEnough(reading)) await new Promise<void>((resolve) => waiting.add(resolve));
    },
    ended: Promise.resolve(),
  };
  const decoder = new TextDecoder();
  const read = async () => {
    for await (const chunk of response.body ?? []) {
      reading.text += decoder.decode(chunk, { stream: true });
      reading.seqs.length = 0;
      for (const [, seq] of reading.text.matchAll(/^id: (\d+)\ndata: .*\n\n/gm))
        reading.seqs.push(Number(seq));
      for (const resolve of waiting) resolve();
      waiting.clear();
    }
  };
  return Object.assign(reading, { ended: read().catch(() => undefined) });
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test("history is replayed, then new events follow", async () => {
  for (let index = 0; index < 600; index += 1) service.append("tested", { index });
  const reading = await follow(0);
  await reading.until(({ seqs }) => seqs.length === 600);
  service.append("tested", { index: 600 });
  await reading.until(({ seqs }) => seqs.length === 601);
  expect(reading.seqs).toEqual(range(1, 601));
  const line = JSON.parse(/^id: 601\ndata: (.*)$/m.exec(reading.text)?.[1] ?? "");
  expect(line).toMatchObject({ seq: 601, kind: "tested", index: 600, v: 1 });
  expect(line.hash).toMatch(/^[0-9a-f]{64}$/);
  reading.cut();
});

test("Last-Event-ID wins over the address", async () => {
  for (let index = 0; index < 5; index += 1) service.append("tested");
  const reading = await follow(1, { "Last-Event-ID": "4" });
  await reading.until(({ seqs }) => seqs.length > 0);
  expect(reading.seqs).toEqual([5]);
  reading.cut();
});

test("a position beyond the end is a conflict, and one that is no number is refused", async () => {
  service.append("tested");
  const beyond = await send({ port: server.port, path: "/events?after=2", headers: AUTH });
  expect([beyond.status, errorOf(beyond).code]).toEqual([409, "stale-position"]);
  const bad = await send({
    port: server.port,
    path: "/events",
    headers: { ...AUTH, "Last-Event-ID": "1; drop" },
  });
  expect(bad.status).toBe(400);
});

test("over reconnects at any moment there is no gap, no duplicate and no other order", async () => {
  let total = 0;
  const append = (count: number) => {
    for (let index = 0; index < count; index += 1)
      service.append("tested", { text: "x".repeat(total++ % 300) });
  };
  const step = fc.record({
    before: fc.nat(40),
    during: fc.array(fc.nat(8), { maxLength: 4 }),
    /** How many events of those that are there to wait for before the cut, in percent. */
    take: fc.nat(100),
  });
  const steps = fc.array(step, { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(steps, async (sessions) => {
      const from = total;
      const seen: number[] = [];
      for (const { before, during, take } of sessions) {
        append(before);
        const reading = await follow(seen.at(-1) ?? from);
        for (const count of during) append(count);
        const open = total - (seen.at(-1) ?? from);
        await reading.until(({ seqs }) => seqs.length >= Math.floor((open * take) / 100));
        reading.cut();
        await reading.ended;
        seen.push(...reading.seqs);
      }
      const last = await follow(seen.at(-1) ?? from);
      await last.until(({ seqs }) => seqs.length >= total - (seen.at(-1) ?? from));
      seen.push(...last.seqs);
      last.cut();
      expect(seen).toEqual(range(from + 1, total));
    }),
    { numRuns: 40 },
  );
});

test("a client that goes away is forgotten", async () => {
  const reading = await follow(0);
  expect([server.streamClients(), service.listenerCount]).toEqual([1, 1]);
  reading.cut();
  await vi.waitFor(() => expect([server.streamClients(), service.listenerCount]).toEqual([0, 0]));
});

test("a stop is announced, so that no client takes it for a crash", async () => {
  service.append("tested");
  const reading = await follow(0);
  await server.close();
  await reading.ended;
  expect(reading.text).toMatch(/id: 1\n[\s\S]*event: shutdown\ndata: \{\}\n\n$/);
});

const readOnce = async (reader: ReadableStreamDefaultReader<Uint8Array>) =>
  new TextDecoder().decode((await reader.read()).value);

test("a client that takes nothing is cut after two heartbeats, one that reads is not", async () => {
  vi.useFakeTimers();
  try {
    const streams = new EventStreams({ source: service, heartbeatMs: 15_000 });
    const slow = streams.open(0).getReader();
    const quick = streams.open(0).getReader();
    await readOnce(quick);
    const beat = readOnce(quick);
    service.append("tested");
    expect(await beat).toContain("id: 1\n");
    const next = readOnce(quick);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await next).toBe(": still here\n\n");
    const another = readOnce(quick);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await another).toBe(": still here\n\n");
    expect(streams.clientCount).toBe(1);
    await expect(async () => {
      for (;;) await slow.read();
    }).rejects.toThrow("takes nothing");
    await quick.cancel();
    expect([streams.clientCount, vi.getTimerCount()]).toEqual([0, 0]);
  } finally {
    vi.useRealTimers();
  }
});

test("the number of clients is bounded", () => {
  const streams = new EventStreams({ source: service, clientsMax: 1 });
  const stream = streams.open(0);
  expect(() => streams.open(0)).toThrow(/1 clients follow/);
  return stream.cancel();
});
