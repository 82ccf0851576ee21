import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBase64url, toBase64url } from "../src/base64url.js";

test("bytes survive the way there and back", () => {
  for (let length = 0; length < 20; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 251 + length) % 256);
    assert.deepEqual(fromBase64url(toBase64url(bytes)), bytes);
  }
});

test("the text is safe in a URL and has no padding", () => {
  assert.equal(toBase64url(Uint8Array.of(0xfb, 0xff, 0xfe, 0xff)), "-__-_w");
});

test("text that toBase64url would not write is refused", () => {
  for (const text of ["a", "ab==", "a+b/", "a b", "ZZ"]) assert.equal(fromBase64url(text), null);
});
