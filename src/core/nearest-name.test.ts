import { expect, test } from "vitest";
import { findNearestName } from "./nearest-name.ts";

test("finds the name with a slip of the finger", () => {
  expect(findNearestName("session-stor", ["rate-limit", "session-store", "session"])).toBe("session-store");
  expect(findNearestName("t1", ["T1", "T2"])).toBe("T1");
});

test("says nothing where no name is near", () => {
  expect(findNearestName("memory-vault", ["auth", "rate-limit"])).toBeNull();
  expect(findNearestName("x", ["y", "z"])).toBeNull();
  expect(findNearestName("x", [])).toBeNull();
});
