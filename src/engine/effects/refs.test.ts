import { expect, test } from "vitest";
import { toRefPart } from "./refs.ts";

test("names that fit stay as they are", () => {
  expect(toRefPart("token-format")).toBe("token-format");
  expect(toRefPart("v1.2_a")).toBe("v1.2_a");
});

test("names that do not fit are told apart, whatever is left of them", () => {
  const names = [
    "認証",
    "検索",
    "E-001",
    "e 001",
    "a..b",
    "a.lock",
    ".a",
    "x".repeat(90),
    "x".repeat(91),
    "`id`",
    "",
  ];
  const parts = names.map(toRefPart);
  expect(new Set(parts).size).toBe(names.length);
  for (const part of parts) expect(part).toMatch(/^[a-z0-9][a-z0-9._-]*$/);
  expect(parts.some((part) => part.includes("..") || part.endsWith(".lock"))).toBe(false);
});
