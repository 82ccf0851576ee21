import { describe, expect, it } from "vitest";
import { EventQueue } from "./event-queue.ts";
import type { ExecutorEvent } from "./types.ts";

const ENDED: ExecutorEvent = {
  kind: "ended",
  failure: null,
  result: {
    exitCode: 0,
    signal: null,
    timedOut: false,
    isCanceled: false,
    limitHit: null,
    outputTruncated: false,
    durationMs: 1,
    tail: [],
  },
};

async function readAll(queue: EventQueue): Promise<ExecutorEvent[]> {
  const events: ExecutorEvent[] = [];
  for await (const event of queue) events.push(event);
  return events;
}

describe("the events of an attempt", () => {
  it("reach their reader in order, also one that came before them", async () => {
    const queue = new EventQueue();
    const reading = readAll(queue);
    await Promise.resolve();
    queue.push({ kind: "started", pid: 1, logPath: "x" });
    queue.push({ kind: "output", line: "one" });
    await Promise.resolve();
    queue.push({ kind: "progress", text: "half" });
    queue.push(ENDED);
    queue.push({ kind: "output", line: "too late" });
    expect((await reading).map((event) => event.kind)).toEqual(["started", "output", "progress", "ended"]);
  });

  it("are bounded for a slow one: the older lines and notes go, the rest never", async () => {
    const queue = new EventQueue();
    queue.push({ kind: "started", pid: 1, logPath: "x" });
    for (let n = 0; n < 5_000; n += 1) {
      queue.push({ kind: "output", line: `line ${n}` });
      if (n % 10 === 0) queue.push({ kind: "progress", text: `note ${n}` });
    }
    queue.push(ENDED);
    const events = await readAll(queue);
    const lines = events.flatMap((event) => (event.kind === "output" ? [event.line] : []));
    expect(lines).toHaveLength(1_001);
    expect(lines[0]).toBe("… 4,000 lines not shown …");
    expect(lines.at(-1)).toBe("line 4999");
    expect(events.filter((event) => event.kind === "progress")).toHaveLength(100);
    expect(
      events.map((event) => event.kind).filter((kind) => kind === "started" || kind === "ended"),
    ).toEqual(["started", "ended"]);
  });

  it("say all that was used, and the newest calls of tools, however many there were", async () => {
    const queue = new EventQueue();
    const none = { inputTokens: null, cachedTokens: null, outputTokens: null, microUsd: null, model: null };
    for (let n = 0; n < 5_000; n += 1) {
      queue.push({ kind: "tool", title: `call ${n}` });
      queue.push({ kind: "used", usage: { ...none, inputTokens: n, model: n < 4_950 ? "a" : "b" } });
    }
    queue.push(ENDED);
    const events = await readAll(queue);
    const used = events.flatMap((event) => (event.kind === "used" ? [event.usage] : []));
    expect(used).toHaveLength(100);
    expect(used.reduce((sum, usage) => sum + (usage.inputTokens ?? 0), 0)).toBe((5_000 * 4_999) / 2);
    expect(used[0]).toMatchObject({ model: "a", outputTokens: null });
    expect(used.at(-1)?.model).toBe("b");
    const tools = events.flatMap((event) => (event.kind === "tool" ? [event.title] : []));
    expect([tools.length, tools.at(0), tools.at(-1)]).toEqual([1_000, "call 4000", "call 4999"]);
  });
});
