import { expect, test } from "vitest";
import { shortIdOf } from "./names.ts";

test("a handoff has a short name: its attempt, or what its path needs to be told apart", () => {
  expect(
    [
      "cart/t1/a-12-5fdd7a164a.md",
      "cart/returned/1-1700000000000.md",
      "cart/integration/5c8626c164-integrated.md",
      "cart/integration/3b61764aaa-reverted.json",
      "cart/integration/nothing-1700000000000-integrated.md",
    ].map(shortIdOf),
  ).toEqual([
    "a-12",
    "cart/returned/1",
    "cart/integration/5c8626c",
    "cart/integration/3b61764",
    "cart/integration/nothing-1700000000000-integrated",
  ]);
});
