import { expect, test } from "vitest";
import { projectDraft } from "../../test/support/core-builders.ts";
import { EVENT_VERSION } from "../core/model/event.ts";
import { STATE_VERSION } from "../core/snapshot.ts";
import { MemoryLog } from "../store/memory.ts";
import { Engine } from "./engine.ts";
import type { EnginePorts } from "./ports.ts";

/** An engine on a history of so many events, with a clock whose timers fire when the test says so. */
async function start(log: MemoryLog) {
  const timers = new Set<() => void>();
  const ports: EnginePorts = {
    clock: {
      now: () => 1,
      soon: setImmediate,
      after: (_ms, callback) => {
        timers.add(callback);
        return () => timers.delete(callback);
      },
    },
    log,
    slots: () => 1,
    reap: async () => [],
    report: () => undefined,
    openProject: () => Promise.reject(new Error("its folder is gone")),
  };
  const engine = new Engine(ports);
  await engine.recover();
  return { engine, timers };
}

const event = { at: 1, kind: "project_opened", v: EVENT_VERSION, data: { project: projectDraft() } };
const fill = (log: MemoryLog, count: number): void =>
  void log.append(Array.from({ length: count }, () => event));
const snapshotOf = (log: MemoryLog): number | null => log.loadSnapshot(STATE_VERSION)?.seq ?? null;

test("a start that had to read a long history leaves a snapshot, once it has answered", async () => {
  const log = new MemoryLog();
  fill(log, 6_000);
  const { timers } = await start(log);
  expect([snapshotOf(log), timers.size]).toEqual([null, 1]);
  for (const fire of timers) fire();
  expect(snapshotOf(log)).toBe(6_000);
  // Whoever is killed now leaves a short way to the next one.
  fill(log, 10);
  expect((await start(log)).timers.size).toBe(0);
});

test("what starts often and does little writes a snapshot all the same, in the end", async () => {
  const log = new MemoryLog();
  for (let starts = 0; starts < 6; starts += 1) {
    fill(log, 1_000);
    const { timers } = await start(log);
    for (const fire of timers) fire();
  }
  expect(snapshotOf(log)).toBe(5_000);
});

test("an end before that leaves it too", async () => {
  const log = new MemoryLog();
  fill(log, 3);
  const { engine } = await start(log);
  await engine.close();
  expect(snapshotOf(log)).toBe(3);
});
