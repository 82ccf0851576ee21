import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { msUntilLoadable, waitUntilLoadable } from "./young-session.ts";

const at = (time: string): number => Date.parse(`2026-11-29T${time}Z`);

test.each([
  ["12:00:10", "12:00:40", 20_500],
  ["12:00:59", "12:01:00", 500],
  ["12:00:59", "12:01:01", 0],
  ["12:00:10", "13:00:10", 0],
  ["12:00:00", "12:00:00", 60_500],
  ["18:00:00", "12:00:00", 60_500],
])("a conversation of %s can be loaded at %s after %i ms", (bornAt, now, ms) => {
  expect(msUntilLoadable(at(bornAt), at(now))).toBe(ms);
});

test("who is stopped meanwhile waits no longer, and nobody waits for a home that is not there", async () => {
  const home = mkdtempSync(join(tmpdir(), "osqr-young-"));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const begun = performance.now();
  await waitUntilLoadable(home, AbortSignal.abort());
  await waitUntilLoadable(join(home, "missing"), new AbortController().signal);
  expect(performance.now() - begun).toBeLessThan(10_000);
});
