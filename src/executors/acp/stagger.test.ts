import { expect, test, vi } from "vitest";
import { Stagger } from "./stagger.ts";

const { signal } = new AbortController();

test("one at a time, in the order of arrival; who is aborted waits no more", async () => {
  const stagger = new Stagger();
  const leave = await stagger.enter(signal);
  const order: string[] = [];
  const gone = new AbortController();
  const dropped = stagger.enter(gone.signal);
  const second = stagger.enter(signal).then((next) => {
    order.push("second");
    return next;
  });
  const third = stagger.enter(signal).then(() => order.push("third"));
  gone.abort();
  expect(await dropped).toBeNull();
  expect(order).toEqual([]);
  leave?.();
  leave?.();
  (await second)?.();
  await third;
  expect(order).toEqual(["second", "third"]);
});

test("one that does not come to an end of its start keeps the next back for 10 s, and gives its place back once", async () => {
  vi.useFakeTimers();
  try {
    const stagger = new Stagger();
    const hanging = await stagger.enter(signal);
    let begun = 0;
    const next = stagger.enter(signal).then((leave) => {
      begun += 1;
      return leave;
    });
    void stagger.enter(signal).then(() => {
      begun += 1;
    });
    await vi.advanceTimersByTimeAsync(9_999);
    expect(begun).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(begun).toBe(1);
    hanging?.();
    await vi.advanceTimersByTimeAsync(1);
    expect(begun).toBe(1);
    (await next)?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toBe(2);
  } finally {
    vi.useRealTimers();
  }
});
