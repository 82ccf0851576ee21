import { expect, it } from "vitest";
import { slotsFor } from "./slots.ts";

const MB = 1024 ** 2;
const slots = (freeMb: number, running: number, perAttemptMb = 256, max = 8): number =>
  slotsFor({ freeBytes: freeMb * MB, running, perAttemptBytes: perAttemptMb * MB, max });

it("counts what runs already: its memory is no longer free", () => {
  expect(slots(1024, 0)).toBe(4);
  expect(slots(1024 - 3 * 256, 3)).toBe(4);
  expect(slots(0, 4)).toBe(4);
});

it("starts no more where agents turn out to need more", () => {
  expect(slots(1024, 2, 700)).toBe(3);
  expect(slots(600, 2, 700)).toBe(2);
});

it("is at least one and at most what was asked for", () => {
  expect(slots(10, 0)).toBe(1);
  expect(slots(100_000, 0)).toBe(8);
  expect(slots(100_000, 20)).toBe(8);
  expect(slots(100_000, 0, 0, 3)).toBe(3);
});
