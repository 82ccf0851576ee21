import { expect, it } from "vitest";
import { parseByteSize } from "./byte-size.ts";

it.each([
  ["1b", 1],
  ["500MB", 500_000_000],
  ["20 GiB", 21_474_836_480],
  ["1.5g", 1_610_612_736],
  [" 2 kb ", 2_000],
])("reads %j", (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
});

it.each(["", "5", "5 parsecs", "-1 GB", "0 GB", "1e3 MB", "1 GB more", "99999999 TB", "constructor"])(
  "refuses %j",
  (text) => {
    expect(parseByteSize(text)).toBeNull();
  },
);
