import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTestHost } from "../../../test/fixtures/cli-host.ts";
import { FakeService } from "../../../test/fixtures/fake-service.ts";
import { VERSION } from "../../core/version.ts";
import { startDaemon } from "../../server/daemon.ts";
import { writeDaemonFile } from "../../server/daemon-file.ts";
import { homePaths } from "../../store/home.ts";
import { readOrCreateToken } from "../../store/token.ts";
import { runCli } from "../main.ts";
import { findDaemon } from "./find.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "osqr-client-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const listen = (server: Server) =>
  new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });

/** `daemon.json` as a daemon of this process would have left it. */
const announce = (port: number | null, pid = process.pid) =>
  writeDaemonFile(homePaths(home).daemon, { pid, port, version: "1", startedAt: 1 });

test.each([
  ["one without a proof", () => ({ ok: true, version: "1", proof: null })],
  ["one with a wrong proof", () => ({ ok: true, version: "1", proof: "0".repeat(64) })],
  ["one that speaks something else", () => "hello"],
])("a stranger on the daemon's port, %s, never gets the token", async (_name, answer) => {
  const token = readOrCreateToken(homePaths(home));
  const seen: IncomingMessage[] = [];
  const stranger = createServer((request, response) => {
    seen.push(request);
    response.end(JSON.stringify(answer()));
  });
  announce(await listen(stranger));
  expect(await findDaemon(homePaths(home))).toEqual({ kind: "absent" });
  expect(seen).toHaveLength(1);
  expect(JSON.stringify([seen[0]?.url, seen[0]?.rawHeaders])).not.toContain(token);
  stranger.close();
});

test("a daemon that is gone, starts, or stops is told apart", async () => {
  const paths = homePaths(home);
  expect(await findDaemon(paths)).toEqual({ kind: "absent" });
  announce(null);
  expect(await findDaemon(paths)).toEqual({ kind: "busy", pid: process.pid });
  announce(8765, 2 ** 22 + 1);
  expect(await findDaemon(paths)).toEqual({ kind: "absent" });
  writeFileSync(paths.daemon, '{"pid":');
  expect(await findDaemon(paths)).toEqual({ kind: "absent" });
});

test("a token that others can read is refused by the client too", async () => {
  const paths = homePaths(home);
  writeFileSync(paths.token, "x".repeat(43), { mode: 0o644 });
  announce(8765);
  const host = createTestHost({ home, cwd: home });
  expect(await runCli(["status"], host)).toBe(1);
  expect(host.err()).toMatch(/^error: .*token: expected mode 600, found 644/);
});

test("an older daemon is named, with the way to change over", async () => {
  const service = new FakeService();
  const createService = async () => service;
  const log = () => undefined;
  const daemon = await startDaemon({ home, port: 0, version: "0.0.1", idleMs: null, createService, log });
  const host = createTestHost({ home, cwd: home });
  expect(await runCli(["inbox"], host)).toBe(0);
  expect(host.err()).toBe(
    `note: the daemon is version 0.0.1, this is ${VERSION}. To change over: osqr stop\n`,
  );
  daemon.stop("test");
  await daemon.stopped;
});
