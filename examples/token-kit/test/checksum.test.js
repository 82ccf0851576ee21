import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "../src/checksum.js";

test("the check value of the CRC catalogue comes out", () => {
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
});

test("no bytes have the checksum 0", () => {
  assert.equal(crc32(new Uint8Array()), 0);
});

test("one flipped bit is seen", () => {
  assert.notEqual(crc32(Uint8Array.of(1, 2, 3)), crc32(Uint8Array.of(1, 2, 2)));
});
