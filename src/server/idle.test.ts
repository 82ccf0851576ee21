import { expect, test } from "vitest";
import { watchIdle } from "./idle.ts";

const MINUTE = 60_000;

/** A clock whose timers run when it is moved. */
function createTime() {
  let now = 0;
  let timer: { at: number; run: () => void } | null = null;
  const wakes: number[] = [];
  return {
    wakes,
    now: () => now,
    schedule: (run: () => void, ms: number) => {
      timer = { at: now + ms, run };
      return () => {
        timer = null;
      };
    },
    moveTo(target: number) {
      while (timer !== null && timer.at <= target) {
        const { at, run } = timer;
        timer = null;
        now = at;
        wakes.push(at);
        run();
      }
      now = target;
    },
    set(to: number) {
      now = to;
    },
  };
}

function watch(idleMs = 30 * MINUTE) {
  const time = createTime();
  const state = { busy: false, stoppedAt: null as number | null };
  const idle = watchIdle({
    idleMs,
    now: time.now,
    schedule: time.schedule,
    isBusy: () => state.busy,
    onIdle: () => {
      state.stoppedAt = time.now();
    },
  });
  return { time, state, idle };
}

test("stops after the idle time, with one wake", () => {
  const { time, state } = watch();
  time.moveTo(60 * MINUTE);
  expect([state.stoppedAt, time.wakes.length]).toEqual([30 * MINUTE, 1]);
});

test("each sign of life puts it off without touching the timer", () => {
  const { time, state, idle } = watch();
  for (let minute = 1; minute <= 50; minute += 1) {
    time.moveTo(minute * MINUTE);
    idle.touch();
  }
  time.moveTo(79 * MINUTE);
  expect(state.stoppedAt).toBeNull();
  expect(time.wakes.length).toBeLessThan(4);
  time.moveTo(80 * MINUTE);
  expect(state.stoppedAt).toBe(80 * MINUTE);
});

test("never stops while something is under way", () => {
  const { time, state } = watch();
  state.busy = true;
  time.moveTo(600 * MINUTE);
  expect(state.stoppedAt).toBeNull();
  state.busy = false;
  time.moveTo(700 * MINUTE);
  expect(state.stoppedAt).not.toBeNull();
});

test("wakes at most once in ten seconds", () => {
  const { time, idle } = watch(15_000);
  for (let second = 1; second < 300; second += 1) {
    time.moveTo(second * 1_000);
    idle.touch();
  }
  const gaps = time.wakes.map((at, index) => at - (time.wakes[index - 1] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(10_000);
});

test("a clock that is set back does not keep it alive for as long", () => {
  const { time, state } = watch();
  time.set(-1_000_000 * MINUTE);
  time.moveTo(-1_000_000 * MINUTE + 120 * MINUTE);
  time.moveTo(61 * MINUTE);
  expect(state.stoppedAt).not.toBeNull();
});
