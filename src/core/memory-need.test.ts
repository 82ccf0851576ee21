import fc from "fast-check";
import { expect, it } from "vitest";
import { CoreDriver } from "../../test/support/core-driver.ts";
import { largestNeedOf, type MemoryUse, measureLoad, memoryNeedOf, PEAKS_MAX } from "./memory-need.ts";
import type { AttemptId } from "./model/ids.ts";
import { slotsFor } from "./slots.ts";
import { dumpState, loadState } from "./snapshot.ts";

const MB = 1024 ** 2;
const AGENT = { executor: "claude", script: null } as const;

/** `a#T1` runs with an agent, `b#T1` waits for a slot, `c#T1` is a program. */
function begin(): CoreDriver {
  const core = new CoreDriver();
  core.begin([
    { id: "a", tasks: [{ key: "T1", ...AGENT }] },
    { id: "b", tasks: [{ key: "T1", ...AGENT }] },
    { id: "c", tasks: ["T1"] },
  ]);
  core.send({ kind: "schedule", slots: 1 });
  core.start("a#T1");
  return core;
}

const end = (core: CoreDriver, task: string, peakMemoryBytes: number) =>
  core.send({
    ...{ kind: "attempt_failed", ...core.claim(task), outcome: "failed", reason: "exit 1", tail: [] },
    ...{ workMs: 5, salvage: null, peakMemoryBytes },
  });

it("takes a default by kind for what nobody has seen at work", () => {
  const { state } = begin();
  expect(memoryNeedOf(state, "command")).toBe(256 * MB);
  expect(memoryNeedOf(state, "claude")).toBe(512 * MB);
  expect(largestNeedOf(state, ["command", "claude"])).toBe(512 * MB);
  expect(largestNeedOf(state, [])).toBe(256 * MB);
});

it("remembers the most that an attempt had, by its executor, also over a snapshot", () => {
  const core = begin();
  end(core, "a#T1", 770 * MB);
  expect(core.attempt("a#T1").peakMemoryBytes).toBe(770 * MB);
  expect(memoryNeedOf(core.state, "claude")).toBe(770 * MB);
  expect(memoryNeedOf(core.state, "command")).toBe(256 * MB);
  const text = dumpState(core.state);
  expect(memoryNeedOf(loadState(text), "claude")).toBe(770 * MB);
  // One that was written before anybody measured.
  const { peaks: _, ...older } = JSON.parse(text) as Record<string, unknown>;
  expect(memoryNeedOf(loadState(JSON.stringify(older)), "claude")).toBe(512 * MB);
});

it("forgets what was long ago, and never takes next to nothing for enough", () => {
  const core = begin();
  const peaks = (list: readonly number[]) => ({ peaks: core.state.peaks.set("claude", list) });
  expect(memoryNeedOf(peaks([700 * MB, 240 * MB]), "claude")).toBe(700 * MB);
  expect(memoryNeedOf(peaks([3 * MB]), "claude")).toBe(64 * MB);
  const all = Array.from({ length: PEAKS_MAX + 1 }, (_, nth) => (nth === 0 ? 900 : 300) * MB);
  for (const bytes of all) {
    end(core, "a#T1", bytes);
    core.resolve(core.open()[0] ?? "", "retry");
    core.send({ kind: "schedule", slots: 1 });
  }
  expect(core.state.peaks.get("claude")).toHaveLength(PEAKS_MAX);
  expect(memoryNeedOf(core.state, "claude")).toBe(300 * MB);
});

it("counts what running attempts will take yet, so that a burst of starts does not take the same memory twice", () => {
  const core = begin();
  const none = new Map<AttemptId, MemoryUse>();
  expect(measureLoad(core.state, none)).toEqual({
    running: 1,
    owedBytes: 512 * MB,
    perAttemptBytes: 512 * MB,
  });
  const has = (lastBytes: number): ReadonlyMap<AttemptId, MemoryUse> =>
    new Map([[core.attempt("a#T1").id, { lastBytes, peakBytes: lastBytes }]]);
  expect(measureLoad(core.state, has(200 * MB)).owedBytes).toBe(312 * MB);
  expect(measureLoad(core.state, has(600 * MB)).owedBytes).toBe(0);
});

it("never starts more than the free memory can bear, however the starts are spread", () => {
  const mb = fc.integer({ min: 0, max: 4_096 });
  fc.assert(
    fc.property(
      mb,
      fc.integer({ min: 64, max: 1_024 }),
      fc.integer({ min: 1, max: 9 }),
      (free, need, step) => {
        let running = 0;
        for (let look = 0; look < 64; look += 1) {
          const load = { running, owedBytes: running * need * MB, perAttemptBytes: need * MB };
          const slots = slotsFor({ ...load, freeBytes: free * MB, max: 64 });
          running = Math.max(running, Math.min(slots, running + step));
        }
        expect(running).toBe(Math.max(1, Math.min(64, Math.floor(free / need))));
      },
    ),
  );
});
