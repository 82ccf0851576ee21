import assert from "node:assert/strict";
import { test } from "node:test";
import { createSession, isExpired } from "../src/session.js";

test("a session ends its lifetime after it began", () => {
  const session = createSession({ id: "s1", subject: "ada", now: 1000, ttlMs: 500 });
  assert.deepEqual(session, { id: "s1", subject: "ada", createdAt: 1000, expiresAt: 1500 });
});

test("a session has expired from its last millisecond on", () => {
  const session = createSession({ id: "s1", subject: "ada", now: 1000, ttlMs: 500 });
  assert.equal(isExpired(session, 1499), false);
  assert.equal(isExpired(session, 1500), true);
});
