import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { createPlace } from "../../sandbox/testing.ts";
import { createOrder } from "../testing.ts";
import type { ExecutorEvent } from "../types.ts";
import { createRig } from "./testing.ts";
import { msUntilLoadable, waitUntilLoadable } from "./young-session.ts";

const at = (time: string): number => Date.parse(`2026-11-29T${time}Z`);

test.each([
  ["12:00:10", "12:00:40", 20_500],
  ["12:00:59", "12:01:00", 500],
  ["12:00:59", "12:01:01", 0],
  ["12:00:10", "13:00:10", 0],
  ["12:00:00", "12:00:00", 60_500],
  ["18:00:00", "12:00:00", 60_500],
])("a conversation of %s can be loaded at %s after %i ms", (bornAt, now, ms) => {
  expect(msUntilLoadable(at(bornAt), at(now))).toBe(ms);
});

test("who is stopped meanwhile waits no longer, and nobody waits for a home that is not there", async () => {
  const home = mkdtempSync(join(tmpdir(), "osqr-young-"));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const begun = performance.now();
  await waitUntilLoadable(home, AbortSignal.abort());
  await waitUntilLoadable(join(home, "missing"), new AbortController().signal);
  expect(performance.now() - begun).toBeLessThan(10_000);
});

test("an agent that loses young conversations is not started before that, and can be stopped meanwhile", async () => {
  const place = createPlace();
  // The beginning of a minute that is not over, whenever this runs.
  vi.useFakeTimers({ toFake: ["Date"], now: Math.floor(Date.now() / 60_000) * 60_000 });
  onTestFinished(() => {
    vi.useRealTimers();
    place.remove();
  });
  const quirks = { losesYoungSessions: true };
  const executor = createRig("process", place, { turns: [[{ do: "stall" }]] }, { with: { quirks } });
  const session = { id: "s-1", executor: "scripted", agent: "scripted-agent 1.0.0" };
  const running = await executor.start(createOrder(place, { prompt: "go on", session }));
  const events: ExecutorEvent[] = [];
  const reading = (async () => {
    for await (const event of running.events) events.push(event);
  })();
  await running.cancel("pause");
  await reading;
  expect(events).toMatchObject([{ kind: "ended", result: { isCanceled: true }, failure: null }]);
});
