import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Deadline } from "./deadline.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test("expires after its time", () => {
  const expired = vi.fn();
  new Deadline(1_000, expired);
  vi.advanceTimersByTime(999);
  expect(expired).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(expired).toHaveBeenCalledTimes(1);
});

test("time in which it is held does not count, however often", () => {
  const expired = vi.fn();
  const deadline = new Deadline(1_000, expired);
  vi.advanceTimersByTime(600);
  deadline.hold();
  deadline.hold();
  vi.advanceTimersByTime(60_000);
  deadline.release();
  deadline.release();
  expect(deadline.heldMs).toBe(60_000);
  vi.advanceTimersByTime(399);
  expect(expired).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(expired).toHaveBeenCalledTimes(1);
});

test("one that was stopped never expires", () => {
  const expired = vi.fn();
  const deadline = new Deadline(10, expired);
  deadline.stop();
  vi.advanceTimersByTime(1_000);
  expect(expired).not.toHaveBeenCalled();
});
