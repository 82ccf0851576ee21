/** `osqr revert` against a daemon on real HTTP whose service is in memory. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTestHost } from "../../../test/fixtures/cli-host.ts";
import { FakeService } from "../../../test/fixtures/fake-service.ts";
import { statusReport, workstreamView } from "../../../test/fixtures/views.ts";
import { VERSION } from "../../core/version.ts";
import { type Daemon, startDaemon } from "../../server/daemon.ts";
import { runCli } from "../main.ts";

let home: string;
let service: FakeService;
let daemon: Daemon;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "osqr-revert-"));
  service = new FakeService();
  service.currentStatus = statusReport({
    workstreams: [workstreamView({ name: "token-format", number: 1, status: "completed" })],
  });
  const createService = async () => service;
  const rest = { port: 0, version: VERSION, idleMs: null, createService, log: () => undefined };
  daemon = await startDaemon({ home, ...rest });
});
afterEach(async () => {
  daemon.stop("test");
  await daemon.stopped;
  rmSync(home, { recursive: true });
});

async function run(...argv: readonly string[]) {
  const host = createTestHost({ home, cwd: home });
  const code = await runCli(argv, host);
  return { code, out: host.out(), err: host.err() };
}

test("says what goes out, whom it concerns, and what comes after it", async () => {
  const { code, out } = await run("revert", "token-format", "--because", "it broke", "--as", "sam");
  expect(code).toBe(0);
  expect(out).toMatchInlineSnapshot(`
    "token-format is being taken out of main: a1b2c3d is reverted.
      1 merge before it in the queue
      landed on top of it, and stays: search
      then it rests; to do its steps again: osqr resume token-format
      how it goes: osqr why token-format
    "
  `);
  expect(service.calls.at(-1)).toEqual([
    "revert",
    home,
    "token-format",
    { to: null, because: "it broke", signer: "sam" },
  ]);
});

test("goes on at a step, in plain speech too, and is JSON for programs", async () => {
  const { out } = await run("revert", "#1", "--to", "T2", "--because", "wrong limit", "--json");
  expect(JSON.parse(out)).toMatchObject({ workstream: "token-format", to: "T2", by: "dana", ahead: 1 });
  await run("revert", "token-format", "because", "it", "broke");
  expect(service.calls.at(-1)?.[3]).toEqual({ to: null, because: "it broke", signer: null });
});

test("without a reason it is refused, with what to type", async () => {
  const { code, err } = await run("revert", "token-format");
  expect(code).toBe(1);
  expect(err).toContain("expected a reason, found none");
  expect(err).toContain("--because <text>");
});

test("rework says what is done again and what that ended; without a step it is not understood", async () => {
  const { code, out } = await run("rework", "token-format", "--to", "T1", "--because", "wrong limit");
  expect(code).toBe(0);
  expect(out).toMatchInlineSnapshot(`
    "token-format is back at T1, as dana wants.
      to do again: token-format T1, token-format T2
      1 result refused: token-format T1
      ended: a-7
      asked no more: D-2
      how it goes: osqr why token-format
    "
  `);
  expect(service.calls.at(-1)).toEqual([
    "rework",
    "token-format",
    { to: "T1", because: "wrong limit", signer: null },
  ]);
  const without = await run("rework", "token-format", "--because", "wrong limit");
  expect([without.code, without.err.split("\n")[0]]).toEqual([
    2,
    "error: --to: expected a step or a task, found nothing",
  ]);
});
